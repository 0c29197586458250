"""Behind the waiting that a change of branch cost: hand-overs by pair of branches, and by topic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.timezone import localdate

from branches.calendars import working_calendars
from branches.working_time import epoch_seconds
from reports.handoffs import waiting_of
from reports.period_content import Content, Names
from reports.period_rows import Hop, hops
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
    moment,
    openings_in,
    withholding,
)
from reports.why.told import ERASED, known

DAY = timedelta(days=1)
BETWEEN = ">"  # of the two branches of a pair, in an address
COLUMNS = ("until", "state", "office_hours", "calendar_time", "openings")


def pair(asked: Asked) -> Behind:
    """The hand-overs from one branch to another, `key` as "first_line>support"."""
    giver, _between, taker = asked.key.partition(BETWEEN)
    for stored in asked.figures.content.get("pairs", []):
        if (stored["giver"], stored["taker"]) == (giver, taker) and not stored["is_hidden"]:
            codes = Names.known().branches
            kept = [one for one in hops(asked.span) if _is(codes, one, giver, taker)]
            hiding = asked.offices_that_hide(lambda content: _hides_pair(content, giver, taker))
            return _withheld(asked, _behind(asked, stored, kept), kept, hiding)
    raise NotShown(asked.key)


def topic(asked: Asked) -> Behind:
    """The hand-overs of requests about one topic, `key` its code; empty: of none."""
    for stored in asked.figures.content.get("topics", []):
        if stored["topic"] == asked.key:
            codes = Names.known().topics
            kept = [one for one in hops(asked.span) if codes.get(one.topic or 0, "") == asked.key]
            hiding = asked.offices_that_hide(lambda content: _hides_topic(content, asked.key))
            return _withheld(asked, _behind(asked, stored, kept), kept, hiding)
    raise NotShown(asked.key)


def _hides_pair(content: Content, giver: str, taker: str) -> bool:
    pairs = content.get("pairs", [])
    return any(one["is_hidden"] for one in pairs if (one["giver"], one["taker"]) == (giver, taker))


def _hides_topic(content: Content, topic: str) -> bool:
    """Hidden topics are only counted, so one that is not there is hidden or never happened."""
    return all(one["topic"] != topic for one in content.get("topics", []))


def _withheld(asked: Asked, found: Behind, kept: Sequence[Hop], hiding: frozenset[int]) -> Behind:
    return withholding(
        found,
        [one.office in hiding or asked.hidden.hides(one.office, moment(one.at)) for one in kept],
    )


def _is(codes: Any, one: Hop, giver: str, taker: str) -> bool:
    return bool((codes[one.giver], codes[one.taker]) == (giver, taker))


def _behind(asked: Asked, stored: dict[str, Any], kept: list[Hop]) -> Behind:
    first, last = (localdate(each) for each in (asked.span.start, asked.span.cut_off))
    calendars = working_calendars(asked.offices, start=first - DAY, end=last + DAY)
    until = [_until(one, asked) for one in kept]
    waited = [
        int(calendars[one.office].seconds_between([one.at], [end])[0])
        for one, end in zip(kept, until, strict=True)
    ]
    is_over = [one.next_at is not None for one in kept]
    found = waiting_of(waited, is_over)
    lived = waiting_of([end - one.at for one, end in zip(kept, until, strict=True)], is_over)
    checks = [
        Check("handovers", stored["number"], found.number),
        Check("half_waited", stored["median"], found.median, Unit.SECONDS, "office"),
    ]
    if "lived" in stored:
        median = stored["lived"]["median"]
        checks.append(Check("half_waited", median, lived.median, Unit.SECONDS, "calendar"))
    openings = {key: (each.opens, each.closes) for key, each in calendars.items()}
    offices = {office.pk: office.code for office in asked.offices}
    return Behind(
        source=asked.source,
        size=len(kept),
        read=Listed(kept, until, waited, openings, offices).read,
        checks=tuple(checks),
        columns=columns_of(offices, *COLUMNS),
    )


def _until(one: Hop, asked: Asked) -> int:
    # A step that is logged later may lie a little before the one in front of it.
    return max(one.next_at or epoch_seconds(asked.span.cut_off), one.at)


@dataclass(frozen=True, eq=False)
class Listed:
    """The rows of some hand-overs; all as long as they. No branch: the pair is in the title."""

    kept: Sequence[Hop]
    until: Sequence[int]
    waited: Sequence[int]
    openings: dict[int, Openings]
    offices: dict[int, str]

    def read(self, first: int, last: int) -> list[Row]:
        requests = known({one.request for one in self.kept[first:last]})
        return [
            self._row(place, requests.get(self.kept[place].request, ERASED).reference)
            for place in range(first, min(last, len(self.kept)))
        ]

    def _row(self, place: int, reference: str) -> Row:
        one, until = self.kept[place], self.until[place]
        periods = openings_in(self.openings[one.office], [(one.at, until)])
        return Row(
            reference=reference,
            state="next_step" if one.next_at is not None else "nobody_yet",
            office=self.offices[one.office] if len(self.offices) > 1 else "",
            since=moment(one.at),
            until=moment(until),
            office_hours=self.waited[place],
            calendar_time=until - one.at,
            periods=tuple(periods[:PERIODS_SHOWN]),
            more_periods=max(len(periods) - PERIODS_SHOWN, 0),
        )
