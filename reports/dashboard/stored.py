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


@dataclass(frozen=True)
class Stored:
    """The figures of one period of a side, or of one office."""

    row: PeriodFigures

    @property
    def month(self) -> date | None:
        """The first day of the month; None for the two spans."""
        return None if self.row.period in {BEFORE, DURING} else parse_month(self.row.period)

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
        counted = stored["received"] - sum(stored["excluded"].values())
        return Waits(**kept, counted=counted, lived=waited["lived"], for_member=waited["calendar"])

    @property
    def pairs(self) -> list[Pair]:
        return [
            Pair(each["giver"], each["taker"], _waiting(each)) for each in self.row.content["pairs"]
        ]

    @property
    def topics(self) -> list[tuple[str, Waiting]]:
        found = ((each["topic"], _waiting(each)) for each in self.row.content["topics"])
        return [(topic, waiting) for topic, waiting in found if waiting]

    @property
    def hidden_topics(self) -> int:
        return int(self.row.content["hidden_topics"])

    def continuity(self, time: str, line: str) -> Continuity | None:
        """Of the whole pilot only: `time` as BEFORE, `line` as "overall". None: not counted."""
        times = self.row.content["continuity"]
        return _continuity(times[time][line]) if time in times else None

    def bands(self, time: str) -> list[Continuity]:
        times = self.row.content["continuity"]
        return [_continuity(band) for band in times[time]["bands"]] if time in times else []

    def documents(self, kind: str) -> Waiting:
        """Of a span only: "review" by the office, in office hours, or "hand_in" by the member."""
        return Waiting(**self.row.content["documents"][kind])

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


def _continuity(stored: Mapping[str, Any]) -> Continuity:
    means = {name: Mean(**stored[name]) if stored[name] else None for name in MEANS}
    return Continuity(stored["members"], stored["contacts"], **means, chance=stored["chance"])
