"""Durations in the words of a reader: minutes, hours, then days. Pure formatting, localised."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
# Hours are easy to picture up to two days; beyond that, days are.
DAYS_IN_HOURS = 2


def office_hours(seconds: int, *, working_day_hours: int = 8) -> str:
    """Office hours as "25 min", "6.4 h" or, from two working days on, "3.2 working days"."""
    return _in_unit(_office_parts(seconds, working_day_hours))


def calendar_time(seconds: int) -> str:
    """Time on the calendar as "25 min", "6.4 h" or, from 48 hours on, "3.2 days"."""
    return _in_unit(_calendar_parts(seconds))


def office_hours_range(low: int, high: int, *, working_day_hours: int = 8) -> str:
    """A range as "5 to 5.9 h", or "13.6 h to 2.8 working days" where the units differ."""
    return _range(_office_parts(low, working_day_hours), _office_parts(high, working_day_hours))


def calendar_time_range(low: int, high: int) -> str:
    """The same for time on the calendar: "4.1 to 5 days"."""
    return _range(_calendar_parts(low), _calendar_parts(high))


def _office_parts(seconds: int, working_day_hours: int) -> tuple[str, str]:
    """The number, and the unit around it."""
    working_day = working_day_hours * HOUR
    if seconds <= DAYS_IN_HOURS * working_day:
        return _short(seconds)
    return _decimal(seconds / working_day), _("%(number)s working days")


def _calendar_parts(seconds: int) -> tuple[str, str]:
    if seconds <= DAYS_IN_HOURS * DAY:
        return _short(seconds)
    return _decimal(seconds / DAY), _("%(number)s days")


def _short(seconds: int) -> tuple[str, str]:
    minutes = round(seconds / MINUTE)
    if minutes < HOUR // MINUTE:
        return str(minutes), _("%(number)s min")
    return _decimal(seconds / HOUR), _("%(number)s h")


def _in_unit(parts: tuple[str, str]) -> str:
    number, unit = parts
    return unit % {"number": number}


def _range(low: tuple[str, str], high: tuple[str, str]) -> str:
    # The unit is said once where both ends have it.
    begin = low[0] if low[1] == high[1] else _in_unit(low)
    return _("%(low)s to %(high)s") % {"low": begin, "high": _in_unit(high)}


def _decimal(number: float) -> str:
    """One decimal, and none where it would be a zero: "6.4", "16"."""
    rounded = round(number, 1)
    return number_format(rounded, 0 if rounded == int(rounded) else 1)
