"""Where the story lies in time, seen from today. Pure."""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

# Four months and two weeks ago: today lies in the middle of the fifth month of the pilot.
_MONTHS_SINCE_START, _DAYS_SINCE_START = 4, 14
_HALF_A_YEAR = 6


@dataclass(frozen=True)
class StoryDates:
    """`first_day` is that of the first request, so that the first month is a whole one."""

    first_day: date
    baseline_starts_on: date
    starts_on: date
    ends_on: date


def months_away(day: date, months: int) -> date:
    """The same day of another month, or the last day of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def first_start(today: date) -> date:
    """The earliest day on which the pilot may have begun."""
    return months_away(today, -_MONTHS_SINCE_START) - timedelta(days=_DAYS_SINCE_START)


def story_dates(today: date, *, off: Collection[date]) -> StoryDates:
    """The dates of a pilot that is in its fifth month today and began on a working day."""
    starts_on = first_start(today)
    while starts_on.weekday() >= 5 or starts_on in off:
        starts_on += timedelta(days=1)
    baseline = months_away(starts_on, -_HALF_A_YEAR)
    return StoryDates(
        first_day=baseline.replace(day=1),
        baseline_starts_on=baseline,
        starts_on=starts_on,
        ends_on=months_away(starts_on, _HALF_A_YEAR),
    )


def story_years(today: date) -> range:
    """Every year that the story or its promises may touch."""
    return range(months_away(today, -14).year, months_away(today, 12).year + 1)
