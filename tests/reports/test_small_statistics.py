"""Shares, many p-values, control charts, standardisation and interrupted series."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.control_charts import individuals, outside, runs
from reports.interrupted_series import level_change
from reports.many_tests import holm
from reports.standardisation import merged, standardised
from surveys.proportions import newcombe, wilson, wilson_corrected

numbers = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LIMITS = individuals([10, 12] * 6)


class TestShares:
    @given(numbers)
    def test_the_corrected_interval_holds_the_other_and_both_hold_the_share(
        self, counts: tuple[int, int]
    ) -> None:
        plain, wide = wilson(*counts), wilson_corrected(*counts)
        assert 0 <= wide.low <= plain.low <= plain.value <= plain.high <= wide.high <= 1

    @given(numbers, numbers)
    def test_a_difference_turned_around_changes_its_sign(
        self, one: tuple[int, int], two: tuple[int, int]
    ) -> None:
        there, back = newcombe(wilson(*one), wilson(*two)), newcombe(wilson(*two), wilson(*one))
        assert (there.value, there.low, there.high) == pytest.approx(
            (-back.value, -back.high, -back.low)
        )

    @pytest.mark.parametrize(("successes", "number"), [(1, 0), (3, 2), (-1, 2), (0, np.inf)])
    def test_what_is_no_share_is_refused(self, successes: float, number: float) -> None:
        with pytest.raises(ValueError, match="is not a share"):
            wilson(successes, number)


def test_holm_gives_values_back_in_their_order() -> None:
    assert holm([0.04, 0.01, 0.03]).tolist() == pytest.approx([0.06, 0.03, 0.06])


class TestControlCharts:
    def test_one_point_outside_is_found(self) -> None:
        assert (LIMITS.centre, LIMITS.moving_range) == (11, 2)
        assert outside([11, None, 16.4, 16.3, 5.6], LIMITS) == [2, 4]

    def test_a_run_of_eight_is_found_and_goes_on(self) -> None:
        assert runs([12] * 7 + [10], LIMITS) == []
        assert runs([12] * 9, LIMITS) == [7, 8]

    def test_a_point_on_the_centre_ends_a_run_and_an_unknown_one_does_not(self) -> None:
        assert runs([12] * 4 + [11] + [12] * 7, LIMITS) == []
        assert runs([12] * 4 + [None] + [12] * 4, LIMITS) == [8]

    def test_limits_need_two_points(self) -> None:
        with pytest.raises(ValueError, match="two points"):
            individuals([1])


class TestStandardisation:
    def test_a_group_without_weight_may_have_no_rate(self) -> None:
        assert standardised([[0.5, np.nan], [np.nan, 0.5]], [3, 0])[0] == 0.5
        assert np.isnan(standardised([np.nan, 0.5], [3, 0]))

    @pytest.mark.parametrize("weights", [[1], [0, 0], [-1, 2], [np.inf, 1]])
    def test_weights_that_mean_nothing_are_refused(self, weights: list[float]) -> None:
        with pytest.raises(ValueError, match="eight"):
            standardised([0.1, 0.2], weights)

    def test_small_groups_join_their_branch_and_small_branches_the_rest(self) -> None:
        counts = {"vat": [10, 12], "tax": [9, 30], "dimona": [1, 0], "share": [3, 3], "": [0, 1]}
        parents = {"vat": "safe", "tax": "safe", "dimona": "safe", "share": "coop"}
        places = merged(counts, parents, rest="rest")
        assert places == {
            "vat": "vat", "tax": "safe", "dimona": "safe", "share": "rest", "": "rest",
        }  # fmt: skip


class TestInterruptedSeries:
    def test_a_step_on_a_slope_is_found_exactly(self) -> None:
        weeks = np.arange(40)
        found = level_change(weeks, 5 + 0.5 * weeks - 3 * (weeks >= 20), weeks >= 20)
        assert found is not None
        assert (found.value, found.trend) == pytest.approx((-3, 0.5))
        assert found.standard_error == pytest.approx(0, abs=1e-9)

    def test_with_few_weeks_on_one_side_it_says_nothing(self) -> None:
        assert level_change(range(20), [1.0] * 20, np.arange(20) >= 13) is None
        assert (
            level_change(range(20), [1.0] * 8 + [np.nan] * 5 + [2.0] * 7, np.arange(20) >= 10)
            is None
        )
