"""Who is asked, and that everybody can check it."""

import math
import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.sampling import (
    Group,
    Person,
    allocate,
    answers_needed,
    chances_before,
    draw,
    group_of,
    invitations_needed,
    margin_of,
    months_after,
    place_of,
    pooled,
    split,
)
from tests.surveys.stat_cases import CASES


def a_frame(**sizes: dict[Group, int]) -> list[Person]:
    return [
        Person(f"{stratum}-{group}-{number}", stratum, group)
        for stratum, groups in sizes.items()
        for group, size in groups.items()
        for number in range(size)
    ]


@pytest.mark.parametrize(
    ("population", "margin", "needed"),
    [
        (500, 0.05, 218), (500, 0.075, 128), (500, 0.10, 81),
        (1000, 0.05, 278), (1000, 0.075, 146), (1000, 0.10, 88),
        (2500, 0.05, 334), (2500, 0.075, 160), (2500, 0.10, 93),
    ],
)  # fmt: skip
def test_the_table_of_sizes(population: int, margin: float, needed: int) -> None:
    assert answers_needed(population, margin=margin) == needed


def test_sizes_agree_with_krejcie_and_morgan_who_round_to_the_nearest() -> None:
    case = CASES["sample_size_krejcie_morgan"]
    for population, published in zip(case["input"]["N"], case["expected"]["n"], strict=True):
        ours = answers_needed(population, margin=case["input"]["d"], share=case["input"]["P"])
        assert ours - published in {0, 1}


@given(st.integers(1, 20_000), st.floats(0.02, 0.3))
def test_the_size_gives_the_margin_and_one_less_does_not(population: int, margin: float) -> None:
    needed = answers_needed(population, margin=margin)
    reached = margin_of(needed, population)
    assert reached is not None
    assert reached <= margin + 1e-9
    fewer = margin_of(needed - 1, population)
    assert fewer is None or fewer > margin - 1e-9


def test_nobody_needs_nothing() -> None:
    assert answers_needed(0, margin=0.1) == 0
    assert margin_of(0, 100) is None
    assert margin_of(100, 100) == 0.0
    with pytest.raises(ValueError, match="margin"):
        answers_needed(10, margin=0)


def test_a_quarter_that_answers_needs_four_times_as_many_invitations() -> None:
    assert invitations_needed(88, response=0.25, population=1000) == 352
    assert invitations_needed(88, response=0.25, population=300) == 300


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 300), max_size=9),
    st.integers(0, 1500),
)
def test_quotas_are_exact_and_never_more_than_there_are(
    eligible: dict[str, int], number: int
) -> None:
    quotas = allocate(number, eligible)
    assert sum(quotas.values()) == min(number, sum(eligible.values()))
    assert all(0 <= quotas[name] <= eligible[name] for name in eligible)


def test_small_strata_are_taken_whole_and_the_rest_by_size() -> None:
    assert allocate(120, {"none": 600, "one": 300, "several": 20}) == {
        "none": 67, "one": 33, "several": 20,
    }  # fmt: skip


