"""Working time: how long an office was open between two moments.

Pure: numpy and the standard library only. Opening hours are laid out once, as UTC epoch seconds
with their running total; every question afterwards is a lookup in that total.

One rule decides every case, changes of summer time included: an office is open exactly while the
clock on its wall shows a time from `opens` up to, not including, `closes`. So an hour that the
clock skips is never working time (an office that opens at 02:30 opens at 03:00 that night), and an
hour that the clock shows twice counts both times.

Unit: whole seconds. Microseconds of a moment are cut off, never rounded, so two moments within the
same second are 0 apart.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Self, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

Seconds: TypeAlias = NDArray[np.int64]
# A pause whose end is None still lasts.
Pause: TypeAlias = tuple[datetime, datetime | None]

BRUSSELS = ZoneInfo("Europe/Brussels")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SECONDS_PER_DAY = 86_400


class OutsideCalendar(ValueError):
    """A moment lies outside the dates for which opening hours were laid out."""


class NoOpeningHours(ValueError):
    """The office never opens, so no amount of working time is ever reached."""


@dataclass(frozen=True)
class OpeningPeriod:
    """One opening on one weekday (0 = Monday), in the local time of the office.

    `closes` is exclusive and lies after `opens` on the same day; `valid_from` and `valid_to` are
    inclusive, None means without limit. Raises ValueError for anything else.
    """

    weekday: int
    opens: time
    closes: time
    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError(f"Weekday {self.weekday} is not between 0 (Monday) and 6 (Sunday).")
        if self.closes <= self.opens:
            raise ValueError(f"Closing time {self.closes} is not after opening time {self.opens}.")


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """The opening hours of one office, laid out for the dates `start` to `end` inclusive.

    `opens` and `closes` are UTC epoch seconds, int64 of shape (n,), sorted, apart from each other
    (touching and overlapping periods are merged). `open_before` has shape (n + 1,): the seconds
    open before opening i, and in the last place the total.
    """

    start: date
    end: date
    timezone: ZoneInfo
    opens: Seconds
    closes: Seconds
    open_before: Seconds = field(repr=False)
    covers_from: int  # the first second of `start`, UTC epoch seconds
    covers_until: int  # the first second after `end`

    @classmethod
    def build(
        cls,
        periods: Sequence[OpeningPeriod],
        closed_on: Collection[date],
        start: date,
        end: date,
        timezone: ZoneInfo = BRUSSELS,
    ) -> Self:
        """Lay out `periods`, except on the dates `closed_on`. Five years take milliseconds.

        Raises ValueError when `end` lies before `start`.
        """
        if end < start:
            raise ValueError(f"The calendar would end ({end}) before it starts ({start}).")
        covers_from = _midnight(start, timezone)
        covers_until = _midnight(end + timedelta(days=1), timezone)
        local = _local_openings(periods, _open_days(closed_on, start, end))
        opens, closes = _merged(*_in_utc(*local, _offsets(covers_from, covers_until, timezone)))
        open_before = np.concatenate(([0], np.cumsum(closes - opens)))
        for array in (opens, closes, open_before):
            array.setflags(write=False)
        return cls(start, end, timezone, opens, closes, open_before, covers_from, covers_until)

    def seconds_between(self, starts: ArrayLike, ends: ArrayLike) -> Seconds:
        """Working seconds from each start to its end; an office that never opens gives 0.

        Both are whole UTC epoch seconds of the same shape, which is also that of the result; cut
        microseconds off with floor division. Raises TypeError for any other type, OutsideCalendar
        for a moment outside the calendar, and ValueError when an end lies before its start.
        """
        first, last = self._checked(starts), self._checked(ends)
        if np.any(last < first):
            raise ValueError("An interval ends before it starts.")
        return self._open_until(last) - self._open_until(first)

    def moments_after(self, starts: ArrayLike, seconds: ArrayLike) -> Seconds:
        """The earliest moment, from each start on, by which that working time has passed.

        All are whole seconds, moments UTC epoch seconds. Zero gives the start itself, open or
        not; time that fills an opening exactly gives its closing, not the next opening. Raises
        TypeError for any other type, NoOpeningHours, OutsideCalendar when the calendar ends too
        early, and ValueError for negative working time.
        """
        first, wanted = self._checked(starts), _whole(seconds)
        if np.any(wanted < 0):
            raise ValueError("Working time cannot be negative.")
        target = self._open_until(first) + wanted
        self._require_openings(enough=not np.any((wanted > 0) & (target > self.open_before[-1])))
        # The place of the first opening with which the running total reaches the target.
        place = np.searchsorted(self.open_before, target, side="left")
        reached = self._closes_before(place) - (self.open_before[place] - target)
        return np.where(wanted == 0, first, reached)

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """The time the office was open from `start` to `end`, both aware, in whole seconds.

        Raises ValueError for a naive datetime or an end before the start, and OutsideCalendar.
        """
        first, last = _in_order(start, end)
        return timedelta(seconds=int(self.seconds_between(first, last)))

    def working_time_without(
        self, start: datetime, end: datetime, pauses: Sequence[Pause]
    ) -> timedelta:
        """The same, minus the working time inside `pauses`; where pauses overlap it counts once.

        Pauses may be in any order and reach beyond `start` and `end`; the end None still lasts.
        Raises as `working_time` does, for the pauses as well.
        """
        first, last = _in_order(start, end)
        # A pause that begins only after the end and still lasts has no length yet.
        spans = [_in_order(since, until or max(since, end, key=_utc)) for since, until in pauses]
        clipped = np.clip(np.array(spans, dtype=np.int64).reshape(-1, 2), first, last)
        paused = self.seconds_between(*_merged(clipped[:, 0], clipped[:, 1])).sum()
        return self.working_time(start, end) - timedelta(seconds=int(paused))

    def moment_after(self, start: datetime, working: timedelta) -> datetime:
        """The earliest moment t >= `start` with `working_time(start, t) >= working`, in UTC.

        So zero gives `start`, open or not, and part of a second is a whole one. Raises as
        `moments_after` does, and ValueError for a naive datetime.
        """
        if not working:
            self._checked(epoch_seconds(start))
            return start.astimezone(UTC)
        return _moment(self.moments_after(epoch_seconds(start), -(-working // SECOND)))

    def next_opening(self, moment: datetime) -> datetime:
        """The earliest open moment from `moment` on, in UTC: `moment` itself while it is open.

        Raises NoOpeningHours, OutsideCalendar when the office does not open again before the
        calendar ends, and ValueError for a naive datetime.
        """
        if self.is_open(moment):
            return moment.astimezone(UTC)
        place = int(np.searchsorted(self.opens, epoch_seconds(moment)))
        self._require_openings(enough=place < self.opens.size)
        return _moment(self.opens[place])

    def is_open(self, moment: datetime) -> bool:
        """Whether the office is open then. Raises OutsideCalendar; ValueError when naive."""
        second = self._checked(epoch_seconds(moment))
        place = np.searchsorted(self.opens, second, side="right")
        return bool(second < self._closes_before(place))

    def _open_until(self, moments: Seconds) -> Seconds:
        """Seconds the office was open since the calendar began: the cumulative function."""
        place = np.searchsorted(self.opens, moments, side="right")
        still_to_come = np.maximum(self._closes_before(place) - moments, 0)
        return np.asarray(self.open_before[place] - still_to_come)

    def _closes_before(self, place: NDArray[np.intp] | np.intp) -> Seconds:
        """The closing of opening number `place`, counted from 1; 0 is "before any opening"."""
        return np.asarray(np.concatenate(([self.covers_from], self.closes))[place])

    def _checked(self, moments: ArrayLike) -> Seconds:
        seconds = _whole(moments)
        outside = (seconds < self.covers_from) | (seconds >= self.covers_until)
        if np.any(outside):
            local = _moment(seconds[outside].flat[0]).astimezone(self.timezone)
            raise OutsideCalendar(
                f"{local:%Y-%m-%d %H:%M} is outside the opening hours laid out "
                f"from {self.start} to {self.end}."
            )
        return seconds

    def _require_openings(self, *, enough: bool) -> None:
        if not enough and not self.opens.size:
            raise NoOpeningHours(
                f"The office has no opening hours from {self.start} to {self.end}."
            )
        if not enough:
            raise OutsideCalendar(f"The opening hours are laid out only until {self.end}.")


def epoch_seconds(moment: datetime) -> int:
    """Whole UTC epoch seconds of an aware datetime, microseconds cut off; ValueError when naive."""
    return (_utc(moment) - EPOCH) // SECOND


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; working time needs one.")
    return moment.astimezone(UTC)


def _in_order(start: datetime, end: datetime) -> tuple[int, int]:
    # Compare in UTC: two datetimes that share a ZoneInfo are compared by wall clock, which is
    # wrong in the hour that the end of summer time repeats.
    if _utc(end) < _utc(start):
        raise ValueError(f"The end {end.isoformat()} lies before the start {start.isoformat()}.")
    return epoch_seconds(start), epoch_seconds(end)


def _moment(seconds: int | np.int64 | Seconds) -> datetime:
    return EPOCH + int(seconds) * SECOND


def _whole(seconds: ArrayLike) -> Seconds:
    array = np.asarray(seconds)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"Expected whole seconds as integers, got {array.dtype}.")
    return array.astype(np.int64, copy=False)


def _midnight(day: date, timezone: ZoneInfo) -> int:
    return epoch_seconds(datetime.combine(day, time(), tzinfo=timezone))


def _open_days(closed_on: Collection[date], start: date, end: date) -> Seconds:
    """The dates from `start` to `end` without `closed_on`, as ordinals of `date`."""
    days = np.arange(start.toordinal(), end.toordinal() + 1, dtype=np.int64)
    return days[~np.isin(days, [day.toordinal() for day in closed_on])]


def _local_openings(periods: Sequence[OpeningPeriod], days: Seconds) -> tuple[Seconds, Seconds]:
    """What the wall clock shows at each opening and closing, as seconds since 1970, unsorted."""
    opens, closes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for period in periods:
        first = (period.valid_from or date.min).toordinal()
        last = (period.valid_to or date.max).toordinal()
        # Ordinal 1 was a Monday.
        held = days[((days - 1) % 7 == period.weekday) & (days >= first) & (days <= last)]
        midnights = (held - EPOCH.toordinal()) * SECONDS_PER_DAY
        opens.append(midnights + _second_of_day(period.opens))
        closes.append(midnights + _second_of_day(period.closes))
    return np.concatenate(opens), np.concatenate(closes)


def _second_of_day(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _in_utc(
    opens: Seconds, closes: Seconds, offsets: Sequence[tuple[int, int, int]]
) -> tuple[Seconds, Seconds]:
    """Translate wall-clock openings to UTC, each stretch of constant offset by itself.

    An opening appears once in every stretch in which the clock shows it. That is what makes
    skipped hours vanish and repeated hours count twice, without a special case for either.
    """
    starts, ends, shift = np.array(offsets, dtype=np.int64).T[:, :, None]
    utc_opens = np.clip(opens - shift, starts, ends)
    utc_closes = np.clip(closes - shift, starts, ends)
    shown = utc_closes > utc_opens
    return utc_opens[shown], utc_closes[shown]


def _offsets(start: int, end: int, timezone: ZoneInfo) -> list[tuple[int, int, int]]:
    """The stretches (from, until, seconds ahead of UTC) into which clock changes cut the time."""
    stretches, since, offset = [], start, _offset(start, timezone)
    # Day by day: no zone changes its clock twice within one day.
    for day in range(start, end, SECONDS_PER_DAY):
        until = min(day + SECONDS_PER_DAY, end)
        if _offset(until, timezone) != offset:
            change = _change(day, until, timezone)
            stretches.append((since, change, offset))
            since, offset = change, _offset(change, timezone)
    return [*stretches, (since, end, offset)]


def _change(before: int, after: int, timezone: ZoneInfo) -> int:
    """The first second with the offset of `after`, found by halving."""
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, timezone) == _offset(after, timezone):
            after = middle
        else:
            before = middle
    return after


def _offset(seconds: int, timezone: ZoneInfo) -> int:
    shift = _moment(seconds).astimezone(timezone).utcoffset()
    return 0 if shift is None else shift // SECOND


def _merged(starts: Seconds, ends: Seconds) -> tuple[Seconds, Seconds]:
    """Sort intervals and join those that touch or overlap. Shapes (n,) in, (m <= n,) out."""
    order = np.argsort(starts)
    starts, reach = starts[order], np.maximum.accumulate(ends[order])
    # An interval begins a new group when it starts after everything before it has ended.
    apart = starts[1:] > reach[:-1]
    return starts[np.r_[True, apart][: starts.size]], reach[np.r_[apart, True][: starts.size]]
