"""Fills an empty database with a year of requests. Chance decides from a fixed seed.

numpy chooses (when, who, which story), one COPY brings the choices, and three INSERT … SELECT let
the database stretch the stories over them. Every constraint, foreign key and trigger stays on.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.timezone import localdate

from benchmarks import texts
from benchmarks.setting import HISTORY, PILOT_OFFICES, SHARES, Setting, set_up
from benchmarks.stories import BEGINNING, CLOSED, LONG, LONG_OPEN, OPEN, STORIES, Story
from branches.calendars import working_calendars
from branches.models import Topic
from branches.working_time import epoch_seconds
from requests_app.history import State, rebuild
from requests_app.models import Document, MemberRequest, Message, Outbox, RequestEvent
from requests_app.moves import state_of
from requests_app.submission import CALENDAR_AHEAD

Ints = np.ndarray[Any, np.dtype[np.int64]]

SEED = 20230608
REQUESTS_A_MEMBER = 10
BRANCH_SHARES = (0.25, 0.42, 0.22, 0.11)
# The newest requests are those of the last week; of the older ones, few are still open.
NEWEST, OPEN_AMONG_NEWEST, OPEN_AMONG_OLDER = 0.02, 0.9, 0.012
WEEKDAY_WEIGHTS = (1.25, 1.1, 1.0, 1.0, 0.9, 0.15, 0.2)


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
    _bring_choices(_choices(setting, requests, at=at, rng=rng))
    with connection.cursor() as cursor, _checked_and_indexed_at_the_end(cursor):
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
    found = MemberRequest.objects.order_by("submission_key").prefetch_related("events")[:sample]
    return [
        one.reference
        for one in found
        if rebuild(sorted(one.events.all(), key=lambda event: event.position)) != state_of(one)
    ]


# --- what numpy chooses ----------------------------------------------------------------------


def _choices(
    setting: Setting, count: int, *, at: datetime, rng: np.random.Generator
) -> dict[str, Ints]:
    """For each request, in the order of arrival, what the SQL below needs to know of it."""
    submitted = _arrivals(count, at=at, rng=rng)
    offices = rng.choice(len(setting.offices), size=count, p=SHARES)
    # The detail page needs one at least, even among a few hundred.
    sure = count - count // 20 - 1
    offices[sure] = 0
    began = epoch_seconds(datetime.combine(setting.pilot.starts_on, datetime.min.time(), at.tzinfo))
    by_branch = (offices < len(PILOT_OFFICES)) & (submitted >= began + 86_400)
    stories = _stories(count, by_branch, rng)
    stories[sure] = STORIES.index(LONG)
    first = rng.choice(len(setting.branches), size=count, p=BRANCH_SHARES)
    first[sure] = [branch.code for branch in setting.branches].index("first_line")
    # Another branch than the first: one to three places further.
    second = (first + rng.integers(1, len(setting.branches), size=count)) % len(setting.branches)
    messages = np.array([story.messages for story in STORIES])[stories]
    return {
        "number": np.arange(1, count + 1),
        "submitted": submitted,
        "office": np.array([office.pk for office in setting.offices])[offices],
        "due": _due(setting, offices, submitted, at=at),
        "story": stories,
        "branch_1": _branches(setting, first, by_branch),
        "branch_2": _branches(setting, second, by_branch),
        "adviser_1": _chosen(setting.advisers, offices, first, rng),
        "adviser_2": _chosen(setting.advisers, offices, second, rng),
        "member": _chosen(dict(enumerate(setting.members)), offices, None, rng),
        "topic": _topics(setting, first, stories, rng),
        "stretch": _stretches(stories, submitted, at=at, rng=rng),
        "messages_before": np.cumsum(messages) - messages,
    }


def _arrivals(count: int, *, at: datetime, rng: np.random.Generator) -> Ints:
    """Epoch seconds, sorted: fewer at the weekend, most around eleven in the morning."""
    today = at.date().toordinal()
    days = np.arange(today - HISTORY.days, today + 1)
    weights = np.array(WEEKDAY_WEIGHTS)[(days - 1) % 7]
    chosen = rng.choice(days, size=count, p=weights / weights.sum())
    clock = rng.triangular(5, 9, 21, size=count) * 3600
    seconds = (chosen - date(1970, 1, 1).toordinal()) * 86_400 + clock.astype(np.int64)
    # What would arrive later today arrived yesterday.
    seconds = np.where(seconds >= epoch_seconds(at), seconds - 86_400, seconds)
    return np.sort(seconds)


def _stories(count: int, by_branch: np.ndarray, rng: np.random.Generator) -> Ints:
    """The place in STORIES for each request."""
    rank = np.arange(count) / count
    is_new = rank >= 1 - NEWEST
    is_open = rng.random(count) < np.where(is_new, OPEN_AMONG_NEWEST, OPEN_AMONG_OLDER)
    found = np.empty(count, dtype=np.int64)
    for wanted, shares in (
        (~is_open, CLOSED),
        (is_open & is_new, OPEN),
        (is_open & ~is_new, LONG_OPEN),
    ):
        for here in (by_branch, ~by_branch):
            pool = {s: p for s, p in shares.items() if here is by_branch or not s.needs_branches}
            places = [STORIES.index(story) for story in pool]
            chances = np.array(list(pool.values())) / sum(pool.values())
            # `here` is one of two arrays of the same kind; ~by_branch makes a new one each time.
            chosen = wanted & here
            found[chosen] = rng.choice(places, size=int(chosen.sum()), p=chances)
    return found


def _branches(setting: Setting, places: Ints, by_branch: np.ndarray) -> Ints:
    """Keys of branches; 0 where the office works by team."""
    return np.where(by_branch, np.array([branch.pk for branch in setting.branches])[places], 0)


def _chosen(
    pools: dict[Any, np.ndarray], offices: Ints, branches: Ints | None, rng: np.random.Generator
) -> Ints:
    """One key for each request, out of the pool of its office, or of its office and branch."""
    found = np.zeros(offices.size, dtype=np.int64)
    for key, pool in pools.items():
        office, branch = key if isinstance(key, tuple) else (key, None)
        here = offices == office
        if branch is not None and branches is not None:
            here &= branches == branch
        found[here] = rng.choice(pool, size=int(here.sum()))
    return found


def _topics(setting: Setting, first: Ints, stories: Ints, rng: np.random.Generator) -> Ints:
    """A topic of the first branch; 0 where the member did not know."""
    pools = {
        place: np.array(Topic.objects.filter(branch=branch).order_by("pk").values_list("pk"))[:, 0]
        for place, branch in enumerate(setting.branches)
    }
    unknown = np.array([story.is_routed_later for story in STORIES])[stories]
    return np.where(unknown, 0, _chosen(pools, first, None, rng))


def _due(setting: Setting, offices: Ints, submitted: Ints, *, at: datetime) -> Ints:
    """When the promise of each request ends, as the product counts it."""
    calendars = working_calendars(
        setting.offices,
        start=localdate(at) - HISTORY - timedelta(days=2),
        end=localdate(at) + CALENDAR_AHEAD,
    )
    due = np.zeros_like(submitted)
    for place, office in enumerate(setting.offices):
        here = offices == place
        promise = np.full(int(here.sum()), setting.pilot.promise_seconds)
        due[here] = calendars[office.pk].moments_after(submitted[here], promise)
    return due


def _stretches(
    stories: Ints, submitted: Ints, *, at: datetime, rng: np.random.Generator
) -> np.ndarray:
    """How much slower or quicker than its shape each story goes; none goes beyond `at`."""
    lengths = np.array([max(story.steps[-1].seconds, 1) for story in STORIES])[stories]
    room = 0.98 * (epoch_seconds(at) - submitted) / lengths
    return np.minimum(np.clip(rng.lognormal(0, 0.6, size=stories.size), 0.2, 5), room)


# --- what goes into the database -------------------------------------------------------------


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
def _checked_and_indexed_at_the_end(cursor: CursorWrapper) -> Iterator[None]:
    """Check keys and build indexes table by table instead of row by row: much quicker.

    They are put back as they were, and PostgreSQL checks all rows before it commits.
    """
    cursor.execute("SET LOCAL work_mem = '128MB'")
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    found: list[tuple[str, str]] = []
    for question in (CONSTRAINTS, INDEXES):
        cursor.execute(question, [list(FILLED_TABLES)])
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


def _bring_choices(choices: dict[str, Ints]) -> None:
    kinds = {name: "float8" if name == "stretch" else "bigint" for name in choices}
    rows = zip(*(column.tolist() for column in choices.values()), strict=True)
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


def _after(seconds: str) -> str:
    """The moment so many seconds of the story after the submission, as SQL."""
    return f"to_timestamp(c.submitted) + interval '1 second' * (c.stretch * {seconds})"


def _which(counted: str, first: str, second: str) -> str:
    """0 nobody, 1 the first, 2 the second, as SQL; a key of 0 is nobody as well."""
    return f"nullif(CASE {counted} WHEN 1 THEN {first} WHEN 2 THEN {second} END, 0)"


REQUESTS = f"""
INSERT INTO requests_app_memberrequest (
    id, reference, member_id, office_id, branch_id, topic_id, adviser_id, subject, language,
    channel, status, is_sensitive, submitted_at, promise_due_at, first_responded_at,
    first_response_was_question, waiting_since, closed_at, closing_reason, submission_key,
    version, source, source_key)
