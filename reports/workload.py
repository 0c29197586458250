"""How evenly work is spread over advisers, without naming any. Pure: standard library only.

`docs/figures.md` says what is counted. With 3 to 5 people a Gini coefficient jumps with each
request, so a branch has its smallest, middle and largest load, and a whole office its Gini.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """The smallest, middle and largest load of some advisers, and how many they are."""

    advisers: int
    least: float
    middle: float
    most: float


def spread(loads: Sequence[float]) -> Spread | None:
    """None without any adviser."""
    if not loads:
        return None
    return Spread(len(loads), min(loads), median(loads), max(loads))


def gini(loads: Sequence[float]) -> float | None:
    """How unevenly the loads are spread: 0 when all are equal, near 1 when one has everything.

    `G = sum((2i - n - 1) x_i) / (n sum x)` over the loads in order. None without any load; raises
    ValueError for a load below 0.
    """
    if any(load < 0 for load in loads):
        raise ValueError("A load is never less than nothing.")
    total = sum(loads)
    if not total:
        return None
    number = len(loads)
    weighted = sum((2 * i - number - 1) * load for i, load in enumerate(sorted(loads), start=1))
    return weighted / (number * total)
