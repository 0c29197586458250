"""Figures as they would be if every office had the same mix of requests. Pure.

Direct standardisation: `sum(w_k rate_k) / sum(w_k)` over groups of requests, with one set of
weights for all. Source: Julious and Mullee 1994, BMJ 309:1480-1481.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from reports.survival import Floats

# A group is kept apart where every cell has at least so many requests.
FEWEST_IN_A_GROUP = 10

Group = TypeVar("Group", bound=Hashable)


def standardised(rates: ArrayLike, weights: ArrayLike) -> Floats:
    """The weighted mean of the rates over groups.

    `rates` has shape (..., k) and `weights` shape (k,); the result has shape (...). Weights are
    at least 0, and a group with weight 0 may have no rate (nan). Elsewhere nan gives nan: a mean
    over other groups would be another mean. Raises ValueError for weights that mean nothing.
    """
    values, shares = np.asarray(rates, np.float64), np.asarray(weights, np.float64)
    if shares.ndim != 1 or values.shape[-1:] != shares.shape:
        raise ValueError("One weight is needed for each group.")
    if not np.all((shares >= 0) & (shares < np.inf)) or not shares.sum() > 0:
        raise ValueError("Weights are not negative, and not all 0.")
    held = shares > 0
    found: Floats = np.asarray(values[..., held] @ (shares[held] / shares.sum()), np.float64)
    return found


def merged(
    counts: Mapping[Group, ArrayLike], parents: Mapping[Group, Group], *, rest: Group
) -> dict[Group, Group]:
    """For each group, the group in which it is counted: itself, its parent, or `rest`.

    `counts` holds the number of requests of each group in every cell (any one shape for all). A
    group with fewer than 10 in some cell joins its parent, together with its small siblings; a
    parent that is still too small joins the rest.
    """
    places: dict[Group, Group] = {
        group: group if _is_large([cells]) else parents.get(group, rest)
        for group, cells in counts.items()
    }
    joined = {place for group, place in places.items() if place != group}
    for parent in joined - {rest}:
        members = [group for group, place in places.items() if place == parent]
        if not _is_large([counts[group] for group in members]):
            places |= dict.fromkeys(members, rest)
    return places


def _is_large(cells: Sequence[ArrayLike]) -> bool:
    return bool(np.min(sum(np.asarray(cell) for cell in cells)) >= FEWEST_IN_A_GROUP)
