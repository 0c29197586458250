"""Working days: the days on which an office opens, each counted from its opening."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from branches.working_days import working_day_after, working_days, working_days_between
from branches.working_time import OpeningPeriod, WorkingCalendar, epoch_seconds

BRUSSELS = ZoneInfo("Europe/Brussels")


def _calendar(*closed_on: date, weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)) -> WorkingCalendar:
    """Open from 9 to 12 and from 13 to 17, in October and November 2023."""
    hours = [(time(9), time(12)), (time(13), time(17))]
    periods = [OpeningPeriod(day, opens, closes) for day in weekdays for opens, closes in hours]
    return WorkingCalendar.build(periods, closed_on, date(2023, 10, 1), date(2023, 11, 30))


def _at(day: int, clock: str, month: int = 10) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2023, month, day, hour, minute, tzinfo=BRUSSELS)


def _between(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    return int(working_days_between(calendar, np.array([epoch_seconds(start)]), end)[0])


def test_a_day_with_two_openings_is_one_day() -> None:
    days, begin = working_days(_calendar())
    assert days.size == begin.size == len(set(days.tolist())) == 44


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (_at(2, "00:00"), _at(2, "23:59"), 0),
        (_at(2, "08:00"), _at(3, "08:59"), 0),
        (_at(2, "23:59"), _at(3, "09:00"), 1),
        (_at(6, "10:00"), _at(8, "22:00"), 0),
        (_at(6, "10:00"), _at(9, "09:00"), 1),
        (_at(7, "10:00"), _at(9, "12:30"), 1),
        (_at(2, "10:00"), _at(16, "09:00"), 10),
    ],
)
def test_a_working_day_counts_from_its_opening_and_never_the_own_day(
    start: datetime, end: datetime, days: int
) -> None:
    assert _between(_calendar(), start, end) == days


def test_an_end_before_the_start_counts_nothing() -> None:
    assert _between(_calendar(), _at(20, "10:00"), _at(3, "10:00")) == 0


def test_closed_days_are_not_counted() -> None:
    calendar = _calendar(date(2023, 11, 1))
    assert _between(calendar, _at(31, "10:00"), _at(2, "09:00", month=11)) == 1


def test_summer_time_ends_and_nine_o_clock_stays_nine_o_clock() -> None:
    found = working_day_after(_calendar(), _at(27, "10:00"), 1)
    assert found == _at(30, "09:00")


@pytest.mark.parametrize("number", [1, 5, 10, 20])
def test_the_day_that_is_announced_is_the_day_that_counts(number: int) -> None:
    calendar = _calendar(date(2023, 11, 1), weekdays=(0, 2, 4))
    start = _at(3, "15:00")
    day = working_day_after(calendar, start, number)
    assert day is not None
    assert _between(calendar, start, day) == number


def test_beyond_the_calendar_nobody_can_say() -> None:
    assert working_day_after(_calendar(), _at(28, "10:00", month=11), 3) is None
    assert working_day_after(_calendar(weekdays=()), _at(2, "10:00"), 1) is None


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        working_day_after(_calendar(), datetime(2023, 10, 2), 1)  # noqa: DTZ001
