"""How long the members of an office waited for a first response, month by month of arrival.

`cohorts` brings the requests of a month; all arithmetic here is numpy on whole seconds.
`docs/figures.md` defines each figure; `DEFINITION_VERSION` names that definition.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from branches.models import Office
from branches.working_time import Seconds
from reports.cohorts import NO_REPLY, REASONS, Cohort, Mask, calendars_of_month, cohort
from reports.months import month_end
from reports.survival import Estimate, KaplanMeier, Percentile, kaplan_meier

# Whoever computes figures takes the cohort from here as well.
__all__ = ["DEFINITION_VERSION", "Cohort", "ResponseTimes", "cohort", "response_times"]

DEFINITION_VERSION = "1"

# Half of 9 requests is a matter of luck, and so is the slowest tenth of 29.
FEWEST_FOR_A_MEDIAN = 10
FEWEST_FOR_A_SHARE = 10
FEWEST_FOR_A_NINETIETH = 30

# A month may still change so long after its end, in working days of the office.
HORIZON_WORKING_DAYS = 10


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
class Waited:
    """The slice of the members' time in which we waited for them. All in seconds, summed.

    `lived` is all the time from arrival to closing (or the cut-off) of the requests that count,
    `calendar` and `office` are the parts of it in which `requests` of them waited for the member.
    """

    requests: int = 0
    lived: int = 0
    calendar: int = 0
    office: int = 0


@dataclass(frozen=True)
class Resolution:
    """From arrival to the last closing. Counted = resolved + without a reply + open.

    The office clock stops while the request waits for its member; the calendar clock, which the
    member lives by, never does, and `waited` says how much of it that was.
    """

    resolved: int = 0
    no_reply: int = 0
    still_open: int = 0
    office_clock: Clock = Clock()
    calendar_clock: Clock = Clock()
    waited: Waited = Waited()


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
    resolution: Resolution

    @property
    def counted(self) -> int:
        """On how many requests the figures rest."""
        return self.received - sum(self.excluded.values())


def response_times(requests: Cohort, *, promise_seconds: int) -> ResponseTimes:
    """The figures of these requests. `promise_seconds` are office hours.

    The promise is made in working days, so the calendar clock has no share within it: 48 hours
    that contain a week-end are another promise than 48 hours that do not.
    """
    counts, waiting = requests.counts, requests.is_waiting
    observed = requests.is_answered[counts]
    office_clock, calendar_clock = both_clocks(requests, promise_seconds=promise_seconds)
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
        office_clock=office_clock,
        calendar_clock=calendar_clock,
        resolution=_resolution(requests),
    )


def both_clocks(requests: Cohort, *, promise_seconds: int) -> tuple[Clock, Clock]:
    """The time until the first response, in office hours and as the member lived it."""
    counts = requests.counts
    observed = requests.is_answered[counts]
    return (
        clock_of(requests.office_hours[counts], observed, promise_seconds),
        clock_of(requests.calendar_time[counts], observed, None),
    )


def _resolution(requests: Cohort) -> Resolution:
    """Closings without a reply end the time that is known, and resolve nothing."""
    counts, resolved = requests.counts, requests.is_resolved[requests.counts]
    no_reply = int((requests.closing[counts] == NO_REPLY).sum())
    ours = requests.lived_office - requests.waited_office
    return Resolution(
        resolved=int(resolved.sum()),
        no_reply=no_reply,
        still_open=int(counts.sum()) - int(resolved.sum()) - no_reply,
        office_clock=clock_of(ours[counts], resolved, None),
        calendar_clock=clock_of(requests.lived[counts], resolved, None),
        waited=Waited(
            requests=int((requests.waited[counts] > 0).sum()),
            lived=int(requests.lived[counts].sum()),
            calendar=int(requests.waited[counts].sum()),
            office=int(requests.waited_office[counts].sum()),
        ),
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
    calendars = calendars_of_month(offices, month=month, cut_off=cut_off)
    horizon = timedelta(hours=HORIZON_WORKING_DAYS * working_day_hours)
    return any(calendar.working_time(end, cut_off) < horizon for calendar in calendars.values())


def _moment(requests: Cohort, place: int) -> datetime:
    return datetime.fromtimestamp(int(requests.submitted[requests.is_waiting][place]), tz=UTC)


def clock_of(durations: Seconds, observed: Mask, promise_seconds: int | None) -> Clock:
    """What a clock says of these durations; without a promise it says nothing about one."""
    if durations.size < min(FEWEST_FOR_A_MEDIAN, FEWEST_FOR_A_SHARE, FEWEST_FOR_A_NINETIETH):
        return Clock()
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
