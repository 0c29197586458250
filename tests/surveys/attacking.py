"""Somebody with dumps of the whole database, and with the order in which people answered.

Each member gives an answer that only they give, so that every match can be checked. The attacker
sorts both tables by everything that a dump holds, and pairs them, in all and stratum by stratum.
"""

import json
import math
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

from django.db import connection

from branches.models import Office
from surveys import answering, mixing
from surveys.models import Wave
from surveys.sealing import token_of
from tests.factories import NOW, OfficeFactory, a_request
from tests.surveys.situations import a_wave, later, members, the_pilot

Row = dict[str, Any]
ITEMS = ("m1", "m2", "m4", "m6", "m7")
# Once in ten thousand tries chance alone finds as many, where it finds two in the mean.
MOST_BY_LUCK = 9
PEOPLE_OF_LIEGE, PEOPLE_OF_MONS, IN_CONTACT = 90, 40, 6


def dump(sql: str, *arguments: Any) -> list[Row]:
    """Rows as they lie on the disk, with what PostgreSQL notes of each."""
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def participants(wave: Wave) -> list[Row]:
    return dump(
        "SELECT i.ctid::text AS place, i.xmin::text::bigint AS written, i.id, i.language, i.row_id,"
        " i.touched, i.token_hash, s.code AS stratum FROM surveys_invitation i"
        " JOIN surveys_stratum s ON s.id = i.stratum_id WHERE i.wave_id = %s AND i.is_spent"
        " ORDER BY i.ctid",
        wave.pk,
    )


def answers(wave: Wave) -> list[Row]:
    rows = dump(
        "SELECT ctid::text AS place, xmin::text::bigint AS written, id, cell, choices"
        " FROM surveys_answer WHERE wave_id = %s ORDER BY ctid",
        wave.pk,
    )
    return [row | {"choices": json.loads(row["choices"])} for row in rows]


def said(number: int) -> dict[str, int]:
    """An answer that only this person gives."""
    digits = [number // 5**power % 5 + 1 for power in range(len(ITEMS))]
    return dict(zip(ITEMS, digits, strict=True))


def everybody_answers(
    wave: Wave, *, mix_after: int, first: int = 0, last: int | None = None, comments: bool = False
) -> tuple[dict[int, int], list[int]]:
    """All answer, in an order of their own; returns who said what, and the true order.

    Or only those from the place `first` to the place `last` in that order.
    """
    rows = list(wave.invitations.order_by("id").values_list("pk", "row_id"))
    random.Random(7).shuffle(rows)
    truth = {row: number for number, (_pk, row) in enumerate(sorted(rows, key=lambda r: r[1]))}
    for place, (pk, row) in enumerate(rows[first:last], start=first + 1):
        comment = str(truth[row]) if comments else ""
        answering.send(token=token_of(pk), choices=said(truth[row]), comment=comment, at=NOW)
        if place % mix_after == 0:
            mixing.mix_due(at=NOW)
    return truth, [row for _pk, row in rows]


def _place(row: Row) -> tuple[int, ...]:
    return tuple(int(part) for part in row["place"].strip("()").split(","))


ORDERS_OF_PEOPLE: dict[str, Callable[[Row], Any]] = {
    "place on disk": _place,
    "transaction": lambda row: (row["written"], _place(row)),
    "id": lambda row: row["id"],
    "frame": lambda row: row["row_id"],
    "language": lambda row: (row["language"], _place(row)),
    "token": lambda row: row["token_hash"],
}
ORDERS_OF_ANSWERS: dict[str, Callable[[Row], Any]] = {
    "place on disk": _place,
    "transaction": lambda row: (row["written"], _place(row)),
    "id": lambda row: row["id"],
}


def matches(people: Iterable[Row], given: Iterable[Row], truth: dict[int, int]) -> int:
    return sum(
        all(answer["choices"][item] == step for item, step in said(truth[person["row_id"]]).items())
        for person, answer in zip(people, given, strict=False)
    )


def attack(
    people: list[Row], given: list[Row], truth: dict[int, int], order: list[int]
) -> dict[str, int]:
    """How many of all were linked, by each way of pairing."""
    ways = ORDERS_OF_PEOPLE | {"true order of answering": lambda row: order.index(row["row_id"])}
    found = {}
    for (how, of_people), (by, of_answers) in product(ways.items(), ORDERS_OF_ANSWERS.items()):
        sorted_people, sorted_answers = sorted(people, key=of_people), sorted(given, key=of_answers)
        found[f"{how} / {by}"] = matches(sorted_people, sorted_answers, truth)
        cells: dict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
        cell_of = {code: a["cell"] for a in given for code in a["cell"].split("+")}
        for person in sorted_people:
            cells[cell_of.get(person["stratum"], "")][0].append(person)
        for answer in sorted_answers:
            cells[answer["cell"]][1].append(answer)
        found[f"{how} / {by}, by stratum"] = sum(matches(p, a, truth) for p, a in cells.values())
    return found


def no_better_than(
    chance: float,
    found: dict[str, int],
    *,
    what: str,
    of: int,
    record: Callable[[str, object], None],
) -> bool:
    """Whether blind pairing does as well; says the figures too, which `pytest -s` shows.

    Right pairs of a blind pairing are spread like Poisson's. The ways of pairing share their
    orders, so that only those of people count as tries of their own.
    """
    mean, most = sum(found.values()) / len(found), max(found.values())
    line = f"{what}: of {of} answers linked, mean {mean:.2f}, most {most}; chance {chance:.2f}"
    record("linked", line)
    sys.stdout.write(f"\n{line} ({len(found)} ways)\n")
    return mean <= chance + 3 * math.sqrt(chance / len(ORDERS_OF_PEOPLE)) and most <= MOST_BY_LUCK


def a_large_wave() -> Wave:
    """Three strata, one of which is too small to stand alone."""
    pilot = the_pilot()
    mons = Office.objects.get(code="MONS")
    members(PEOPLE_OF_LIEGE)
    members(PEOPLE_OF_MONS, office=mons, language="de")
    for member in members(IN_CONTACT, office=OfficeFactory()):
        a_request(member=member, at=later(days=-3))
    return a_wave(started=True, people=0, offices=[*pilot.offices.all(), mons])
