"""What computes and stores the figures of the dashboard: of each month, before, and during.

Months that are long over keep their figures; the others, and the two long periods, are counted
again when somebody asks. `period_content` says what is counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from time import perf_counter
from typing import Any

import structlog
from django.db import connection, transaction

from branches.calendars import BRUSSELS
from branches.models import Office, Pilot
from dop_pilot.celery import wake
from reports import jobs
from reports.models import JobRun, Side
from reports.monthly import offices_of
from reports.months import month_end, month_of, month_start, months_between
from reports.period_content import Content, Names, count_month, count_span
from reports.period_models import BEFORE, DURING, PeriodFigures
from reports.period_rows import Span

PERIOD_JOB = "period_figures"
# What the figures of a period mean; docs/figures.md.
DEFINITION_VERSION = "3"
# Most requests are closed by then, so their ways hardly change any more.
SETTLED_AFTER = timedelta(days=45)

log = structlog.get_logger()


@dataclass(frozen=True)
class Period:
    """A named stretch of time; `end` is not in it."""

    name: str
    start: datetime
    end: datetime

    @property
    def is_span(self) -> bool:
        return self.name in {BEFORE, DURING}


def ask(*, pilot_key: int, at: datetime) -> bool:
    """Have a worker compute what is not up to date; False when none could be reached."""
    jobs.ask(kind=PERIOD_JOB, period=str(pilot_key), at=at)
    return wake("reports.tasks.period_figures", pilot_key, at.isoformat())


@transaction.atomic
def compute(
    *, pilot: Pilot, at: datetime, asked_at: datetime | None = None, again: bool = False
) -> int:
    """Compute and store what is missing or may have changed; return how many rows were stored.

    What was computed after `asked_at` (default: `at`) is good enough, so that ten deliveries of
    one wish compute once. Raises NoOpeningHours.
    """
    with connection.cursor() as cursor:
        # Of two workers the second waits, and finds what the first has stored.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{PERIOD_JOB} {pilot.pk}"])
    names, stored = Names.known(), 0
    sides = {side: offices_of(pilot, side) for side in Side}
    good = set() if again else _good(pilot, sides, asked_at or at)
    for period in periods_of(pilot, at=at):
        for side, offices in sides.items():
            if not offices or (side, period.name) in good:
                continue
            began = perf_counter()
            contents = _contents(pilot, side, period, offices, names, at=at)
            stored += _store(pilot, side, offices, period, contents, at=at, began=began)
    log.info("periods_computed", pilot=pilot.pk, rows=stored)
    return stored


def periods_of(pilot: Pilot, *, at: datetime) -> Iterator[Period]:
    """The months from the first before the pilot to its end or the present, and the two spans."""
    ends = min(_midnight(pilot.ends_on + timedelta(days=1)), at)
    for month in months_between(
        pilot.baseline_starts_on, month_of(ends - timedelta(microseconds=1))
    ):
        yield Period(f"{month:%Y-%m}", month_start(month), min(month_end(month), at))
    begins, starts = _midnight(pilot.baseline_starts_on), _midnight(pilot.starts_on)
    if begins < at:
        yield Period(BEFORE, begins, min(starts, at))
    if starts < at:
        yield Period(DURING, starts, ends)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=BRUSSELS)


def _good(
    pilot: Pilot, sides: dict[Side, list[Office]], asked_at: datetime
) -> set[tuple[Side, str]]:
    """Which sides and periods need not be computed again."""
    rows = PeriodFigures.objects.filter(
        pilot=pilot, office=None, definition_version=DEFINITION_VERSION
    )
    codes = {side: [office.code for office in offices] for side, offices in sides.items()}
    return {
        (Side(row.side), row.period)
        for row in rows.defer("content")
        if row.offices == codes[Side(row.side)]
        and (not row.is_provisional or row.cut_off >= asked_at)
    }


def _contents(
    pilot: Pilot,
    side: Side,
    period: Period,
    offices: list[Office],
    names: Names,
    *,
    at: datetime,
) -> dict[Office | None, Content]:
    """The figures of the side (None) and of each of its offices."""
    keys = [office.pk for office in offices]
    span = Span(keys, period.start, period.end)
    if not period.is_span:
        counts = count_month(span, names)
        each: dict[Office | None, Content] = {
            office: counts.content([office.pk]) for office in offices
        }
        return {None: counts.content(keys), **each}
    times = equal_times(pilot, keys, at=at) if period.name == DURING else {}
    found = count_span(span, names, pilot=pilot, side=side, offices=offices, times=times)
    each = {office: found.content([office.pk], office=office.pk) for office in offices}
    return {None: found.content(keys, office=None), **each}


def equal_times(pilot: Pilot, offices: list[int], *, at: datetime) -> dict[str, Span]:
    """The pilot so far, and as long a time right before it: who has longer meets more people."""
    starts = _midnight(pilot.starts_on)
    ends = min(_midnight(pilot.ends_on + timedelta(days=1)), at)
    begins = max(_midnight(pilot.baseline_starts_on), starts - (ends - starts))
    return {BEFORE: Span(offices, begins, starts), DURING: Span(offices, starts, ends)}


def _store(
    pilot: Pilot,
    side: Side,
    offices: list[Office],
    period: Period,
    contents: dict[Office | None, Content],
    *,
    at: datetime,
    began: float,
) -> int:
    """Store one row for the side and one for each office; return how many."""
    values: dict[str, Any] = {
        "starts_at": period.start,
        "ends_at": period.end,
        "offices": [office.code for office in offices],
        "definition_version": DEFINITION_VERSION,
        "cut_off": at,
        "is_provisional": at < period.end + SETTLED_AFTER,
        "computed_in": timedelta(seconds=perf_counter() - began),
    }
    rows = PeriodFigures.objects.filter(pilot=pilot, side=side, period=period.name)
    # The lock keeps others away between the two; so does the constraint.
    rows.delete()
    new = PeriodFigures.objects.bulk_create(
        PeriodFigures(
            pilot=pilot, side=side, office=office, period=period.name, content=content, **values
        )
        for office, content in contents.items()
    )
    return len(new)


def run_of(pilot: Pilot) -> JobRun | None:
    """The record of the job that computes these figures."""
    return JobRun.objects.filter(kind=PERIOD_JOB, period=str(pilot.pk)).first()
