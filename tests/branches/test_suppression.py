"""Small cells are hidden, and an attacker who adds and subtracts all day finds none of them."""

from collections.abc import Iterator
from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from branches.suppression import ALL, Cell, Key, Rule, Suppressed, suppress

NAMES = "abcdefgh"
Table = dict[Key, Cell]


def cell(requests: int, advisers: int = 3) -> Cell:
    return Cell(requests, frozenset(range(advisers)))


def line(*requests: int) -> Suppressed:
    return suppress({(name,): cell(number) for name, number in zip(NAMES, requests, strict=False)})


def hidden(found: Suppressed) -> set[str]:
    return {"".join(map(str, key)) for key in found.hidden}


def test_five_requests_of_three_advisers_may_be_shown() -> None:
    assert hidden(line(5, 5)) == set()


def test_two_small_cells_hide_each_other_when_together_they_are_not_small() -> None:
    assert hidden(line(3, 4, 20)) == {"a", "b"}


def test_one_small_cell_takes_the_smallest_other_with_it() -> None:
    found = line(4, 30, 9, 20)
    assert hidden(found) == {"a", "c"}
    assert found.primary == {("a",)}


def test_two_small_cells_that_are_small_together_take_a_third() -> None:
    # Shown: 32 - 20 - 9 = 3 requests are in the two hidden cells, fewer than five.
    assert hidden(line(1, 2, 9, 20)) == {"a", "b", "c"}


def test_a_cell_of_two_advisers_is_hidden_however_many_requests_it_has() -> None:
    found = suppress({("a",): cell(500, 2), ("b",): cell(40), ("c",): cell(60)})
    assert hidden(found) == {"a", "b"}


def test_different_advisers_count_and_the_same_ones_do_not() -> None:
    same = {("a",): Cell(9, frozenset({1, 2})), ("b",): Cell(9, frozenset({1, 2}))}
    others = {("a",): Cell(9, frozenset({1, 2})), ("b",): Cell(9, frozenset({3, 4}))}
    assert hidden(suppress(same)) == {"a", "b", ALL}
    assert hidden(suppress(others)) == {"a", "b"}


def test_a_total_that_is_small_itself_is_hidden_with_all_its_cells() -> None:
    assert hidden(line(1, 2)) == {"a", "b", ALL}


def test_a_total_of_a_single_cell_is_that_cell() -> None:
    found = suppress({("a", "x"): cell(50, 2), ("b", "x"): cell(40), ("b", "y"): cell(40)})
    assert not found.shows("a", "x")
    assert not found.shows("a", ALL)


def test_nothing_is_no_secret_and_hides_nothing() -> None:
    found = line(0, 4, 30)
    assert found.shows("a")
    assert hidden(found) == {"b", "c"}


def test_a_cell_that_is_not_there_holds_nothing() -> None:
    found = line(5, 6)
    assert found.shows("z")
    assert found.of("z") == Cell(0)
    assert found.of(ALL).requests == 11


def test_a_survey_has_other_numbers() -> None:
    answers = {("a",): Cell(9), ("b",): Cell(12), ("c",): Cell(40)}
    assert hidden(suppress(answers, rule=Rule(requests=10, advisers=0))) == {"a", "b"}


def test_a_chain_that_no_single_line_gives_away_is_broken() -> None:
    # Each line hides two cells or more, yet (c, z) stands alone between two squares: the sum of
    # rows a and b less columns x and y would leave exactly its value.
    small = {"ax", "ay", "bx", "by", "cz", "bz", "cv", "cw", "dv", "dw"}
    table = {
        (row, column): cell(4 if row + column in small else 40)
        for row, column in product("abcd", "xyzvw")
    }
    found = suppress(table)
    assert small <= hidden(found)
    assert found_out(table, found) == []


@pytest.mark.parametrize("table", [{("a",): cell(5), ("a", "x"): cell(5)}, {(ALL,): cell(5)}])
def test_a_table_that_is_none_is_refused(table: Table) -> None:
    with pytest.raises(ValueError, match="one value for each dimension"):
        suppress(table)


