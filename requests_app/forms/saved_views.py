"""The name that an adviser gives to a list."""

from django import forms
from django.utils.translation import gettext_lazy as _

from requests_app.forms.fields import CleanTextField
from requests_app.saved_models import NAME_LENGTH


class NameForm(forms.Form):
    name = CleanTextField(
        limit=NAME_LENGTH,
        one_line=True,
        label=_("Name of the view"),
        error_messages={"required": _("Give the view a name.")},
    )
