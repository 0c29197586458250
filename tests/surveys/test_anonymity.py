"""Somebody with the whole database, and with the order in which people answered, learns nothing.

Each member gives an answer that only they give, so that every match can be checked. The attacker
sorts both tables by everything that a dump holds, and pairs them, in all and stratum by stratum.
"""

import json
import os
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import psycopg
import pytest
from django.db import connection

from branches.models import Office
from surveys import answering, mixing, waves
from surveys.models import Answer, Comment, InboxAnswer, Wave
from surveys.sealing import inbox_secret, token_of, unseal
from tests.factories import NOW, OfficeFactory, a_request
from tests.surveys.situations import a_wave, later, members, the_pilot

Row = dict[str, Any]
ITEMS = ("m1", "m2", "m4", "m6", "m7")
PEOPLE_OF_LIEGE, PEOPLE_OF_MONS, IN_CONTACT = 90, 40, 6


@pytest.fixture(autouse=True)
def _fixed_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same identifiers and shuffles each time: the test depends on no luck."""
    monkeypatch.setattr(os, "urandom", random.Random(5).randbytes)
    monkeypatch.setattr(mixing, "_DICE", random.Random(6))


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


def everybody_answers(wave: Wave, *, mix_after: int) -> tuple[dict[int, int], list[int]]:
    """All answer, in an order of their own; returns who said what, and the true order."""
    rows = list(wave.invitations.order_by("id").values_list("pk", "row_id"))
    random.Random(7).shuffle(rows)
    truth = {row: number for number, (_pk, row) in enumerate(sorted(rows, key=lambda r: r[1]))}
    for place, (pk, row) in enumerate(rows, start=1):
        answering.send(token=token_of(pk), choices=said(truth[row]), comment="", at=NOW)
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
            cells[cell_of[person["stratum"]]][0].append(person)
        for answer in sorted_answers:
            cells[answer["cell"]][1].append(answer)
        found[f"{how} / {by}, by stratum"] = sum(matches(p, a, truth) for p, a in cells.values())
    return found


def a_large_wave() -> Wave:
    """Three strata, one of which is too small to stand alone."""
    pilot = the_pilot()
    mons = Office.objects.get(code="MONS")
    members(PEOPLE_OF_LIEGE)
    members(PEOPLE_OF_MONS, office=mons, language="de")
    for member in members(IN_CONTACT, office=OfficeFactory()):
        a_request(member=member, at=later(days=-3))
    return a_wave(started=True, people=0, offices=[*pilot.offices.all(), mons])


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_full_dump_links_answers_no_better_than_chance(
    record_property: Callable[[str, object], None],
) -> None:
    wave = a_large_wave()
    truth, order = everybody_answers(wave, mix_after=30)
    waves.close(wave=wave, at=later(days=1))
    mixing.mix_due(at=later(days=1))
    people, given = participants(wave), answers(wave)
    number = PEOPLE_OF_LIEGE + PEOPLE_OF_MONS + IN_CONTACT
    assert len(people) == len(given) == number
    found = attack(people, given, truth, order)
    cells = len({answer["cell"] for answer in given})
    mean, most = sum(found.values()) / len(found), max(found.values())
    record_property("linked", f"mean {mean:.2f}, most {most} of {number}; chance 1 to {cells}")
    # By chance one pair in each list that is paired fits: 1 in all, one in each stratum.
    assert mean <= cells
    assert most <= 9
    assert len({row["written"] for row in people}) == len({row["written"] for row in given}) == 1
    assert {row["touched"] for row in people} == {people[0]["touched"]}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_same_attack_on_what_is_not_yet_mixed_would_succeed() -> None:
    """The control: with the secret of the product, and before the mixing, all are linked."""
    wave = a_wave(started=True, people=40)
    truth, order = everybody_answers(wave, mix_after=1_000)
    inbox = dump(
        "SELECT ctid::text AS place, xmin::text::bigint AS written, id, sealed"
        " FROM surveys_inboxanswer ORDER BY ctid"
    )
    given = [row | unseal(row["sealed"], secret=inbox_secret()) for row in inbox]
    given = [row | {"cell": row["stratum"]} for row in given]
    found = attack(participants(wave), given, truth, order)
    assert found["transaction / transaction"] == 40
    assert found["true order of answering / place on disk"] == 40


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_without_the_secret_the_inbox_says_nothing() -> None:
    wave = a_wave(started=True, people=12)
    everybody_answers(wave, mix_after=1_000)
    boxes = [bytes(row.sealed) for row in InboxAnswer.objects.all()]
    assert len({len(box) for box in boxes}) == 1
    assert len(set(boxes)) == 12
    assert not any(b"choices" in box or b"LIEGE" in box for box in boxes)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nothing_is_left_of_deleted_rows() -> None:
    wave = a_wave(started=True, people=30)
    everybody_answers(wave, mix_after=10)
    waves.close(wave=wave, at=NOW)
    mixing.mix_due(at=NOW)
    sizes: list[int] = []
    for _try in range(100):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_relation_size('surveys_inboxanswer'),"
                " pg_relation_size('surveys_answerdraft')"
            )
            sizes = list(cursor.fetchone())
        if sizes == [0, 0]:
            break
        # A vacuum of the server itself may still have seen the rows; the next rewrite drops them.
        time.sleep(0.1)
        mixing.rewrite_tables()
    assert sizes == [0, 0]


def _same_database() -> dict[str, Any]:
    known = connection.get_connection_params()
    return {
        name: known[name]
        for name in ("dbname", "user", "password", "host", "port")
        if name in known
    }


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_backup_that_reads_for_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixing, "PATIENCE", "50ms")
    with psycopg.connect(**_same_database()) as other:
        other.execute("LOCK TABLE surveys_answer IN ACCESS SHARE MODE")
        mixing.rewrite_tables()
    assert Answer.objects.count() == 0


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_pool_of_ten_stays_until_the_end_and_nothing_is_lost() -> None:
    wave = a_wave(started=True, people=25)
    everybody_answers(wave, mix_after=1_000)
    assert mixing.mix_due(at=NOW) == 15
    assert (wave.answers.count(), wave.inbox.count()) == (15, 10)
    assert mixing.mix_due(at=NOW) == 0
    waves.close(wave=wave, at=NOW)
    assert mixing.mix_due(at=NOW) == 10
    assert mixing.mix_due(at=NOW) == 0
    assert (wave.answers.count(), wave.inbox.count()) == (25, 0)
    kept = sorted(tuple(a.choices[item] for item in ITEMS) for a in wave.answers.all())
    assert kept == sorted(tuple(said(number).values()) for number in range(25))
    wave.refresh_from_db()
    assert wave.mixed_at == NOW


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_stratum_in_which_few_answered_is_put_together_with_its_neighbour() -> None:
    wave = a_large_wave()
    everybody_answers(wave, mix_after=50)
    waves.close(wave=wave, at=NOW)
    mixing.mix_due(at=NOW)
    cells = dict.fromkeys(Answer.objects.values_list("cell", flat=True))
    assert sorted(cells) == ["LIEGE.none+LIEGE.one", "MONS.none"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_comments_are_kept_apart_from_the_choices() -> None:
    wave = a_wave(started=True, people=12)
    for pk in wave.invitations.values_list("pk", flat=True):
        answering.send(token=token_of(pk), choices={"m1": 1}, comment="Merci", at=NOW)
    waves.close(wave=wave, at=NOW)
    mixing.mix_due(at=NOW)
    assert Comment.objects.filter(wave=wave, text="Merci", state="waiting").count() == 12
    assert not {"comment", "answer_id"} & {f.attname for f in Answer._meta.get_fields()}
    assert not any(f.is_relation and f.related_model is Answer for f in Comment._meta.get_fields())


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_answer_that_cannot_be_opened_stays_and_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wave = a_wave(started=True, people=12)
    everybody_answers(wave, mix_after=1_000)
    waves.close(wave=wave, at=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(mixing, "inbox_secret", lambda: b"0" * 32)
        assert mixing.mix_due(at=NOW) == 0
    assert wave.inbox.count() == 12
    assert mixing.mix_due(at=NOW) == 12
