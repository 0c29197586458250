"""An office's opening hours and closures, as the calendar that counts working time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import Q

from branches.models import Closure, Office, OpeningHours
from branches.working_time import OpeningPeriod, WorkingCalendar

BRUSSELS = ZoneInfo("Europe/Brussels")


def working_calendars(
    offices: Iterable[Office], *, start: date, end: date
) -> dict[int, WorkingCalendar]:
    """The calendars of several offices, by primary key, from two queries.

    Both days are included; a moment outside them is refused by the calendar.
    """
    keys = {office.pk for office in offices}
    periods: dict[int, list[OpeningPeriod]] = defaultdict(list)
    for hours in OpeningHours.objects.filter(office__in=keys):
        periods[hours.office_id].append(
            OpeningPeriod(
                weekday=hours.weekday,
                opens=hours.opens,
                closes=hours.closes,
                valid_from=hours.valid_from,
                valid_to=hours.valid_to,
            )
        )
    closed: dict[int | None, set[date]] = defaultdict(set)
    closures = Closure.objects.filter(Q(office__in=keys) | Q(office=None))
    for office_key, day in closures.filter(closed_on__range=(start, end)).values_list(
        "office", "closed_on"
    ):
        closed[office_key].add(day)
    return {
        key: _laid_out(tuple(periods[key]), frozenset(closed[key] | closed[None]), start, end)
        for key in keys
    }


@lru_cache(maxsize=64)
def _laid_out(
    periods: tuple[OpeningPeriod, ...], closed: frozenset[date], start: date, end: date
) -> WorkingCalendar:
    """The same hours and closures give the same calendar: a desk asks for it all day long."""
    return WorkingCalendar.build(periods, closed, start, end, timezone=BRUSSELS)


def working_calendar(office: Office, *, start: date, end: date) -> WorkingCalendar:
    """The calendar of one office for the days from start to end, both included."""
    return working_calendars([office], start=start, end=end)[office.pk]
