"""Answers added up by question and group, and of these only what may be shown.

Each wave is decided on by itself, once and for good: a group needs ten answers to a question
(advisers eight, and never by office), and where one office is hidden enough others are hidden with
it (`branches.suppression`). Whatever is added up over several months is made of shown figures only,
so that no difference between two periods can tell more than the months themselves.

Weights belong to cells with at least thirty answers to the question, so that a weighted figure
beside an unweighted one tells nothing about fewer people. Where an office is hidden, its side has
no weighted figure: two equations would find two hidden offices.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from branches.suppression import ALL, Cell, Rule, suppress
from surveys import cells as stored
from surveys.cells import JOIN
from surveys.enums import Kind, Side, State
from surveys.estimation import answer_weight, merge_small, trim, weighted_share
from surveys.models import Answer, Stratum, Wave
from surveys.proportions import Share, wilson
from surveys.questionnaires import Form, Item, parse

FEWEST = stored.FEWEST


@dataclass(frozen=True)
class Tally:
    """Answers to one question, added up: how many, and how much they weigh, for each step."""

    counts: Mapping[int, int] = field(default_factory=dict)
    # None where no weighted figure may be shown.
    weights: Mapping[int, float] | None = field(default_factory=dict)
    squares: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        weights = None
        if self.weights is not None and other.weights is not None:
            weights = {
                step: self.weights.get(step, 0.0) + other.weights.get(step, 0.0)
                for step in {*self.weights, *other.weights}
            }
        counts = Counter(self.counts) + Counter(other.counts)
        return Tally(counts, weights, self.squares + other.squares)

    @property
    def answers(self) -> int:
        return sum(self.counts.values())

    def share(self, steps: Iterable[int]) -> Share | None:
        """The share of these steps as it was answered, with Wilson's range."""
        hits = sum(self.counts.get(step, 0) for step in steps)
        return wilson(hits, self.answers) if self.answers else None

    def weighted(self, steps: Iterable[int]) -> Share | None:
        """The weighted share, with Wilson's range at the effective size (Kish)."""
        if not self.weights:
            return None
        hits = sum(self.weights.get(step, 0.0) for step in steps)
        return weighted_share(hits, sum(self.weights.values()), self.squares)


@dataclass(frozen=True)
class Group:
    """A side of the pilot, or one of its offices (several, where few of them answered)."""

    side: Side
    place: str = ALL

    @property
    def is_side(self) -> bool:
        return self.place == ALL


@dataclass(frozen=True)
class WaveTallies:
    """What may be shown of one wave: for each question, the groups that are large enough."""

    wave: Wave
    form: Form
    shown: Mapping[str, Mapping[Group, Tally]]
    # Everybody who answered, by side: known from participation.
    respondents: Mapping[Side, int]
    groups: tuple[Group, ...]

    def tally(self, code: str, group: Group) -> Tally | None:
        return self.shown.get(code, {}).get(group)


@dataclass(frozen=True)
class _Strata:
    """What is known of the strata of a wave."""

    side: Mapping[str, Side]
    # By cell: its office, or all those that share a cell with it.
    place: Mapping[str, str]
    members: Mapping[str, int]
    # How many took part, by cell.
    respondents: Mapping[str, int]
    rule: Rule

    def group(self, cell: str) -> Group:
        return Group(self.side[cell.split(JOIN, maxsplit=1)[0]], self.place[cell])

    def population(self, cell: str) -> int:
        return sum(self.members[code] for code in cell.split(JOIN))


Chosen = Mapping[str, Counter[int]]


