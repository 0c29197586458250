"""How the plan of the demo's pilot came about: entered, locked in time, changed once."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from branches.models import Office, Pilot
from branches.working_time import BRUSSELS
from demo.dates import StoryDates
from people.models import User
from people.roles import Role
from reports import pilot_plan
from reports.pilot_plan import Outcome, Plan
from reports.plan_models import Measure

NAME = "Liège et Charleroi par branche"
_ENTERED, _LOCKED, _CHANGED = timedelta(days=-34), timedelta(days=-20), timedelta(days=40)
# The last day was first set a week earlier.
_LATER_BY = timedelta(days=7)
_REASON = (
    "Une semaine de plus : la réunion du bilan a été déplacée, "
    "et le dernier mois doit être complet. Décidé sans regarder les chiffres."
)
_OUTCOMES = (
    Outcome(Measure.WITHIN_PROMISE, Decimal(5)),
    Outcome(Measure.HANDLING, Decimal(4)),
    Outcome(Measure.KNEW_MY_SITUATION, Decimal(5)),
    Outcome(Measure.ADVISER_STRAIN, Decimal(5)),
)


def store_plan(
    dates: StoryDates, *, offices: list[Office], comparison_offices: list[Office]
) -> Pilot:
    """Store the pilot as its manager did, each step on its own day."""
    manager = User.objects.filter(role=Role.MANAGER).order_by("pk")[0]
    plan = Plan(
        name=NAME,
        offices=tuple(offices),
        comparison_offices=tuple(comparison_offices),
        baseline_starts_on=dates.baseline_starts_on,
        starts_on=dates.starts_on,
        ends_on=dates.ends_on - _LATER_BY,
        promise_working_days=2,
        working_day_hours=8,
        outcomes=_OUTCOMES,
    )
    pilot = pilot_plan.enter(plan=plan, by=manager, at=_morning(dates.starts_on + _ENTERED))
    pilot_plan.lock(pilot=pilot, by=manager, at=_morning(dates.starts_on + _LOCKED))
    pilot_plan.change(
        pilot=pilot,
        plan=replace(plan, ends_on=dates.ends_on),
        reason=_REASON,
        by=manager,
        at=_morning(dates.starts_on + _CHANGED),
    )
    return pilot


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(10, 20), tzinfo=BRUSSELS)
