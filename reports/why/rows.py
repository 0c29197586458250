"""What stands behind a figure, whatever the figure: rows, and the figure computed from them.

No text, no member, no adviser; a row has no branch where too few people stand behind it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import TypeAlias

import numpy as np

from branches.working_time import Seconds, epoch_seconds

# A request that waited for months was counted on more days than anybody reads.
PERIODS_SHOWN = 40

# When an office was open: the first and the last second of each opening, UTC epoch seconds.
Openings: TypeAlias = tuple[Seconds, Seconds]
Stretch: TypeAlias = tuple[int, int]
Period: TypeAlias = tuple[datetime, datetime]


class NotShown(LookupError):
    """There is no such figure, or it is hidden because it rests on too few requests or advisers."""


class Unit(StrEnum):
    SECONDS = "seconds"
    HOURS = "hours"
    SHARE = "share"
    NUMBER = "number"


@dataclass(frozen=True)
class Check:
    """A stored figure and the same one computed from the rows of this page."""

    name: str
    stored: float | None
    computed: float | None
    unit: Unit = Unit.NUMBER
    clock: str = ""  # "office" or "calendar" where a figure has both

    @property
    def is_equal(self) -> bool:
        return self.stored == self.computed


@dataclass(frozen=True)
class Row:
    """One request, stay or document. Durations in seconds; None: not of this kind, or not shown."""

    reference: str  # empty: erased since
    state: str
    office: str = ""
    branch: str | None = None  # its code
    since: datetime | None = None
    until: datetime | None = None
    is_counted: bool = True
    # Of an office, month or group that is hidden elsewhere: only its durations are told.
    is_withheld: bool = False
    office_hours: int | None = None
    calendar_time: int | None = None
    waited_for_member: int = 0
    said: str = ""  # what this kind of figure tells of it besides
    periods: tuple[Period, ...] = ()  # the openings that were counted
    more_periods: int = 0


@dataclass(frozen=True)
class Source:
    """Where the figure is stored, and until when it looked."""

    cut_off: datetime
    definition_version: str
    code_version: str | None = None  # None: not stored with this kind of figure
    is_kept: bool = False  # the rows were kept with the figure, instead of being read anew


@dataclass(frozen=True, eq=False)
class Behind:
    """Everything behind one figure; `read` gives the rows from one place up to another."""

    source: Source
    size: int
    read: Callable[[int, int], list[Row]] = field(repr=False)
    checks: tuple[Check, ...]
    # Which columns the rows fill, besides the reference.
    columns: frozenset[str]
    left_out: Mapping[str, int] = field(default_factory=dict)
    note: str = ""

    @property
    def is_equal(self) -> bool:
        return all(check.is_equal for check in self.checks)

    @property
    def shown_checks(self) -> list[Check]:
        """Those with a figure to show on either side."""
        return [
            check for check in self.checks if check.stored is not None or check.computed is not None
        ]

    def rows(self, first: int, last: int) -> list[Row]:
        return self.read(first, last)


def withholding(found: Behind, is_withheld: Sequence[bool]) -> Behind:
    """The same rows, but of those withheld, which stand last, the durations alone.

    They follow each other by the time they took: their place among the others would date them.
    """
    if not any(is_withheld):
        return found
    open_ones = [place for place, held in enumerate(is_withheld) if not held]

    @cache
    def withheld() -> list[Row]:
        rows = zip(found.rows(0, found.size), is_withheld, strict=True)
        return sorted((_bare(row) for row, held in rows if held), key=_time_taken)

    def read(first: int, last: int) -> list[Row]:
        places, many = open_ones[first:last], len(open_ones)
        rows = found.rows(places[0], places[-1] + 1) if places else []
        shown = [rows[place - places[0]] for place in places]
        return shown + (withheld()[max(first - many, 0) : last - many] if last > many else [])

    return replace(found, read=read)


def _bare(row: Row) -> Row:
    return replace(
        row, reference="", office="", branch=None, since=None, until=None, periods=(),
        more_periods=0, is_withheld=True,
    )  # fmt: skip


def _time_taken(row: Row) -> int:
    return row.calendar_time or 0


def columns_of(offices: Sized, *names: str) -> frozenset[str]:
    """These columns, and the office where there are several."""
    return frozenset({*names, *(("office",) if len(offices) > 1 else ())})


def openings_in(openings: Openings, stretches: Sequence[Stretch]) -> list[Period]:
    """When the office was open within these stretches of time."""
    return [period for start, end in stretches for period in _openings(openings, start, end)]


def _openings(openings: Openings, start: int, end: int) -> Iterator[Period]:
    opens, closes = openings
    first = int(np.searchsorted(closes, start, side="right"))
    last = int(np.searchsorted(opens, end, side="left"))
    for begins, ends in zip(opens[first:last], closes[first:last], strict=True):
        yield moment(max(int(begins), start)), moment(min(int(ends), end))


def without(stretch: Stretch, gaps: Sequence[Stretch]) -> list[Stretch]:
    """What is left of a stretch of time without these gaps."""
    left, (begin, end) = [], stretch
    for start, stop in sorted(gaps):
        if start > begin:
            left.append((begin, min(start, end)))
        begin = max(begin, stop)
    return [*left, (begin, end)] if begin < end else left


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def seconds_of(periods: Sequence[Period]) -> int:
    """The seconds in these openings together."""
    return sum(epoch_seconds(end) - epoch_seconds(start) for start, end in periods)
