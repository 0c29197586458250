"""Shares and their ranges, against the published tables."""

import pytest
from django.utils import translation

from surveys.proportions import Share, newcombe, wilson, wilson_corrected
from surveys.templatetags.shares import percent
from tests.surveys.stat_cases import CASES


@pytest.mark.parametrize("name", ["wilson_81_of_263", "wilson_0_of_20"])
def test_wilson_agrees_with_the_published_table(name: str) -> None:
    case = CASES[name]
    share = wilson(case["input"]["x"], case["input"]["n"])
    assert share.low == pytest.approx(case["expected"]["lower"], abs=case["tolerance"])
    assert share.high == pytest.approx(case["expected"]["upper"], abs=case["tolerance"])


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("wilson_cc")])
def test_the_corrected_interval_agrees_with_the_published_table(name: str) -> None:
    case = CASES[name]
    share = wilson_corrected(case["input"]["x"], case["input"]["n"])
    assert share.low == pytest.approx(case["expected"]["lower"], abs=case["tolerance"])
    assert share.high == pytest.approx(case["expected"]["upper"], abs=case["tolerance"])


def test_a_difference_agrees_with_newcombes_first_example() -> None:
    # 56/70 - 48/80: method 10 of Newcombe 1998, 17:873-890, Table II (a).
    difference = newcombe(wilson(56, 70), wilson(48, 80))
    assert (round(difference.low, 4), round(difference.high, 4)) == (0.0524, 0.3339)


@pytest.mark.parametrize("few", [(1, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_is_refused(few: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        wilson(*few)


def test_the_ends_are_exact() -> None:
    assert wilson(0, 7).low == 0.0
    assert wilson(7, 7) == Share(1.0, wilson(7, 7).low, 1.0)


def test_a_share_is_rounded_and_not_cut_off() -> None:
    with translation.override("en"):
        assert [percent(share) for share in (0.339, 0.334, 0.996, 0.0)] == [
            "34%", "33%", "100%", "0%",
        ]  # fmt: skip