@given(st.integers(0, 60), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_the_groups_fill_the_quota_whenever_they_can(
    quota: int, panel: int, fresh: int, returning: int
) -> None:
    sizes = {Group.PANEL: panel, Group.FRESH: fresh, Group.RETURNING: returning}
    taken = split(quota, sizes)
    assert sum(taken.values()) == min(quota, panel + fresh + returning)
    assert all(taken[group] <= size for group, size in sizes.items())
    if panel >= quota and fresh >= quota:
        assert taken[Group.PANEL] == quota // 2


def test_who_rests_is_never_drawn() -> None:
    frame = a_frame(one={Group.RESTING: 50, Group.FRESH: 5})
    drawn = draw(frame, {"one": 40}, seed="s")
    assert len(drawn.chances) == 5
    assert set(drawn.chances.values()) == {Fraction(1)}


FRAME = a_frame(
    none={Group.PANEL: 30, Group.FRESH: 120, Group.RESTING: 25},
    one={Group.PANEL: 6, Group.FRESH: 60, Group.RETURNING: 9},
)
QUOTAS = {"none": 40, "one": 21}


@settings(max_examples=30)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(dice: random.Random) -> None:
    shuffled = list(FRAME)
    dice.shuffle(shuffled)
    assert draw(shuffled, QUOTAS, seed="abc") == draw(FRAME, QUOTAS, seed="abc")


def test_another_seed_draws_another_list() -> None:
    first, second = (draw(FRAME, QUOTAS, seed=seed).chances for seed in ("a", "b"))
    assert set(first) != set(second)
    assert len(first) == len(second) == sum(QUOTAS.values())


def test_anybody_can_draw_again_with_nothing_but_sha_256() -> None:
    # printf 'abc:m17' | sha256sum
    assert place_of("m17", seed="abc") == (
        "637d30d658aac3cb4956f12ec00d2abdc1b15c205bda19ef21f4f0091071a3da"
    )


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        draw([FRAME[0], FRAME[0]], QUOTAS, seed="a")


def test_the_chances_are_true_in_a_simulation(
    record_property: Callable[[str, object], None],
) -> None:
    """2,000 draws with fixed seeds: each observed frequency lies within 5 standard errors."""
    draws = 2_000
    seen: Counter[str] = Counter()
    for number in range(draws):
        seen.update(list(draw(FRAME, QUOTAS, seed=f"simulation {number}").chances))
    worst = 0.0
    for stratum, quota in QUOTAS.items():
        people = [person for person in FRAME if person.stratum == stratum]
        sizes = Counter(person.group for person in people)
        chances = chances_before(sizes, quota)
        for person in people:
            chance = float(chances[person.group])
            error = (chance * (1 - chance) / draws) ** 0.5
            distance = abs(seen[person.key] / draws - chance)
            assert distance <= 5 * error
            worst = max(worst, distance / error if error else 0.0)
    record_property("farthest_standard_errors", round(worst, 2))


@given(
    st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 20),
    st.integers(0, 200),
)  # fmt: skip
def test_the_chances_add_up_to_the_number_drawn(
    panel: int, fresh: int, returning: int, resting: int, quota: int
) -> None:
    sizes = dict(zip(Group, (panel, fresh, returning, resting), strict=True))
    chances = chances_before(sizes, quota)
    drawn = draw(a_frame(x=sizes), {"x": quota}, seed="s").chances
    assert sum(sizes[group] * chances[group] for group in Group) == len(drawn)


@pytest.mark.parametrize(
    ("asked_in", "in_panel", "group"),
    [
        ((), False, Group.FRESH),
        ((date(2023, 7, 3),), False, Group.RESTING),
        # On whatever day of June: rest counts in calendar months.
        ((date(2023, 6, 1),), True, Group.PANEL),
        ((date(2023, 6, 30),), True, Group.PANEL),
        ((date(2023, 5, 2),), False, Group.RETURNING),
        ((date(2023, 4, 3), date(2023, 6, 5)), True, Group.RESTING),
    ],
)
def test_two_months_of_rest_and_two_invitations_at_most(
    asked_in: tuple[date, ...], in_panel: bool, group: Group
) -> None:
    assert group_of(asked_in, month=date(2023, 8, 1), in_panel=in_panel) == group


def test_the_method_s_example_of_a_whole_pilot() -> None:
    six = pooled(352, 1000, response=0.25, waves=6)
    assert six.answers == 500
    assert six.people < six.answers
    margin = margin_of(six.answers, 1000, people=six.people)
    assert margin == pytest.approx(0.033, abs=0.001)


@given(st.integers(1, 2_000), st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.integers(1, 6))
def test_several_waves_never_pretend_to_know_everything(
    population: int, share: float, response: float, waves: int
) -> None:
    asked = math.ceil(share * population)
    together = pooled(asked, population, response=response, waves=waves)
    assert together.answers <= 2 * population * response + 1e-9
    assert together.people <= min(together.answers, population) + 1e-9
    assert margin_of(together.answers, population, people=together.people) != 0.0


def test_the_last_day_of_a_short_month_stands_for_the_31st() -> None:
    assert months_after(date(2023, 12, 31), 2) == date(2024, 2, 29)
    assert months_after(date(2023, 10, 31), 2) == date(2023, 12, 31)
