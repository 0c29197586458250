"""How long the members of an office waited for a first response, month by month of arrival.

One query brings the requests of a month, all arithmetic after it is numpy on whole seconds.
`docs/figures.md` defines each figure; `DEFINITION_VERSION` names that definition.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, TypeAlias

import numpy as np
from django.db.models import BigIntegerField, Func, Value
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from branches.calendars import working_calendars
from branches.models import Office
from branches.working_time import NoOpeningHours, Seconds, WorkingCalendar, epoch_seconds
from reports.months import month_end, month_start
from reports.survival import Estimate, KaplanMeier, Percentile, kaplan_meier
from requests_app.enums import NOT_COUNTED, ClosingReason
from requests_app.models import MemberRequest

DEFINITION_VERSION = "1"

# Half of 9 requests is a matter of luck, and so is the slowest tenth of 29.
FEWEST_FOR_A_MEDIAN = 10
FEWEST_FOR_A_SHARE = 10
FEWEST_FOR_A_NINETIETH = 30

# A month may still change so long after its end, in working days of the office.
HORIZON_WORKING_DAYS = 10

Mask: TypeAlias = NDArray[np.bool_]
# Stands for "has not happened". Later than any moment, so it is also later than every cut-off.
NEVER = np.iinfo(np.int64).max
NO_BRANCH = 0
REASONS = sorted(NOT_COUNTED)


@dataclass(frozen=True)
class Figure:
    """A value with its plausible range. None: too few requests, or not reached yet.

    Waiting times are whole seconds, shares lie between 0 and 1.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Clock:
    """What one clock says. A share within the promise is None on the clock without a promise."""

    median: Figure = Figure()
    ninetieth: Figure = Figure()
    within_promise: Figure = Figure()


@dataclass(frozen=True)
class ResponseTimes:
    """The figures of one month. Received = answered + waiting + closed unanswered + excluded."""

    received: int
    first_answered: int
    still_waiting: int
    oldest_waiting_since: datetime | None  # None: nobody waits
    oldest_waiting: int | None  # office hours until the cut-off, in seconds
    closed_unanswered: int
    excluded: dict[str, int]  # by closing reason, each of them named, also with 0
    only_a_question: int
    promise_seconds: int
    office_clock: Clock
    calendar_clock: Clock

    @property
    def counted(self) -> int:
        """On how many requests the figures rest."""
        return self.received - sum(self.excluded.values())


@dataclass(frozen=True, eq=False)
class Cohort:
    """The requests of one month as they stood at the cut-off. All arrays have shape (n,).

    `submitted` is in UTC epoch seconds; `office_hours` and `calendar_time` are the seconds until
    the first response, or else until the closing or the cut-off (`is_answered` says which).
    """

    submitted: Seconds
    branch: Seconds  # primary keys, NO_BRANCH where there is none
    office_hours: Seconds
    calendar_time: Seconds
    is_answered: Mask
    is_waiting: Mask
    was_question: Mask
    excluded: Seconds  # the place in REASONS, -1 for those that count

    @property
    def counts(self) -> Mask:
        return self.excluded < 0

    def of_branch(self, branch: int) -> "Cohort":
        """Only the requests that this branch was accountable for at last."""
        held = self.branch == branch
        return Cohort(**{name: array[held] for name, array in vars(self).items()})


class _Rows(NamedTuple):
    """The columns that the query brings, each of shape (n,)."""

    office: Seconds
    branch: Seconds
    submitted: Seconds
    answered: Seconds
    closed: Seconds
    excluded: Seconds
    was_question: Seconds


def cohort(offices: Sequence[Office], *, month: date, cut_off: datetime) -> Cohort:
    """The requests that these offices received in the month, seen from the cut-off.

    What arrived, was answered or was closed after the cut-off has not happened yet. Each request
    is counted in the opening hours of its own office. Raises NoOpeningHours for an office that
    has none, because every waiting time there would be 0.
    """
    calendars = _calendars(offices, month=month, cut_off=cut_off)
    rows = _rows(offices, month=month, cut_off=cut_off)
    now = epoch_seconds(cut_off)
    is_answered, is_closed = rows.answered <= now, rows.closed <= now
    until = np.where(is_answered, rows.answered, np.where(is_closed, rows.closed, now))
    office_hours = np.zeros_like(until)
    for key, calendar in calendars.items():
        here = rows.office == key
        office_hours[here] = calendar.seconds_between(rows.submitted[here], until[here])
    excluded = np.where(is_closed, rows.excluded, -1)
    return Cohort(
        submitted=rows.submitted,
        branch=rows.branch,
        office_hours=office_hours,
        calendar_time=until - rows.submitted,
        is_answered=is_answered & (excluded < 0),
        is_waiting=~is_answered & ~is_closed,
        was_question=rows.was_question.astype(np.bool_),
        excluded=excluded,
    )