SELECT c.number, o.reference_prefix || '-' || nextval('requests_app_reference'),
    c.member, c.office, {_which("s.branch", "c.branch_1", "c.branch_2")}, t.id,
    {_which("s.adviser", "c.adviser_1", "c.adviser_2")}, x.subject, u.language,
    CASE WHEN c.number % 6 = 0 THEN 'phone' ELSE 'web' END, s.status,
    coalesce(t.may_contain_sensitive_data, false)
        OR coalesce(b1.is_confidential AND s.furthest_branch >= 1, false)
        OR coalesce(b2.is_confidential AND s.furthest_branch >= 2, false),
    to_timestamp(c.submitted), to_timestamp(c.due), {_after("s.responded")}, s.was_question,
    {_after("s.waiting")}, {_after("s.closed")}, s.closing_reason, gen_random_uuid(),
    s.version, '', ''
FROM bench_choice c
JOIN bench_story s USING (story)
JOIN bench_text x ON x.number = c.number % {texts.NUMBER}
JOIN branches_office o ON o.id = c.office
JOIN people_member m ON m.id = c.member
JOIN people_user u ON u.id = m.user_id
LEFT JOIN branches_topic t ON t.id = c.topic
LEFT JOIN branches_branch b1 ON b1.id = c.branch_1
LEFT JOIN branches_branch b2 ON b2.id = c.branch_2
ORDER BY c.number
"""

# In the order of time, as life stores them: the rows of one request do not lie side by side.
MESSAGES = f"""
INSERT INTO requests_app_message (
    id, member_request_id, kind, author_id, body, sent_at, submission_key)
