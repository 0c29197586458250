"""What a manager reads of a wave, and of the months together. What is hidden is absent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language

from branches.models import LANGUAGES, Pilot
from surveys.enums import Kind, Screening, Side, State
from surveys.models import Comment, Wave
from surveys.proportions import Share, newcombe
from surveys.questionnaires import Item
from surveys.sampling import months_after
from surveys.selectors import Counts
from surveys.stored_figures import differs, participation_of
from surveys.tallies import Group, Tally, WaveTallies

# Of a side that fewer answered, no comment is shown.
FEWEST_FOR_COMMENTS = 20
ROLLING_MONTHS = 3
BAR_WIDTH = 300


@dataclass(frozen=True)
class Part:
    """One step of the scale in a distribution; `start` and `width` are places in the picture."""

    label: str
    count: int
    share: float
    weighted: float | None
    is_top: bool
    start: float
    width: float


@dataclass(frozen=True)
class Line:
    """The answers of one group to one question; without a tally they are hidden."""

    group: Group
    tally: Tally | None
    plain: Share | None = None
    weighted: Share | None = None
    parts: tuple[Part, ...] = ()

    @property
    def best(self) -> Share | None:
        return self.weighted or self.plain


@dataclass(frozen=True)
class Question:
    item: Item
    text: str
    lines: tuple[Line, ...]
    # Pilot less comparison, where both are shown.
    difference: Share | None

    @property
    def labels(self) -> list[str]:
        return self.item.scale[_language()]

    @property
    def shown(self) -> list[Line]:
        return [line for line in self.lines if line.tally]


@dataclass(frozen=True)
class Month:
    """One month of one question: each side by itself, and with the two waves before."""

    wave: Wave
    lines: tuple[Line, ...]
    # Three calendar months; empty unless each of them had a wave that asked this.
    rolling: tuple[Line, ...]
    # How many of these months are shown, and so counted, of each side.
    counted: tuple[int, ...]
    difference: Share | None

    @property
    def three(self) -> list[tuple[Line, int]]:
        """The rolling figure of each side, with the number of months that it counts."""
        return list(zip(self.rolling, self.counted, strict=True))


@dataclass(frozen=True)
class TookPart:
    """Who took part in one wave, before anything that was answered."""

    wave: Wave
    sides: Mapping[Side, Counts]
    # Whether those who took part differ clearly from the silent in what is known of both.
    differs: bool

    @property
    def rows(self) -> list[tuple[Side, Counts]]:
        return [(side, self.sides[side]) for side in Side if side in self.sides]


@dataclass(frozen=True)
class Course:
    """One question over all months in which it was asked in the same words."""

    item: Item
    text: str
    months: tuple[Month, ...]
    together: tuple[Line, ...]
    difference: Share | None


def finished_waves(pilot: Pilot, kind: Kind | None = None) -> list[Wave]:
    """The waves that have results, oldest first."""
    waves = Wave.objects.filter(pilot=pilot, state=State.CLOSED, mixed_at__isnull=False)
    if kind:
        waves = waves.filter(kind=kind)
    found = waves.select_related("pilot", "questionnaire", "figures")
    return list(found.order_by("month", "kind", "id"))


def taking_part(waves: Sequence[Wave]) -> list[TookPart]:
    """Who took part in each of these waves, by side."""
    return [TookPart(wave, participation_of(wave), differs(wave)) for wave in waves]


def questions_of(tallies: WaveTallies) -> list[Question]:
    """Every question of a wave, for each side and office."""
    return [_question(item, tallies) for item in tallies.form.items]


def _question(item: Item, tallies: WaveTallies) -> Question:
    lines = tuple(line_of(item, group, tallies.tally(item.code, group)) for group in tallies.groups)
    sides = [line for line in lines if line.group.is_side]
    return Question(item, item.text(_language(), Side.PILOT), lines, difference_of(sides))


def line_of(item: Item, group: Group, tally: Tally | None) -> Line:
    if tally is None:
        return Line(group, None)
    top = sorted(item.top_box)
    return Line(group, tally, tally.share(top), tally.weighted(top), tuple(_parts(item, tally)))


def _parts(item: Item, tally: Tally) -> list[Part]:
    parts, start = [], 0.0
    for step, label in zip(item.steps, item.scale[_language()], strict=True):
        plain, weighted = tally.share([step]), tally.weighted([step])
        best = weighted or plain
        width = BAR_WIDTH * best.value if best else 0.0
        parts.append(
            Part(
                label,
                tally.counts.get(step, 0),
                plain.value if plain else 0.0,
                weighted.value if weighted else None,
                step in item.top_box,
                round(start, 2),
                round(width, 2),
            )
        )
        start += width
    return parts


def difference_of(lines: Sequence[Line]) -> Share | None:
    """Pilot less comparison (Newcombe), of the weighted shares, or else of those as answered.

    Two figures of one kind only are compared.
    """
    by_side = {line.group.side: line for line in lines}
    if set(by_side) != set(Side):
        return None
    pilot, comparison = by_side[Side.PILOT], by_side[Side.COMPARISON]
    if pilot.weighted and comparison.weighted:
        return newcombe(pilot.weighted, comparison.weighted)
    if pilot.plain and comparison.plain:
        return newcombe(pilot.plain, comparison.plain)
    return None


def courses_of(tallies: Sequence[WaveTallies]) -> list[Course]:
    """Each question of the newest questionnaire, month by month; tallies oldest first."""
    return [_course(item, tallies) for item in tallies[-1].form.items] if tallies else []


def _course(item: Item, tallies: Sequence[WaveTallies]) -> Course:
    # Other words ask something else: their months are not put in one line.
    same = [one for one in tallies if item in one.form.items]
    sides = [side for side in Side if any(side in one.respondents for one in same)]
    months = tuple(_month(item, same, place, sides) for place in range(len(same)))
    together = tuple(_together(item, same, side) for side in sides)
    text = item.text(_language(), Side.PILOT)
    return Course(item, text, months, together, difference_of(together))


def _month(item: Item, same: list[WaveTallies], place: int, sides: Sequence[Side]) -> Month:
    one = same[place]
    first = months_after(one.wave.month, 1 - ROLLING_MONTHS)
    window = [other for other in same[: place + 1] if other.wave.month >= first]
    groups = [Group(side) for side in sides]
    lines = tuple(line_of(item, group, one.tally(item.code, group)) for group in groups)
    is_whole = len(window) == ROLLING_MONTHS
    rolling = tuple(_together(item, window, side) for side in sides) if is_whole else ()
    counted = tuple(sum(w.tally(item.code, group) is not None for w in window) for group in groups)
    return Month(one.wave, lines, rolling, counted if is_whole else (), difference_of(lines))


def _together(item: Item, tallies: Sequence[WaveTallies], side: Side) -> Line:
    """Several waves as one, made of what is shown of each and of nothing else."""
    shown = [found for one in tallies if (found := one.tally(item.code, Group(side)))]
    return line_of(item, Group(side), sum(shown[1:], shown[0]) if shown else None)


def shown_comments(wave: Wave, tallies: WaveTallies) -> list[Comment]:
    """Comments that a person released, of sides that enough people answered, in random order."""
    sides = [s for s, number in tallies.respondents.items() if number >= FEWEST_FOR_COMMENTS]
    found = wave.comments.filter(state=Screening.SHOWN, side__in=sides)
    return list(found.order_by("side", "id"))


def _language() -> str:
    language = (get_language() or "en")[:2]
    return language if language in LANGUAGES else "en"