def response_times(requests: Cohort, *, promise_seconds: int) -> ResponseTimes:
    """The figures of these requests. `promise_seconds` are office hours.

    The promise is made in working days, so the calendar clock has no share within it: 48 hours
    that contain a week-end are another promise than 48 hours that do not.
    """
    counts, waiting = requests.counts, requests.is_waiting
    observed = requests.is_answered[counts]
    oldest = int(np.argmin(requests.submitted[waiting])) if waiting.any() else None
    return ResponseTimes(
        received=int(counts.size),
        first_answered=int(observed.sum()),
        still_waiting=int(waiting.sum()),
        oldest_waiting_since=None if oldest is None else _moment(requests, oldest),
        oldest_waiting=None if oldest is None else int(requests.office_hours[waiting][oldest]),
        closed_unanswered=int((counts & ~requests.is_answered & ~waiting).sum()),
        excluded={
            reason: int((requests.excluded == place).sum()) for place, reason in enumerate(REASONS)
        },
        only_a_question=int((requests.is_answered & requests.was_question).sum()),
        promise_seconds=promise_seconds,
        office_clock=_clock(requests.office_hours[counts], observed, promise_seconds),
        calendar_clock=_clock(requests.calendar_time[counts], observed, None),
    )


def is_provisional(
    offices: Sequence[Office], *, month: date, cut_off: datetime, working_day_hours: int
) -> bool:
    """Whether the month may still change: its end lies less than the horizon before the cut-off.

    The horizon is counted in the opening hours of each office. Raises NoOpeningHours.
    """
    end = month_end(month)
    if cut_off <= end:
        return True
    calendars = _calendars(offices, month=month, cut_off=cut_off)
    horizon = timedelta(hours=HORIZON_WORKING_DAYS * working_day_hours)
    return any(calendar.working_time(end, cut_off) < horizon for calendar in calendars.values())


def _calendars(
    offices: Sequence[Office], *, month: date, cut_off: datetime
) -> dict[int, WorkingCalendar]:
    end = max(month_end(month), cut_off).date() + timedelta(days=2)
    calendars = working_calendars(offices, start=month - timedelta(days=1), end=end)
    for office in offices:
        if not calendars[office.pk].opens.size:
            raise NoOpeningHours(f"{office.code} has no opening hours since {month:%Y-%m}.")
    return calendars


def _epoch(field: str) -> Coalesce:
    """Whole UTC epoch seconds, microseconds cut off; NEVER where there is no moment."""
    seconds = Func(
        field,
        template="FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint",
        output_field=BigIntegerField(),
    )
    return Coalesce(seconds, Value(int(NEVER)), output_field=BigIntegerField())


def _rows(offices: Sequence[Office], *, month: date, cut_off: datetime) -> _Rows:
    found = (
        MemberRequest.objects.filter(office__in=[office.pk for office in offices])
        .arrived_between(month_start(month), month_end(month))
        .filter(submitted_at__lte=cut_off)
        .values_list(
            "office_id",
            Coalesce("branch_id", NO_BRANCH),
            _epoch("submitted_at"),
            _epoch("first_responded_at"),
            _epoch("closed_at"),
            "closing_reason",
            "first_response_was_question",
        )
    )
    table = [(*row[:5], _place(row[5]), row[6]) for row in found]
    return _Rows(*np.array(table, dtype=np.int64).reshape(-1, len(_Rows._fields)).T)


def _place(closing_reason: str) -> int:
    return REASONS.index(ClosingReason(closing_reason)) if closing_reason in NOT_COUNTED else -1


def _moment(requests: Cohort, place: int) -> datetime:
    return datetime.fromtimestamp(int(requests.submitted[requests.is_waiting][place]), tz=UTC)


def _clock(durations: Seconds, observed: Mask, promise_seconds: int | None) -> Clock:
    curve = kaplan_meier(durations, observed)
    return Clock(
        median=_percentile(curve, 0.5, enough=durations.size >= FEWEST_FOR_A_MEDIAN),
        ninetieth=_percentile(curve, 0.9, enough=durations.size >= FEWEST_FOR_A_NINETIETH),
        within_promise=_share(curve, promise_seconds, enough=durations.size >= FEWEST_FOR_A_SHARE),
    )


def _percentile(curve: KaplanMeier, share: float, *, enough: bool) -> Figure:
    found = curve.percentile(share) if enough else Percentile(None, None, None)
    return Figure(*(None if time is None else int(time) for time in vars(found).values()))


def _share(curve: KaplanMeier, time: int | None, *, enough: bool) -> Figure:
    if time is None or not enough:
        return Figure()
    found: Estimate = curve.share_answered_by(time)
    return Figure(found.value, found.low, found.high)
