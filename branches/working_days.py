"""Working days of an office: the days on which it opens at least once. Pure.

The N-th working day after a moment is the N-th day on which the office opens, counted from the
day after that of the moment; it begins when the office opens on it. So the moment's own day never
counts, however early it was, and neither do weekends, closures and days without opening hours.
"""

from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from branches.working_time import EPOCH, SECOND, Seconds, WorkingCalendar, epoch_seconds

# How long an office waits for a member, in working days, until an administrator says otherwise.
RECALL_AFTER_DAYS, CLOSE_AFTER_DAYS = 5, 15
# When it reminds of a document, in calendar days: dates on paper know no working days.
REMIND_DAYS_BEFORE_DUE, REMIND_DAYS_AFTER_DUE = 2, 3


@lru_cache(maxsize=64)
def working_days(calendar: WorkingCalendar) -> tuple[Seconds, Seconds]:
    """The open days as ordinals of `date`, and when each begins in UTC epoch seconds; shapes (n,).

    Only days within the calendar are known.
    """
    days = _days(calendar, calendar.opens)
    # Openings are sorted: the first of each day is the one with which the day changes.
    first = np.diff(days, prepend=0) > 0
    return days[first], calendar.opens[first]


def _days(calendar: WorkingCalendar, moments: Seconds) -> Seconds:
    """The local day of each moment, as an ordinal of `date`."""
    local = [(EPOCH + second * SECOND).astimezone(calendar.timezone) for second in moments.tolist()]
    return np.array([moment.toordinal() for moment in local], dtype=np.int64)


def working_days_between(calendar: WorkingCalendar, starts: ArrayLike, end: datetime) -> Seconds:
    """How many working days after the day of each start have begun by `end`; never below 0.

    Starts are whole UTC epoch seconds of shape (n,), which is also that of the result. The calendar
    must reach from the first start to the end: other days are not counted. Raises ValueError when
    the end is naive.
    """
    days, begin = working_days(calendar)
    begun = np.searchsorted(begin, epoch_seconds(end), side="right")
    own = _days(calendar, np.asarray(starts, dtype=np.int64))
    counted: Seconds = np.maximum(begun - np.searchsorted(days, own, side="right"), 0)
    return counted


def working_day_after(calendar: WorkingCalendar, start: datetime, number: int) -> datetime | None:
    """When the working day of this number (from 1) after the day of `start` begins, in UTC.

    None when it lies beyond the calendar. Raises ValueError for a naive datetime.
    """
    days, begin = working_days(calendar)
    own = _days(calendar, np.array([epoch_seconds(start)]))
    place = int(np.searchsorted(days, own[0], side="right")) + number - 1
    return EPOCH + int(begin[place]) * SECOND if place < begin.size else None
