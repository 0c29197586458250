"""From answers to what everybody would have said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.cells import Answered, cells_of, places_of
from surveys.enums import Side
from surveys.estimation import (
    Disposition,
    answer_weight,
    effective_size,
    merge_small,
    response_rate,
    stratified_mean,
    trim,
    weighted_share,
)
from surveys.proportions import Share, wilson
from tests.surveys.stat_cases import CASES


def test_a_stratified_mean_agrees_with_the_textbook() -> None:
    case = CASES["stratified_mean_scheaffer"]
    given_, expected = case["input"], case["expected"]
    mean, variance = stratified_mean(given_["N"], given_["n"], given_["mean"], given_["sd"])
    assert mean == pytest.approx(expected["mean"], abs=case["tolerance"])
    assert variance == pytest.approx(expected["variance"], abs=case["tolerance"])
    assert 2 * variance**0.5 == pytest.approx(expected["bound_2se"], abs=case["tolerance"])


def test_bounced_mail_lowers_the_response_rate_and_a_closed_account_does_not() -> None:
    assert response_rate(Disposition(complete=30, not_reached=10, silent=60)) == 0.3
    assert response_rate(Disposition(complete=30, silent=60, not_eligible=10)) == 1 / 3
    assert response_rate(Disposition(not_eligible=4)) is None


def test_an_answer_stands_for_the_members_of_its_stratum() -> None:
    assert answer_weight(population=600, answers=20) == pytest.approx(30)


FAMILIES = {"L1": "L", "L2": "L", "L3": "L", "E1": "E", "E2": "E"}


def test_small_strata_join_their_neighbour_in_the_same_office() -> None:
    counts = {"L1": 50, "L2": 40, "L3": 4, "E1": 31, "E2": 30}
    assert merge_small(counts, FAMILIES) == [("L1",), ("L2", "L3"), ("E1",), ("E2",)]


def test_an_office_that_is_too_small_alone_joins_another_and_is_one_place_with_it() -> None:
    counts = {"L1": 50, "L2": 40, "L3": 4, "E1": 3, "E2": 2}
    cells = ["+".join(cell) for cell in merge_small(counts, FAMILIES)]
    assert cells == ["L1", "L2+L3+E1+E2"]
    # Liège without its second cell would be shown as the whole of Liège.
    assert places_of(cells, FAMILIES) == dict.fromkeys(cells, "E + L")


def test_the_smallest_office_takes_in_the_one_that_is_too_small() -> None:
    families = FAMILIES | {"M1": "M"}
    counts = {"L1": 200, "L2": 30, "L3": 30, "E1": 3, "E2": 2, "M1": 60}
    cells = ["+".join(cell) for cell in merge_small(counts, families)]
    assert cells == ["L1", "L2", "L3", "M1+E1+E2"]
    assert places_of(cells, families)["L1"] == "L"


def _answered(**counts: int) -> list[Answered]:
    sides = {"L": Side.PILOT, "M": Side.COMPARISON, "N": Side.COMPARISON}
    return [Answered(code, sides[code[0]], code[0], number) for code, number in counts.items()]


def test_the_two_sides_never_share_a_cell() -> None:
    cells = cells_of(_answered(L1=40, L2=3, M1=5, N1=2), fewest=10)
    assert [(cell.name, cell.side, cell.is_enough) for cell in cells] == [
        ("L1+L2", Side.PILOT, True),
        ("N1+M1", Side.COMPARISON, False),
    ]


def test_an_office_without_an_answer_changes_no_other_one() -> None:
    assert [c.name for c in cells_of(_answered(M1=40, N1=0), fewest=10)] == ["M1"]
    assert [c.name for c in cells_of(_answered(M1=40, M2=0, N1=0), fewest=10)] == ["M1+M2"]


@given(st.lists(st.integers(0, 40), min_size=5, max_size=5), st.sampled_from([8, 10]))
def test_every_cell_is_large_enough_or_the_whole_of_its_side(
    numbers: list[int], fewest: int
) -> None:
    strata = _answered(**dict(zip(["L1", "L2", "M1", "M2", "N1"], numbers, strict=True)))
    cells = cells_of(strata, fewest=fewest)
    number = {stratum.code: stratum.answers for stratum in strata}
    sides = {stratum.code: stratum.side for stratum in strata}
    for cell in cells:
        size = sum(number[code] for code in cell.codes)
        assert {sides[code] for code in cell.codes} == {cell.side}
        assert cell.is_enough == (size >= fewest)
        assert cell.is_enough or [c.side for c in cells].count(cell.side) == 1
    assert sum(number[code] for cell in cells for code in cell.codes) == sum(numbers)


@given(st.dictionaries(st.sampled_from(sorted(FAMILIES)), st.integers(0, 60)))
def test_every_stratum_stands_in_one_cell_that_is_large_enough_if_any_can_be(
    counts: dict[str, int],
) -> None:
    cells = merge_small(counts, FAMILIES)
    assert sorted(name for cell in cells for name in cell) == sorted(counts)
    sizes = [sum(counts[name] for name in cell) for cell in cells]
    assert all(size >= 30 for size in sizes) or len(cells) == 1


def test_one_heavy_answer_is_cut_and_the_sum_stays() -> None:
    weights = [1.0] * 99 + [100.0]
    trimmed = trim(weights)
    assert sum(trimmed) == pytest.approx(sum(weights))
    assert max(trimmed) / min(trimmed) == pytest.approx(5)
    assert trim([2.0, 3.0]) == [2.0, 3.0]
    assert trim([]) == []


def _share(hits: list[bool], weights: list[float]) -> Share | None:
    good = sum(weight for hit, weight in zip(hits, weights, strict=True) if hit)
    return weighted_share(good, sum(weights), sum(weight**2 for weight in weights))


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=40))
def test_the_effective_size_is_never_more_than_the_number(weights: list[float]) -> None:
    size = effective_size(sum(weights), sum(weight**2 for weight in weights))
    assert 1 - 1e-9 <= size <= len(weights) + 1e-9


def test_equal_weights_change_nothing() -> None:
    share = _share([True] * 3 + [False] * 7, [2.5] * 10)
    expected = wilson(3, 10)
    assert share is not None
    assert (share.value, share.low, share.high) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )


def test_biased_response_moves_the_weighted_share_towards_the_truth() -> None:
    """Half of the members had contact; nine of ten answers come from them, and they are happier."""
    hits = [True] * 72 + [False] * 18 + [True] * 4 + [False] * 6
    weights = [500 / 90] * 90 + [500 / 10] * 10
    share = _share(hits, weights)
    assert share is not None
    assert share.value == pytest.approx(0.5 * 0.8 + 0.5 * 0.4)
    assert abs(share.value - 0.6) < abs(76 / 100 - 0.6)
    assert share.high - share.low > wilson(76, 100).high - wilson(76, 100).low


def test_nobody_has_no_share() -> None:
    assert _share([], []) is None
