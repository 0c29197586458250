"""When requests arrive: the shape of the day, the week, the month and the year. Pure."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

BRUSSELS = ZoneInfo("Europe/Brussels")
HOUR = 3600

# Monday is the busiest; people also write at weekends and on holidays.
_WEEKDAYS = (1.25, 1.15, 1.05, 1.05, 0.9, 0.22, 0.2)
_HOLIDAY = 0.24
# By month: a dip in summer, a rush after it, a quiet end of December.
_MONTHS = (1.0, 1.0, 1.06, 1.0, 1.02, 1.05, 0.76, 0.7, 1.12, 1.12, 1.04, 0.84)
# Contracts are entered and wages are awaited around the end of a month.
_MONTH_END = 1.22
# By hour of a working day: two humps, and the evening of people who work during the day.
_HOURS = (
    0.3, 0.15, 0.1, 0.05, 0.05, 0.1, 0.4, 1.2, 3.2, 5.6, 6.4, 5.6,
    3.8, 4.6, 5.8, 5.4, 4.6, 3.4, 2.2, 1.8, 1.9, 1.9, 1.4, 0.7,
)  # fmt: skip
_HOURS_OFF = (
    0.5, 0.3, 0.2, 0.1, 0.1, 0.1, 0.3, 0.7, 1.4, 2.2, 3.0, 3.0,
    2.4, 2.4, 2.8, 3.0, 3.0, 3.0, 3.0, 3.2, 3.6, 3.4, 2.6, 1.4,
)  # fmt: skip


def epoch(day: date, hour: int = 0) -> int:
    """The UTC epoch second at which the clock in Brussels shows this hour."""
    return int(datetime.combine(day, time(hour), tzinfo=BRUSSELS).astimezone(UTC).timestamp())


def _weights_of(day: date, off: Collection[date]) -> list[float]:
    closed = day in off or day.weekday() >= 5
    weight = _HOLIDAY if day in off else _WEEKDAYS[day.weekday()]
    weight *= _MONTHS[day.month - 1]
    if day.day <= 2 or (day + timedelta(days=3)).month != day.month:
        weight *= _MONTH_END
    hours = _HOURS_OFF if closed else _HOURS
    return [weight * hour / sum(hours) for hour in hours]


def arrivals(
    random: np.random.Generator, *, number: int, start: date, now: datetime, off: Collection[date]
) -> NDArray[np.int64]:
    """The moments of `number` arrivals from the first hour of `start` until `now`, in order.

    UTC epoch seconds, shape (number,), all before `now`. `off` are the days on which everything
    is closed. Raises ValueError when `now` lies before `start`.
    """
    end = int(now.timestamp())
    days = (now.astimezone(BRUSSELS).date() - start).days + 1
    if epoch(start) >= end:
        raise ValueError(f"The story would end ({now}) before it starts ({start}).")
    dates = [start + timedelta(days=place) for place in range(days)]
    begins = np.array([epoch(day, hour) for day in dates for hour in range(24)])
    weights = np.array([weight for day in dates for weight in _weights_of(day, off)])
    # The hour that is running now has had only a part of its requests.
    lengths = np.clip(end - begins, 0, HOUR)
    weights *= lengths / HOUR
    cells = random.choice(begins.size, size=number, p=weights / weights.sum())
    offsets = (random.random(number) * lengths[cells]).astype(np.int64)
    return np.sort(begins[cells] + offsets)
