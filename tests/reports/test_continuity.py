"""Continuity: the published cases, the chance level by simulation, and what the means rest on."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.continuity import (
    BANDS,
    Continuity,
    chance_level,
    continuity,
    in_bands,
    indices,
)
from tests.reports.stat_cases import CASES


def of_one(sequence: Sequence[str]) -> dict[str, float]:
    people = [ord(person) for person in sequence]
    found = indices([1] * len(people), people, [1] * len(people))
    return {name: float(getattr(found, name)[0]) for name in ("upc", "coc", "secon", "chance")}


@pytest.mark.parametrize("name", ["upc_4_of_6", "secon_12_visits"])
def test_published_sequences_give_the_published_indices(name: str) -> None:
    case = CASES[name]
    found = of_one(case["input"]["sequence"])
    for index, value in case["expected"].items():
        assert found[index] == pytest.approx(value, abs=case["tolerance"])


@pytest.mark.parametrize(
    ("counts", "upc", "coc"),
    [((3, 2, 1), 0.5, 0.2667), ((3, 3), 0.5, 0.4), ((3, 1, 1, 1), 0.5, 0.2)],
)
def test_counts_give_the_published_indices(counts: tuple[int, ...], upc: float, coc: float) -> None:
    found = of_one("".join(chr(65 + place) * count for place, count in enumerate(counts)))
    assert found["upc"] == upc
    assert found["coc"] == pytest.approx(coc, abs=5e-5)


def test_one_contact_says_nothing_about_continuity() -> None:
    found = of_one(CASES["continuity_undefined"]["input"]["sequence"])
    assert found["upc"] == 1
    assert np.isnan(found["coc"])
    assert np.isnan(found["secon"])


def test_the_order_of_the_rows_decides_only_the_neighbours() -> None:
    mixed = indices([7, 9, 7, 9, 7], [1, 2, 1, 3, 2], [1] * 5)
    assert mixed.contacts.tolist() == [3, 2]
    assert mixed.upc.tolist() == [pytest.approx(2 / 3), 0.5]
    assert mixed.secon.tolist() == [0.5, 0.0]


def _by_hand(people: Sequence[int]) -> tuple[float, float, float]:
    number, counts = len(people), [people.count(person) for person in set(people)]
    pairs = sum(a == b for a, b in pairwise(people))
    squares = sum(count * count for count in counts)
    return (
        max(counts) / number,
        (squares - number) / (number * (number - 1)),
        pairs / (number - 1),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(1, 4), min_size=2, max_size=12), min_size=1, max_size=6))
def test_all_members_at_once_are_each_member_alone(lives: list[list[int]]) -> None:
    rows = [(member, person) for member, life in enumerate(lives) for person in life]
    members, people = zip(*rows, strict=True)
    found = indices(members, people, [1] * len(rows))
    for place, life in enumerate(lives):
        assert (found.upc[place], found.coc[place], found.secon[place]) == pytest.approx(
            _by_hand(life)
        )


def test_chance_is_what_members_given_to_anybody_reach() -> None:
    random = np.random.default_rng(1)
    people = random.choice(4, size=40_000, p=[0.4, 0.3, 0.2, 0.1])
    found = indices(np.arange(40_000) // 8, people, np.ones(40_000))
    assert chance_level(people) == pytest.approx(0.3, abs=0.01)
    assert found.coc.mean() == pytest.approx(chance_level(people), abs=0.005)
    assert found.secon.mean() == pytest.approx(chance_level(people), abs=0.005)


def test_each_member_has_the_chance_level_of_the_own_office() -> None:
    found = indices([1, 1, 1, 2, 2], [5, 6, 5, 7, 7], [10, 10, 10, 20, 20])
    assert found.chance.tolist() == [pytest.approx(5 / 9), 1.0]


def many(lives: Sequence[Sequence[int]]) -> Continuity:
    rows = [(member, person) for member, life in enumerate(lives) for person in life]
    members, people = zip(*rows, strict=True)
    return continuity(indices(members, people, [1] * len(rows)))


def test_members_with_two_contacts_are_left_out() -> None:
    found = many([[1, 1, 2]] * 10 + [[1, 1]] * 90)
    assert (found.members, found.contacts) == (10, 30)
    assert found.upc is not None
    assert found.upc.value == pytest.approx(2 / 3)


def test_nine_members_are_too_few() -> None:
    assert many([[1, 1, 2]] * 9) == Continuity(9, 27)


def test_nobody_is_a_number_of_members_too() -> None:
    assert continuity(indices([], [], [])) == Continuity(0, 0)
    assert [band.members for band in in_bands(indices([], [], []))] == [0, 0, 0]


def test_the_range_is_that_of_the_mean_of_members() -> None:
    random = np.random.default_rng(2)
    lives = random.integers(0, 3, size=(400, 6)).tolist()
    found = many(lives)
    exact = indices(np.repeat(np.arange(400), 6), np.ravel(lives), np.ones(2400)).coc
    half = 1.96 * exact.std() / np.sqrt(400)
    assert found.coc is not None
    assert found.coc.low == pytest.approx(exact.mean() - half, abs=0.1 * half)
    assert found.coc.high == pytest.approx(exact.mean() + half, abs=0.1 * half)


def test_the_same_data_always_give_the_same_range() -> None:
    lives = [[1, 2, 2, 3], [1, 1, 1], [2, 3, 1]] * 10
    assert many(lives) == many(lives)


def test_bands_hold_every_member_once() -> None:
    lives = [[1] * length for length in (3, 4, 5, 9, 10, 40) for _ in range(10)]
    rows = [(member, person) for member, life in enumerate(lives) for person in life]
    members, people = zip(*rows, strict=True)
    bands = in_bands(indices(members, people, [1] * len(rows)), resamples=10)
    assert [band.members for band in bands] == [20] * len(BANDS)
