"""What an adviser sees of their own work. For that adviser alone: no page shows it to others.

Counted when the page is opened, from the requests that this adviser has or had last; nothing of
it is stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from branches.calendars import working_calendars
from branches.models import Office
from branches.working_time import BRUSSELS, Seconds, epoch_seconds
from people.models import User
from reports.months import month_end, month_of, month_start, months_between, previous_month
from reports.response_times import FEWEST_FOR_A_MEDIAN
from reports.survival import Percentile, kaplan_meier
from requests_app.enums import NOT_COUNTED
from requests_app.models import MemberRequest

MONTHS = 6
UNKNOWN = Percentile(None, None, None)


@dataclass(frozen=True)
class OwnMonth:
    """The requests of one month of arrival that are, or were last, with this adviser."""

    month: date
    requests: int
    answered: int
    only_a_question: int
    still_open: int
    # Seconds of opening hours and of the calendar until the first answer, by whomever.
    office: Percentile
    calendar: Percentile

    @property
    def is_few(self) -> bool:
        """Too few for a median; else one that is missing is not reached yet."""
        return self.requests < FEWEST_FOR_A_MEDIAN


@dataclass(frozen=True, eq=False)
class _Own:
    """Arrays of shape (n,): epoch seconds, and what each request is."""

    submitted: Seconds
    until: Seconds
    office_hours: Seconds
    is_answered: NDArray[np.bool_]
    was_question: NDArray[np.bool_]
    is_open: NDArray[np.bool_]


def own_figures(adviser: User, *, at: datetime) -> list[OwnMonth]:
    """The last six months, the present one first. 3 queries."""
    last = month_of(at)
    first = last
    for _month in range(MONTHS - 1):
        first = previous_month(first)
    own = _own(adviser, first, at)
    return list(_months(own, first, last))[::-1]


def _own(adviser: User, first: date, at: datetime) -> _Own:
    rows = list(
        MemberRequest.objects.filter(
            adviser=adviser, submitted_at__gte=month_start(first), submitted_at__lte=at
        )
        .exclude(closing_reason__in=NOT_COUNTED)
        .order_by("submitted_at", "id")
        .values_list(
            "office_id",
            "submitted_at",
            "first_responded_at",
            "closed_at",
            "first_response_was_question",
        )
    )
    submitted = _epochs([row[1] for row in rows])
    until = _epochs([row[2] or row[3] or at for row in rows])
    return _Own(
        submitted=submitted,
        until=until,
        office_hours=_office_hours([row[0] for row in rows], submitted, until, first, at),
        is_answered=np.array([row[2] is not None for row in rows], dtype=np.bool_),
        was_question=np.array([row[4] for row in rows], dtype=np.bool_),
        is_open=np.array([row[3] is None for row in rows], dtype=np.bool_),
    )


def _epochs(moments: list[datetime]) -> Seconds:
    return np.array([epoch_seconds(moment) for moment in moments], dtype=np.int64)


def _office_hours(
    offices: list[int], submitted: Seconds, until: Seconds, first: date, at: datetime
) -> Seconds:
    found, held = np.zeros_like(until), np.array(offices, dtype=np.int64)
    calendars = working_calendars(
        Office.objects.filter(pk__in=set(offices)), start=first, end=at.astimezone(BRUSSELS).date()
    )
    for key, calendar in calendars.items():
        here = held == key
        found[here] = calendar.seconds_between(submitted[here], until[here])
    return found


def _months(own: _Own, first: date, last: date) -> Iterator[OwnMonth]:
    for month in months_between(first, last):
        begins, ends = epoch_seconds(month_start(month)), epoch_seconds(month_end(month))
        held = (own.submitted >= begins) & (own.submitted < ends)
        observed = own.is_answered[held]
        yield OwnMonth(
            month=month,
            requests=int(held.sum()),
            answered=int(observed.sum()),
            only_a_question=int((own.was_question & own.is_answered)[held].sum()),
            still_open=int(own.is_open[held].sum()),
            office=_median(own.office_hours[held], observed),
            calendar=_median((own.until - own.submitted)[held], observed),
        )


def _median(durations: Seconds, observed: NDArray[np.bool_]) -> Percentile:
    if durations.size < FEWEST_FOR_A_MEDIAN:
        return UNKNOWN
    return kaplan_meier(durations, observed).percentile(0.5)
