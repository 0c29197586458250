"""The plan of a pilot is entered, changed until it is locked, and afterwards only in the open."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import Office, Pilot
from people.models import User
from reports.months import EARLIEST
from reports.plan_models import (
    SECONDARY_OUTCOMES,
    Measure,
    PilotChange,
    PilotOutcome,
    PilotPlan,
    Planned,
)

log = structlog.get_logger()

# The parts of a plan that are columns of the pilot.
COLUMNS = (
    Planned.BASELINE_STARTS_ON,
    Planned.STARTS_ON,
    Planned.ENDS_ON,
    Planned.PROMISE_WORKING_DAYS,
    Planned.WORKING_DAY_HOURS,
)
# And those that are sets of offices.
OFFICES = (Planned.OFFICES, Planned.COMPARISON_OFFICES)
# Figures are counted for each month: a slip in a year, as 0202, would make thousands of them.
LONGEST = timedelta(days=5 * 366)
LATEST = date(2100, 1, 1)


class PlanRefused(Exception):
    """The plan is not stored or locked so. The text says why, to the person who tried."""


@dataclass(frozen=True)
class Outcome:
    """A measure and the size of a change that would matter: percentage points or office hours."""

    measure: Measure
    threshold: Decimal


@dataclass(frozen=True)
class Plan:
    """What a person enters. The first outcome is the primary one."""

    name: str
    offices: tuple[Office, ...]
    comparison_offices: tuple[Office, ...]
    baseline_starts_on: date
    starts_on: date
    ends_on: date
    promise_working_days: int
    working_day_hours: int
    outcomes: tuple[Outcome, ...]


@transaction.atomic
def enter(*, plan: Plan, by: User, at: datetime) -> Pilot:
    """Store a new pilot with its plan, not locked. Raises PlanRefused."""
    _check(plan)
    pilot = Pilot.objects.create(name=plan.name, **_columns(plan))
    PilotPlan.objects.create(pilot=pilot, entered_at=at, entered_by=by)
    _store(pilot, plan)
    log.info("plan_entered", pilot=pilot.pk, by=by.pk)
    return pilot


@transaction.atomic
def change(
    *, pilot: Pilot, plan: Plan, reason: str = "", by: User, at: datetime
) -> list[PilotChange]:
    """Store what has changed in the plan; return the dated rows of a plan that is locked.

    A plan that is not locked changes without a trace, and needs no reason; one that is locked
    needs one. Of two who change it at once, the second one's changes count from the first one's.
    Raises PlanRefused.
    """
    _check(plan, pilot)
    stored = _locked_row(pilot, by=by, at=at)
    pilot.refresh_from_db()
    before, after = written(of_pilot(pilot)), written(plan)
    told = [
        PilotChange(
            pilot=pilot,
            field=part,
            before=before[part],
            after=after[part],
            reason=reason,
            changed_at=at,
            changed_by=by,
        )
        for part in Planned
        if stored.locked_at is not None and before[part] != after[part]
    ]
    if told and not reason:
        raise PlanRefused(_("This plan is locked. Say why it changes: the reason stays beside it."))
    changed = PilotChange.objects.bulk_create(told)
    _store(pilot, plan)
    log.info("plan_changed", pilot=pilot.pk, by=by.pk, parts=[row.field for row in changed])
    return changed


@transaction.atomic
def lock(*, pilot: Pilot, by: User, at: datetime) -> PilotPlan:
    """Fix the plan. Locking it again changes nothing. Raises PlanRefused for one with gaps."""
    stored = _locked_row(pilot, by=by, at=at)
    if stored.locked_at is not None:
        return stored
    plan = of_pilot(pilot)
    _check(plan, pilot)
    if len(plan.outcomes) != 1 + SECONDARY_OUTCOMES:
        raise PlanRefused(_("Choose one primary and three other outcomes before locking."))
    if not plan.comparison_offices:
        raise PlanRefused(_("Choose the offices to compare with before locking."))
    stored.locked_at, stored.locked_by = at, by
    stored.save(update_fields=["locked_at", "locked_by"])
    log.info("plan_locked", pilot=pilot.pk, by=by.pk)
    return stored


def of_pilot(pilot: Pilot) -> Plan:
    """The plan as it is stored; without outcomes for a pilot that was entered without them."""
    outcomes = pilot.outcomes.order_by("place")
    return Plan(
        name=pilot.name,
        offices=tuple(pilot.offices.order_by("code")),
        comparison_offices=tuple(pilot.comparison_offices.order_by("code")),
        outcomes=tuple(Outcome(Measure(row.measure), row.threshold) for row in outcomes),
        **{str(column): getattr(pilot, column) for column in COLUMNS},
    )


def outcome_of(pair: list[Any]) -> Outcome:
    """The outcome that JSON holds as [measure, threshold]."""
    measure, threshold = pair
    return Outcome(Measure(measure), Decimal(str(threshold)))


def written(plan: Plan) -> dict[Planned, Any]:
    """Each part of the plan as JSON holds it."""
    parts: dict[Planned, Any] = {column: getattr(plan, column) for column in COLUMNS}
    parts = {
        part: value.isoformat() if isinstance(value, date) else value
        for part, value in parts.items()
    }
    for part in OFFICES:
        parts[part] = sorted(office.code for office in getattr(plan, part))
    parts[Planned.OUTCOMES] = [
        [str(outcome.measure), float(outcome.threshold)] for outcome in plan.outcomes
    ]
    return parts


def _check(plan: Plan, pilot: Pilot | None = None) -> None:
    if not plan.baseline_starts_on < plan.starts_on < plan.ends_on:
        raise PlanRefused(
            _("The months before begin before the first day, and that before the last.")
        )
    longest = plan.starts_on - plan.baseline_starts_on, plan.ends_on - plan.starts_on
    if max(longest) > LONGEST or plan.baseline_starts_on < EARLIEST or plan.ends_on > LATEST:
        raise PlanRefused(
            _(
                "The months before and the pilot itself take five years each at most. Look at "
                "the years."
            )
        )
    others = Pilot.objects.filter(starts_on__lte=plan.ends_on, ends_on__gte=plan.starts_on)
    if pilot is not None:
        others = others.exclude(pk=pilot.pk)
    if other := others.order_by("starts_on", "id").first():
        raise PlanRefused(
            _("Two pilots cannot run at once, and “%(name)s” runs in this time.")
            % {"name": other.name}
        )
    if not plan.offices:
        raise PlanRefused(_("Choose at least one pilot office."))
    both = sorted(office.name for office in set(plan.offices) & set(plan.comparison_offices))
    if both:
        raise PlanRefused(
            _("An office is either a pilot office or compared with: %(offices)s.")
            % {"offices": ", ".join(both)}
        )
    measures = [outcome.measure for outcome in plan.outcomes]
    if len(set(measures)) != len(measures):
        raise PlanRefused(_("Each outcome is chosen once."))


def _columns(plan: Plan) -> dict[str, Any]:
    return {str(column): getattr(plan, column) for column in COLUMNS}


def _locked_row(pilot: Pilot, *, by: User, at: datetime) -> PilotPlan:
    """The row of the plan, which nobody else changes until the commit; new for an older pilot."""
    PilotPlan.objects.get_or_create(pilot=pilot, defaults={"entered_at": at, "entered_by": by})
    return PilotPlan.objects.select_for_update().get(pilot=pilot)


def _store(pilot: Pilot, plan: Plan) -> None:
    """Write what differs. The database refuses what no dated row of a locked plan tells."""
    before = of_pilot(pilot)
    if plan.name != before.name or _columns(plan) != _columns(before):
        Pilot.objects.filter(pk=pilot.pk).update(name=plan.name, **_columns(plan))
    for part in OFFICES:
        getattr(pilot, part).set(getattr(plan, part))
    if plan.outcomes != before.outcomes:
        pilot.outcomes.all().delete()
        PilotOutcome.objects.bulk_create(
            PilotOutcome(
                pilot=pilot, place=place, measure=outcome.measure, threshold=outcome.threshold
            )
            for place, outcome in enumerate(plan.outcomes)
        )
    pilot.refresh_from_db()
