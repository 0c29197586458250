import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reports.comparison import (
    Panel,
    balanced,
    changes,
    difference_in_differences,
    difference_of_medians,
    fake_starts,
    groups_of,
    noise_floor,
    placebos,
    randomisation,
    with_effects,
)

OFFICES, MONTHS = 7, 6
whole = st.integers(-50, 50).map(float)


def panel(values: np.ndarray, *, pilot: int = 2, before: int = 3) -> Panel:
    offices, months = values.shape
    return Panel(values, np.arange(offices) < pilot, np.arange(months) >= before)


def flat(effect: float = 0.0) -> Panel:
    """Offices and months differ, nothing else; the effect comes on top in the pilot offices."""
    values = np.add.outer(np.arange(OFFICES) * 10.0, np.arange(MONTHS) ** 2.0)
    values[:2, 3:] += effect
    return panel(values)


panels = arrays(np.float64, (OFFICES, MONTHS), elements=whole).map(panel)


class TestDifference:
    @given(panels, whole)
    @settings(max_examples=50)
    def test_an_effect_on_the_pilot_offices_is_added_to_it(self, it: Panel, effect: float) -> None:
        values = it.values + effect * np.outer(it.is_pilot, it.is_after)
        moved = Panel(values, it.is_pilot, it.is_after)
        before, after = difference_in_differences(it), difference_in_differences(moved)
        assert after == pytest.approx(before + effect, abs=1e-9)

    @given(
        panels,
        arrays(np.float64, OFFICES, elements=whole),
        arrays(np.float64, MONTHS, elements=whole),
    )
    @settings(max_examples=50)
    def test_what_is_common_to_an_office_or_a_month_changes_nothing(
        self, it: Panel, by_office: np.ndarray, by_month: np.ndarray
    ) -> None:
        values = it.values + by_office[:, None] + by_month
        moved = Panel(values, it.is_pilot, it.is_after)
        before = difference_in_differences(it)
        assert difference_in_differences(moved) == pytest.approx(before, abs=1e-9)
        assert with_effects(moved) == pytest.approx(before, abs=1e-9)

    def test_one_odd_office_does_not_move_the_medians(self) -> None:
        values = flat(5).values.copy()
        values[6, 3:] += 1000
        assert difference_in_differences(panel(values)) < -100
        assert difference_of_medians(panel(values)) == 5


class TestRandomisation:
    def test_without_any_difference_every_group_is_as_large(self) -> None:
        it = flat()
        found = randomisation(changes(it), it.is_pilot)
        assert (found.p, found.groups, found.larger) == (1, 21, 21)

    def test_the_largest_effect_is_the_first_of_all_pairs(self) -> None:
        it = flat(-4)
        found = randomisation(changes(it), it.is_pilot)
        assert found.difference == pytest.approx(-4)
        assert found.p == 1 / 21

    @pytest.mark.parametrize(
        ("offices", "smallest"), [(6, 0.067), (7, 0.048), (8, 0.036), (9, 0.028), (10, 0.022)]
    )
    def test_the_smallest_share_depends_on_the_number_of_offices(
        self, offices: int, smallest: float
    ) -> None:
        assert 1 / len(groups_of(offices, 2)) == pytest.approx(smallest, abs=5e-4)

    @given(arrays(np.float64, OFFICES, elements=whole), st.floats(-3, 3), whole)
    @settings(max_examples=60)
    def test_the_interval_holds_what_the_test_does_not_reject(
        self, changed: np.ndarray, step: float, at: float
    ) -> None:
        is_pilot = np.arange(OFFICES) < 2
        found = randomisation(changed, is_pilot, level=0.2)
        tried = found.difference + at * step
        less = randomisation(changed - tried * is_pilot, is_pilot)
        if found.low is not None and found.high is not None:
            near = min(abs(tried - found.low), abs(tried - found.high)) < 1e-6
            assert near or (less.p > 0.2) == (found.low < tried < found.high)

    def test_too_few_groups_reject_nothing_and_have_no_interval(self) -> None:
        found = randomisation(np.array([5.0, 4, 0, 0, 1, 0]), np.arange(6) < 2)
        assert (found.groups, found.low, found.high, found.level) == (15, None, None, None)

    def test_of_nine_offices_the_interval_covers_35_of_36(self) -> None:
        found = randomisation(np.array([-6, -4, 0, 1, -1, 0.5, -2, 1.5, -0.5]), np.arange(9) < 2)
        assert found.level == pytest.approx(35 / 36)
        assert found.low is not None
        assert found.high is not None
        assert found.low < found.difference < found.high < 0

    def test_needs_an_office_on_both_sides(self) -> None:
        with pytest.raises(ValueError, match="Both sides"):
            randomisation(np.zeros(3), np.ones(3, np.bool_))


class TestPlacebos:
    def test_nothing_happens_where_nothing_changed(self) -> None:
        # The effect in the pilot offices is not seen among the others.
        assert noise_floor(list(placebos(flat(50)))) == pytest.approx(0)

    def test_every_pair_and_every_start_with_two_months_around_it(self) -> None:
        found = list(placebos(flat()))
        assert {placebo.first_month_after for placebo in found} == {2, 3, 4}
        assert len(found) == 3 * 10
        assert len({placebo.offices for placebo in found}) == 10

    def test_the_floor_is_the_largest_difference(self) -> None:
        values = flat().values.copy()
        values[6, 3:] += 7
        found = list(placebos(panel(values)))
        assert noise_floor(found) == pytest.approx(max(abs(p.difference) for p in found))
        assert noise_floor(found) == pytest.approx(7 / 2)

    def test_there_are_none_with_as_few_offices_as_pilot_offices(self) -> None:
        assert noise_floor(list(placebos(panel(np.zeros((4, 6)))))) is None

    def test_fake_starts_look_at_months_before_the_pilot_only(self) -> None:
        it = panel(np.tile(np.arange(8.0), (5, 1)), before=5)
        it.values[:2, 5:] = 99
        months, found = zip(*fake_starts(it), strict=True)
        assert months == (2, 3)
        assert found == pytest.approx((0, 0))


class TestBalanced:
    def test_an_office_with_many_gaps_goes_before_the_months_do(self) -> None:
        it = flat()
        it.values[5, 1:5] = np.nan
        it.values[3, 2] = np.nan
        offices, months = balanced(it)
        assert np.flatnonzero(~offices).tolist() == [5]
        assert np.flatnonzero(~months).tolist() == [2]
        assert it.only(offices, months).is_complete

    def test_a_table_without_offices_is_not_complete(self) -> None:
        it = Panel(np.empty((0, 3)), np.zeros(0, np.bool_), np.arange(3) > 1)
        assert not it.only(*balanced(it)).is_complete
