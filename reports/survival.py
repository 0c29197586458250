"""Waiting times in which the requests that are still open count: Kaplan-Meier and what follows.

Pure: numpy and the standard library only. Durations are in any one unit, the same as every time
that is asked for or returned; whole seconds are best, because times are compared exactly.
`docs/figures.md` says in plain words what each figure means. When a figure rests on too few
requests to be shown is decided by those who show it, not here.

Sources: Kaplan and Meier 1958 (estimate); Greenwood 1926 (variance); Kalbfleisch and Prentice 1980
(log(-log) interval); Brookmeyer and Crowley 1982 (interval of a percentile); Klein and
Moeschberger 2003, sections 4.2, 4.5 and 7.3 (all of these, restricted mean and log-rank).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]
# Durations and, for each, whether it ended with an answer.
Group: TypeAlias = tuple[ArrayLike, ArrayLike]

# How many standard errors a 95 % interval reaches to either side.
Z_95 = NormalDist().inv_cdf(0.975)

# A product of fractions that is 0.5 on paper may come out as 0.5000000000000001, and 1 - 0.9 as
# 0.09999999999999998. Shares this close are the same share: rounding adds up to far less, and
# without open requests two different shares of n requests are at least 1/n apart.
SAME_SHARE = 1e-9


@dataclass(frozen=True)
class Estimate:
    """A share between 0 and 1 with its 95 % interval.

    `value` None: not yet known, because nobody was followed that long. `low` and `high` None: the
    interval is not defined, because everybody or nobody has been answered by then.
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Percentile:
    """A waiting time with its 95 % interval, each None when it is not reached."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class RestrictedMean:
    """A mean waiting time with its standard error; None: nobody was followed that long."""

    value: float | None
    standard_error: float | None


@dataclass(frozen=True)
class LogRank:
    """Two groups compared: answers seen and expected, and the chi-square with 1 degree of freedom.

    `chi_square` and `p` are None when there is nothing to compare (the variance is 0).
    """

    observed1: int
    expected1: float
    observed2: int
    expected2: float
    chi_square: float | None
    p: float | None


@dataclass(frozen=True, eq=False)
class KaplanMeier:
    """The share still waiting over time. All arrays have shape (k,), one place per answer time.

    `times` are the distinct times at which somebody was answered, in order; `at_risk` how many
    were still waiting just before, `answered` how many were answered then, `survival` the share
    still waiting after it, `variance` its Greenwood variance (0 where `survival` is 0, its limit).
    `followed_until` is the longest duration of all, None without any request.
    """

    times: Floats
    at_risk: Counts
    answered: Counts
    survival: Floats
    variance: Floats
    followed_until: float | None

    def share_answered_by(self, time: float) -> Estimate:
        """The share answered within `time`, that is 1 - S(time), with its log(-log) interval.

        An answer at exactly `time` is within it. Unknown after the longest duration, unless
        everybody was answered. Raises ValueError for a negative time.
        """
        if not self._is_known_at(time):
            return Estimate(None, None, None)
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        if place < 0:
            return Estimate(0.0, None, None)
        here = slice(place, place + 1)
        low, high = _log_log_limits(self.survival[here], self.variance[here])
        return Estimate(float(1 - self.survival[place]), _known(1 - high), _known(1 - low))

    def percentile(self, share: float) -> Percentile:
        """The smallest time by which at least `share` (0.5 for the median) has been answered.

        Where S equals 1 - share on a flat step this is its left end; R takes the middle. The
        interval is that of Brookmeyer and Crowley on the log(-log) scale: it begins where the
        lower limit of S first reaches 1 - share, and ends where the upper limit does. Raises
        ValueError unless 0 < share < 1.
        """
        if not 0 < share < 1:
            raise ValueError(f"A percentile needs a share between 0 and 1, not {share}.")
        curves = (self.survival, *self._limits)
        return Percentile(*(self._first_time(curve <= 1 - share + SAME_SHARE) for curve in curves))

    def restricted_mean(self, horizon: float) -> RestrictedMean:
        """The mean waiting time, counting at most `horizon`: the area under S up to it.

        The variance is Greenwood's, `sum((area of S from t_i to the horizon)² d/(n(n-d)))`; SAS
        multiplies it by m/(m-1), this does not. Unknown after the longest duration, unless
        everybody was answered. Raises ValueError for a negative horizon.
        """
        if not self._is_known_at(horizon):
            return RestrictedMean(None, None)
        within = self.times < horizon
        edges = np.concatenate(([0.0], self.times[within], [horizon]))
        areas = np.diff(edges) * np.concatenate(([1.0], self.survival[within]))
        # What is left of the area after each answer time.
        areas_after = np.cumsum(areas[:0:-1])[::-1]
        terms = _greenwood_terms(self.at_risk[within], self.answered[within])
        variance = np.sum(areas_after**2 * terms)
        return RestrictedMean(float(areas.sum()), math.sqrt(variance))

    @cached_property
    def _limits(self) -> tuple[Floats, Floats]:
        """Of the whole curve: every percentile asks for them."""
        return _log_log_limits(self.survival, self.variance)

    def _is_known_at(self, time: float) -> bool:
        """Whether S is known there: the last request may have left, still open, before."""
        if not time >= 0:
            raise ValueError(f"A waiting time cannot be {time}.")
        everybody_answered = self.survival.size > 0 and self.survival[-1] == 0
        return self.followed_until is not None and (
            time <= self.followed_until or bool(everybody_answered)
        )

    def _first_time(self, reached: NDArray[np.bool_]) -> float | None:
        return float(self.times[np.argmax(reached)]) if reached.any() else None


def kaplan_meier(
    durations: ArrayLike, observed: ArrayLike, counts: ArrayLike | None = None
) -> KaplanMeier:
    """Estimate the share still waiting over time, `S(t) = product over t_i <= t of (1 - d_i/n_i)`.

    All three have shape (n,), which may be 0: `durations` are finite and not negative, `observed`
    says whether the duration ended with an answer (False: still open, right-censored), `counts`
    how many requests the row stands for, in whole numbers (default: one). A request that was
    still open at the very time of an answer was waiting then: the answer comes first. A million
    rows take well under half a second. Raises ValueError for anything else.
    """
    values, ended, weights = _checked(durations, observed, counts)
    order = np.argsort(values)
    values, weights, ends = values[order], weights[order], (weights * ended)[order]
    firsts = np.flatnonzero(np.diff(values, prepend=-1.0))
    answered = _sums(ends, firsts)
    at_risk = weights.sum() - np.concatenate(([0], np.cumsum(_sums(weights, firsts))))[:-1]
    kept = answered > 0
    answered, at_risk = answered[kept], at_risk[kept]
    survival = np.cumprod(1 - answered / at_risk)
    return KaplanMeier(
        times=values[firsts][kept],
        at_risk=at_risk,
        answered=answered,
        survival=survival,
        variance=survival**2 * np.cumsum(_greenwood_terms(at_risk, answered)),
        followed_until=float(values[-1]) if values.size else None,
    )


def log_rank(group1: Group, group2: Group) -> LogRank:
    """Compare two groups of (durations, observed), each checked as by `kaplan_meier`.

    `E_1 = sum(d n_1/n)`, `V = sum(d (n_1/n)(1 - n_1/n)(n - d)/(n - 1))`, chi-square
    `(O_1 - E_1)²/V`. It treats requests as independent; those of one office, adviser or member
    are not, so its p is too small: a description, not a test of the pilot.
    """
    return stratified_log_rank([(group1, group2)])


def stratified_log_rank(strata: Iterable[tuple[Group, Group]]) -> LogRank:
    """The same within each stratum, as a branch: O - E and V are summed over the strata."""
    parts = [_expected(group1, group2) for group1, group2 in strata]
    observed1, total = sum(part[0] for part in parts), sum(part[1] for part in parts)
    expected1, variance = math.fsum(part[2] for part in parts), math.fsum(part[3] for part in parts)
    chi_square = (observed1 - expected1) ** 2 / variance if variance > 0 else None
    p = None if chi_square is None else math.erfc(math.sqrt(chi_square / 2))
    return LogRank(observed1, expected1, total - observed1, float(total - expected1), chi_square, p)


def _expected(group1: Group, group2: Group) -> tuple[int, int, float, float]:
    """Answers in the first group and in both, those expected in the first, and their variance."""
    values1, ended1, _ = _checked(*group1, None)
    values2, ended2, _ = _checked(*group2, None)
    values, ended = np.concatenate((values1, values2)), np.concatenate((ended1, ended2))
    both = kaplan_meier(values, ended)
    share1 = (values1.size - np.searchsorted(np.sort(values1), both.times)) / both.at_risk
    # Where a single request is left its variance is 0, whatever the formula divides by.
    spread = (both.at_risk - both.answered) / np.maximum(both.at_risk - 1, 1)
    variance = float(np.sum(both.answered * share1 * (1 - share1) * spread))
    return int(ended1.sum()), int(ended.sum()), float(np.sum(both.answered * share1)), variance


def _checked(
    durations: ArrayLike, observed: ArrayLike, counts: ArrayLike | None
) -> tuple[Floats, NDArray[np.bool_], Counts]:
    values = np.asarray(durations, dtype=np.float64)
    ended = np.asarray(observed, dtype=np.bool_)
    weights = np.ones(values.shape, np.int64) if counts is None else np.asarray(counts)
    if values.ndim != 1 or not values.shape == ended.shape == weights.shape:
        raise ValueError("Durations, observed and counts must be lists of the same length.")
    if not np.all((values >= 0) & (values < np.inf)):
        raise ValueError("Durations must be finite and not negative.")
    if weights.size and (weights.dtype.kind not in "iu" or weights.min() < 0):
        raise ValueError("Counts must be whole numbers and not negative.")
    # A row that stands for no request must not count as the longest one followed.
    held = weights > 0
    return values[held], ended[held], weights[held].astype(np.int64)


def _sums(values: Counts, firsts: NDArray[np.intp]) -> Counts:
    """The sum of each run of `values`, given where the runs begin."""
    return np.add.reduceat(values, firsts) if values.size else values


def _greenwood_terms(at_risk: Counts, answered: Counts) -> Floats:
    """`d/(n(n-d))`; 0 where nobody is left, because every use multiplies it by S = 0 there."""
    left = at_risk - answered
    return np.where(left > 0, answered / (at_risk * np.maximum(left, 1)), 0.0)


def _log_log_limits(survival: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The lower and upper 95 % limit of S, `S^(1/theta)` and `S^theta`; nan where S is 0.

    `theta = exp(z se / (S ln S))` lies between 0 and 1, so the second is the larger one. S is
    below 1 at every time of an answer.
    """
    left = np.where(survival > 0, survival, np.nan)
    theta = np.exp(Z_95 * np.sqrt(variance) / (left * np.log(left)))
    return left ** (1 / theta), left**theta


def _known(limit: Floats) -> float | None:
    return None if np.isnan(limit[0]) else float(limit[0])
