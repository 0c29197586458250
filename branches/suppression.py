"""Which cells of a table may be shown, so that no figure is about one or two people. Pure.

A cell rests on some requests and on the advisers who handled them. Too few of either and it is
hidden (primary rule). That alone protects nothing: who knows the total and the other cells of a
line subtracts. So more cells, and where needed totals, are hidden until nothing that is shown
gives away what is not (complementary rule). Of everything that is shown it holds that

1. no hidden cell or total follows from it by any combination of sums and differences, over any
   margin of the table (the system of equations of the margins leaves each of them open), and
2. the difference between a total and the shown cells of its line is itself allowed by the rule.

A cell with no request is no secret: 0 is always shown, and hides nothing by standing beside it.
Source: Willenborg and de Waal 2001, chapters 6 and 7 (tables with linear relations).
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import TypeAlias

import numpy as np

# The place of a cell: one value for each dimension, or ALL where the dimension is summed over.
Key: TypeAlias = tuple[Hashable, ...]
ALL = "*"
# A row of an orthonormal basis this short is 0 up to rounding.
NOTHING = 1e-7


@dataclass(frozen=True)
class Cell:
    """On how much a figure rests: a number of requests (or answers) and the people behind them."""

    requests: int
    advisers: frozenset[int] = frozenset()

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(self.requests + other.requests, self.advisers | other.advisers)


EMPTY = Cell(0)


@dataclass(frozen=True)
class Rule:
    """The fewest requests and the fewest advisers behind a figure that is shown."""

    requests: int = 5
    advisers: int = 3

    def allows(self, cell: Cell) -> bool:
        """Whether a figure about this cell alone may be shown. Nothing is never a secret."""
        return cell.requests == 0 or (
            cell.requests >= self.requests and len(cell.advisers) >= self.advisers
        )


@dataclass(frozen=True)
class Line:
    """A total and the cells it is the sum of."""

    total: Key
    parts: tuple[Key, ...]

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.total, *self.parts)


@dataclass(frozen=True)
class Suppressed:
    """What is hidden of a table and its margins; `primary` is the part that is small itself."""

    primary: frozenset[Key]
    hidden: frozenset[Key]
    sums: Mapping[Key, Cell] = field(repr=False)

    def shows(self, *key: Hashable) -> bool:
        """Whether this cell, or with ALL this total, may be shown. Unknown cells hold nothing."""
        return key not in self.hidden

    def of(self, *key: Hashable) -> Cell:
        """What the cell or total rests on, shown or not: for those who compute, not for pages."""
        return self.sums.get(key, EMPTY)


def suppress(
    table: Mapping[Key, Cell],
    *,
    rule: Rule = Rule(),
    hidden_before: Collection[Key] = (),
    shown_before: Collection[Key] = (),
) -> Suppressed:
    """Decide what is shown of a table whose margins are all shown too.

    `table` holds the innermost cells, each key as long as the table has dimensions; missing ones
    are empty. What was hidden elsewhere already (`hidden_before`) is hidden here too; what was
    shown there (`shown_before`) is known, so others must go instead: a total, where only such
    cells are left. Raises ValueError for keys of different lengths or that contain ALL.
    """
    sums, lines = _with_margins(table)
    primary = frozenset(key for key, cell in sums.items() if not rule.allows(cell))
    hidden = set(primary) | (set(hidden_before) & sums.keys())
    kept = frozenset(shown_before)
    while more := _more_to_hide(sums, lines, hidden, rule, kept):
        hidden |= more
    return Suppressed(primary, frozenset(hidden), sums)


def _with_margins(table: Mapping[Key, Cell]) -> tuple[dict[Key, Cell], list[Line]]:
    """Every cell and total that holds something, and every line that ties them together."""
    if len({len(key) for key in table}) > 1 or any(ALL in key for key in table):
        raise ValueError("Cells are named by one value for each dimension, none of them ALL.")
    sums: dict[Key, Cell] = defaultdict(lambda: EMPTY)
    for key, cell in table.items():
        if cell.requests:
            for place in product(*((value, ALL) for value in key)):
                sums[place] += cell
    parts: dict[Key, dict[int, list[Key]]] = defaultdict(lambda: defaultdict(list))
    for key in sums:
        for dimension, value in enumerate(key):
            if value != ALL:
                total = (*key[:dimension], ALL, *key[dimension + 1 :])
                parts[total][dimension].append(key)
    lines = [Line(total, tuple(line)) for total, by in parts.items() for line in by.values()]
    return dict(sums), lines


def _more_to_hide(
    sums: Mapping[Key, Cell],
    lines: list[Line],
    hidden: set[Key],
    rule: Rule,
    kept: frozenset[Key],
) -> set[Key]:
    """More cells or totals that must go; empty when nothing can be found out any more."""
    more: set[Key] = set()
    for line in lines:
        rest = [key for key in line.parts if key in hidden]
        if rest and line.total not in hidden | more and not _safe(rest, sums, rule):
            more |= _smallest(line, sums, hidden | more, kept)
    if more:
        return more
    touched = [line for line in lines if any(key in hidden for key in line.keys)]
    for key in _determined(touched, hidden):
        beside = [line for line in touched if key in line.keys]
        if any(more.intersection(line.keys) for line in beside):
            # What was taken for another one may free this one too; the next pass will see.
            continue
        # First from a line of its own; else from any line that helps to pin it down.
        found = (_smallest(line, sums, hidden | more, kept) for line in (*beside, *touched))
        more |= next(filter(None, found), set())
    return more


def _safe(rest: list[Key], sums: Mapping[Key, Cell], rule: Rule) -> bool:
    """Whether the sum of these hidden cells, which subtraction gives, may be known."""
    together = EMPTY
    for key in rest:
        together += sums[key]
    return len(rest) > 1 and rule.allows(together)


def _smallest(
    line: Line, sums: Mapping[Key, Cell], hidden: set[Key], kept: frozenset[Key]
) -> set[Key]:
    """The shown cell of the line whose loss costs least; the total only when no cell is left."""
    shown = [key for key in line.parts if key not in hidden and key not in kept]
    if not shown:
        return {line.total} - hidden - kept
    # A total of another line costs more than a cell: many cells stand behind it.
    return {min(shown, key=lambda key: (key.count(ALL), sums[key].requests, str(key)))}


def _determined(lines: list[Line], hidden: set[Key]) -> list[Key]:
    """The hidden keys that the equations of the lines leave no choice, in a fixed order.

    Each line says: total minus parts is 0. What is shown is known, so only the coefficients of
    the hidden keys matter: a key is determined where every solution of the homogeneous system is 0.
    """
    keys = sorted({key for line in lines for key in line.keys if key in hidden}, key=str)
    places = {key: place for place, key in enumerate(keys)}
    equations = np.zeros((len(lines), len(keys)))
    for row, line in enumerate(lines):
        for key in line.keys:
            if key in places:
                equations[row, places[key]] = 1.0 if key == line.total else -1.0
    # The null space of the equations, from their symmetric square: never larger than the keys.
    strengths, directions = np.linalg.eigh(equations.T @ equations)
    freedom = directions[:, strengths < NOTHING]
    return [key for key, place in places.items() if np.linalg.norm(freedom[place]) < NOTHING]