SELECT c.messages_before + p.said, c.number, p.says,
    CASE p.actor WHEN 0 THEN m.user_id WHEN 1 THEN c.adviser_1 ELSE c.adviser_2 END,
    x.body, {_after("p.seconds")}, gen_random_uuid()
FROM bench_choice c
JOIN bench_step p USING (story)
JOIN people_member m ON m.id = c.member
JOIN bench_text x ON x.number = (c.messages_before + p.said) % {texts.NUMBER}
WHERE p.says <> ''
ORDER BY {_after("p.seconds")}
"""

EVENTS = f"""
INSERT INTO requests_app_requestevent (
    member_request_id, position, action, at, actor_id, branch_id, adviser_id, reason,
    asks_member, message_id)
SELECT c.number, p.position, p.action, {_after("p.seconds")},
    CASE p.actor WHEN 0 THEN m.user_id WHEN 1 THEN c.adviser_1 ELSE c.adviser_2 END,
    {_which("p.branch", "c.branch_1", "c.branch_2")},
    {_which("p.adviser", "c.adviser_1", "c.adviser_2")},
    p.reason, p.asks_member, c.messages_before + p.said
FROM bench_choice c
JOIN bench_step p USING (story)
JOIN people_member m ON m.id = c.member
ORDER BY {_after("p.seconds")}, c.number, p.position
"""

# Every fifth request came with a file. Only the rows are needed: nobody downloads here.
DOCUMENTS = """
INSERT INTO requests_app_document (
    key, member_request_id, message_id, uploaded_by_id, uploaded_at, name, content_type, size,
    sha256, file)
SELECT 'bench' || m.id, m.member_request_id, m.id, m.author_id, m.sent_at, 'contrat.pdf',
    'application/pdf', 84000, repeat('0', 64), 'documents/be/bench' || m.id
FROM requests_app_message m
JOIN requests_app_requestevent e ON e.message_id = m.id
WHERE e.position = 1 AND m.member_request_id % 5 = 0
"""

# The mails of the past were all sent.
MAILS = """
INSERT INTO requests_app_outbox (
    key, kind, event_id, recipient_id, due_at, tries, last_error, done_at)
SELECT e.id || ':' || k.kind, k.kind, e.id, m.user_id, e.at, 0, '', e.at
FROM requests_app_requestevent e
JOIN (VALUES ('submit', false, 'receipt'), ('answer', false, 'answer'),
    ('answer', true, 'question'), ('close', false, 'closed')) k (action, asks_member, kind)
    ON k.action = e.action AND k.asks_member = e.asks_member
JOIN requests_app_memberrequest r ON r.id = e.member_request_id
JOIN people_member m ON m.id = r.member_id
ORDER BY e.id
"""


FILLED_TABLES = (
    "requests_app_memberrequest",
    "requests_app_message",
    "requests_app_requestevent",
    "requests_app_document",
    "requests_app_outbox",
)


def _numbers_go_on(table: str) -> str:
    """Rows stored with a number of their own leave the sequence behind: bring it along."""
    return f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"


FILL = (
    REQUESTS,
    MESSAGES,
    EVENTS,
    DOCUMENTS,
    MAILS,
    _numbers_go_on("requests_app_memberrequest"),
    _numbers_go_on("requests_app_message"),
)
