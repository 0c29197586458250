"""The one field of the search."""

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.searching import LONGEST


class SearchForm(forms.Form):
    """What is looked for. Empty is no mistake: the page then says what can be found."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=LONGEST,
        error_messages={
            "max_length": _("Type at most %(limit_value)d characters; you typed %(show_value)d.")
        },
    )
