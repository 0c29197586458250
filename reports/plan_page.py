"""What the page of the plan of a pilot shows."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from branches.models import Office, Pilot
from branches.working_time import BRUSSELS
from reports import pilot_plan
from reports.pilot_plan import OFFICES, Outcome, Plan
from reports.plan_models import IN_HOURS, Measure, PilotChange, PilotPlan, Planned
from reports.wording import one_after_another

# What the form of a new pilot begins with.
USUAL = {
    "promise_working_days": 2,
    "working_day_hours": 8,
    "primary": Measure.WITHIN_PROMISE.value,
    "primary_threshold": 5,
    "secondary_1": Measure.HANDLING.value,
    "secondary_1_threshold": 4,
    "secondary_2": Measure.KNEW_MY_SITUATION.value,
    "secondary_2_threshold": 5,
    "secondary_3": Measure.ADVISER_STRAIN.value,
    "secondary_3_threshold": 5,
}


@dataclass(frozen=True)
class ChangeShown:
    """One part of one change, in words."""

    change: PilotChange
    part: str
    before: str
    after: str


@dataclass(frozen=True)
class PlanPage:
    pilot: Pilot
    plan: Plan
    # None for a pilot that was entered before plans were.
    stored: PilotPlan | None
    outcomes: list[tuple[str, str]]
    changes: list[ChangeShown]
    # How many days the plan was locked after the first day of the pilot; None: before, or not yet.
    locked_late: int | None
    can_be_locked: bool

    @property
    def is_locked(self) -> bool:
        return self.stored is not None and self.stored.locked_at is not None


def plan_page(pilot: Pilot) -> PlanPage:
    plan = pilot_plan.of_pilot(pilot)
    stored = PilotPlan.objects.filter(pilot=pilot).select_related("locked_by", "entered_by").first()
    changes = pilot.changes.select_related("changed_by").order_by("-changed_at", "-id")
    names = dict(Office.objects.values_list("code", "name"))
    return PlanPage(
        pilot=pilot,
        plan=plan,
        stored=stored,
        outcomes=[(str(o.measure.label), threshold(o)) for o in plan.outcomes],
        changes=[_shown(change, names) for change in changes],
        locked_late=_locked_late(pilot, stored),
        can_be_locked=bool(plan.outcomes and plan.comparison_offices),
    )


def is_locked(pilot: Pilot) -> bool:
    return PilotPlan.objects.filter(pilot=pilot, locked_at__isnull=False).exists()


def threshold(outcome: Outcome) -> str:
    """The size of a change that would matter, with its unit."""
    number = number_format(outcome.threshold.normalize(), use_l10n=True)
    if outcome.measure in IN_HOURS:
        return _("%(number)s office hours") % {"number": number}
    return _("%(number)s percentage points") % {"number": number}


def _locked_late(pilot: Pilot, stored: PilotPlan | None) -> int | None:
    if stored is None or stored.locked_at is None:
        return None
    late = (stored.locked_at.astimezone(BRUSSELS).date() - pilot.starts_on).days + 1
    return late if late > 0 else None


def _shown(change: PilotChange, names: dict[str, str]) -> ChangeShown:
    part = Planned(change.field)
    return ChangeShown(
        change=change,
        part=str(part.label),
        before=in_words(part, change.before, names),
        after=in_words(part, change.after, names),
    )


def in_words(part: Planned, value: Any, names: dict[str, str]) -> str:
    """A part of a plan as the page says it; `names` are those of the offices, by code."""
    if part in OFFICES:
        return ", ".join(names.get(code, code) for code in value) or _("none")
    if part == Planned.OUTCOMES:
        outcomes = [pilot_plan.outcome_of(pair) for pair in value]
        named = (f"{o.measure.label} ({threshold(o)})" for o in outcomes)
        return one_after_another(named) or _("none")
    if isinstance(value, int):
        return str(value)
    return date_format(date.fromisoformat(value), "DATE_FORMAT")
