"""Writing a saved answer, in up to four languages on one page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from branches.models import LANGUAGES, Branch
from requests_app.forms.fields import CleanTextField
from requests_app.models import BODY_LENGTH
from requests_app.placeholders import fill, meant_by, unknown
from requests_app.saved_answers import Words
from requests_app.saved_models import TITLE_LENGTH, SavedAnswer
from requests_app.selectors.saved_answers import sample


@dataclass(frozen=True)
class Part:
    """The two boxes of one language, and how the answer will read."""

    language: str
    name: str
    title: BoundField
    body: BoundField
    preview: str
    is_missing: bool


class SavedAnswerForm(forms.Form):
    """Title and text by language. A language is either complete or missing."""

    # The version that the reader saw. It is kept with a draft, which may be older than the answer.
    based_on = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    branch = forms.ModelChoiceField(
        queryset=Branch.objects.none(),
        to_field_name="code",
        label=_("Branch"),
        empty_label=None,
        error_messages={"required": _("Choose a branch."), "invalid_choice": _("Choose a branch.")},
    )

    def __init__(self, *args: Any, branches: Sequence[Branch], at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        keys = [branch.pk for branch in branches]
        self.fields["branch"].queryset = Branch.objects.filter(pk__in=keys).order_by("position")  # type: ignore[attr-defined]
        for language in LANGUAGES:
            self.fields[f"title_{language}"] = CleanTextField(
                limit=TITLE_LENGTH, one_line=True, required=False, label=_("Title")
            )
            self.fields[f"body_{language}"] = CleanTextField(
                limit=BODY_LENGTH,
                required=False,
                label=_("Text"),
                widget=forms.Textarea(attrs={"rows": 9}),
            )
            for box in ("title", "body"):
                self.fields[f"{box}_{language}"].widget.attrs["lang"] = language

    @classmethod
    def initial_of(cls, saved_answer: SavedAnswer) -> dict[str, Any]:
        initial: dict[str, Any] = {
            "branch": saved_answer.branch.code,
            "based_on": saved_answer.version,
        }
        for text in saved_answer.texts.all():
            initial |= {f"title_{text.language}": text.title, f"body_{text.language}": text.body}
        return initial

    def clean(self) -> None:
        super().clean()
        for language in LANGUAGES:
            self._check(language)
        if not self.errors and not self.texts:
            self.add_error(None, gettext("Write the answer in at least one language."))

    def _check(self, language: str) -> None:
        title, body = (self.cleaned_data.get(f"{box}_{language}", "") for box in ("title", "body"))
        if body and not title:
            self.add_error(f"title_{language}", gettext("Give this text a title."))
        if title and not body:
            self.add_error(f"body_{language}", gettext("Write the text of this title."))
        for box, text in (("title", title), ("body", body)):
            for written in unknown(text):
                self.add_error(f"{box}_{language}", _complaint(written))

    @property
    def texts(self) -> Mapping[str, Words]:
        """What is written, by language."""
        return {
            language: Words(title, body)
            for language in LANGUAGES
            if (title := self.cleaned_data.get(f"title_{language}"))
            and (body := self.cleaned_data.get(f"body_{language}"))
        }

    def is_older_than(self, saved_answer: SavedAnswer) -> bool:
        """Whether somebody has changed the answer since these words were begun."""
        return str(self["based_on"].value()) != str(saved_answer.version)

    def parts(self) -> Iterator[Part]:
        """The boxes by language, each with its preview."""
        names = dict(settings.LANGUAGES)
        for language in LANGUAGES:
            title, body = self[f"title_{language}"], self[f"body_{language}"]
            text = str(body.value() or "")
            can_be_shown = text and not unknown(text)
            yield Part(
                language=language,
                name=names[language],
                title=title,
                body=body,
                preview=fill(text, sample(language, at=self.at)) if can_be_shown else "",
                is_missing=not text.strip(),
            )


def _complaint(written: str) -> str:
    near = meant_by(written)
    if near:
        return gettext("%(written)s is not known: did you mean %(near)s?") % {
            "written": written,
            "near": near,
        }
    return gettext("%(written)s is not known. Use one of those listed above.") % {
        "written": written
    }
