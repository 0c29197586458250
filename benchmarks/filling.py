"""Fills an empty database with a year of requests. Chance decides from a fixed seed.

numpy chooses (when, who, which story), one COPY brings the choices, and three INSERT … SELECT let
the database stretch the stories over them. Every constraint, foreign key and trigger stays on.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from benchmarks import texts
from benchmarks.choosing import Ints, choices
from benchmarks.setting import set_up
from benchmarks.statements import FILL, TABLES
from benchmarks.stories import BEGINNING, STORIES, Story
from requests_app.history import State, rebuild
from requests_app.models import Document, MemberRequest, Message, Outbox, RequestEvent
from requests_app.moves import state_of
from requests_app.search_index import indexed_at_the_end

SEED = 20230608
REQUESTS_A_MEMBER = 10


class NotEmpty(Exception):
    """The database holds requests already: nothing is filled into it."""


@dataclass(frozen=True)
class Filled:
    """How many rows there are, and how many requests still live."""

    requests: int
    alive: int
    messages: int
    events: int
    documents: int
    mails: int


@transaction.atomic
def fill(*, requests: int, at: datetime) -> Filled:
    """Store so many requests of the year before `at`, with all that belongs to them.

    Raises NotEmpty rather than mixing with what somebody else has stored.
    """
    if MemberRequest.objects.exists():
        raise NotEmpty("This database holds requests already; a scratch database must be empty.")
    rng = np.random.default_rng(SEED)
    setting = set_up(members=max(requests // REQUESTS_A_MEMBER, 50), at=at, rng=rng)
    _bring_stories()
    _bring_texts()
    _bring_choices(choices(setting, requests, at=at, rng=rng))
    with (
        connection.cursor() as cursor,
        indexed_at_the_end(),
        checked_and_indexed_at_the_end(cursor),
    ):
        for statement in FILL:
            cursor.execute(statement)
    return counted()


def counted() -> Filled:
    return Filled(
        requests=MemberRequest.objects.count(),
        alive=MemberRequest.objects.alive().count(),
        messages=Message.objects.count(),
        events=RequestEvent.objects.count(),
        documents=Document.objects.count(),
        mails=Outbox.objects.count(),
    )


def rows_that_contradict_their_events(*, sample: int) -> list[str]:
    """The references of sampled requests whose columns are not what their events add up to."""
    found = MemberRequest.objects.order_by("submission_key")[:sample]
    return [
        one.reference for one in found if rebuild(one.events.order_by("position")) != state_of(one)
    ]


# How to take off, and put back, what is checked or kept up row by row. Primary keys stay.
CONSTRAINTS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s',
        conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint
WHERE contype IN ('f', 'u') AND conrelid = ANY (%s::regclass[])
ORDER BY contype DESC, conname
"""
INDEXES = """
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index
WHERE indrelid = ANY (%s::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY indexrelid::regclass::text
"""


@contextmanager
def checked_and_indexed_at_the_end(
    cursor: CursorWrapper, tables: Sequence[str] = TABLES
) -> Iterator[None]:
    """Check keys and build indexes table by table instead of row by row: much quicker.

    They are put back as they were, and PostgreSQL checks all rows before it commits.
    """
    cursor.execute("SET LOCAL work_mem = '128MB'")
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    found: list[tuple[str, str]] = []
    for question in (CONSTRAINTS, INDEXES):
        cursor.execute(question, [list(tables)])
        found += cursor.fetchall()
    for off, _on in found:
        cursor.execute(off)
    yield
    for _off, on in found:
        cursor.execute(on)


def _copy(table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
    """Make a table that this transaction forgets at its end, and fill it."""
    described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ({described}) ON COMMIT DROP")
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {table}")


def _bring_choices(chosen: dict[str, Ints]) -> None:
    kinds = {name: "float8" if name == "stretch" else "bigint" for name in chosen}
    rows = zip(*(column.tolist() for column in chosen.values()), strict=True)
    _copy("bench_choice", kinds, rows)


def _bring_texts() -> None:
    _copy(
        "bench_text",
        {"number": "int", "subject": "text", "body": "text"},
        ((number, texts.subject(number), texts.body(number)) for number in range(texts.NUMBER)),
    )


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else (moment - BEGINNING).total_seconds()


def _bring_stories() -> None:
    _copy("bench_story", STORY_COLUMNS, (_story_row(*each) for each in enumerate(STORIES)))
    rows = (row for number, story in enumerate(STORIES) for row in _step_rows(number, story))
    _copy("bench_step", STEP_COLUMNS, rows)


def _story_row(number: int, story: Story) -> tuple[Any, ...]:
    state: State = story.state
    return (
        number,
        state.status,
        state.branch_id,
        state.adviser_id,
        state.version,
        _seconds(state.first_responded_at),
        state.first_response_was_question,
        _seconds(state.waiting_since),
        _seconds(state.closed_at),
        state.closing_reason,
        max(step.branch_id for step in story.steps),
    )


STORY_COLUMNS = {
    "story": "int",
    "status": "text",
    "branch": "int",
    "adviser": "int",
    "version": "int",
    "responded": "float8",
    "was_question": "bool",
    "waiting": "float8",
    "closed": "float8",
    "closing_reason": "text",
    "furthest_branch": "int",
}


def _step_rows(number: int, story: Story) -> Iterable[tuple[Any, ...]]:
    said = 0
    for position, step in enumerate(story.steps, start=1):
        said += bool(step.says)
        yield (
            number,
            position,
            step.action,
            float(step.seconds),
            step.branch_id,
            step.adviser_id,
            step.actor,
            step.reason,
            step.asks_member,
            step.says,
            said if step.says else None,
        )


STEP_COLUMNS = {
    "story": "int",
    "position": "int",
    "action": "text",
    "seconds": "float8",
    "branch": "int",
    "adviser": "int",
    "actor": "int",
    "reason": "text",
    "asks_member": "bool",
    "says": "text",
    "said": "int",
}
