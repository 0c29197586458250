"""What is stored about one period: counted once for all offices of a side, then told for each.

`docs/figures.md` defines each figure. Durations are whole seconds; branches, topics and offices
are named by their codes. Everything that is small enough to point at a person is left out here,
so that no page can show it by mistake.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from branches.calendars import BRUSSELS, working_calendars
from branches.models import Branch, Office, Pilot, Topic
from branches.suppression import ALL
from reports import continuity
from reports.cohorts import Cohort, cohort_between
from reports.flow import beside_each_other
from reports.handoffs import (
    HandOver,
    Journeys,
    Places,
    Waiting,
    by_pair,
    by_topic,
    came_back,
    waiting_of,
)
from reports.loads import Load, loads, of_branches, of_office
from reports.models import Side
from reports.period_parts import Parts, divided_until, parts_of
from reports.period_rows import (
    Contact,
    Hop,
    OfficeFlow,
    Span,
    chains,
    contacts,
    flows,
    hops,
    journeys,
    suggested,
)
from reports.response_times import response_times
from requests_app.selectors.document_times import (
    DocumentTimes,
    hand_in_times,
    review_times,
    review_times_as_lived,
)

Content = dict[str, Any]
# By the office in office hours, by the member on the calendar, and by the office as lived.
DOCUMENTS = ("review", "hand_in", "review_lived")


@dataclass(frozen=True)
class Names:
    """The codes by which branches and topics are stored."""

    branches: Mapping[int, str]
    topics: Mapping[int, str]

    @classmethod
    def known(cls) -> "Names":
        return cls(
            dict(Branch.objects.values_list("pk", "code")),
            dict(Topic.objects.values_list("pk", "code")),
        )


@dataclass(frozen=True)
class MonthCounts:
    """What was counted in one month, by office."""

    flows: Mapping[int, OfficeFlow]
    journeys: Mapping[int, Journeys]
    suggested: Mapping[int, tuple[int, int]]
    loads: Sequence[Load]
    names: Names

    def content(self, offices: Sequence[int]) -> Content:
        """The figures of these offices together."""
        return {
            **_flow(self.flows[key] for key in offices),
            "journeys": asdict(sum((self.journeys[key] for key in offices), Journeys())),
            "suggested": _suggested(self.suggested[key] for key in offices),
            "workload": _workload(self.loads, offices, self.names),
        }


@dataclass(frozen=True)
class SpanCounts:
    """What was counted from the first to the last day before, or during, the pilot."""

    month: MonthCounts
    pairs: Places
    topics: Places
    requests: Cohort
    # The contacts of equally long times, by name of the time.
    contacts: Mapping[str, Sequence[Contact]]
    # How long documents waited by office: `DOCUMENTS` names what for, and on which clock.
    documents: Mapping[int, tuple[DocumentTimes, ...]]
    promise_seconds: int
    # The waiting of hand-overs as members lived it, for the same places.
    lived: Mapping[tuple[Any, ...], Waiting | None]
    parts: Parts
    parts_until: datetime

    def content(self, offices: Sequence[int], *, office: int | None) -> Content:
        """The figures of these offices together, or of the one `office`."""
        held = np.isin(self.requests.office, list(offices))
        figures = response_times(self.requests.where(held), promise_seconds=self.promise_seconds)
        names, place = self.month.names, ALL if office is None else office
        topics = _at(place, self.topics)
        return {
            **self.month.content(offices),
            "response": asdict(figures),
            "pairs": [
                {"giver": names.branches[giver], "taker": names.branches[taker]}
                | _waiting(found, self.lived.get((place, giver, taker)))
                for (giver, taker), found in _at(place, self.pairs)
            ],
            # There are many topics: those that are too small are only counted.
            "topics": [
                {"topic": names.topics.get(topic, "")}
                | _waiting(found, self.lived.get((place, topic)))
                for (topic,), found in topics
                if found is not None
            ],
            "hidden_topics": sum(1 for _topic, found in topics if found is None),
            "parts": self.parts[office],
            "parts_until": self.parts_until,
            "documents": _documents([self.documents[key] for key in offices]),
            "continuity": {
                name: _continuity([one for one in found if one.office in set(offices)])
                for name, found in self.contacts.items()
            },
        }


def count_month(span: Span, names: Names) -> MonthCounts:
    """Ask the database what happened in these offices in this period."""
    return _count(span, names, hops(span))


def count_span(
    span: Span,
    names: Names,
    *,
    pilot: Pilot,
    side: Side,
    offices: Sequence[Office],
    times: Mapping[str, Span],
) -> SpanCounts:
    """The same for a long period, with what is too little in a month. Raises NoOpeningHours."""
    moved = hops(span)
    handovers = _handovers(moved, span, offices)
    now = int(span.cut_off.timestamp())
    lived = [
        replace(one, waited=max(hop.next_at or now, hop.at) - hop.at)
        for one, hop in zip(handovers, moved, strict=True)
    ]
    requests = cohort_between(offices, start=span.start, end=span.end, cut_off=span.cut_off)
    until = divided_until(pilot, span)
    divided = requests.where(requests.submitted < int(until.timestamp()))
    return SpanCounts(
        month=_count(span, names, moved),
        pairs=by_pair(handovers),
        topics=by_topic(handovers),
        requests=requests,
        contacts={name: contacts(time) for name, time in times.items()},
        documents={office.pk: _document_times(office, span) for office in offices},
        promise_seconds=pilot.promise_seconds,
        lived=by_pair(lived) | by_topic(lived),
        parts=parts_of(
            divided, pilot=pilot, side=side, offices=offices, span=replace(span, end=until)
        ),
        parts_until=until,
    )


def _document_times(office: Office, span: Span) -> tuple[DocumentTimes, ...]:
    start, end, at = span.start, span.end, span.cut_off
    review = review_times(office=office, start=start, end=end, at=at)
    return (
        review,
        hand_in_times(office=office, start=start, end=end, at=at),
        review_times_as_lived(review, at=at),
    )


def _count(span: Span, names: Names, moved: list[Hop]) -> MonthCounts:
    ways = journeys(span)
    for office, chain in chains(moved):
        ways[office] += Journeys(came_back=int(came_back(chain)))
    return MonthCounts(flows(span), ways, suggested(span), loads(span), names)


def _handovers(moved: list[Hop], span: Span, offices: Sequence[Office]) -> list[HandOver]:
    first, last = _day(span.start) - timedelta(days=1), _day(span.cut_off) + timedelta(days=1)
    calendars = working_calendars(offices, start=first, end=last)
    now = int(span.cut_off.timestamp())
    waited = np.zeros(len(moved), dtype=np.int64)
    held = np.array([hop.office for hop in moved], dtype=np.int64)
    begins = np.array([hop.at for hop in moved], dtype=np.int64)
    # A step that is logged later may lie a little before the one in front of it.
    ends = np.array([max(hop.next_at or now, hop.at) for hop in moved], dtype=np.int64)
    for key, calendar in calendars.items():
        here = held == key
        waited[here] = calendar.seconds_between(begins[here], ends[here])
    return [
        HandOver(
            office=hop.office,
            giver=hop.giver,
            taker=hop.taker,
            topic=hop.topic,
            waited=int(seconds),
            is_over=hop.next_at is not None,
            advisers=frozenset({hop.actor, hop.next_actor} - {None}),  # type: ignore[arg-type]
        )
        for hop, seconds in zip(moved, waited, strict=True)
    ]


def _day(moment: datetime) -> date:
    return moment.astimezone(BRUSSELS).date()


def _flow(found: Iterable[OfficeFlow]) -> Content:
    given = list(found)
    oldest = [one.oldest for one in given if one.oldest is not None]
    return {
        "flow": asdict(beside_each_other(one.flow for one in given)),
        "oldest_open": min(oldest, default=None),
    }


def _suggested(found: Iterable[tuple[int, int]]) -> Content:
    decided, followed = (sum(column) for column in zip(*found, strict=True))
    return {"decided": decided, "followed": followed}


def _workload(found: Sequence[Load], offices: Sequence[int], names: Names) -> Content:
    here = [load for load in found if load.office in set(offices)]
    branches = of_branches(here)
    return {
        "office": asdict(of_office(here)),
        "branches": {names.branches[key]: asdict(spread) for key, spread in branches.items()},
    }


def _waiting(found: Waiting | None, lived: Waiting | None) -> Content:
    """In office hours, and beside it `lived`; both are hidden or neither is."""
    if found is None or lived is None:
        return {"is_hidden": True}
    return {"is_hidden": False, **asdict(found), "lived": asdict(lived)}


def _documents(found: Sequence[tuple[DocumentTimes, ...]]) -> Content:
    return {
        name: asdict(
            waiting_of(
                np.concatenate([times.durations for times in each]).tolist(),
                np.concatenate([times.observed for times in each]).tolist(),
            )
        )
        for name, each in zip(DOCUMENTS, zip(*found, strict=True), strict=True)
    }


def _at(office: object, places: Places) -> list[tuple[tuple[Any, ...], Waiting | None]]:
    """The places of this office: most hand-overs first, hidden ones last, whatever they are."""
    here = [(key[1:], found) for key, found in places.items() if key[0] == office]
    return sorted(here, key=lambda item: (-item[1].number if item[1] else 0, str(item[0])))


def _continuity(found: Sequence[Contact]) -> Content:
    table = np.array(found, dtype=np.int64).reshape(-1, len(Contact._fields)).T
    members, offices, advisers, branches = table
    known = branches > 0
    size = int(branches.max(initial=0)) + 1
    overall = continuity.indices(members, advisers, offices)
    within = continuity.indices(
        (members * size + branches)[known], advisers[known], (offices * size + branches)[known]
    )
    same = continuity.indices(members[known], branches[known], offices[known])
    return {
        "overall": asdict(continuity.continuity(overall)),
        "within_branch": asdict(continuity.continuity(within)),
        "same_branch": asdict(continuity.continuity(same)),
        "bands": [asdict(band) for band in continuity.in_bands(overall)],
    }
