"""The requests that offices received in a period, seen from a cut-off, as columns of numbers.

Three queries and the opening hours bring a cohort of any size; all arithmetic after them is numpy
on whole seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from branches.calendars import working_calendars
from branches.models import LANGUAGES, Office
from branches.working_time import NoOpeningHours, Seconds, WorkingCalendar, epoch_seconds
from reports import pauses
from reports.columns import NEVER, IsAnyOf, Moments, Place, flag, number, packed
from reports.months import month_end, month_start
from reports.pauses import Spans
from requests_app.enums import NOT_COUNTED, Action, Channel, ClosingReason
from requests_app.models import MemberRequest, RequestEvent
from requests_app.querysets import MemberRequestQuerySet

Mask: TypeAlias = NDArray[np.bool_]

# In columns of keys and of places: none. Places count from 1 on.
NONE = NO_BRANCH = 0
REASONS = sorted(NOT_COUNTED)
CLOSINGS = list(ClosingReason.values)
CHANNELS = list(Channel.values)
# Which closings, by their place, leave a request out of all durations.
LEFT_OUT = {CLOSINGS.index(reason) + 1: place for place, reason in enumerate(REASONS)}
NO_REPLY = CLOSINGS.index(ClosingReason.NO_REPLY) + 1

# What an event is for the pauses; all others change nothing in them.
PAUSING = {
    Action.ANSWER: pauses.ANSWER,
    Action.WAIT: pauses.WAIT,
    Action.MEMBER_WRITES: pauses.MEMBER_WRITES,
    # Nothing is asked of the member any more: the wait ends as if they had written.
    Action.RESUME: pauses.MEMBER_WRITES,
    Action.CLOSE: pauses.CLOSE,
    Action.REOPEN: pauses.REOPEN,
    Action.UNDO: pauses.UNDO,
}
# Without one of these a request has no pause, so its events need not be read.
BEGINS_A_PAUSE = [Action.WAIT, Action.REOPEN]


@dataclass(frozen=True, eq=False)
class Cohort:
    """Requests as they stood at the cut-off, in the order of their keys. Arrays of shape (n,).

    Moments are UTC epoch seconds, NEVER for what had not happened by the cut-off; keys are primary
    keys and places count from 1 in CHANNELS, LANGUAGES and CLOSINGS, 0 where there is none.
    `office_hours` and `calendar_time` are the seconds until the first response, or else until the
    closing or the cut-off (`is_answered` says which). `lived` and `lived_office` are those until
    the closing, or else the cut-off, without the time between a closing and a reopening; of these,
    `waited` and `waited_office` were spent waiting for the member.
    """

    key: Seconds
    office: Seconds
    branch: Seconds
    topic: Seconds
    channel: Seconds
    language: Seconds
    adviser: Seconds
    submitted: Seconds
    answered: Seconds
    closed: Seconds
    closing: Seconds
    office_hours: Seconds
    calendar_time: Seconds
    lived: Seconds
    lived_office: Seconds
    waited: Seconds
    waited_office: Seconds
    is_answered: Mask
    is_waiting: Mask
    was_question: Mask
    excluded: Seconds  # the place in REASONS, -1 for those that count

    @property
    def counts(self) -> Mask:
        return self.excluded < 0

    @property
    def advisers(self) -> int:
        """How many people had these requests last."""
        return int(np.unique(self.adviser[self.adviser > NONE]).size)

    @property
    def is_resolved(self) -> Mask:
        """Closed, and not because the member never replied: that ends nothing."""
        resolved: Mask = self.counts & (self.closing > 0) & (self.closing != NO_REPLY)
        return resolved

    def where(self, held: Mask | Seconds) -> "Cohort":
        """Only these requests: a mask, or their places in the order that is wanted."""
        return Cohort(**{field.name: getattr(self, field.name)[held] for field in fields(self)})

    def of_branch(self, branch: int) -> "Cohort":
        """Only the requests that this branch was accountable for at last."""
        return self.where(self.branch == branch)


def cohort(offices: Sequence[Office], *, month: date, cut_off: datetime) -> Cohort:
    """The requests that these offices received in the month, seen from the cut-off.

    What arrived, was answered or was closed after the cut-off has not happened yet. Each request
    is counted in the opening hours of its own office. Raises NoOpeningHours for an office that
    has none, because every waiting time there would be 0.
    """
    return cohort_between(offices, start=month_start(month), end=month_end(month), cut_off=cut_off)


def cohorts(offices: Sequence[Office], *, month: date, cut_off: datetime) -> dict[int, Cohort]:
    """The cohort of each of these offices, by primary key, in one reading for all of them.

    A hundred small readings take longer than a few large ones. Raises as `cohort` does.
    """
    together = cohort(offices, month=month, cut_off=cut_off)
    order = np.argsort(together.office, kind="stable")
    by_office = together.office[order]
    found = {}
    for office in offices:
        begin, end = np.searchsorted(by_office, (office.pk, office.pk + 1))
        found[office.pk] = together.where(order[begin:end])
    return found


def cohort_between(
    offices: Sequence[Office], *, start: datetime, end: datetime, cut_off: datetime
) -> Cohort:
    """The same for what arrived from `start` up to, not including, `end`."""
    calendars = calendars_between(offices, start=start, end=max(end, cut_off))
    requests = (
        MemberRequest.objects.filter(office__in=[office.pk for office in offices])
        .arrived_between(start, end)
        .filter(submitted_at__lte=cut_off)
    )
    now = epoch_seconds(cut_off)
    rows = _rows(requests)
    waits, gone = pauses_of(rows["key"], now)
    return _seen_from(now, rows, waits, gone, calendars)


def calendars_of_month(
    offices: Sequence[Office], *, month: date, cut_off: datetime
) -> dict[int, WorkingCalendar]:
    """The opening hours from the month until the cut-off. Raises NoOpeningHours."""
    end = max(month_end(month), cut_off)
    return calendars_between(offices, start=month_start(month), end=end)


def calendars_between(
    offices: Sequence[Office], *, start: datetime, end: datetime
) -> dict[int, WorkingCalendar]:
    calendars = working_calendars(
        offices, start=start.date() - timedelta(days=1), end=end.date() + timedelta(days=2)
    )
    for office in offices:
        if not calendars[office.pk].opens.size:
            raise NoOpeningHours(f"{office.code} has no opening hours since {start:%Y-%m}.")
    return calendars


def _rows(requests: MemberRequestQuerySet) -> dict[str, Seconds]:
    found = packed(
        requests,
        {
            "key": number("id"),
            "office": number("office_id"),
            "branch": number("branch_id"),
            "topic": number("topic_id"),
            "channel": number(Place("channel", CHANNELS)),
            "language": number(Place("language", LANGUAGES)),
            "adviser": number("adviser_id"),
            "submitted": Moments("submitted_at"),
            "answered": Moments("first_responded_at"),
            "closed": Moments("closed_at"),
            "closing": number(Place("closing_reason", CLOSINGS)),
            "was_question": flag("first_response_was_question"),
        },
    )
    order = np.argsort(found["key"])
    return {name: column[order] for name, column in found.items()}


def pauses_of(keys: Seconds, now: int) -> tuple[Spans, Spans]:
    """Read the events of the few requests that ever waited for their member or were reopened.

    `keys` are those of requests, shape (n,). What is read does not grow with the history: requests
    that arrived together have keys that lie together.
    """
    actions = list(PAUSING)
    found = packed(
        RequestEvent.objects.filter(
            IsAnyOf("member_request_id", _ever_paused(keys)), action__in=actions
        ),
        {
            "request": number("member_request_id"),
            "position": number("position"),
            "action": number(Place("action", actions)),
            "asks": flag("asks_member"),
            "at": Moments("at"),
        },
    )
    known = np.array([0, *PAUSING.values()], dtype=np.int64)
    found["action"] = known[found["action"]]
    return pauses.spans(pauses.Events(**found), cut_off=now)


def _ever_paused(keys: Seconds) -> Seconds:
    if not keys.size:
        return keys
    begun = RequestEvent.objects.filter(
        action__in=BEGINS_A_PAUSE,
        member_request__gte=int(keys.min()),
        member_request__lte=int(keys.max()),
    )
    return np.intersect1d(packed(begun, {"request": number("member_request_id")})["request"], keys)


def _seen_from(
    now: int,
    rows: dict[str, Seconds],
    waits: Spans,
    gone: Spans,
    calendars: dict[int, WorkingCalendar],
) -> Cohort:
    answered = np.where(rows["answered"] <= now, rows["answered"], NEVER)
    closed = np.where(rows["closed"] <= now, rows["closed"], NEVER)
    closing = np.where(closed < NEVER, rows["closing"], NONE)
    excluded = _places_left_out(closing)
    until = np.where(answered < NEVER, answered, np.minimum(closed, now))
    end = np.minimum(closed, now)
    counted = _Clock(rows["office"], calendars)
    waited, waited_office = counted.sums(rows["key"], waits)
    away, away_office = counted.sums(rows["key"], gone)
    kept = {
        name: rows[name]
        for name in (
            "key", "office", "branch", "topic", "channel", "language", "adviser", "submitted"
        )
    }  # fmt: skip
    return Cohort(
        **kept,
        answered=answered,
        closed=closed,
        closing=closing,
        office_hours=counted.between(rows["submitted"], until),
        calendar_time=until - rows["submitted"],
        lived=end - rows["submitted"] - away,
        lived_office=counted.between(rows["submitted"], end) - away_office,
        waited=waited,
        waited_office=waited_office,
        is_answered=(answered < NEVER) & (excluded < 0),
        is_waiting=(answered == NEVER) & (closed == NEVER),
        was_question=rows["was_question"].astype(np.bool_),
        excluded=excluded,
    )


def _places_left_out(closing: Seconds) -> Seconds:
    places = np.full(len(CLOSINGS) + 1, -1, dtype=np.int64)
    places[list(LEFT_OUT)] = list(LEFT_OUT.values())
    return places[closing]


@dataclass(frozen=True)
class _Clock:
    """Counts in the opening hours of the office of each request."""

    office: Seconds
    calendars: dict[int, WorkingCalendar]

    def between(self, starts: Seconds, ends: Seconds, place: Seconds | None = None) -> Seconds:
        """Office seconds of each stretch; `place` says which request it belongs to."""
        found = np.zeros_like(ends)
        offices = self.office if place is None else self.office[place]
        for key, calendar in self.calendars.items():
            here = offices == key
            found[here] = calendar.seconds_between(starts[here], ends[here])
        return found

    def sums(self, keys: Seconds, spans: Spans) -> tuple[Seconds, Seconds]:
        """For each request the seconds of its stretches, on the calendar and in office hours."""
        place = np.searchsorted(keys, spans.request)
        open_for = self.between(spans.start, spans.end, place)
        calendar, office = np.zeros_like(keys), np.zeros_like(keys)
        np.add.at(calendar, place, spans.end - spans.start)
        np.add.at(office, place, open_for)
        return calendar, office


COLUMNS = tuple(field.name for field in fields(Cohort))
