"""Charts that tell a signal from the usual coming and going of weekly figures. Pure.

Sources: NIST/SEMATECH e-Handbook, sections 6.3.2.2 (individuals chart) and 6.3.2.3 (CUSUM).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

# Of normal values the mean moving range is so many standard deviations; limits lie at three.
MOVING_RANGE_IN_SIGMAS = 1.128
LIMIT_IN_MOVING_RANGES = 3.267
# So many points in a row on one side of the centre are a signal.
RUN = 8
# With fewer points before, the limits would be a matter of luck.
FEWEST_BEFORE = 12


@dataclass(frozen=True)
class Limits:
    """Centre, mean moving range and limits, all in the unit of the points."""

    centre: float
    moving_range: float
    low: float
    high: float
    highest_moving_range: float

    @property
    def sigma(self) -> float:
        return self.moving_range / MOVING_RANGE_IN_SIGMAS


def individuals(before: ArrayLike) -> Limits:
    """The limits of an XmR chart, `mean ± 2.66 × mean moving range`, from the points before.

    They are frozen: points that come later never move them. `before` has shape (n,) with n >= 2
    and holds no gap. Raises ValueError otherwise.
    """
    points = np.asarray(before, dtype=np.float64)
    if points.ndim != 1 or points.size < 2 or not np.all(np.isfinite(points)):
        raise ValueError("Limits need at least two points, each of them known.")
    centre, moving_range = float(points.mean()), float(np.abs(np.diff(points)).mean())
    reach = 3 * moving_range / MOVING_RANGE_IN_SIGMAS
    return Limits(
        centre=centre,
        moving_range=moving_range,
        low=centre - reach,
        high=centre + reach,
        highest_moving_range=LIMIT_IN_MOVING_RANGES * moving_range,
    )


def outside(points: Sequence[float | None], limits: Limits) -> list[int]:
    """The places of the points that lie outside the limits; None is a point that is not known."""
    return [
        place
        for place, point in enumerate(points)
        if point is not None and not limits.low <= point <= limits.high
    ]


def runs(points: Sequence[float | None], limits: Limits, *, length: int = RUN) -> list[int]:
    """The places at which a run on one side of the centre has reached the length, or goes on.

    A point on the centre ends a run. A point that is not known neither adds to it nor ends it.
    """
    found, side, reached = [], 0.0, 0
    for place, point in enumerate(points):
        if point is None:
            continue
        here = float(np.sign(point - limits.centre))
        reached = reached + 1 if here == side and here != 0 else abs(int(here))
        side = here
        if reached >= length:
            found.append(place)
    return found
