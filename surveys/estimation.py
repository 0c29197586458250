"""What the answers say about everybody: weights, shares with their range, response rates. Pure.

An answer carries no name, only its cell: one stratum of the sample, or several that were put
together because few answered. All weights are therefore weights of cells.

Sources: Kish 1965 for the effective size; Deming and Stephan 1940 for raking; AAPOR Standard
Definitions 2023 for RR1; measures by Wilson and Newcombe in `surveys.proportions`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveys.proportions import Share, wilson

# Strata with fewer answers than this are put together before anything is weighted.
FEWEST_TO_WEIGHT = 30
# No answer counts for more than so many times the median one.
TRIM_AT_MEDIANS = 5.0
RAKING_ROUNDS, RAKING_PRECISION = 200, 1e-10


class DoesNotConverge(Exception):
    """The margins contradict each other, or a group that has members has no answer."""


@dataclass(frozen=True)
class Disposition:
    """What became of the people of a stratum who were drawn."""

    complete: int = 0
    partial: int = 0
    refused: int = 0
    not_reached: int = 0  # bounced
    silent: int = 0
    not_eligible: int = 0  # no longer a member: out of the rate

    @property
    def eligible(self) -> int:
        return self.complete + self.partial + self.refused + self.not_reached + self.silent


def response_rate(disposition: Disposition) -> float | None:
    """AAPOR RR1: complete answers among all who were drawn and not known ineligible.

    `I / ((I+P) + (R+NC+O) + (UH+UO))`; for a named list nobody is of unknown eligibility, and who
    never reacts stands among the silent. None when nobody was eligible.
    """
    return disposition.complete / disposition.eligible if disposition.eligible else None


def base_weight(*, population: int, drawn: int) -> float:
    """`d = N/n`: how many members one drawn member stands for."""
    return population / drawn


def answer_weight(*, population: int, drawn: int, answers: int) -> float:
    """`d·n/r = N/r`: the base weight, adjusted for those of the stratum who did not answer."""
    return base_weight(population=population, drawn=drawn) * drawn / answers


def merge_small(
    counts: Mapping[str, int],
    families: Mapping[str, str],
    *,
    fewest: int = FEWEST_TO_WEIGHT,
) -> list[tuple[str, ...]]:
    """Put strata together until each cell has `fewest` answers, first within a family (an office).

    Strata are joined with their neighbour in the order of `counts`; then families that are too
    small, the smallest with the next smallest, and the last one with the smallest cell of the
    smallest family. What is too small altogether stays one cell. Each stratum stands in exactly
    one cell. Families that share a cell can no longer be told apart: `surveys.cells.places_of`.
    """
    cells: list[tuple[str, ...]] = []
    too_small: list[tuple[str, ...]] = []
    for family in dict.fromkeys(families[name] for name in counts):
        members: list[tuple[str, ...]] = [(name,) for name in counts if families[name] == family]
        joined = _join_neighbours(members, counts, fewest)
        few = len(joined) == 1 and _size(joined[0], counts) < fewest
        (too_small if few else cells).extend(joined)
    joined = _join_smallest(too_small, counts, fewest)
    if len(joined) > 1 or not cells or (joined and _size(joined[0], counts) >= fewest):
        return cells + joined
    for cell in joined:
        _add_to_smallest(cells, cell, counts, families)
    return cells


def _size(cell: tuple[str, ...], counts: Mapping[str, int]) -> int:
    return sum(counts[name] for name in cell)


def _join_neighbours(
    cells: list[tuple[str, ...]], counts: Mapping[str, int], fewest: int
) -> list[tuple[str, ...]]:
    cells = list(cells)
    while len(cells) > 1:
        place = min(range(len(cells)), key=lambda p: (_size(cells[p], counts), p))
        if _size(cells[place], counts) >= fewest:
            break
        # The smaller of the two neighbours, so that large strata keep their own figures.
        sides = [p for p in (place - 1, place + 1) if 0 <= p < len(cells)]
        beside = min(sides, key=lambda p: (_size(cells[p], counts), p))
        first, second = sorted((place, beside))
        cells[first : second + 1] = [cells[first] + cells[second]]
    return cells


def _join_smallest(
    small: list[tuple[str, ...]], counts: Mapping[str, int], fewest: int
) -> list[tuple[str, ...]]:
    """Join cells that are too small with each other; only the last one left may stay too small."""
    waiting = sorted(small, key=lambda cell: (_size(cell, counts), cell))
    done: list[tuple[str, ...]] = []
    while len(waiting) > 1:
        cell = waiting.pop(0) + waiting.pop(0)
        (done if _size(cell, counts) >= fewest else waiting).append(cell)
        waiting.sort(key=lambda cell: (_size(cell, counts), cell))
    if waiting and done and _size(waiting[0], counts) < fewest:
        place = min(range(len(done)), key=lambda p: (_size(done[p], counts), p))
        done[place] += waiting.pop()
    return done + waiting


def _add_to_smallest(
    cells: list[tuple[str, ...]],
    cell: tuple[str, ...],
    counts: Mapping[str, int],
    families: Mapping[str, str],
) -> None:
    """Put this cell to the smallest one of the smallest family, so that large ones stay whole."""
    sizes: dict[str, int] = {}
    for name, number in counts.items():
        sizes[families[name]] = sizes.get(families[name], 0) + number

    def order(place: int) -> tuple[int, int, int]:
        found = cells[place]
        return sizes[families[found[0]]], _size(found, counts), place

    cells[min(range(len(cells)), key=order)] += cell


def rake(
    weights: Mapping[str, float],
    margins: Sequence[Mapping[str, float]],
    groups: Sequence[Mapping[str, str]],
) -> dict[str, float]:
    """Scale the summed weights of cells until they agree with every margin (iterative fitting).

    `weights` are sums of weights by cell; `groups[i]` names the group of each cell in the margin
    `margins[i]`, whose values are numbers of members. Raises DoesNotConverge.
    """
    raked = dict(weights)
    for _round in range(RAKING_ROUNDS):
        worst = 0.0
        for margin, group in zip(margins, groups, strict=True):
            worst = max(worst, _fit(raked, margin, group))
        if worst < RAKING_PRECISION:
            return raked
    raise DoesNotConverge("The margins cannot be met together.")


def _fit(raked: dict[str, float], margin: Mapping[str, float], group: Mapping[str, str]) -> float:
    """Fit one margin; return by how much, relatively, it was missed."""
    sums = dict.fromkeys(margin, 0.0)
    for cell, weight in raked.items():
        sums[group[cell]] += weight
    worst = 0.0
    for name, wanted in margin.items():
        if sums[name] == 0 and wanted:
            raise DoesNotConverge(f"Nobody answered in {name}.")
        if wanted:
            worst = max(worst, abs(sums[name] / wanted - 1))
    for cell in raked:
        name = group[cell]
        raked[cell] *= margin[name] / sums[name] if sums[name] else 0.0
    return worst


def trim(weights: Sequence[float]) -> list[float]:
    """Cut each weight at five times the median, and scale so that the sum stays.

    After the scaling a weight may lie above the limit again by the factor that the sum asks for.
    """
    if not weights:
        return []
    limit = TRIM_AT_MEDIANS * _median(weights)
    cut = [min(weight, limit) for weight in weights]
    factor = sum(weights) / sum(cut)
    return [weight * factor for weight in cut]


def _median(values: Sequence[float]) -> float:
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def effective_size(weights: Sequence[float]) -> float:
    """Kish: `(Σw)² / Σw²`, the number of equally weighted answers that know as much."""
    squares = sum(weight**2 for weight in weights)
    return sum(weights) ** 2 / squares if squares else 0.0


def weighted_share(hits: Sequence[bool], weights: Sequence[float]) -> Share | None:
    """The weighted share with Wilson's interval at the effective size; None without an answer."""
    if not hits:
        return None
    size = effective_size(weights)
    share = sum(w for hit, w in zip(hits, weights, strict=True) if hit) / sum(weights)
    return wilson(min(size, share * size), size)


def stratified_mean(
    populations: Sequence[int],
    sizes: Sequence[int],
    means: Sequence[float],
    deviations: Sequence[float],
) -> tuple[float, float]:
    """Mean and variance of a stratified sample: `Σ W_h ȳ_h` and `Σ W_h² (1 - n_h/N_h) s_h²/n_h`."""
    total = sum(populations)
    mean = variance = 0.0
    for population, size, of_stratum, deviation in zip(
        populations, sizes, means, deviations, strict=True
    ):
        part = population / total
        mean += part * of_stratum
        variance += part**2 * (1 - size / population) * deviation**2 / size
    return mean, variance


def variance_of_change(
    *, variance: float, answers: int, correlation: float, overlap: float
) -> float:
    """`2σ²/n · (1 - ρ·share)`: what asking some people again gains for the change in a share."""
    return 2 * variance / answers * (1 - correlation * overlap)
