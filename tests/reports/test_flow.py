"""What came, what went, what is open; Little's law; and how evenly the work is spread."""

import pytest

from reports.flow import DAY, DoesNotAddUp, Flow, after_each_other, beside_each_other, little
from reports.workload import Spread, gini, spread
from tests.reports.stat_cases import CASES


def a_flow(**changes: int) -> Flow:
    """Thirty days in which 60 came, each of which stayed 5 days: 10 are open on average."""
    usual = {
        "seconds": 30 * DAY,
        "open_at_start": 10,
        "received": 60,
        "reopened": 0,
        "closed": 60,
        "open_at_end": 10,
        "open_seconds": 300 * DAY,
        "stay_seconds": 300 * DAY,
    }
    return Flow(**(usual | changes))


def test_what_does_not_add_up_is_refused() -> None:
    with pytest.raises(DoesNotAddUp):
        a_flow(closed=59)
    with pytest.raises(DoesNotAddUp):
        a_flow(open_seconds=-1)


def test_a_steady_month_obeys_the_law() -> None:
    found = little(a_flow())
    assert found is not None
    assert (found.on_average_open, found.arrivals_a_day, found.days_each) == (10, 2, 5)
    assert (found.expected, found.gap, found.is_flagged) == (10, 0, False)


def test_the_bottles_of_the_textbook_stay_twenty_months() -> None:
    case = CASES["littles_law_wine"]
    bottles, a_month = case["input"]["L"], case["input"]["lambda_per_month"]
    months = case["expected"]["W_months"]
    found = little(
        a_flow(
            open_at_start=bottles,
            received=a_month,
            closed=a_month,
            open_at_end=bottles,
            open_seconds=bottles * 30 * DAY,
            stay_seconds=a_month * months * 30 * DAY,
        )
    )
    assert found is not None
    assert found.days_each == months * 30
    assert found.expected == pytest.approx(bottles)
    assert not found.is_flagged


@pytest.mark.parametrize(
    ("stay", "flagged"), [(240, False), (239, True), (360, False), (361, True)]
)
def test_a_gap_above_a_fifth_is_flagged(stay: int, flagged: bool) -> None:
    found = little(a_flow(stay_seconds=stay * DAY))
    assert found is not None
    assert found.is_flagged is flagged


def test_a_backlog_that_grows_is_flagged() -> None:
    growing = a_flow(closed=30, open_at_end=40, open_seconds=750 * DAY, stay_seconds=150 * DAY)
    found = little(growing)
    assert found is not None
    assert found.is_flagged


@pytest.mark.parametrize(
    "nothing",
    [
        {"received": 0, "closed": 0, "stay_seconds": 0},
        {"closed": 0, "open_at_end": 70, "stay_seconds": 0},
        {"open_seconds": 0},
    ],
)
def test_where_nothing_moves_there_is_no_check(nothing: dict[str, int]) -> None:
    assert little(a_flow(**nothing)) is None


def test_offices_and_months_are_added_and_not_averaged() -> None:
    one, other = a_flow(), a_flow(received=70, open_at_end=20)
    beside = beside_each_other([one, other])
    assert (beside.seconds, beside.received, beside.open_at_start) == (30 * DAY, 130, 20)
    after = after_each_other([one, other])
    assert (after.seconds, after.open_at_start, after.open_at_end) == (60 * DAY, 10, 20)


def test_a_missing_month_is_noticed() -> None:
    with pytest.raises(DoesNotAddUp):
        after_each_other([a_flow(), a_flow(open_at_start=11, open_at_end=11)])
    with pytest.raises(ValueError, match="same period"):
        beside_each_other([a_flow(), a_flow(seconds=31 * DAY)])


def test_the_gini_of_small_groups_is_that_of_the_definition() -> None:
    case = CASES["gini_small"]
    found = [gini(loads) for loads in case["input"]["x"]]
    assert found == pytest.approx(case["expected"]["gini"], abs=case["tolerance"])


def test_the_gini_knows_no_order_and_no_unit() -> None:
    assert gini([5, 1, 3]) == pytest.approx(gini([10, 30, 50]))


def test_without_load_or_people_there_is_nothing_to_spread() -> None:
    assert gini([]) is None
    assert gini([0, 0]) is None
    assert spread([]) is None


def test_a_load_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        gini([1, -1])


def test_a_branch_has_its_least_middle_and_most() -> None:
    assert spread([4, 9, 5]) == Spread(advisers=3, least=4, middle=5, most=9)
