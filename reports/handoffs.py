"""What it costs a request to change branch. Pure: numpy and the standard library only.

A *hand-over* is one change of branch: a transfer, or sending back. The first routing is none, and
a branch that is asked for its view without getting the request (a consultation) is none either.
The *waiting* of a hand-over runs from it until somebody next acts on the request: takes it,
answers, writes a note, waits for the member, hands it on or closes it. One on which nobody has
acted yet has waited at least so long, and stays in (`reports.survival`).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from branches.suppression import ALL, Cell, Key, suppress
from reports.survival import kaplan_meier

# As for every median.
FEWEST_FOR_A_MEDIAN = 10


@dataclass(frozen=True)
class HandOver:
    """One change of branch. `waited` is in seconds of opening hours."""

    office: int
    giver: int
    taker: int
    topic: int | None
    waited: int
    is_over: bool
    # Who gave it away, and who acted next: keys of people, never shown.
    advisers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Waiting:
    """How many waits, and the time that half of them did not exceed, with its range."""

    number: int
    median: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Journeys:
    """The ways of the requests of one period. `by_advisers`: how many people acted on each."""

    requests: int = 0
    # Of them, those that had a branch and are answered, and of these those never handed over.
    settled: int = 0
    right_first_time: int = 0
    moved: int = 0
    came_back: int = 0
    consulted: int = 0
    by_advisers: Mapping[int, int] = field(default_factory=dict)

    def __add__(self, other: "Journeys") -> "Journeys":
        counts = {
            name: value + getattr(other, name)
            for name, value in vars(self).items()
            if isinstance(value, int)
        }
        together = Counter(self.by_advisers) + Counter(other.by_advisers)
        return Journeys(**counts, by_advisers=dict(together))


def came_back(branches: Sequence[int]) -> bool:
    """Whether a request came to a branch that had had it before; `branches` in the order held."""
    return len(set(branches)) < len(branches)


def waiting(handovers: Iterable[HandOver]) -> Waiting:
    """The median over hand-overs, those still waiting included; none under 10 of them."""
    given = list(handovers)
    return waiting_of([one.waited for one in given], [one.is_over for one in given])


def waiting_of(durations: Sequence[int], is_over: Sequence[bool]) -> Waiting:
    """The same for any waits of one kind, in seconds."""
    if len(durations) < FEWEST_FOR_A_MEDIAN:
        return Waiting(len(durations))
    median = kaplan_meier(durations, is_over).percentile(0.5)
    return Waiting(len(durations), median.value, median.low, median.high)


# The office (or ALL), then the two branches or the topic: primary keys.
Places: TypeAlias = dict[tuple[Any, ...], Waiting | None]


def by_pair(handovers: Iterable[HandOver]) -> Places:
    """The waiting by (office, giver, taker); None where it may not be shown.

    With ALL for the office: that of all offices together. Both are decided at once, so that what
    is hidden in one office does not follow from the others.
    """
    return _shown(handovers, lambda one: (one.giver, one.taker))


def by_topic(handovers: Iterable[HandOver]) -> Places:
    """The same by (office, topic)."""
    return _shown(handovers, lambda one: (one.topic,))


def _shown(handovers: Iterable[HandOver], place_of: Callable[[HandOver], Key]) -> Places:
    groups: dict[Key, list[HandOver]] = defaultdict(list)
    for one in handovers:
        groups[(one.office, *place_of(one))].append(one)
    hidden = suppress({key: _cell(group) for key, group in groups.items()}).hidden
    for (_office, *place), group in list(groups.items()):
        groups[(ALL, *place)].extend(group)
    return {key: None if key in hidden else waiting(group) for key, group in groups.items()}


def _cell(group: Sequence[HandOver]) -> Cell:
    people = frozenset[int]().union(*(one.advisers for one in group))
    return Cell(len(group), people)
