"""The forms of the manager's pages."""

from typing import Any

from django import forms
from django.conf import settings

from people.plain_text import clean_text
from reports.balance.drawing_up import WORDS_LENGTH


class WordsForm(forms.Form):
    """What the manager adds to a balance: a text for each language, none of them required."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, name in settings.LANGUAGES:
            self.fields[code] = forms.CharField(
                label=name,
                required=False,
                strip=False,
                widget=forms.Textarea(attrs={"rows": 5, "lang": code, "maxlength": WORDS_LENGTH}),
            )

    def clean(self) -> dict[str, str]:
        cleaned: dict[str, str] = {}
        for code, text in list(self.cleaned_data.items()):
            try:
                cleaned[code] = clean_text(text, limit=WORDS_LENGTH)
            except forms.ValidationError as error:
                self.add_error(code, error)
        return cleaned
