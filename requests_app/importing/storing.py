"""Replayed cases become rows: requests and events by COPY, in batches, with their references."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import numpy as np
from django.db import connection
from django.utils.timezone import localdate

from branches.calendars import working_calendars
from branches.models import Branch, Office, Pilot
from branches.working_time import NoOpeningHours, OutsideCalendar, WorkingCalendar, epoch_seconds
from requests_app.enums import Action
from requests_app.history import State
from requests_app.importing.replay import Replayed, StoredEvent
from requests_app.importing.staging import copy_rows
from requests_app.models import MemberRequest, RequestEvent
from requests_app.submission import CALENDAR_AHEAD

# The columns of a request that its events decide.
STATE_COLUMNS = tuple(State.__dataclass_fields__)
OTHER_COLUMNS = (
    "id",
    "reference",
    "member_id",
    "office_id",
    "subject",
    "language",
    "channel",
    "is_sensitive",
    "promise_due_at",
    "submission_key",
    "source",
    "source_key",
)


@dataclass(frozen=True)
class Case:
    """One case of the log, replayed, with what its first row says about it."""

    key: str
    line: int
    office_id: int
    member_id: int | None
    subject: str
    language: str
    channel: str
    replayed: Replayed


@dataclass(frozen=True)
class Promises:
    """When the first answer was due: for many requests at once, one calendar an office."""

    pilots: list[Pilot]  # by their first day
    calendars: dict[int, WorkingCalendar]

    @classmethod
    def between(cls, offices: Sequence[Office], first: datetime, last: datetime) -> "Promises":
        return cls(
            list(Pilot.objects.order_by("starts_on", "id")),
            working_calendars(
                offices, start=localdate(first), end=localdate(last) + CALENDAR_AHEAD
            ),
        )

    def due_at(self, cases: Sequence[Case]) -> list[datetime | None]:
        """For each case the moment its promise ran out; None without a pilot or opening hours."""
        due: list[datetime | None] = [None] * len(cases)
        if not self.pilots:
            return due
        places: dict[int, list[int]] = defaultdict(list)
        for place, case in enumerate(cases):
            places[case.office_id].append(place)
        for office_id, chosen in places.items():
            arrivals = [cases[place].replayed.state.submitted_at for place in chosen]
            moments = self._moments(self.calendars[office_id], arrivals)
            for place, moment in zip(chosen, moments, strict=True):
                due[place] = moment
        return due

    def _moments(
        self, calendar: WorkingCalendar, arrivals: list[datetime]
    ) -> Sequence[datetime | None]:
        starts = np.array([epoch_seconds(moment) for moment in arrivals])
        promises = np.array([self._promise(localdate(moment)) for moment in arrivals])
        try:
            moments = calendar.moments_after(starts, promises)
        except NoOpeningHours:
            return [None] * len(arrivals)
        except OutsideCalendar:
            # The office stopped opening at some point: halve until only those cases are left.
            if len(arrivals) == 1:
                return [None]
            middle = len(arrivals) // 2
            return [
                *self._moments(calendar, arrivals[:middle]),
                *self._moments(calendar, arrivals[middle:]),
            ]
        return [datetime.fromtimestamp(moment, UTC) for moment in moments.tolist()]

    def _promise(self, day: date) -> int:
        """Seconds promised on this day: by the pilot last begun, else by the first to come."""
        begun = bisect_right([pilot.starts_on for pilot in self.pilots], day)
        return self.pilots[max(begun - 1, 0)].promise_seconds


class Store:
    """Stores batches of cases of one source."""

    def __init__(self, source: str, offices: dict[int, Office], promises: Promises) -> None:
        self.source, self.offices, self.promises = source, offices, promises
        self.confidential = set(
            Branch.objects.filter(is_confidential=True).values_list("pk", flat=True)
        )

    def known(self, keys: list[str]) -> dict[str, Counter[StoredEvent]]:
        """The events of those cases that were imported before, by case."""
        events: dict[str, Counter[StoredEvent]] = {
            key: Counter()
            for key in MemberRequest.objects.filter(
                source=self.source, source_key__in=keys
            ).values_list("source_key", flat=True)
        }
        stored = RequestEvent.objects.filter(
            member_request__source=self.source, member_request__source_key__in=list(events)
        ).values_list("member_request__source_key", *StoredEvent._fields)
        for key, action, *rest in stored:
            events[key][StoredEvent(Action(action), *rest)] += 1
        return events

    def store(self, cases: Sequence[Case]) -> int:
        """Store these cases, none of which is known; returns the number of events."""
        if not cases:
            return 0
        keys = _numbers("requests_app_memberrequest_id_seq", len(cases))
        numbers = _numbers("requests_app_reference", len(cases))
        due = self.promises.due_at(cases)
        rows = [self._row(*each) for each in zip(cases, keys, numbers, due, strict=True)]
        copy_rows("requests_app_memberrequest", (*STATE_COLUMNS, *OTHER_COLUMNS), rows)
        events = [
            (key, position, *event, None)
            for key, case in zip(keys, cases, strict=True)
            for position, event in enumerate(case.replayed.events, start=1)
        ]
        columns = ("member_request_id", "position", *StoredEvent._fields, "message_id")
        copy_rows("requests_app_requestevent", columns, events)
        return len(events)

    def _row(self, case: Case, key: int, number: int, due: datetime | None) -> tuple[Any, ...]:
        state = case.replayed.state
        return (
            *(getattr(state, name) for name in STATE_COLUMNS),
            key,
            f"{self.offices[case.office_id].reference_prefix}-{number}",
            case.member_id,
            case.office_id,
            case.subject,
            case.language,
            case.channel,
            any(event.branch_id in self.confidential for event in case.replayed.events),
            due,
            uuid4(),
            self.source,
            case.key,
        )


def _numbers(sequence: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])
        return [number for (number,) in cursor.fetchall()]
