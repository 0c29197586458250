from dataclasses import replace
from typing import Any

import pytest

from reports.verdict import Evidence, Verdict, conditions, verdict

CLEAR = Evidence(
    difference=0.08,
    noise_floor=0.05,
    standardised=0.06,
    larger=1,
    groups=36,
    higher_is_faster=True,
)


@pytest.mark.parametrize(
    ("difference", "higher_is_faster", "expected"),
    [
        (0.08, True, Verdict.FASTER),
        (-0.08, True, Verdict.SLOWER),
        (-0.08, False, Verdict.FASTER),
        (0.08, False, Verdict.SLOWER),
    ],
)
def test_the_direction_is_that_of_the_outcome(
    difference: float, higher_is_faster: bool, expected: Verdict
) -> None:
    evidence = replace(
        CLEAR,
        difference=difference,
        standardised=difference / 2,
        higher_is_faster=higher_is_faster,
    )
    assert verdict(evidence) == expected


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({"noise_floor": 0.08}, "above_the_noise_floor"),
        ({"noise_floor": None}, "above_the_noise_floor"),
        ({"larger": 2}, "largest_of_all_groups"),
        ({"groups": 15}, "enough_groups"),
        ({"standardised": -0.01}, "same_sign_when_standardised"),
        ({"standardised": 0.0}, "same_sign_when_standardised"),
        ({"standardised": None}, "same_sign_when_standardised"),
    ],
)
def test_each_condition_alone_takes_the_verdict_back(changed: dict[str, Any], broken: str) -> None:
    evidence = replace(CLEAR, **changed)
    assert verdict(evidence) == Verdict.NO_CLEAR_DIFFERENCE
    assert [name for name, holds in conditions(evidence).items() if not holds] == [broken]


def test_without_data_before_or_to_compare_with_nothing_is_said() -> None:
    assert verdict(replace(CLEAR, difference=None)) == Verdict.CANNOT_SAY
