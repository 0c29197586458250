"""What the answers say about everybody: weights, shares with their range, response rates. Pure.

An answer carries no name, only its cell: one stratum of the sample, or several that were put
together because few answered. All weights are therefore weights of cells.

Weights by office and contact together need no raking to the margins of either: cells meet both.
The language of an answer is not known, on purpose, so nothing can be raked to it.

Sources: Kish 1965 for the effective size; AAPOR Standard Definitions 2023 for RR1; measures by
Wilson and Newcombe in `surveys.proportions`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surveys.proportions import Share, wilson

# Strata with fewer answers than this are put together before anything is weighted.
FEWEST_TO_WEIGHT = 30
# No answer counts for more than so many times the median one.
TRIM_AT_MEDIANS = 5.0


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


def answer_weight(*, population: int, answers: int) -> float:
    """`N/n · n/r = N/r`: for how many members one answer stands.

    The base weight `N/n`, adjusted for those of the stratum who did not answer; the number `n` that
    was drawn falls out.
    """
    return population / answers


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


def effective_size(total: float, squares: float) -> float:
    """Kish: `(Σw)² / Σw²`, the number of equally weighted answers that know as much.

    `total` is the sum of all weights, `squares` that of their squares.
    """
    return total**2 / squares if squares else 0.0


def weighted_share(hits: float, total: float, squares: float) -> Share | None:
    """The weighted share with Wilson's interval at the effective size; None without an answer.

    `hits` is the sum of the weights of those who gave the answer that is counted.
    """
    if not total or not squares:
        return None
    size = effective_size(total, squares)
    return wilson(min(size, hits / total * size), size)


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
