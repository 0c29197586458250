"""Behind the waiting of documents: each with the time in which it was somebody's turn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.utils.timezone import localdate

from branches.calendars import working_calendars
from branches.working_time import Seconds
from reports.cohorts import Mask
from reports.handoffs import Waiting, waiting_of
from reports.why.asked import Asked
from reports.why.rows import (
    PERIODS_SHOWN,
    Behind,
    Check,
    NotShown,
    Openings,
    Row,
    Unit,
    columns_of,
    openings_in,
    withholding,
)
from reports.why.told import ERASED, Known, Told, known, told_of
from requests_app.asked_models import AskedDocument
from requests_app.selectors.document_times import (
    DocumentTimes,
    hand_in_times,
    review_times,
    review_times_as_lived,
    turns_of,
)

DAY = timedelta(days=1)


def review(asked: Asked) -> Behind:
    """From received to checked: the time in which it was the office's turn, on both clocks."""
    stored, span = _stored(asked), asked.span
    times = _beside(
        review_times(office=office, start=span.start, end=span.end, at=span.cut_off)
        for office in asked.offices
    )
    lived = review_times_as_lived(times, at=span.cut_off)
    checks = _checks(stored["review"], _waiting(times), "office")
    if "review_lived" in stored:
        checks += _checks(stored["review_lived"], _waiting(lived), "calendar")[1:]
    return _behind(asked, checks, office=times, calendar=lived)


def hand_in(asked: Asked) -> Behind:
    """From asked for to received, by the member, on the calendar."""
    stored, span = _stored(asked), asked.span
    times = _beside(
        hand_in_times(office=office, start=span.start, end=span.end, at=span.cut_off)
        for office in asked.offices
    )
    checks = _checks(stored["hand_in"], _waiting(times), "calendar")
    return _behind(asked, checks, office=None, calendar=times)


def _stored(asked: Asked) -> Mapping[str, Any]:
    stored: Mapping[str, Any] | None = asked.figures.content.get("documents")
    if stored is None:
        raise NotShown(asked.period)
    return stored


def _beside(found: Any) -> DocumentTimes:
    """The documents of several offices, one after another."""
    columns = [(each.documents, each.durations, each.observed) for each in found]
    return DocumentTimes(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def _waiting(times: DocumentTimes) -> Waiting:
    return waiting_of(times.durations.tolist(), times.observed.tolist())


def _checks(stored: Mapping[str, Any], found: Waiting, clock: str) -> list[Check]:
    return [
        Check("documents", stored["number"], found.number),
        Check("half_took", stored["median"], found.median, Unit.SECONDS, clock),
    ]


def _behind(
    asked: Asked, checks: list[Check], *, office: DocumentTimes | None, calendar: DocumentTimes
) -> Behind:
    keys = calendar.documents.tolist()
    owners = dict(AskedDocument.objects.filter(pk__in=keys).values_list("pk", "member_request_id"))
    requests = known(set(owners.values()))
    places = ((one.office, one.branch, one.adviser) for one in requests.values())
    first, last = (localdate(each) for each in (asked.span.start, asked.span.cut_off))
    calendars = working_calendars(asked.offices, start=first - DAY, end=last + DAY)
    listed = Listed(
        asked=asked,
        owners=owners,
        documents=calendar.documents,
        office_hours=office.durations if office else None,
        calendar_time=calendar.durations,
        is_over=calendar.observed,
        openings={key: (each.opens, each.closes) for key, each in calendars.items()},
        told=told_of(asked.offices, places),
    )
    more = ("office_hours", "openings") if office else ()
    behind = Behind(
        source=asked.source,
        size=len(keys),
        read=listed.read,
        checks=tuple(checks),
        columns=columns_of(asked.offices, "branch", "state", "calendar_time", *more),
    )
    of = [requests.get(owners[key], ERASED) for key in keys]
    return withholding(behind, [_hides(asked, one) for one in of])


def _hides(asked: Asked, one: Known) -> bool:
    return one is not ERASED and asked.hidden.hides(one.office, one.submitted)


@dataclass(frozen=True, eq=False)
class Listed:
    """The rows of some documents, all arrays of shape (n,)."""

    asked: Asked
    owners: Mapping[int, int]
    documents: Seconds
    office_hours: Seconds | None
    calendar_time: Seconds
    is_over: Mask
    openings: Mapping[int, Openings]
    told: Told

    def read(self, first: int, last: int) -> list[Row]:
        page = self.documents[first:last].tolist()
        requests = known({self.owners[key] for key in page})
        turns = turns_of(page, at=self.asked.span.cut_off) if self.office_hours is not None else {}
        return [
            self._row(place, requests, turns)
            for place in range(first, min(last, self.documents.size))
        ]

    def _row(self, place: int, requests: Any, turns: Mapping[int, Any]) -> Row:
        key = int(self.documents[place])
        one = requests.get(self.owners[key], ERASED)
        stretches = turns.get(key, [])
        periods = openings_in(self.openings[one.office], stretches) if one.reference else []
        over, open_ = (
            ("checked", "to_check")
            if self.office_hours is not None
            else ("handed_in", "not_handed_in")
        )
        return Row(
            reference=one.reference,
            state=over if self.is_over[place] else open_,
            office=self.told.offices.get(one.office, ""),
            branch=self.told.branch(one.office, one.branch, one.submitted),
            since=one.submitted,
            office_hours=None if self.office_hours is None else int(self.office_hours[place]),
            calendar_time=int(self.calendar_time[place]),
            periods=tuple(periods[:PERIODS_SHOWN]),
            more_periods=max(len(periods) - PERIODS_SHOWN, 0),
        )