def tallies_of(waves: Iterable[Wave]) -> list[WaveTallies]:
    """The figures of these waves that may be shown, in three queries; none of a running wave."""
    done = [wave for wave in waves if wave.state == State.CLOSED and wave.mixed_at]
    strata: dict[int, list[Stratum]] = defaultdict(list)
    for stratum in Stratum.objects.filter(wave__in=done).select_related("office").order_by("id"):
        strata[stratum.wave_id].append(stratum)
    chosen: dict[int, dict[str, dict[str, Counter[int]]]] = {wave.pk: {} for wave in done}
    respondents: dict[int, Counter[str]] = defaultdict(Counter)
    answers = Answer.objects.filter(wave__in=done).values_list("wave_id", "cell", "choices")
    side = {(s.wave_id, s.code): s.side for of_wave in strata.values() for s in of_wave}
    for wave, cell, choices in answers.order_by("id").iterator():
        if len({side[wave, code] for code in cell.split(JOIN)}) > 1:
            # Put together by an earlier version: it says nothing of either side.
            continue
        respondents[wave][cell] += 1
        for code, choice in choices.items():
            if isinstance(choice, int):
                by_cell = chosen[wave].setdefault(code, {})
                by_cell.setdefault(cell, Counter())[choice] += 1
    return [
        _of_a_wave(wave, _known(wave, strata[wave.pk], respondents[wave.pk]), chosen[wave.pk])
        for wave in done
    ]


def _known(wave: Wave, strata: list[Stratum], respondents: Mapping[str, int]) -> _Strata:
    offices = {s.code: s.office.name if s.office else "" for s in strata}
    return _Strata(
        {stratum.code: Side(stratum.side) for stratum in strata},
        stored.places_of(respondents, offices),
        {stratum.code: stratum.members for stratum in strata},
        respondents,
        Rule(requests=FEWEST[Kind(wave.kind)], advisers=0),
    )


def _of_a_wave(wave: Wave, strata: _Strata, chosen: Mapping[str, Chosen]) -> WaveTallies:
    form = parse(wave.questionnaire.content)
    shown = {
        item.code: {
            group: tally
            for side in Side
            for group, tally in _shown(item, side, strata, chosen.get(item.code, {}))
        }
        for item in form.items
    }
    by_side: Counter[Side] = Counter()
    groups: dict[Group, None] = {}
    for cell, number in sorted(strata.respondents.items()):
        group = strata.group(cell)
        by_side[group.side] += number
        groups[Group(group.side)] = None
        if group.place:
            groups[group] = None
    ordered = sorted(groups, key=lambda g: (list(Side).index(g.side), not g.is_side, g.place))
    return WaveTallies(wave, form, shown, by_side, tuple(ordered))


def _shown(
    item: Item, side: Side, strata: _Strata, chosen: Chosen
) -> Iterable[tuple[Group, Tally]]:
    """The groups of this side that are large enough, with their answers to this question."""
    cells = {
        cell: Counter({step: n for step, n in counts.items() if step in item.steps})
        for cell, counts in sorted(chosen.items())
        if strata.group(cell).side == side
    }
    weight = _weights(cells, strata)
    places: dict[str, Tally] = {}
    for cell, counts in cells.items():
        weights = {step: weight[cell] * n for step, n in counts.items()}
        tally = Tally(counts, weights, weight[cell] ** 2 * counts.total())
        place = strata.group(cell).place
        places[place] = places[place] + tally if place in places else tally
    found = suppress({(place,): Cell(t.answers) for place, t in places.items()}, rule=strata.rule)
    if places and found.shows(ALL):
        total = sum(places.values(), Tally())
        if not all(found.shows(place) for place in places):
            total = Tally(total.counts, None, 0.0)
        if total.answers:
            yield Group(side), total
    for place, tally in places.items():
        if place and tally.answers and found.shows(place):
            yield Group(side, place), tally


def _weights(cells: Mapping[str, Counter[int]], strata: _Strata) -> dict[str, float]:
    """The weight of one answer by cell: members for each who took part, `N/r`, trimmed."""
    counts = {cell: answers.total() for cell, answers in cells.items()}
    families = {cell: strata.group(cell).place for cell in cells}
    weight: dict[str, float] = {}
    for joined in merge_small(counts, families):
        population = sum(strata.population(cell) for cell in joined)
        took_part = sum(strata.respondents[cell] for cell in joined)
        weight |= dict.fromkeys(joined, answer_weight(population=population, answers=took_part))
    one_each = [cell for cell in cells for _answer in range(counts[cell])]
    trimmed = trim([weight[cell] for cell in one_each])
    return weight | dict(zip(one_each, trimmed, strict=True))
