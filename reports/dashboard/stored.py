"""Stored figures as objects again. Nothing is computed here but Little's law, from stored sums."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from reports.continuity import Continuity, Mean
from reports.flow import Flow
from reports.handoffs import Journeys, Waiting
from reports.months import parse_month
from reports.period_models import BEFORE, DURING, PeriodFigures
from reports.workload import Spread

MEANS = ("upc", "coc", "secon", "beyond_chance")


@dataclass(frozen=True)
class Waits:
    """How long the members of one period waited; the same names as in a monthly report."""

    received: int
    counted: int
    still_waiting: int
    oldest_waiting: int | None
    oldest_waiting_since: datetime | None
    cut_off: datetime
    only_a_question: int
    first_answered: int
    promise_seconds: int
    office_clock: Mapping[str, Any]
    calendar_clock: Mapping[str, Any]
    # Seconds that requests were open, and of these the ones in which we waited for the member.
    lived: int
    for_member: int


@dataclass(frozen=True)
class Pair:
    """The hand-overs from one branch to another, or about one topic; None: not to be shown."""

    giver: str
    taker: str
    found: Waiting | None
    lived: Waiting | None  # the same on the calendar; None also where it was not counted yet


@dataclass(frozen=True)
class Stored:
    """The figures of one period of a side, or of one office."""

    row: PeriodFigures
    office: str = ""  # its code; empty: all offices of the side

    @property
    def month(self) -> date | None:
        """The first day of the month; None for the two spans."""
        return None if self.row.period in {BEFORE, DURING} else parse_month(self.row.period)

    @property
    def ends_at(self) -> datetime | None:
        """None for a copy of the content alone."""
        ends_at: datetime | None = self.row.ends_at
        return ends_at

    @property
    def flow(self) -> Flow:
        return Flow(**self.row.content["flow"])

    @property
    def oldest_open(self) -> datetime | None:
        oldest = self.row.content["oldest_open"]
        return parse_datetime(oldest) if oldest else None

    @property
    def journeys(self) -> Journeys:
        stored = self.row.content["journeys"]
        by_advisers = {int(many): number for many, number in stored["by_advisers"].items()}
        return Journeys(**stored | {"by_advisers": by_advisers})

    @property
    def followed(self) -> tuple[int, int]:
        """How many decisions followed the suggestion, and how many there were."""
        stored = self.row.content["suggested"]
        return stored["followed"], stored["decided"]

    @property
    def waits(self) -> Waits:
        """Of a span only. Raises KeyError for a month: its report holds them."""
        stored = self.row.content["response"]
        waited = stored["resolution"]["waited"]
        kept = {name: stored[name] for name in Waits.__dataclass_fields__ if name in stored}
        since = stored["oldest_waiting_since"]
        kept |= {"oldest_waiting_since": parse_datetime(since) if since else None}
        counted = stored["received"] - sum(stored["excluded"].values())
        return Waits(
            **kept,
            cut_off=self.row.ends_at,
            counted=counted,
            lived=waited["lived"],
            for_member=waited["calendar"],
        )

    @property
    def pairs(self) -> list[Pair]:
        return [
            Pair(each["giver"], each["taker"], _waiting(each), _lived(each))
            for each in self.row.content["pairs"]
        ]

    @property
    def topics(self) -> list[tuple[str, Waiting, Waiting | None]]:
        """Topic, waiting in office hours and as lived."""
        each = self.row.content["topics"]
        found = ((one["topic"], _waiting(one), _lived(one)) for one in each)
        return [(topic, waiting, lived) for topic, waiting, lived in found if waiting]

    @property
    def hidden_topics(self) -> int:
        return int(self.row.content["hidden_topics"])

    @property
    def parts_until(self) -> datetime | None:
        """Until which arrival the parts count; None where they were not counted yet."""
        until = self.row.content.get("parts_until")
        return parse_datetime(until) if until else None

    def continuity(self, time: str, line: str) -> Continuity | None:
        """Of the whole pilot only: `time` as BEFORE, `line` as "overall". None: not counted."""
        times = self.row.content["continuity"]
        return _continuity(times[time][line]) if time in times else None

    def bands(self, time: str) -> list[Continuity]:
        times = self.row.content["continuity"]
        return [_continuity(band) for band in times[time]["bands"]] if time in times else []

    def documents(self, kind: str) -> Waiting | None:
        """Of a span only: by the office "review", in office hours, or "review_lived"; "hand_in" by
        the member. None: not counted yet.
        """
        stored = self.row.content["documents"].get(kind)
        return Waiting(**stored) if stored else None

    @property
    def parts(self) -> dict[str, list[dict[str, Any]]]:
        """Of a span only: its cells by dimension; empty where they were not counted yet."""
        found: dict[str, list[dict[str, Any]]] = self.row.content.get("parts", {})
        return found

    @property
    def branch_loads(self) -> dict[str, Spread]:
        stored = self.row.content["workload"]["branches"]
        return {branch: Spread(**spread) for branch, spread in stored.items()}

    @property
    def load(self) -> Spread | None:
        stored = self.row.content["workload"]["office"]["spread"]
        return Spread(**stored) if stored else None

    @property
    def gini(self) -> float | None:
        gini: float | None = self.row.content["workload"]["office"]["gini"]
        return gini


def _waiting(stored: Mapping[str, Any]) -> Waiting | None:
    if stored["is_hidden"]:
        return None
    return Waiting(stored["number"], stored["median"], stored["low"], stored["high"])


def _lived(stored: Mapping[str, Any]) -> Waiting | None:
    return Waiting(**stored["lived"]) if "lived" in stored else None


def _continuity(stored: Mapping[str, Any]) -> Continuity:
    means = {name: Mean(**stored[name]) if stored[name] else None for name in MEANS}
    return Continuity(stored["members"], stored["contacts"], **means, chance=stored["chance"])
