"""Tales become rows: requests, messages and events, copied into the database in one stream each."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from psycopg import sql

from branches.models import Topic
from branches.working_time import WorkingCalendar
from demo.cast import TopicPart
from demo.lives import EPOCH, Said
from demo.story import Tale
from demo.texts import Correspondence, Writer
from requests_app.enums import MessageKind

Row = tuple[Any, ...]

_REQUESTS = "requests_app_memberrequest"
_MESSAGES = "requests_app_message"
_EVENTS = "requests_app_requestevent"

_REQUEST_COLUMNS = (
    "id", "reference", "member_id", "office_id", "branch_id", "topic_id", "adviser_id", "subject",
    "language", "channel", "status", "is_sensitive", "submitted_at", "promise_due_at",
    "first_responded_at", "first_response_was_question", "waiting_since", "closed_at",
    "closing_reason", "follows_id", "submission_key", "version", "source", "source_key",
)  # fmt: skip
_MESSAGE_COLUMNS = (
    "id", "member_request_id", "kind", "author_id", "body", "sent_at", "submission_key",
)  # fmt: skip
_EVENT_COLUMNS = (
    "member_request_id", "position", "action", "at", "actor_id", "branch_id", "adviser_id",
    "reason", "asks_member", "message_id", "recorded_at",
)  # fmt: skip
_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint
WHERE contype = 'f' AND conrelid = ANY (%s::regclass[]) AND conparentid = 0
ORDER BY conrelid, conname
"""
_ALTER = sql.SQL("ALTER TABLE {} {} CONSTRAINT {}")
_KINDS = {
    Said.ANSWER: MessageKind.TO_MEMBER,
    Said.SETTLED: MessageKind.TO_MEMBER,
    Said.QUESTION: MessageKind.TO_MEMBER,
    Said.NOTE: MessageKind.NOTE,
    Said.HANDOVER: MessageKind.NOTE,
}


def take_numbers(sequence: str, number: int) -> list[int]:
    """The next numbers of a sequence; nobody else gets them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, number])
        return [row[0] for row in cursor.fetchall()]


def keys_of(table: str, number: int) -> list[int]:
    """Primary keys that the database has set aside for rows of this table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        (sequence,) = cursor.fetchone()
    return take_numbers(sequence, number)


