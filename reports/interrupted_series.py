"""Whether a series of weeks changed its level when the pilot began. Pure.

Model: `y_t = b0 + b1 t + b2 after_t`, ordinary least squares, errors of Newey and West (Bartlett
weights). That only the level changes is decided in advance. With the difference between pilot and
comparison offices as series this is a controlled interrupted time series.

Sources: Newey and West 1987, Econometrica 55:703-708; Lopez Bernal, Cummins and Gasparrini 2017,
International Journal of Epidemiology 46:348-355.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reports.survival import Z_95, Floats

# The first weeks of a new organisation are neither before nor after.
TRANSITION_WEEKS = 4
# As many weeks are needed on either side.
FEWEST_WEEKS = 8


@dataclass(frozen=True)
class LevelChange:
    """How much the level changed, its standard error and 95 % interval, in the unit of y."""

    value: float
    standard_error: float
    low: float
    high: float
    trend: float  # per step of time
    points: int


def level_change(times: ArrayLike, values: ArrayLike, is_after: ArrayLike) -> LevelChange | None:
    """Fit the model; None with fewer than 8 points before or after, or without any spread.

    All have shape (n,), `times` in any unit and in order; values that are nan are left out.
    """
    t, y = np.asarray(times, np.float64), np.asarray(values, np.float64)
    after = np.asarray(is_after, np.bool_)
    held = np.isfinite(y)
    t, y, after = t[held], y[held], after[held]
    if min(int(after.sum()), int((~after).sum())) < FEWEST_WEEKS:
        return None
    design = np.column_stack([np.ones_like(t), t - t[0], after.astype(np.float64)])
    coefficients, error = newey_west(design, y)
    value, spread = float(coefficients[2]), float(np.sqrt(max(error[2, 2], 0.0)))
    reach = Z_95 * spread
    return LevelChange(value, spread, value - reach, value + reach, float(coefficients[1]), y.size)


def newey_west(design: Floats, y: Floats, *, lags: int | None = None) -> tuple[Floats, Floats]:
    """Coefficients of shape (k,) and their covariance of shape (k, k), `design` (n, k), `y` (n,).

    `lags` is by default `floor(4 (n/100)^(2/9))`. No correction for small samples.
    """
    number = y.size
    reach = int(4 * (number / 100) ** (2 / 9)) if lags is None else lags
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ y
    scores = design * (y - design @ coefficients)[:, None]
    middle = scores.T @ scores
    for lag in range(1, reach + 1):
        moved = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (reach + 1)) * (moved + moved.T)
    return coefficients, inverse @ middle @ inverse