def test_an_empty_table_has_nothing_to_hide() -> None:
    assert hidden(suppress({})) == set()


# The attack. It knows the values of all shown cells and totals and that no request is negative,
# and nothing of how `suppress` works: unknowns are the innermost cells, not the hidden ones.


def nodes(table: Table) -> Iterator[tuple[Key, list[int], int]]:
    """Every cell and total: its name, of which innermost cells it is the sum, and its value."""
    keys = list(table)
    values = [sorted({key[place] for key in keys}, key=str) for place in range(len(keys[0]))]
    for node in product(*([*some, ALL] for some in values)):
        held = [
            int(all(wanted in (ALL, got) for wanted, got in zip(node, key, strict=True)))
            for key in keys
        ]
        yield (
            node,
            held,
            sum(table[key].requests for key, is_in in zip(keys, held, strict=True) if is_in),
        )


def found_out(table: Table, found: Suppressed) -> list[Key]:
    """The hidden cells and totals that only one value fits, or that a line gives away."""
    everything = list(nodes(table))
    shown = [(held, value) for node, held, value in everything if found.shows(*node)]
    equations = np.array([held for held, _value in shown], dtype=float)
    return [
        node
        for node, held, value in everything
        if not found.shows(*node) and _width(equations, shown, held) < 1e-6
    ]


def _width(equations: np.ndarray, shown: list[tuple[list[int], int]], wanted: list[int]) -> float:
    """How far apart the smallest and the largest possible value of a hidden sum are."""
    if not shown:
        return float("inf")
    values = [value for _held, value in shown]
    ends = [
        linprog(sign * np.array(wanted, float), A_eq=equations, b_eq=values, method="highs")
        for sign in (1, -1)
    ]
    # An unbounded sum has no end at all.
    if any(end.status == 3 for end in ends):
        return float("inf")
    assert all(end.status == 0 for end in ends)
    return float(-ends[1].fun - ends[0].fun)


def random_table(random: Random, *lengths: int) -> Table:
    """Mostly small cells of few advisers, some empty: the worst that an office could bring."""
    places = product(*(NAMES[:length] for length in lengths))
    return {
        place: Cell(
            number := random.choice([0, 0, 1, 2, 3, 4, 5, 6, 9, 20, 70]),
            frozenset(random.sample(range(8), min(number, random.randint(1, 5)))),
        )
        for place in places
    }


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), lengths=st.sampled_from([(5,), (2, 5), (4, 4), (2, 3, 3)]))
def test_an_attacker_finds_nothing_over_any_margin(seed: int, lengths: tuple[int, ...]) -> None:
    table = random_table(Random(seed), *lengths)
    assert found_out(table, suppress(table)) == []


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), lengths=st.sampled_from([(5,), (2, 5), (4, 4), (2, 3, 3)]))
def test_no_difference_to_a_shown_total_is_about_few(seed: int, lengths: tuple[int, ...]) -> None:
    table = random_table(Random(seed), *lengths)
    found = suppress(table)
    for node, _held, _value in nodes(table):
        for place in range(len(lengths)):
            if node[place] != ALL or not found.shows(*node):
                continue
            parts = [(*node[:place], name, *node[place + 1 :]) for name in NAMES]
            rest = [part for part in parts if not found.shows(*part)]
            together = sum((found.of(*part) for part in rest), start=Cell(0))
            assert not rest or Rule().allows(together)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_whatever_is_shown_is_allowed_by_the_rule(seed: int) -> None:
    table = random_table(Random(seed), 3, 6)
    found = suppress(table)
    assert all(
        Rule().allows(found.of(*node)) for node, _h, _v in nodes(table) if found.shows(*node)
    )


def test_the_attack_finds_what_the_primary_rule_alone_would_leave() -> None:
    table = {(name,): cell(number) for name, number in zip("abc", (4, 30, 9), strict=True)}
    found = suppress(table)
    assert found_out(table, Suppressed(found.primary, found.primary, found.sums)) == [("a",)]


def test_a_table_without_small_cells_is_shown_whole() -> None:
    table = {place: cell(6) for place in product("abc", "xy", "12")}
    assert hidden(suppress(table)) == set()
