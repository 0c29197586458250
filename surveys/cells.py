"""Cells: under which strata answers are stored, put together where few answered. Pure.

Answers of the two sides never meet: what a cell says is said of pilot offices or of comparison
offices, not of both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from surveys.enums import Kind, Side
from surveys.estimation import merge_small

JOIN = "+"
# Fewer answers than this are never shown, and never stored as a cell that still says something.
FEWEST = {Kind.MEMBER: 10, Kind.ADVISER: 8}


@dataclass(frozen=True)
class Answered:
    """A stratum, and how many of it took part."""

    code: str
    side: Side
    office: str
    answers: int


@dataclass(frozen=True)
class StoredCell:
    """Some strata of one side; `is_enough`: what they answered may be kept."""

    codes: tuple[str, ...]
    side: Side
    is_enough: bool

    @property
    def name(self) -> str:
        return JOIN.join(self.codes)


def cells_of(strata: Iterable[Answered], *, fewest: int) -> list[StoredCell]:
    """Every stratum in one cell of at least `fewest` answers, as far as its side has so many."""
    by_side: dict[Side, list[Answered]] = {}
    for stratum in strata:
        by_side.setdefault(stratum.side, []).append(stratum)
    return [cell for side, known in by_side.items() for cell in _of_a_side(side, known, fewest)]


def _of_a_side(side: Side, strata: list[Answered], fewest: int) -> list[StoredCell]:
    # An office in which nobody took part has nothing to put anywhere.
    alive = {stratum.office for stratum in strata if stratum.answers}
    counts = {s.code: s.answers for s in strata if s.office in alive}
    families = {s.code: s.office for s in strata if s.office in alive}
    is_enough = sum(counts.values()) >= fewest
    merged = merge_small(counts, families, fewest=fewest)
    return [StoredCell(codes, side, is_enough) for codes in merged]


def places_of(cells: Iterable[str], offices: Mapping[str, str]) -> dict[str, str]:
    """The name of the place of each cell: its office, or every office that it is tied to.

    Offices that share a cell are one place, with all their cells: a part of an office is never
    shown under its name.
    """
    of_cell = {cell: frozenset(offices[code] for code in cell.split(JOIN)) for cell in cells}
    places: list[frozenset[str]] = []
    for found in of_cell.values():
        tied = [place for place in places if place & found]
        places = [place for place in places if not place & found]
        places.append(found.union(*tied))
    return {
        cell: " + ".join(sorted(name for name in place if name))
        for cell, found in of_cell.items()
        for place in places
        if found <= place
    }
