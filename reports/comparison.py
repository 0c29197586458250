"""What changed in the pilot offices beyond what changed in the others, and how unusual that is.

Pure: numpy and the standard library. An outcome is a table of offices by months. The change of an
office is its mean after minus its mean before; the difference-in-differences is the mean change of
the pilot offices minus the mean change of the others. With two pilot offices the usual tests
reject far too often, so the difference is compared with that of every other group of offices.

Sources: Fisher 1935; Conley and Taber 2011, Review of Economics and Statistics 93:113-125;
MacKinnon and Webb 2020, Journal of Econometrics 218:435-450; Rosenbaum 2002, chapter 2 (interval
from inverting the test).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb, floor
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from reports.survival import Floats

Mask: TypeAlias = NDArray[np.bool_]

# Sums in another order differ by rounding: differences this close are the same.
SAME = 1e-9
# An office with fewer of its months known is left out, rather than all those months.
SHARE_OF_MONTHS = 2 / 3
# A fake start has at least so many months on either side.
FEWEST_MONTHS = 2
LEVEL = 0.05


@dataclass(frozen=True, eq=False)
class Panel:
    """One outcome: `values` of shape (offices, months), nan where unknown.

    `is_pilot` has shape (offices,) and `is_after` shape (months,), the months in order.
    """

    values: Floats
    is_pilot: Mask
    is_after: Mask

    @property
    def is_complete(self) -> bool:
        """Whether both sides have an office, before and after a month, and no cell is missing."""
        return bool(
            self.is_pilot.any()
            and (~self.is_pilot).any()
            and self.is_after.any()
            and (~self.is_after).any()
            and np.isfinite(self.values).all()
        )

    def only(self, offices: Mask, months: Mask) -> "Panel":
        values = self.values[np.ix_(offices, months)]
        return Panel(values, self.is_pilot[offices], self.is_after[months])


@dataclass(frozen=True, eq=False)
class Randomisation:
    """The difference of the pilot offices among those of every group of as many offices.

    `differences` has shape (groups,), the real group among them; `larger` counts those at least as
    large in size, the real one included, and `p = larger / groups`. `low` and `high` are the
    limits of the values that the same test does not reject at `level` (1 - alpha); None where so
    few groups reject nothing.
    """

    difference: float
    differences: Floats
    larger: int
    low: float | None
    high: float | None
    level: float | None

    @property
    def groups(self) -> int:
        return self.differences.size

    @property
    def p(self) -> float:
        return self.larger / self.groups


@dataclass(frozen=True)
class Placebo:
    """A difference where nothing changed: which of the comparison offices, and which month."""

    difference: float
    offices: tuple[int, ...]
    first_month_after: int


def balanced(panel: Panel) -> tuple[Mask, Mask]:
    """Which offices and which months to keep so that no cell is missing, shapes as in the panel.

    Offices with less than two thirds of their months go first, then every month that is not known
    of one of the others: a mean over other months would be another mean.
    """
    known = np.isfinite(panel.values)
    share = known.sum(axis=1) / max(known.shape[1], 1)
    offices: Mask = share >= SHARE_OF_MONTHS
    months: Mask = np.all(known[offices], axis=0) & offices.any()
    return offices, months


def changes(panel: Panel) -> Floats:
    """After minus before of each office, shape (offices,)."""
    after = panel.values[:, panel.is_after].mean(axis=1)
    before = panel.values[:, ~panel.is_after].mean(axis=1)
    return np.asarray(after - before, np.float64)


def groups_of(number: int, size: int) -> Mask:
    """Every group of so many of the offices, shape (groups, offices), in lexical order."""
    chosen = np.zeros((comb(number, size), number), np.bool_)
    for place, group in enumerate(combinations(range(number), size)):
        chosen[place, list(group)] = True
    return chosen


def differences(changed: Floats, groups: Mask) -> Floats:
    """The mean change of each group minus that of all others, shape (groups,).

    `changed` may also have shape (..., offices); the result then has shape (..., groups).
    """
    size = groups[0].sum()
    weights = np.where(groups, 1 / size, -1 / (groups.shape[1] - size))
    return np.asarray(changed @ weights.T, np.float64)


def randomisation(changed: Floats, is_pilot: Mask, *, level: float = LEVEL) -> Randomisation:
    """Compare the pilot offices with every group of as many offices, exactly.

    Raises ValueError unless there is an office on both sides.
    """
    if not is_pilot.any() or is_pilot.all():
        raise ValueError("Both sides need an office.")
    groups = groups_of(is_pilot.size, int(is_pilot.sum()))
    found = differences(changed, groups)
    real = int(np.flatnonzero((groups == is_pilot).all(axis=1))[0])
    larger = int(np.sum(np.abs(found) >= abs(found[real]) - SAME))
    low, high, reached = _interval(found, real, groups, level)
    return Randomisation(float(found[real]), found, larger, low, high, reached)


def _interval(
    found: Floats, real: int, groups: Mask, level: float
) -> tuple[float | None, float | None, float | None]:
    """The values b for which the pilot's changes less b would not be unusual.

    Taking b from the pilot offices takes `w b` from the difference of a group, where w depends on
    how many pilot offices it holds. As |w| < 1 for every other group, `|d - w b| >= |d_real - b|`
    holds on a closed interval around d_real, whose ends are where both sides are equal.
    """
    count = found.size
    allowed = floor(level * count + SAME)
    if allowed < 1:
        return None, None, None
    weights = differences(groups[real].astype(np.float64), groups)
    others = np.arange(count) != real
    d, w, own = found[others], weights[others], found[real]
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([(own - d) / (1 - w), (own + d) / (1 + w)])
    # A group that mirrors the pilot exactly is as unusual at every value: it never ends.
    endless = np.abs(w) >= 1 - SAME
    lows = np.where(endless, -np.inf, ends.min(axis=0))
    highs = np.where(endless, np.inf, ends.max(axis=0))
    low, high = float(np.sort(lows)[allowed - 1]), float(np.sort(highs)[-allowed])
    if not np.isfinite([low, high]).all():
        return None, None, None
    return low, high, 1 - allowed / count


def placebos(panel: Panel) -> Iterator[Placebo]:
    """The differences of all groups of comparison offices, for the real start and for fake ones.

    Nothing changed in these offices, so the months of the pilot count as well. A group is as large
    as that of the pilot offices, and the remaining comparison offices stand against it.
    """
    size, values = int(panel.is_pilot.sum()), panel.values[~panel.is_pilot]
    offices, months = values.shape
    if not 0 < size < offices:
        return
    groups = groups_of(offices, size)
    for first in range(FEWEST_MONTHS, months - FEWEST_MONTHS + 1):
        changed = values[:, first:].mean(axis=1) - values[:, :first].mean(axis=1)
        for group, difference in zip(groups, differences(changed, groups), strict=True):
            yield Placebo(float(difference), tuple(np.flatnonzero(group).tolist()), first)


def noise_floor(found: list[Placebo]) -> float | None:
    """The size up to which differences also occur where nothing changed; None without any."""
    return max((abs(placebo.difference) for placebo in found), default=None)


def fake_starts(panel: Panel) -> list[tuple[int, float]]:
    """The difference of the pilot offices themselves, as if the pilot had begun before it did.

    Only months before the pilot are used; the first of each pair is the month of the fake start.
    """
    before = panel.only(np.ones_like(panel.is_pilot), ~panel.is_after)
    months = before.is_after.size
    found = []
    for first in range(FEWEST_MONTHS, months - FEWEST_MONTHS + 1):
        fake = Panel(before.values, panel.is_pilot, np.arange(months) >= first)
        found.append((first, difference_in_differences(fake)))
    return found


def difference_in_differences(panel: Panel) -> float:
    changed = changes(panel)
    return float(changed[panel.is_pilot].mean() - changed[~panel.is_pilot].mean())


def difference_of_medians(panel: Panel) -> float:
    """The same with the median of the changes of each side: a check against one odd office."""
    changed = changes(panel)
    return float(np.median(changed[panel.is_pilot]) - np.median(changed[~panel.is_pilot]))


def with_effects(panel: Panel) -> float:
    """The difference from least squares with an effect of each office and each month.

    `y_om = a_o + l_m + b pilot_o after_m`. In a table without gaps it equals the difference of the
    means; with gaps it still has a value.
    """
    offices, months = np.nonzero(np.isfinite(panel.values))
    design = np.column_stack(
        [
            np.eye(panel.is_pilot.size)[offices],
            np.eye(panel.is_after.size)[months][:, 1:],
            (panel.is_pilot[offices] & panel.is_after[months]).astype(np.float64),
        ]
    )
    found = np.linalg.lstsq(design, panel.values[offices, months], rcond=None)[0]
    return float(found[-1])
