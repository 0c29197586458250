import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.survival import Group, KaplanMeier, Percentile, kaplan_meier, log_rank

CASES = {
    case["name"]: case
    for case in json.loads(Path(__file__).parents[1].joinpath("data/stat_cases.json").read_text())
}
# Freireich et al. 1963: weeks until relapse of 21 patients given 6-MP and 21 given a placebo.
BOTH = CASES["logrank_freireich"]["input"]

# Requests as (duration, answered, how many); few distinct durations, so that ties are common.
requests = st.tuples(st.integers(0, 12), st.booleans(), st.integers(0, 4))
samples = st.lists(requests, max_size=12)


def published(name: str) -> tuple[Any, Any, Any]:
    case = CASES[name]
    within = pytest.approx if case["tolerance"] else lambda expected, **_: expected
    return case["input"], case["expected"], lambda it: within(it, rel=0, abs=case["tolerance"])


def estimate(group: dict[str, Any]) -> KaplanMeier:
    return kaplan_meier(group["durations"], group["events"])


def aggregated(sample: list[tuple[int, bool, int]]) -> KaplanMeier:
    durations, observed, counts = zip(*sample, strict=True) if sample else ((), (), ())
    return kaplan_meier(durations, observed, np.array(counts, dtype=np.int64))


class TestPublishedCases:
    def test_the_curve_of_freireich_is_the_published_one(self) -> None:
        group, expected, close = published("km_freireich_6mp_survival")
        curve = estimate(group)
        assert curve.times.tolist() == expected["times"]
        assert curve.at_risk.tolist() == expected["at_risk"]
        assert curve.answered.tolist() == expected["events"]
        assert curve.survival.tolist() == close(expected["survival"])

    def test_its_standard_errors_are_the_published_ones(self) -> None:
        group, expected, close = published("km_freireich_6mp_greenwood_se")
        assert np.sqrt(estimate(group).variance).tolist() == close(expected["se"])

    def test_its_medians_are_the_published_ones(self) -> None:
        groups, expected, _ = published("km_freireich_medians")
        assert {key: estimate(groups[key]).percentile(0.5).value for key in groups} == expected

    @pytest.mark.parametrize("key", ["sixmp", "placebo"])
    def test_the_limits_of_its_medians_are_the_published_ones(self, key: str) -> None:
        groups, expected, _ = published("km_freireich_median_ci_loglog")
        median = estimate(groups[key]).percentile(0.5)
        assert [median.low, median.high] == expected[key]

    def test_its_restricted_mean_is_the_published_one(self) -> None:
        group, expected, close = published("rmst_freireich_6mp_tau23")
        mean = estimate(group).restricted_mean(group["tau"])
        assert mean.value == close(expected["rmst"])
        assert mean.standard_error == close(expected["se_greenwood"])

    def test_its_log_rank_test_is_the_published_one(self) -> None:
        groups, expected, close = published("logrank_freireich")
        pair = [(group["durations"], group["events"]) for group in groups.values()]
        result = log_rank(*pair)
        assert result.chi_square == close(expected["chi2"])
        assert result.p == pytest.approx(expected["p"], rel=0, abs=1e-7)
        assert (result.observed1, result.observed2) == (9, 21)
        assert result.expected1 == close(expected["expected1"])
        assert result.expected2 == close(expected["expected2"])


class TestProperties:
    @given(samples)
    def test_counts_give_the_same_as_expanded_rows(
        self, sample: list[tuple[int, bool, int]]
    ) -> None:
        rows = [(time, ended, 1) for time, ended, count in sample for _ in range(count)]
        short, long = aggregated(sample), aggregated(rows)
        assert short.followed_until == long.followed_until
        for name in ("times", "at_risk", "answered", "survival", "variance"):
            np.testing.assert_array_equal(getattr(short, name), getattr(long, name))

    @given(samples, st.integers(0, 12), st.floats(0.01, 0.99))
    def test_one_more_open_request_never_lowers_a_percentile(
        self, sample: list[tuple[int, bool, int]], time: int, share: float
    ) -> None:
        before = aggregated(sample).percentile(share).value
        after = aggregated([*sample, (time, False, 1)]).percentile(share).value
        never = np.inf
        assert (never if after is None else after) >= (never if before is None else before)

    @given(st.lists(st.tuples(st.integers(0, 12), st.just(True), st.integers(1, 4)), min_size=1))
    def test_without_open_requests_the_share_is_a_plain_count(
        self, sample: list[tuple[int, bool, int]]
    ) -> None:
        answered = sum(count for time, _, count in sample if time <= 6)
        share = aggregated(sample).share_answered_by(6).value
        assert share == pytest.approx(answered / sum(count for *_, count in sample))

    @given(samples, st.floats(0.01, 0.99), st.integers(0, 12))
    def test_a_value_lies_inside_its_interval(
        self, sample: list[tuple[int, bool, int]], share: float, time: int
    ) -> None:
        curve = aggregated(sample)
        for found in (curve.percentile(share), curve.share_answered_by(time)):
            low = 0 if found.low is None else found.low
            high = np.inf if found.high is None else found.high
            assert low <= (high if found.value is None else found.value) <= high

    @given(samples, st.floats(0.01, 0.99))
    def test_a_percentile_is_the_first_time_with_that_share(
        self, sample: list[tuple[int, bool, int]], share: float
    ) -> None:
        curve = aggregated(sample)
        shares = [(time, curve.share_answered_by(time).value or 0) for time in range(13)]
        times = [time for time, answered in shares if answered >= share - 1e-9]
        assert curve.percentile(share).value == (times[0] if times else None)


