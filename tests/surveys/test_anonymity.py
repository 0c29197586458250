"""Somebody with the whole database, and with the order in which people answered, learns nothing.

The figures: `pytest -s tests/surveys/test_anonymity.py` prints a line for each attack.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from itertools import product
from typing import Any

import psycopg
import pytest
from django.db import connection

from surveys import answering, mixing, waves
from surveys.models import Answer, Comment, InboxAnswer
from surveys.sealing import inbox_secret, token_of, unseal
from tests.factories import NOW
from tests.surveys.attacking import (
    IN_CONTACT,
    ITEMS,
    ORDERS_OF_ANSWERS,
    PEOPLE_OF_LIEGE,
    PEOPLE_OF_MONS,
    Row,
    a_large_wave,
    answers,
    attack,
    dump,
    everybody_answers,
    matches,
    no_better_than,
    participants,
    said,
)
from tests.surveys.situations import a_wave, later


@pytest.fixture(autouse=True)
def _fixed_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same identifiers and shuffles each time: the test depends on no luck."""
    monkeypatch.setattr(os, "urandom", random.Random(5).randbytes)
    monkeypatch.setattr(mixing, "_DICE", random.Random(6))


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
    # By chance one pair in each list that is paired fits: 1 in all, one in each stratum.
    chance = (1 + cells) / 2
    record = record_property
    assert no_better_than(chance, found, what="dump after the end", of=number, record=record)
    assert len({row["written"] for row in people}) == len({row["written"] for row in given}) == 1
    assert {row["touched"] for row in people} == {people[0]["touched"]}


def _chance(people: list[Row], given: list[Row]) -> float:
    """What blind pairing finds, in the mean of both ways: all in one list, and by stratum.

    Of n people and as many pairs as there are answers, each pair is right once in n.
    """
    asked = Counter(person["stratum"] for person in people)
    answered = Counter(answer["cell"] for answer in given)
    cells = {cell: sum(asked[code] for code in cell.split("+")) for cell in answered}
    paired = {cell: min(cells[cell], number) for cell, number in answered.items()}
    by_stratum = sum(paired[cell] / cells[cell] for cell in cells if cells[cell])
    return (min(len(given), len(people)) / len(people) + by_stratum) / 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_dump_in_the_middle_of_a_wave_links_no_better_than_chance(
    record_property: Callable[[str, object], None],
) -> None:
    wave = a_large_wave()
    truth, order = everybody_answers(wave, mix_after=30, last=100)
    people, given = participants(wave), answers(wave)
    assert len(people) == 100
    # The pool of each stratum waits, sealed.
    assert 50 <= len(given) <= 80
    found = attack(people, given, truth, order)
    chance = _chance(people, given)
    record = record_property
    assert no_better_than(chance, found, what="dump in the middle", of=len(given), record=record)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_dumps_with_one_move_between_them_link_no_better_than_chance(
    record_property: Callable[[str, object], None],
) -> None:
    """Only those who took part since the first dump, and the answers that it did not hold."""
    wave = a_large_wave()
    everybody_answers(wave, mix_after=60, last=60)
    people_before = {person["row_id"] for person in participants(wave)}
    known = [answer["choices"] for answer in answers(wave)]
    truth, order = everybody_answers(wave, mix_after=90, first=60, last=90)
    people = [person for person in participants(wave) if person["row_id"] not in people_before]
    given = [answer for answer in answers(wave) if answer["choices"] not in known]
    assert len(people) == 30
    assert len(given) >= 20
    found = attack(people, given, truth, order)
    chance = _chance(people, given)
    record = record_property
    assert no_better_than(chance, found, what="two dumps", of=len(given), record=record)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_comments_are_linked_to_answers_no_better_than_chance(
    record_property: Callable[[str, object], None],
) -> None:
    """A comment may name its writer: it must not lead to the choices of that person."""
    wave = a_large_wave()
    everybody_answers(wave, mix_after=30, comments=True)
    waves.close(wave=wave, at=later(days=1))
    mixing.mix_due(at=later(days=1))
    comments = dump(
        "SELECT ctid::text AS place, xmin::text::bigint AS written, id, side, text"
        " FROM surveys_comment WHERE wave_id = %s ORDER BY ctid",
        wave.pk,
    )
    # For whoever pairs, a comment stands where a person stood.
    people = [row | {"row_id": int(row["text"])} for row in comments]
    given, identity = answers(wave), {number: number for number in range(len(comments))}
    assert len(people) == len(given) == len(identity)
    found = {}
    for (how, of_comments), (by, of_answers) in product(ORDERS_OF_ANSWERS.items(), repeat=2):
        pairs = sorted(people, key=of_comments), sorted(given, key=of_answers)
        found[f"{how} / {by}"] = matches(*pairs, identity)
        found[f"{how} / {by}, by side"] = sum(
            matches(
                [person for person in pairs[0] if person["side"] == side],
                [answer for answer in pairs[1] if answer["cell"].startswith(office)],
                identity,
            )
            for side, office in (("pilot", "LIEGE"), ("comparison", "MONS"))
        )
    record = record_property
    assert no_better_than(1.5, found, what="comments", of=len(given), record=record)


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
