"""Our statistics beside those of lifelines, statsmodels and scipy, on random data.

`python -m tests.reports.against_libraries` prints the largest differences; the test of the same
name keeps them small. The libraries are for tests only.
"""

import math
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np

with warnings.catch_warnings():
    # What the libraries say about each other is not about us.
    warnings.simplefilter("ignore")
    import pandas as pd
    import statsmodels.api as sm
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import logrank_test
    from lifelines.utils import restricted_mean_survival_time
    from scipy import stats
    from statsmodels.formula.api import ols
    from statsmodels.stats.multitest import multipletests
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from reports.comparison import Panel, changes, randomisation, with_effects
from reports.interrupted_series import newey_west
from reports.many_tests import benjamini_hochberg, bonferroni, holm
from reports.survival import KaplanMeier, kaplan_meier, log_rank, stratified_log_rank
from surveys.proportions import newcombe, wilson, wilson_corrected

SEED, ROUNDS = 20230608, 40
Difference = Iterator[float]


def _sample(dice: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Whole hours, so that ties are common, and about a fifth still open."""
    number = int(dice.integers(20, 300))
    return np.ceil(dice.lognormal(2, 1, number)), dice.random(number) < 0.8


def _fitted(dice: np.random.Generator) -> tuple[KaplanMeier, KaplanMeierFitter]:
    durations, observed = _sample(dice)
    return kaplan_meier(durations, observed), KaplanMeierFitter().fit(durations, observed)


def curve(dice: np.random.Generator) -> Difference:
    ours, theirs = _fitted(dice)
    found = theirs.survival_function_at_times(ours.times).to_numpy()
    yield float(np.max(np.abs(ours.survival - found)))


def limits_of_the_curve(dice: np.random.Generator) -> Difference:
    ours, theirs = _fitted(dice)
    table = theirs.confidence_interval_
    for time in ours.times[ours.survival > 0].tolist():
        share = ours.share_answered_by(time)
        low, high = 1 - table.loc[time].to_numpy()[::-1]
        if share.low is not None and share.high is not None:
            yield max(abs(share.low - low), abs(share.high - high))


def median(dice: np.random.Generator) -> Difference:
    ours, theirs = _fitted(dice)
    yield abs((ours.percentile(0.5).value or math.inf) - theirs.median_survival_time_)


def restricted_mean(dice: np.random.Generator) -> Difference:
    ours, theirs = _fitted(dice)
    horizon = float(np.quantile(ours.times, 0.7))
    mean = ours.restricted_mean(horizon)
    # That of lifelines integrates the square of time numerically: only its mean is exact.
    yield abs((mean.value or 0) - restricted_mean_survival_time(theirs, t=horizon))


def log_rank_statistic(dice: np.random.Generator) -> Difference:
    one, two = _sample(dice), _sample(dice)
    ours = log_rank(one, two)
    theirs = logrank_test(one[0], two[0], one[1], two[1])
    yield abs((ours.chi_square or 0) - theirs.test_statistic)
    yield abs((ours.p or 0) - theirs.p_value)


def stratified_log_rank_statistic(dice: np.random.Generator) -> Difference:
    strata = [(_sample(dice), _sample(dice)) for _ in range(3)]
    ours = stratified_log_rank(strata)
    groups = [(s, g, sample) for s, pair in enumerate(strata) for g, sample in enumerate(pair)]
    theirs = sm.duration.survdiff(
        np.concatenate([sample[0] for _, _, sample in groups]),
        np.concatenate([sample[1] for _, _, sample in groups]),
        np.concatenate([np.full(sample[0].size, g) for _, g, sample in groups]),
        strata=np.concatenate([np.full(sample[0].size, s) for s, _, sample in groups]),
    )
    yield abs((ours.chi_square or 0) - theirs[0])
    yield abs((ours.p or 0) - theirs[1])


def wilson_interval(dice: np.random.Generator) -> Difference:
    number = int(dice.integers(1, 500))
    successes = int(dice.integers(0, number + 1))
    ours, theirs = (
        wilson(successes, number),
        proportion_confint(successes, number, method="wilson"),
    )
    yield max(abs(ours.low - theirs[0]), abs(ours.high - theirs[1]))


def corrected_wilson_interval(dice: np.random.Generator) -> Difference:
    number = int(dice.integers(1, 500))
    successes = int(dice.integers(0, number + 1))
    ours = wilson_corrected(successes, number)
    theirs = stats.binomtest(successes, number).proportion_ci(method="wilsoncc")
    yield max(abs(ours.low - theirs.low), abs(ours.high - theirs.high))


def newcombe_interval(dice: np.random.Generator) -> Difference:
    numbers = dice.integers(1, 300, 2)
    counts = [int(dice.integers(0, number + 1)) for number in numbers]
    ours = newcombe(wilson(counts[0], numbers[0]), wilson(counts[1], numbers[1]))
    theirs = confint_proportions_2indep(
        counts[0], numbers[0], counts[1], numbers[1], compare="diff", method="newcomb"
    )
    yield max(abs(ours.low - theirs[0]), abs(ours.high - theirs[1]))


def many_p_values(dice: np.random.Generator) -> Difference:
    values = dice.random(int(dice.integers(1, 12))) ** 2
    for ours, method in (
        (bonferroni, "bonferroni"),
        (holm, "holm"),
        (benjamini_hochberg, "fdr_bh"),
    ):
        yield float(np.max(np.abs(ours(values) - multipletests(values, method=method)[1])))


def _panel(dice: np.random.Generator, *, gaps: int = 0) -> Panel:
    values = dice.normal(0.8, 0.05, (int(dice.integers(5, 10)), int(dice.integers(4, 12))))
    for _ in range(gaps):
        values[tuple(dice.integers(0, size) for size in values.shape)] = np.nan
    offices, months = values.shape
    return Panel(values, np.arange(offices) < 2, np.arange(months) >= months // 2)


def _by_formula(panel: Panel) -> float:
    offices, months = np.nonzero(np.isfinite(panel.values))
    rows = pd.DataFrame(
        {
            "y": panel.values[offices, months],
            "office": offices,
            "month": months,
            "d": (panel.is_pilot[offices] & panel.is_after[months]).astype(float),
        }
    )
    return float(ols("y ~ C(office) + C(month) + d", rows).fit().params["d"])


def difference_in_differences_by_ols(dice: np.random.Generator) -> Difference:
    panel = _panel(dice)
    by_formula = _by_formula(panel)
    yield abs(randomisation(changes(panel), panel.is_pilot).difference - by_formula)
    yield abs(with_effects(panel) - by_formula)


def difference_in_differences_with_gaps(dice: np.random.Generator) -> Difference:
    panel = _panel(dice, gaps=3)
    yield abs(with_effects(panel) - _by_formula(panel))


def randomisation_share(dice: np.random.Generator) -> Difference:
    """Each pair one after the other, as one would on paper."""
    panel = _panel(dice)
    changed, number = changes(panel), panel.is_pilot.size
    found = []
    for pair in combinations(range(number), 2):
        rest = [office for office in range(number) if office not in pair]
        found.append(changed[list(pair)].mean() - changed[rest].mean())
    larger = sum(abs(value) >= abs(found[0]) - 1e-9 for value in found)
    yield abs(randomisation(changed, panel.is_pilot).p - larger / len(found))


def newey_west_errors(dice: np.random.Generator) -> Difference:
    number = int(dice.integers(20, 80))
    times, noise = np.arange(number, dtype=np.float64), dice.normal(size=number)
    design = np.column_stack([np.ones(number), times, (times > number / 2).astype(np.float64)])
    y = 3 + 0.1 * times + noise + 0.5 * np.roll(noise, 1)
    coefficients, error = newey_west(design, y, lags=3)
    fit = sm.OLS(y, design).fit(cov_type="HAC", cov_kwds={"maxlags": 3})
    yield float(np.max(np.abs(coefficients - fit.params)))
    yield float(np.max(np.abs(np.sqrt(np.diag(error)) - fit.bse)))


COMPARISONS: dict[str, Callable[[np.random.Generator], Difference]] = {
    function.__name__: function
    for function in (
        curve,
        limits_of_the_curve,
        median,
        restricted_mean,
        log_rank_statistic,
        stratified_log_rank_statistic,
        wilson_interval,
        corrected_wilson_interval,
        newcombe_interval,
        many_p_values,
        difference_in_differences_by_ols,
        difference_in_differences_with_gaps,
        randomisation_share,
        newey_west_errors,
    )
}


def largest_difference(name: str, *, seed: int = SEED, rounds: int = ROUNDS) -> float:
    """The largest difference over so many random samples."""
    dice = np.random.default_rng(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return max(found for _ in range(rounds) for found in COMPARISONS[name](dice))


if __name__ == "__main__":
    lines = [f"Largest differences over {ROUNDS} random samples each, seed {SEED}:"]
    lines += [
        f"  {name.replace('_', ' '):38} {largest_difference(name):.1e}" for name in COMPARISONS
    ]
    sys.stdout.write("\n".join(lines) + "\n")
