"""An office's opening hours and closures, as the calendar that counts working time."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q

from branches.models import Closure, Office, OpeningHours
from branches.working_time import OpeningPeriod, WorkingCalendar

BRUSSELS = ZoneInfo("Europe/Brussels")
# The fields of an opening period, in its order.
PERIOD = ("weekday", "opens", "closes", "valid_from", "valid_to")


def working_calendars(
    offices: Iterable[Office], *, start: date, end: date
) -> dict[int, WorkingCalendar]:
    """The calendars of several offices, by primary key, from one query.

    Both days are included; a moment outside them is refused by the calendar.
    """
    keys = {office.pk for office in offices}
    closures = Closure.objects.filter(
        Q(office=OuterRef("office")) | Q(office=None), closed_on__range=(start, end)
    )
    hours = OpeningHours.objects.filter(office__in=keys).annotate(
        closed=ArraySubquery(closures.values("closed_on"))
    )
    periods: dict[int, list[OpeningPeriod]] = {key: [] for key in keys}
    closed: dict[int, frozenset[date]] = dict.fromkeys(keys, frozenset())
    for key, days, *period in hours.values_list("office", "closed", *PERIOD).order_by("id"):
        periods[key].append(OpeningPeriod(*period))
        closed[key] = frozenset(days)
    return {key: _laid_out(tuple(periods[key]), closed[key], start, end) for key in keys}


@lru_cache(maxsize=64)
def _laid_out(
    periods: tuple[OpeningPeriod, ...], closed: frozenset[date], start: date, end: date
) -> WorkingCalendar:
    """The same hours and closures give the same calendar: a desk asks for it all day long."""
    return WorkingCalendar.build(periods, closed, start, end, timezone=BRUSSELS)


def working_calendar(office: Office, *, start: date, end: date) -> WorkingCalendar:
    """The calendar of one office for the days from start to end, both included."""
    return working_calendars([office], start=start, end=end)[office.pk]
