"""What the visitor of the demo may type."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MailboxFilter(forms.Form):
    to = forms.CharField(
        label=_("Recipient"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
