"""Durations in the words of a reader: minutes, hours, then days. Pure formatting, localised."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
# Hours are easy to picture up to two days; beyond that, days are.
DAYS_IN_HOURS = 2


def office_hours(seconds: int, *, working_day_hours: int = 8) -> str:
    """Office hours as "25 min", "6.4 h" or, from two working days on, "3.2 working days"."""
    working_day = working_day_hours * HOUR
    if seconds <= DAYS_IN_HOURS * working_day:
        return _short(seconds)
    return _("%(number)s working days") % {"number": _decimal(seconds / working_day)}


def calendar_time(seconds: int) -> str:
    """Time on the calendar as "25 min", "6.4 h" or, from 48 hours on, "3.2 days"."""
    if seconds <= DAYS_IN_HOURS * DAY:
        return _short(seconds)
    return _("%(number)s days") % {"number": _decimal(seconds / DAY)}


def _short(seconds: int) -> str:
    minutes = round(seconds / MINUTE)
    if minutes < HOUR // MINUTE:
        return _("%(number)s min") % {"number": minutes}
    return _("%(number)s h") % {"number": _decimal(seconds / HOUR)}


def _decimal(number: float) -> str:
    """One decimal, and none where it would be a zero: "6.4", "16"."""
    rounded = round(number, 1)
    return number_format(rounded, 0 if rounded == int(rounded) else 1)
