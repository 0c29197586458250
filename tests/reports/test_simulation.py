"""The truth is known here: nothing happened, or one working day."""

import pytest

from reports.plan_models import Measure
from reports.simulation import WORKING_DAY, simulate

SEED = 20230608


@pytest.mark.parametrize(
    ("offices", "primary"),
    # 7 offices are the least with which anything is called: 1 of 21 groups comes first by chance.
    [
        (9, Measure.WITHIN_PROMISE),
        (7, Measure.WITHIN_PROMISE),
        (7, Measure.RESTRICTED_MEAN),
    ],
)
def test_of_400_pilots_without_effect_fewer_than_5_percent_are_called_faster_or_slower(
    offices: int, primary: Measure
) -> None:
    rates = simulate(runs=400, seed=SEED, offices=offices, primary=primary)
    assert rates.called < 0.05
    # The sign itself is a matter of chance then: neither side is favoured.
    assert 0.4 < rates.better / rates.runs < 0.6


@pytest.mark.parametrize(
    ("effect", "right", "wrong"),
    [(-WORKING_DAY, "faster", "slower"), (WORKING_DAY, "slower", "faster")],
)
def test_one_working_day_is_found_with_the_right_sign(effect: int, right: str, wrong: str) -> None:
    rates = simulate(runs=40, seed=SEED, effect=effect)
    assert rates.better == (40 if effect < 0 else 0)
    assert rates.verdicts[right] > 20
    assert rates.verdicts[wrong] == 0


def test_a_start_that_never_was_shows_nothing() -> None:
    assert simulate(runs=100, seed=SEED, fake_start=True).called < 0.05


def test_six_offices_never_say_more_than_no_clear_difference() -> None:
    rates = simulate(runs=10, seed=SEED, effect=-3 * WORKING_DAY, offices=6)
    assert rates.verdicts == {"no_clear_difference": 10}
