"""Who and what a story is told about. Pure: identifiers, opening hours and shares, no rows."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from branches.working_days import working_day_after
from branches.working_time import EPOCH, SECOND, WorkingCalendar


class OfficeClock:
    """When an office is open, for one question at a time; `WorkingCalendar` answers many at once.

    Moments are UTC epoch seconds within the calendar, durations whole seconds.
    """

    def __init__(self, calendar: WorkingCalendar) -> None:
        self.calendar = calendar
        self.opens: list[int] = calendar.opens.tolist()
        self.closes: list[int] = [calendar.covers_from, *calendar.closes.tolist()]
        self.before: list[int] = calendar.open_before.tolist()

    def after(self, moment: int, seconds: float) -> int:
        """The moment by which the office was open for so long, always within opening hours."""
        place = bisect_right(self.opens, moment)
        passed = self.before[place] - max(self.closes[place] - moment, 0)
        target = passed + max(int(seconds), 1)
        place = bisect_left(self.before, target)
        return self.closes[place] - (self.before[place] - target)

    def working_day_after(self, moment: int, number: int) -> int:
        """When the working day of this number after that of the moment begins."""
        begins = working_day_after(self.calendar, EPOCH + moment * SECOND, number)
        return self.calendar.covers_until if begins is None else (begins - EPOCH) // SECOND

    def is_open(self, moment: int) -> bool:
        return moment < self.closes[bisect_right(self.opens, moment)]


@dataclass(frozen=True)
class TopicPart:
    """A topic as the story needs it. `weight` is its share among all topics."""

    key: int
    code: str
    branch: int
    branch_code: str
    is_private: bool
    weight: float


@dataclass(frozen=True)
class OfficePart:
    """An office, its advisers by identifier, and how fast it usually answers.

    `by_branch_since` is the UTC epoch second from which it works by branch; None: never.
    `weekly` are factors on its response times, one for each week of the story.
    """

    key: int
    code: str
    pace: float
    clock: OfficeClock
    advisers: list[int]
    by_branch: dict[int, list[int]]
    by_branch_since: int | None
    weekly: list[float]


@dataclass(frozen=True)
class MemberPart:
    """A member: identifiers of the member and of the person, place in `offices`, language.

    `number` counts the members: unlike the identifiers it is the same in every database.
    """

    number: int
    key: int
    person: int
    office: int
    language: str
    name: str


@dataclass(frozen=True)
class Cast:
    """Everything that a story is told about, and from when to when (UTC epoch seconds)."""

    start: int
    now: int
    offices: list[OfficePart]
    members: list[MemberPart]
    topics: list[TopicPart]
    confidential: frozenset[int]
