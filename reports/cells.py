"""Many cohorts at once, as counts: for each cell, how many waited how long, answered or not.

`survival.kaplan_meier` takes such counts as they are, so that a curve of 100,000 requests costs as
much as its number of different durations. Seconds are kept: a share within 16 hours is wrong when
16:00:30 counts as 16:00. `unit=60` gives whole minutes where a picture needs no more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from branches.models import Pilot
from branches.working_time import BRUSSELS, Seconds, epoch_seconds
from reports.cohorts import Cohort, Mask, cohort_between
from reports.months import month_end, month_start, months_between

Every: TypeAlias = Literal["month", "week"]
ClockName: TypeAlias = Literal["office", "calendar"]
Dimension: TypeAlias = Literal["branch", "topic", "channel", "language"]
WEEK = timedelta(days=7)


class CellKey(NamedTuple):
    """Which cell: the key of the office, the first day of the period, and the groups asked for."""

    office: int
    period: date
    groups: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Counts:
    """What `kaplan_meier` takes, three arrays of shape (k,), durations in seconds and in order."""

    durations: Seconds
    answered: Mask
    requests: Seconds

    @property
    def total(self) -> int:
        return int(self.requests.sum())


def monthly_cells(
    pilot: Pilot,
    *,
    cut_off: datetime,
    by: Sequence[Dimension] = (),
    every: Every = "month",
    clock: ClockName = "office",
    unit: int = 1,
) -> dict[CellKey, Counts]:
    """The cells of all offices of a pilot, from its first month before to its end or the cut-off.

    `by` divides each cell further, by primary key of branch or topic, or by place in
    `cohorts.CHANNELS` and `LANGUAGES` (0: none). Excluded requests are left out; cells without a
    request are missing. Raises NoOpeningHours.
    """
    offices = [*pilot.offices.all(), *pilot.comparison_offices.all()]
    last = min(pilot.ends_on, cut_off.astimezone(BRUSSELS).date())
    start, end = month_start(pilot.baseline_starts_on), month_end(last)
    found = cohort_between(offices, start=start, end=end, cut_off=cut_off)
    starts = list(_starts(pilot.baseline_starts_on, last, every))
    return counts_of(found, starts=starts, by=by, clock=clock, unit=unit)


def counts_of(
    requests: Cohort,
    *,
    starts: Sequence[date],
    by: Sequence[Dimension] = (),
    clock: ClockName = "office",
    unit: int = 1,
) -> dict[CellKey, Counts]:
    """The cells of a cohort; `starts` are the first days of its periods, in order."""
    kept = requests.where(requests.counts)
    moments = [epoch_seconds(_midnight(day)) for day in starts]
    period = np.searchsorted(moments, kept.submitted, side="right") - 1
    duration = (kept.office_hours if clock == "office" else kept.calendar_time) // unit * unit
    columns = [kept.office, period, *(getattr(kept, name) for name in by)]
    table = np.stack([*columns, duration, kept.is_answered.astype(np.int64)], axis=1)
    rows, requests_in = _runs(table)
    cells: dict[CellKey, Counts] = {}
    for first, last in _stretches(rows[:, : len(columns)]):
        office, place, *groups = rows[first, : len(columns)].tolist()
        cells[CellKey(office, starts[place], tuple(groups))] = Counts(
            rows[first:last, -2], rows[first:last, -1] > 0, requests_in[first:last]
        )
    return cells


def _starts(first: date, last: date, every: Every) -> Iterator[date]:
    """The first days of the periods: of months, or Mondays from the week of the first month on."""
    if every == "month":
        yield from months_between(first, last)
        return
    monday = first.replace(day=1)
    monday -= timedelta(days=monday.weekday())
    while monday < month_end(last).date():
        yield monday
        monday += WEEK


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BRUSSELS)


def _runs(table: Seconds) -> tuple[Seconds, Seconds]:
    """The different rows of the table in order, and how often each occurs."""
    ordered = table[np.lexsort(table.T[::-1])]
    firsts = _changes(ordered)
    return ordered[firsts], np.diff(np.r_[firsts, len(ordered)])


def _stretches(rows: Seconds) -> Iterator[tuple[int, int]]:
    """From where to where each group of equal rows reaches."""
    firsts = _changes(rows).tolist()
    yield from zip(firsts, [*firsts[1:], len(rows)], strict=True)


def _changes(rows: Seconds) -> Seconds:
    changed = np.any(rows[1:] != rows[:-1], axis=1) if len(rows) else np.empty(0, np.bool_)
    return np.flatnonzero(np.r_[np.ones(min(len(rows), 1), np.bool_), changed])