def copy(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Stream rows into a table with COPY. The database checks every constraint as always."""
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(command) as stream:
        for row in rows:
            stream.write_row(row)


@contextmanager
def references_checked_at_the_end() -> Iterator[None]:
    """Check the foreign keys of the copied tables once for all rows, not row by row.

    A million single checks take longer than everything else together. The keys are dropped and
    made again in the transaction of the caller: whoever fails in between finds them unchanged,
    and nobody else sees the tables meanwhile.
    """
    with connection.cursor() as cursor:
        # PostgreSQL alters no table for which checks are still owed.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(_FOREIGN_KEYS, [[_REQUESTS, _MESSAGES, _EVENTS]])
        found = cursor.fetchall()
        for table, name, _definition in found:
            cursor.execute(
                _ALTER.format(sql.Identifier(table), sql.SQL("DROP"), sql.Identifier(name))
            )
    yield
    with connection.cursor() as cursor:
        for table, name, definition in found:
            again = _ALTER.format(sql.Identifier(table), sql.SQL("ADD"), sql.Identifier(name))
            cursor.execute(again + sql.SQL(" " + definition))


def promises(
    tales: list[Tale], calendars: dict[int, WorkingCalendar], seconds: int
) -> list[datetime]:
    """When the promised office hours of each request are over."""
    offices = np.array([tale.arrival.office.key for tale in tales])
    arrived = np.array([tale.arrival.at for tale in tales])
    due = np.empty_like(arrived)
    for key, calendar in calendars.items():
        mine = offices == key
        due[mine] = calendar.moments_after(arrived[mine], np.full(mine.sum(), seconds))
    epoch = np.datetime64(EPOCH.replace(tzinfo=None), "s")
    found: list[datetime] = (epoch + due.astype("timedelta64[s]")).tolist()
    return [moment.replace(tzinfo=EPOCH.tzinfo) for moment in found]


class Scribe:
    """Writes the rows of all tales, which are stored in the order of their arrival.

    `names` and `languages` are those of the advisers; `renamed` are the members whom the start
    page offers, by primary key. All three are used for the texts only.
    """

    def __init__(
        self,
        tales: list[Tale],
        *,
        names: dict[int, str],
        languages: dict[int, str],
        renamed: dict[int, str],
        random: Random,
    ) -> None:
        self.tales, self.random = tales, random
        self.names, self.languages, self.renamed = names, languages, renamed
        self.writer = Writer(random)
        self.topics = {topic.pk: topic for topic in Topic.objects.all()}
        self.keys = keys_of(_REQUESTS, len(tales))
        said = sum(1 for tale in tales for event in tale.events if event.said)
        self.message_keys = keys_of(_MESSAGES, said)

    def store_requests(self, due: list[datetime], prefixes: dict[int, str]) -> None:
        numbers = take_numbers("requests_app_reference", len(self.tales))
        references = (
            f"{prefixes[tale.arrival.office.key]}-{number}"
            for tale, number in zip(self.tales, numbers, strict=True)
        )
        rows = zip(self.keys, references, self.tales, due, strict=True)
        copy(_REQUESTS, _REQUEST_COLUMNS, (self._request(*row) for row in rows))

    def store_messages(self) -> None:
        keys = iter(self.message_keys)
        copy(
            _MESSAGES,
            _MESSAGE_COLUMNS,
            (
                (next(keys), *row)
                for key, tale in zip(self.keys, self.tales, strict=True)
                for row in self._messages(key, tale)
            ),
        )

    def store_events(self) -> None:
        keys = iter(self.message_keys)
        copy(
            _EVENTS,
            _EVENT_COLUMNS,
            (
                # In the story everything was written down at once.
                (key, position, *event[:7], next(keys) if event.said else None, event.at)
                for key, tale in zip(self.keys, self.tales, strict=True)
                for position, event in enumerate(tale.events, start=1)
            ),
        )

    def _request(self, key: int, reference: str, tale: Tale, due: datetime) -> Row:
        arrival, state = tale.arrival, tale.state
        return (
            key, reference, arrival.member.key, arrival.office.key, state.branch_id,
            tale.topic.key if tale.topic else None, state.adviser_id, self._subject(tale),
            arrival.member.language, arrival.channel.value, state.status.value, tale.is_sensitive,
            state.submitted_at, due, state.first_responded_at, state.first_response_was_question,
            state.waiting_since, state.closed_at, state.closing_reason,
            None if tale.follows is None else self.keys[tale.follows], self._uuid(),
            state.version, "", "",
        )  # fmt: skip

    def _messages(self, key: int, tale: Tale) -> Iterable[Row]:
        about = self._about(tale)
        for event in tale.events:
            if not event.said:
                continue
            kind = _KINDS.get(event.said, MessageKind.FROM_MEMBER)
            from_member = kind == MessageKind.FROM_MEMBER
            # What was told on the phone was typed by an adviser and is still the member's.
            author = tale.arrival.member.person if from_member else event.actor_id
            body = self.writer.text(
                event.said,
                about,
                adviser=self.names.get(event.actor_id or 0, ""),
                language=self.languages.get(event.actor_id or 0, "fr"),
            )
            yield key, kind.value, author, body, event.at, self._uuid()

    def _subject(self, tale: Tale) -> str:
        topic = self.topics[tale.arrival.topic.key]
        language = tale.arrival.member.language
        title = topic.titles[language]
        # A single word says too little for a subject.
        telling = [word for word in topic.keywords[language] if " " in word] or [title]
        return self.writer.subject(
            self._about(tale), title=title, keyword=self.random.choice(telling)
        )

    def _about(self, tale: Tale) -> Correspondence:
        member, topic = tale.arrival.member, tale.arrival.topic
        name = self.renamed.get(member.key, member.name)
        # Most speak of last month's work; what members plan together lies in the next one.
        away = 1 if topic.branch_code == "coop" else -1
        return Correspondence(
            topic_code=topic.code,
            language=member.language,
            member_name=name,
            first_name=name.split(" ")[0],
            month=(tale.state.submitted_at.month - 1 + away) % 12 + 1,
        )

    def _uuid(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)


def topic_parts(shares: dict[str, float], weights: dict[str, float]) -> list[TopicPart]:
    """All topics with their share of all requests: that of the branch, divided by weight."""
    topics = list(Topic.objects.select_related("branch").order_by("branch__position", "position"))
    totals: dict[str, float] = {}
    for topic in topics:
        code = topic.branch.code
        totals[code] = totals.get(code, 0.0) + weights.get(topic.code, 1.0)
    return [
        TopicPart(
            key=topic.pk,
            code=topic.code,
            branch=topic.branch_id,
            branch_code=topic.branch.code,
            is_private=topic.may_contain_sensitive_data,
            weight=shares[topic.branch.code]
            * weights.get(topic.code, 1.0)
            / totals[topic.branch.code],
        )
        for topic in topics
    ]
