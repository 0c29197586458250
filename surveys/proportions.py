"""Shares with their plausible range, and the difference of two shares. Pure.

Sources: Wilson 1927; Newcombe 1998, Statistics in Medicine 17:857-872 (methods 3 and 4) and
17:873-890 (method 10, hybrid score). Numbers need not be whole: with weights they are effective.
"""

import math
from dataclasses import dataclass

# The 97.5th percentile of the standard normal distribution.
Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """A share, or a difference of two, with its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(successes: float, number: float) -> Share:
    """The share `successes / number` with Wilson's score interval, without a correction.

    Raises ValueError unless 0 <= successes <= number and number > 0.
    """
    p = _checked(successes, number)
    z2 = Z_95**2
    centre = (p + z2 / (2 * number)) / (1 + z2 / number)
    reach = Z_95 * math.sqrt(p * (1 - p) / number + z2 / (4 * number**2)) / (1 + z2 / number)
    # On paper the limits at 0 and 1 are exact; rounding leaves 1e-17 of them.
    low = 0.0 if successes == 0 else max(0.0, centre - reach)
    high = 1.0 if successes == number else min(1.0, centre + reach)
    return Share(p, low, high)


def wilson_corrected(successes: float, number: float) -> Share:
    """The same with the correction for continuity: wider, and never too narrow."""
    p = _checked(successes, number)
    z2, q, twice = Z_95**2, 1 - p, 2 * (number + Z_95**2)
    lower = Z_95 * math.sqrt(z2 - 2 - 1 / number + 4 * p * (number * q + 1))
    upper = Z_95 * math.sqrt(max(0.0, z2 + 2 - 1 / number + 4 * p * (number * q - 1)))
    low = 0.0 if successes == 0 else max(0.0, (2 * number * p + z2 - 1 - lower) / twice)
    high = 1.0 if successes == number else min(1.0, (2 * number * p + z2 + 1 + upper) / twice)
    return Share(p, low, high)


def newcombe(first: Share, second: Share) -> Share:
    """`first - second` with the hybrid score interval, from the intervals of both."""
    difference = first.value - second.value
    below = math.hypot(first.value - first.low, second.high - second.value)
    above = math.hypot(first.high - first.value, second.value - second.low)
    return Share(difference, difference - below, difference + above)


def _checked(successes: float, number: float) -> float:
    if not (number > 0 and 0 <= successes <= number < math.inf):
        raise ValueError(f"{successes} of {number} is not a share.")
    return successes / number
