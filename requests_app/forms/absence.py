"""The days on which an adviser is away."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

ISO = "%Y-%m-%d"


def _day(label: Any, missing: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        input_formats=[ISO],
        widget=forms.DateInput(format=ISO, attrs={"type": "date"}),
        error_messages={"required": missing, "invalid": _("Give a date like 2023-06-15.")},
    )


class AbsenceForm(forms.Form):
    starts_on = _day(_("First day"), _("Give the first day."))
    ends_on = _day(_("Last day"), _("Give the last day."))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        first, last = self.cleaned_data.get("starts_on"), self.cleaned_data.get("ends_on")
        if last and last < self.today:
            self.add_error(
                "ends_on", _now("This absence is over already: its last day lies in the past.")
            )
        elif first and last and last < first:
            self.add_error("ends_on", _now("The last day lies before the first day."))
