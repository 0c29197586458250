"""What is left of several p-values when one of many may be small by chance. Pure.

Sources: Holm 1979, Scandinavian Journal of Statistics 6:65-70; Benjamini and Hochberg 1995,
Journal of the Royal Statistical Society B 57:289-300.
"""

from collections.abc import Sequence

import numpy as np

from reports.survival import Floats


def bonferroni(p_values: Sequence[float]) -> Floats:
    """`min(1, m p)` for each of the m values, in their order, shape (m,)."""
    values = _checked(p_values)
    return np.minimum(1.0, values * values.size)


def holm(p_values: Sequence[float]) -> Floats:
    """Holm's adjusted values, in the order given, shape (m,): reject where they are <= alpha.

    The i-th smallest is multiplied by m - i + 1, and none is smaller than one before it.
    """
    values = _checked(p_values)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(values.size, 0, -1)
    return _in_place(order, np.minimum(1.0, np.maximum.accumulate(steps)))


def benjamini_hochberg(p_values: Sequence[float]) -> Floats:
    """The values adjusted for the false discovery rate, in the order given, shape (m,)."""
    values = _checked(p_values)
    order = np.argsort(values, kind="stable")
    steps = values[order] * values.size / np.arange(1, values.size + 1)
    return _in_place(order, np.minimum(1.0, np.minimum.accumulate(steps[::-1])[::-1]))


def _checked(p_values: Sequence[float]) -> Floats:
    values = np.asarray(p_values, dtype=np.float64)
    if values.ndim != 1 or not np.all((values >= 0) & (values <= 1)):
        raise ValueError("A p-value lies between 0 and 1.")
    return values


def _in_place(order: np.ndarray[tuple[int], np.dtype[np.intp]], adjusted: Floats) -> Floats:
    found = np.empty_like(adjusted)
    found[order] = adjusted
    return found