class TestShareAnswered:
    def test_is_one_minus_survival_with_its_interval_mirrored(self) -> None:
        # Published: S(10) = 0.7529 with standard error 0.0963.
        theta = np.exp(1.96 * 0.0963 / (0.7529 * np.log(0.7529)))
        expected = 1 - 0.7529, 1 - 0.7529**theta, 1 - 0.7529 ** (1 / theta)
        share = estimate(BOTH["group1"]).share_answered_by(10)
        assert (share.value, share.low, share.high) == pytest.approx(expected, abs=5e-4)

    def test_an_answer_at_exactly_that_time_is_within_it(self) -> None:
        assert kaplan_meier([16, 17], [True, True]).share_answered_by(16).value == 0.5

    def test_is_zero_without_interval_before_the_first_answer(self) -> None:
        share = kaplan_meier([16, 17], [True, True]).share_answered_by(15.9)
        assert (share.value, share.low, share.high) == (0, None, None)

    def test_is_one_without_interval_once_everybody_is_answered(self) -> None:
        share = kaplan_meier([16, 17], [True, True]).share_answered_by(100)
        assert (share.value, share.low, share.high) == (1, None, None)

    def test_is_unknown_after_the_longest_request_followed(self) -> None:
        curve = kaplan_meier([1, 5], [True, False])
        assert curve.share_answered_by(5).value == 0.5
        assert curve.share_answered_by(6).value is None

    def test_a_negative_time_is_refused(self) -> None:
        with pytest.raises(ValueError, match="cannot be -1"):
            kaplan_meier([1], [True]).share_answered_by(-1)


class TestPercentile:
    @given(st.integers(1, 500))
    def test_a_half_computed_in_many_steps_is_still_a_half(self, answered: int) -> None:
        curve = kaplan_meier(range(2 * answered), [True] * 2 * answered)
        assert curve.percentile(0.5).value == answered - 1

    def test_nine_tenths_of_ten_are_nine(self) -> None:
        assert kaplan_meier(range(1, 11), [True] * 10).percentile(0.9).value == 9

    def test_is_not_reached_while_too_many_still_wait(self) -> None:
        curve = kaplan_meier([1, 2, 3], [True, False, False])
        assert curve.percentile(0.5) == Percentile(None, 1, None)

    def test_a_request_open_at_the_time_of_an_answer_was_waiting_then(self) -> None:
        assert kaplan_meier([5, 5], [True, False]).at_risk.tolist() == [2]

    @pytest.mark.parametrize("share", [0, 1, 50, float("nan")])
    def test_a_share_outside_zero_and_one_is_refused(self, share: float) -> None:
        with pytest.raises(ValueError, match="between 0 and 1"):
            kaplan_meier([1], [True]).percentile(share)


class TestRestrictedMean:
    def test_counts_at_most_the_horizon(self) -> None:
        mean = kaplan_meier([2, 4, 100], [True, True, True]).restricted_mean(10)
        assert mean.value == pytest.approx((2 + 4 + 10) / 3)

    def test_is_unknown_after_the_longest_request_followed(self) -> None:
        assert kaplan_meier([1, 5], [True, False]).restricted_mean(6).value is None

    def test_of_a_horizon_of_nothing_is_zero(self) -> None:
        mean = kaplan_meier([0, 5], [True, False]).restricted_mean(0)
        assert (mean.value, mean.standard_error) == (0, 0)


class TestLogRank:
    EQUAL: Group = ([1, 2, 3], [True, True, False])

    def test_equal_groups_do_not_differ(self) -> None:
        result = log_rank(self.EQUAL, self.EQUAL)
        assert result.chi_square == pytest.approx(0)
        assert result.p == pytest.approx(1)

    def test_without_any_answer_there_is_nothing_to_compare(self) -> None:
        result = log_rank(([1], [False]), ([2], [False]))
        assert (result.chi_square, result.p) == (None, None)


class TestInput:
    def test_may_be_empty(self) -> None:
        curve = kaplan_meier([], [])
        assert (curve.times.size, curve.followed_until) == (0, None)
        assert curve.percentile(0.5) == Percentile(None, None, None)
        assert curve.share_answered_by(0).value is None
        assert curve.restricted_mean(0).value is None

    def test_rows_that_stand_for_nobody_are_left_out(self) -> None:
        assert kaplan_meier([1, 9], [True, False], [1, 0]).followed_until == 1

    @pytest.mark.parametrize(
        ("durations", "observed", "counts"),
        [
            ([1, 2], [True], None),
            ([[1]], [[True]], None),
            ([-1], [True], None),
            ([float("nan")], [True], None),
            ([float("inf")], [False], None),
            ([1], [True], [-1]),
            ([1], [True], [0.5]),
        ],
    )
    def test_that_means_nothing_is_refused(
        self, durations: Any, observed: Any, counts: Any
    ) -> None:
        with pytest.raises(ValueError, match="must be"):
            kaplan_meier(durations, observed, counts)
