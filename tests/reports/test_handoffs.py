"""What a hand-over is, what it costs, and which pairs of branches are shown."""

import pytest

from branches.suppression import ALL
from reports.handoffs import HandOver, Journeys, Waiting, by_pair, by_topic, came_back, waiting

HOUR = 3600
LIEGE, CHARLEROI = 1, 2


def some(
    number: int, *, giver: int = 1, taker: int = 2, people: int = 4, **more: int
) -> list[HandOver]:
    """So many hand-overs of 1, 2, 3 ... hours, by so many people in turn."""
    return [
        HandOver(
            office=more.get("office", LIEGE),
            giver=giver,
            taker=taker,
            topic=more.get("topic"),
            waited=hours * HOUR,
            is_over=True,
            advisers=frozenset({1000 * more.get("office", LIEGE) + 100 * giver + hours % people}),
        )
        for hours in range(1, number + 1)
    ]


@pytest.mark.parametrize(
    ("branches", "back"),
    [
        ([1], False),
        ([1, 2], False),
        ([1, 2, 3], False),
        ([1, 2, 1], True),
        ([3, 1, 2, 1], True),
        ([1, 2, 3, 1], True),
        ([1, 2, 3, 4], False),
        ([], False),
    ],
)
def test_a_branch_that_had_it_before_is_coming_back(branches: list[int], back: bool) -> None:
    assert came_back(branches) is back


def test_half_of_the_handovers_waited_no_longer() -> None:
    found = waiting(some(11))
    assert (found.number, found.median) == (11, 6 * HOUR)
    assert found.low is not None
    assert found.low <= 6 * HOUR


def test_one_that_still_waits_counts() -> None:
    open_ones = [HandOver(LIEGE, 1, 2, None, 20 * HOUR, is_over=False) for _ in range(10)]
    assert waiting(some(11)).median == 6 * HOUR
    assert waiting([*some(11), *open_ones]).median == 11 * HOUR


def test_nine_are_too_few_for_a_median() -> None:
    assert waiting(some(9)) == Waiting(9)


def test_a_pair_of_branches_with_few_requests_or_people_is_hidden() -> None:
    found = by_pair([*some(20), *some(4, taker=3), *some(20, giver=2, taker=1, people=2)])
    assert found[LIEGE, 1, 3] is None
    assert found[LIEGE, 2, 1] is None


def test_what_is_hidden_does_not_follow_by_subtraction() -> None:
    """One small cell beside a big one: the total of the line would give the small one away."""
    found = by_pair([*some(20), *some(4, taker=3)])
    assert found[LIEGE, 1, 3] is None
    assert found[LIEGE, 1, 2] is None


def test_what_is_hidden_in_one_office_does_not_follow_from_both_together() -> None:
    found = by_pair([*some(20), *some(4, office=CHARLEROI)])
    assert found[CHARLEROI, 1, 2] is None
    assert found[LIEGE, 1, 2] is None or found[ALL, 1, 2] is None


def test_pairs_and_topics_with_enough_of_both_are_shown() -> None:
    handovers = [*some(20, topic=7), *some(30, giver=2, taker=1, topic=8)]
    assert {key: one and one.number for key, one in by_pair(handovers).items()} == {
        (LIEGE, 1, 2): 20,
        (LIEGE, 2, 1): 30,
        (ALL, 1, 2): 20,
        (ALL, 2, 1): 30,
    }
    topics = by_topic(handovers)
    assert {key: one and one.number for key, one in topics.items()} == {
        (LIEGE, 7): 20,
        (LIEGE, 8): 30,
        (ALL, 7): 20,
        (ALL, 8): 30,
    }


def test_journeys_are_added() -> None:
    one = Journeys(requests=3, moved=1, by_advisers={1: 2, 2: 1})
    assert one + one == Journeys(requests=6, moved=2, by_advisers={1: 4, 2: 2})
