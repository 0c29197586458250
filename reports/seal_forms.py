"""What a manager types beside a sealed month."""

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.seal_models import WORDS_LENGTH
from requests_app.forms.fields import CleanTextField


class PublishForm(forms.Form):
    words = CleanTextField(
        label=_("Your words"),
        limit=WORDS_LENGTH,
        help_text=_("They stand beside the sealed figures, with your name and the date."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
