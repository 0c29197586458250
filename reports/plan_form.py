"""The form in which the plan of a pilot is entered and changed."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from branches.models import Office
from people.plain_text import clean_text
from reports.pilot_plan import Outcome, Plan
from reports.plan_models import PRIMARY_MEASURES, SECONDARY_OUTCOMES, Measure

ISO = "%Y-%m-%d"
NAME_LENGTH, REASON_LENGTH = 80, 300
PRIMARY = "primary"
SECONDARY = [f"secondary_{place}" for place in range(1, SECONDARY_OUTCOMES + 1)]
OUTCOMES = [PRIMARY, *SECONDARY]


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        input_formats=[ISO],
        widget=forms.DateInput(format=ISO, attrs={"type": "date"}),
        error_messages={
            "required": _("Give a date."),
            "invalid": _("Give a date like 2023-06-15."),
        },
    )


def _offices(label: Any, **kwargs: Any) -> "forms.ModelMultipleChoiceField[Office]":
    return forms.ModelMultipleChoiceField(
        Office.objects.none(), label=label, widget=forms.CheckboxSelectMultiple, **kwargs
    )


def _number(label: Any, highest: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=highest)


class PlanForm(forms.Form):
    """Values are those of a `Plan`; `reason` is asked for once the plan is locked."""

    name = forms.CharField(label=_("Name of the pilot"), max_length=NAME_LENGTH)
    baseline_starts_on = _day(_("Months before counted from"))
    starts_on = _day(_("First day"))
    ends_on = _day(_("Last day"))
    offices = _offices(
        _("Pilot offices"), error_messages={"required": _("Choose at least one pilot office.")}
    )
    comparison_offices = _offices(_("Compared with"), required=False)
    promise_working_days = _number(_("Promise: a first answer within so many working days"), 60)
    working_day_hours = _number(_("Office hours in a working day"), 24)
    reason = forms.CharField(
        label=_("Why the plan changes"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The reason stays on the page of the pilot, with your name and the date."),
    )

    def __init__(self, *args: Any, is_locked: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("offices", "comparison_offices"):
            self.fields[name].queryset = Office.objects.order_by("name", "id")  # type: ignore[attr-defined]
        if not is_locked:
            del self.fields["reason"]
        for name in OUTCOMES:
            self._add_outcome(name)

    def _add_outcome(self, name: str) -> None:
        allowed = PRIMARY_MEASURES if name == PRIMARY else tuple(Measure)
        self.fields[name] = forms.ChoiceField(
            label=_("Outcome"),
            choices=[("", "---------"), *((m.value, m.label) for m in allowed)],
            error_messages={"required": _("Choose an outcome.")},
        )
        self.fields[f"{name}_threshold"] = forms.DecimalField(
            label=_("A change that would matter"),
            min_value=Decimal("0.1"),
            max_value=Decimal(100),
            decimal_places=1,
            # With a comma or a point, whatever the language of the browser.
            localize=True,
            widget=forms.TextInput({"inputmode": "decimal"}),
            error_messages={"required": _("Say from which size on a change would matter.")},
        )

    @classmethod
    def values_of(cls, plan: Plan) -> dict[str, Any]:
        """What the form shows for a plan that is stored."""
        values: dict[str, Any] = {
            name: getattr(plan, name) for name in cls.base_fields if hasattr(plan, name)
        }
        values["offices"] = [office.pk for office in plan.offices]
        values["comparison_offices"] = [office.pk for office in plan.comparison_offices]
        for name, outcome in zip(OUTCOMES, plan.outcomes, strict=False):
            values |= {name: outcome.measure.value, f"{name}_threshold": outcome.threshold}
        return values

    def clean_name(self) -> str:
        name = clean_text(self.cleaned_data["name"], limit=NAME_LENGTH, one_line=True)
        if not name:
            raise forms.ValidationError(_now("Give the pilot a name."))
        return name

    def clean_reason(self) -> str:
        reason = clean_text(self.cleaned_data["reason"], limit=REASON_LENGTH)
        if not reason:
            raise forms.ValidationError(_now("Say why the plan changes."))
        return reason

    @property
    def office_fields(self) -> list[forms.BoundField]:
        return [self["offices"], self["comparison_offices"]]

    @property
    def outcome_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each outcome with its threshold; the first one is the primary outcome."""
        return [(self[name], self[f"{name}_threshold"]) for name in OUTCOMES]

    def plan(self) -> Plan:
        """What was entered. Only for a form that is valid."""
        data = self.cleaned_data
        return Plan(
            name=data["name"],
            offices=tuple(data["offices"].order_by("code")),
            comparison_offices=tuple(data["comparison_offices"].order_by("code")),
            baseline_starts_on=data["baseline_starts_on"],
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            promise_working_days=data["promise_working_days"],
            working_day_hours=data["working_day_hours"],
            outcomes=tuple(
                Outcome(Measure(data[name]), data[f"{name}_threshold"]) for name in OUTCOMES
            ),
        )
