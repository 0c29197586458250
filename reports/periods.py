"""What computes and stores the figures of the dashboard: of each month, before, and during.

Months that are long over keep their figures as long as what they rest on is the same: history that
is imported later changes it. The others, and the two long periods, are counted again when somebody
asks. `period_content` says what is counted.
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
from reports import inputs, jobs, shown
from reports.models import JobRun, Side
from reports.monthly import offices_of
from reports.months import month_end, month_of, month_start, months_between
from reports.period_content import Content, Names, count_month, count_span
from reports.period_models import BEFORE, DURING, NOT_SHOWN, PeriodFigures
from reports.period_rows import Span
from reports.sealing import code_version

PERIOD_JOB = "period_figures"
# What the figures of a period mean; docs/figures.md.
DEFINITION_VERSION = "3"
# The requests of a month are followed for so long: most are closed by then, and months of any age
# can be compared.
SETTLED_AFTER = timedelta(days=45)

log = structlog.get_logger()


@dataclass(frozen=True)
class Period:
    """A named stretch of time, `end` not in it; its requests are followed until `seen_from`."""

    name: str
    start: datetime
    end: datetime
    seen_from: datetime

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

    Of a month that is long over, the digest of what it rests on tells that. What was computed
    after `asked_at` (default: `at`) is good enough, so that ten deliveries of one wish compute
    once. Raises NoOpeningHours.
    """
    with connection.cursor() as cursor:
        # Of two workers the second waits, and finds what the first has stored.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{PERIOD_JOB} {pilot.pk}"])
    names, stored = Names.known(), 0
    sides = {side: offices_of(pilot, side) for side in Side}
    known = {} if again else _known(pilot, sides)
    for period in periods_of(pilot, at=at):
        for side, offices in sides.items():
            row = known.get((side, period.name))
            if not offices or (row and _is_good(row, period, offices, asked_at or at)):
                continue
            began = perf_counter()
            # Taken first: what comes in meanwhile makes another one, and is counted next time.
            digest = _digest(period, offices)
            contents = _contents(pilot, side, period, offices, names, at=at)
            was_final = row and row.inputs_digest and not (row.is_provisional or period.is_span)
            more = {"inputs_digest": digest, "recomputed_at": at if was_final else None}
            stored += _store(pilot, side, offices, period, contents, at=at, began=began, more=more)
    log.info("periods_computed", pilot=pilot.pk, rows=stored)
    return stored


def periods_of(pilot: Pilot, *, at: datetime) -> Iterator[Period]:
    """The months from the first before the pilot to its end or the present, and the two spans."""
    ends = min(_midnight(pilot.ends_on + timedelta(days=1)), at)
    for month in months_between(
        pilot.baseline_starts_on, month_of(ends - timedelta(microseconds=1))
    ):
        end = month_end(month)
        yield Period(f"{month:%Y-%m}", month_start(month), min(end, at), _settled(end, at))
    begins, starts = _midnight(pilot.baseline_starts_on), _midnight(pilot.starts_on)
    if begins < at:
        yield Period(BEFORE, begins, min(starts, at), at)
    if starts < at:
        yield Period(DURING, starts, ends, at)


def seen_from(stored: PeriodFigures) -> datetime:
    """Until when the requests of these stored figures were followed."""
    is_span = stored.period in {BEFORE, DURING}
    return stored.cut_off if is_span else _settled(stored.ends_at, stored.cut_off)


def _settled(end: datetime, at: datetime) -> datetime:
    return min(end + SETTLED_AFTER, at)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=BRUSSELS)


def _known(pilot: Pilot, sides: dict[Side, list[Office]]) -> dict[tuple[Side, str], PeriodFigures]:
    """The rows of whole sides that are of the same offices and of the present definition."""
    rows = PeriodFigures.objects.filter(
        pilot=pilot, office=None, definition_version=DEFINITION_VERSION
    )
    codes = {side: [office.code for office in offices] for side, offices in sides.items()}
    return {
        (Side(row.side), row.period): row
        for row in rows.defer("content")
        if row.offices == codes[Side(row.side)]
    }


def _is_good(row: PeriodFigures, period: Period, offices: list[Office], asked_at: datetime) -> bool:
    """Whether a row need not be computed again. The two spans are followed until now, always."""
    if row.cut_off >= asked_at:
        return True
    if row.is_provisional or period.is_span:
        return False
    return row.inputs_digest == _digest(period, offices)


def _digest(period: Period, offices: list[Office]) -> str:
    return inputs.digest(offices, start=period.start, end=period.end, seen_from=period.seen_from)


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
    span = Span(keys, period.start, period.end, period.seen_from)
    if not period.is_span:
        counts = count_month(span, names)
        each: dict[Office | None, Content] = {
            office: counts.content([office.pk]) for office in offices
        }
        found = {None: counts.content(keys), **each}
    else:
        times = equal_times(pilot, keys, at=at) if period.name == DURING else {}
        both = count_span(span, names, pilot=pilot, side=side, offices=offices, times=times)
        each = {office: both.content([office.pk], office=office.pk) for office in offices}
        found = {None: both.content(keys, office=None), **each}
    return found | dict.fromkeys(_hidden(offices, period), NOT_SHOWN)


def _hidden(offices: list[Office], period: Period) -> list[Office | None]:
    """Of whom nothing is stored, so that no page can show it by mistake."""
    cells = shown.cells_between(offices, period.start, period.end)
    hidden = shown.hidden_offices(cells)
    total: list[Office | None] = [None] if shown.hides_total(cells) else []
    return total + [office for office in offices if office.pk in hidden]


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
    more: dict[str, Any],
) -> int:
    """Store one row for the side and one for each office; return how many."""
    values: dict[str, Any] = {
        "starts_at": period.start,
        "ends_at": period.end,
        "offices": [office.code for office in offices],
        "definition_version": DEFINITION_VERSION,
        "code_version": code_version(),
        "cut_off": at,
        "is_provisional": at < period.end + SETTLED_AFTER,
        "computed_in": timedelta(seconds=perf_counter() - began),
    } | more
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
