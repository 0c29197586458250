"""What the figures of a period are counted from: a few queries that let PostgreSQL do the sums.

Each takes offices, by primary key, and two aware moments; `start` is in the period, `end` is not,
and whatever happened at `end` or later has not happened yet. None reads requests that had ended
before the period, so a new month costs the same however long the history is.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from django.db import connection

from reports.flow import Flow
from reports.handoffs import Journeys
from requests_app.enums import NOT_COUNTED, Action

# A person of the office did something with the request; routing and releasing only pass it on.
ACTS = [
    Action.TAKE, Action.ANSWER, Action.NOTE, Action.WAIT, Action.CLOSE, Action.TRANSFER,
    Action.SEND_BACK,
]  # fmt: skip
MOVES = [Action.TRANSFER, Action.SEND_BACK]
MOST_ADVISERS = 4

# The events of some requests (`chosen`) before the cut-off, without steps that were taken back and
# their undoing. What was taken back later has never been either: so do the columns tell it.
TOLD = """
told AS (
    SELECT * FROM (
        SELECT r.*, e.action, e.position, e.at, e.branch_id, e.actor_id,
            lead(e.action) OVER (PARTITION BY r.id ORDER BY e.position) AS next_action
        FROM chosen r JOIN requests_app_requestevent e ON e.member_request_id = r.id
    ) steps
    WHERE at < %(seen)s AND action <> 'undo' AND next_action IS DISTINCT FROM 'undo'
)
"""

# Those that arrived in the period and were not withdrawn, a duplicate or spam.
COHORT = """
chosen AS (
    SELECT r.id, r.office_id, r.topic_id, r.first_responded_at FROM requests_app_memberrequest r
    WHERE r.office_id = ANY(%(offices)s)
        AND r.submitted_at >= %(start)s AND r.submitted_at < %(end)s
        AND NOT (r.closing_reason = ANY(%(not_counted)s) AND r.closed_at < %(seen)s)
        {more}
)
"""

# A stay begins with the arrival or a reopening and ends with a closing. Events are in order by
# position; a call that is logged later may lie before the event in front of it, so time is never
# let run backwards.
STAYS = f"""
WITH chosen AS (
    SELECT id, office_id, submitted_at FROM requests_app_memberrequest
    WHERE office_id = ANY(%(offices)s) AND submitted_at < %(end)s
        AND (closed_at IS NULL OR closed_at >= %(start)s)
), {TOLD}, turns AS (
    SELECT id, office_id, submitted_at, action, position,
        max(at) OVER (PARTITION BY id ORDER BY position) AS at
    FROM told WHERE action IN ('submit', 'reopen', 'close')
), stays AS (
    SELECT *, lead(at) OVER request AS until, lag(at) OVER request AS began
    FROM turns WINDOW request AS (PARTITION BY id ORDER BY position)
)
"""  # noqa: S608 - pieces of our own, no value of anybody else
FLOW = f"""
{STAYS}
SELECT office_id,
    count(*) FILTER (
        WHERE action <> 'close' AND at < %(start)s AND (until IS NULL OR until >= %(start)s)),
    count(*) FILTER (WHERE action = 'submit' AND at >= %(start)s),
    count(*) FILTER (WHERE action = 'reopen' AND at >= %(start)s),
    count(*) FILTER (WHERE action = 'close' AND at >= %(start)s),
    count(*) FILTER (WHERE action <> 'close' AND until IS NULL),
    coalesce(sum(extract(epoch FROM
        greatest(coalesce(until, %(end)s) - greatest(at, %(start)s), interval '0')
    )) FILTER (WHERE action <> 'close'), 0)::bigint,
    coalesce(sum(extract(epoch FROM at - began))
        FILTER (WHERE action = 'close' AND at >= %(start)s), 0)::bigint,
    min(submitted_at) FILTER (WHERE action <> 'close' AND until IS NULL)
FROM stays GROUP BY office_id
"""  # noqa: S608 - as above
EACH_STAY = f"""
{STAYS}
SELECT id, office_id, action = 'reopen', at, until FROM stays
WHERE action <> 'close' AND (until IS NULL OR until >= %(start)s)
ORDER BY at, id, position
"""  # noqa: S608 - as above

WAYS = f"""
WITH {COHORT.format(more="")}, {TOLD}, journeys AS (
    SELECT id, office_id,
        coalesce(first_responded_at < %(seen)s, false) AND bool_or(branch_id IS NOT NULL)
            AS is_settled,
        bool_or(action = ANY(%(moves)s)) AS is_moved,
        bool_or(action = %(consult)s) AS is_consulted,
        least(count(DISTINCT actor_id) FILTER (WHERE action = ANY(%(acts)s)), %(most)s)
            AS advisers
    FROM told GROUP BY office_id, id, first_responded_at
)
"""  # noqa: S608 - as above
JOURNEYS = f"""
{WAYS}
SELECT office_id, advisers, count(*), count(*) FILTER (WHERE is_settled),
    count(*) FILTER (WHERE is_settled AND NOT is_moved), count(*) FILTER (WHERE is_moved),
    count(*) FILTER (WHERE is_consulted)
FROM journeys GROUP BY office_id, advisers
"""  # noqa: S608 - as above
EACH_WAY = f"""
{WAYS}
SELECT j.id, j.office_id, r.submitted_at, j.is_settled, j.is_moved, j.is_consulted, j.advisers
FROM journeys j JOIN requests_app_memberrequest r ON r.id = j.id ORDER BY r.submitted_at, j.id
"""  # noqa: S608 - as above

# Few requests change branch; the others need not be looked at event by event.
MOVED = """
AND EXISTS (
    SELECT FROM requests_app_requestevent e
    WHERE e.member_request_id = r.id AND e.action = ANY(%(moves)s))
"""
HOPS = f"""
WITH {COHORT.format(more=MOVED)}, {TOLD}, steps AS (
    SELECT *, lag(branch_id) OVER (PARTITION BY id ORDER BY position) AS giver_id,
        min(at) FILTER (WHERE action = ANY(%(acts)s)) OVER later AS next_at,
        (array_agg(actor_id) FILTER (WHERE action = ANY(%(acts)s)) OVER later)[1] AS next_actor
    FROM told WINDOW later AS (
        PARTITION BY id ORDER BY position ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
)
SELECT id, office_id, topic_id, giver_id, branch_id,
    extract(epoch FROM at)::bigint, extract(epoch FROM next_at)::bigint,
    actor_id, next_actor
FROM steps WHERE action = ANY(%(moves)s) AND giver_id IS NOT NULL AND branch_id IS NOT NULL
ORDER BY id, position
"""  # noqa: S608 - as above

CONTACT = "r.member_id, r.office_id, r.adviser_id, coalesce(r.branch_id, t.branch_id, 0)"
ANSWERED = """
FROM requests_app_memberrequest r LEFT JOIN branches_topic t ON t.id = r.topic_id
WHERE r.office_id = ANY(%(offices)s) AND r.submitted_at >= %(start)s AND r.submitted_at < %(end)s
    AND r.first_responded_at < %(end)s AND r.adviser_id IS NOT NULL
    AND NOT (r.closing_reason = ANY(%(not_counted)s) AND r.closed_at < %(end)s)
ORDER BY r.submitted_at, r.id
"""
CONTACTS = f"SELECT {CONTACT} {ANSWERED}"
EACH_CONTACT = f"SELECT {CONTACT}, r.id, r.submitted_at {ANSWERED}"

# Closings are read from the events: that of a request which came back later was work as well. An
# undoing follows the step that it undoes at once.
HANDLED = """
SELECT r.office_id, e.adviser_id, count(DISTINCT r.id) FROM requests_app_memberrequest r
JOIN requests_app_requestevent e ON e.member_request_id = r.id AND e.action = 'close'
    AND e.at >= %(start)s AND e.at < %(end)s
LEFT JOIN requests_app_requestevent u ON u.member_request_id = r.id
    AND u.position = e.position + 1 AND u.action = 'undo'
WHERE r.office_id = ANY(%(offices)s) AND r.submitted_at < %(end)s
    AND (r.closed_at IS NULL OR r.closed_at >= %(start)s)
    AND e.adviser_id IS NOT NULL AND NOT e.reason = ANY(%(not_counted)s) AND u.id IS NULL
GROUP BY r.office_id, e.adviser_id
"""

DECIDED = """
FROM requests_app_suggestion s JOIN requests_app_memberrequest r ON r.id = s.member_request_id
WHERE r.office_id = ANY(%(offices)s) AND s.decided_at >= %(start)s AND s.decided_at < %(end)s
"""
SUGGESTED = f"""
SELECT r.office_id, count(*), count(*) FILTER (WHERE s.decided_branch_id = s.first_branch_id)
{DECIDED} GROUP BY r.office_id
"""
EACH_DECISION = f"""
SELECT r.id, r.office_id, s.suggested_at, s.decided_at, s.decided_branch_id = s.first_branch_id
{DECIDED} ORDER BY s.decided_at, r.id
"""


@dataclass(frozen=True)
class Span:
    """Some offices and a period: what every query here is asked for.

    The ways of the requests that arrived in it are followed until `seen_from`, its end if None.
    """

    offices: Collection[int]
    start: datetime
    end: datetime
    seen_from: datetime | None = None

    @property
    def cut_off(self) -> datetime:
        return self.seen_from or self.end

    @property
    def seconds(self) -> int:
        return int(self.end.timestamp()) - int(self.start.timestamp())


class Hop(NamedTuple):
    """A change of branch. Moments are UTC epoch seconds; None: nobody has acted on it since."""

    request: int
    office: int
    topic: int | None
    giver: int
    taker: int
    at: int
    next_at: int | None
    actor: int | None
    next_actor: int | None


class Contact(NamedTuple):
    """An answered request: whose it was, and who handled it where. Branch 0: not known."""

    member: int
    office: int
    adviser: int
    branch: int


class Stay(NamedTuple):
    """One stay of a request: from its arrival or reopening until it was closed, if it was."""

    request: int
    office: int
    is_reopened: bool
    since: datetime
    until: datetime | None


class Way(NamedTuple):
    """The way of one request; `advisers` as in `Journeys.by_advisers`."""

    request: int
    office: int
    submitted: datetime
    is_settled: bool
    is_moved: bool
    is_consulted: bool
    advisers: int


class Decision(NamedTuple):
    """A routing suggestion that an adviser decided on, and whether its first branch was taken."""

    request: int
    office: int
    suggested: datetime
    decided: datetime
    is_followed: bool


class AnsweredRequest(NamedTuple):
    """A contact with the request that it is, and when that arrived."""

    member: int
    office: int
    adviser: int
    branch: int
    request: int
    submitted: datetime


@dataclass(frozen=True)
class OfficeFlow:
    """What came and went in one office, and when the oldest that was left open had arrived."""

    flow: Flow
    oldest: datetime | None


def _rows(statement: str, span: Span, **more: Any) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "offices": list(span.offices),
        "start": span.start,
        "end": span.end,
        "seen": span.cut_off,
        "not_counted": [str(reason) for reason in NOT_COUNTED],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values | more)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def flows(span: Span) -> dict[int, OfficeFlow]:
    """What came and went, by office; an office where nothing was open and nothing came has 0."""
    nothing = Flow(span.seconds, *[0] * 7)
    found = {key: OfficeFlow(nothing, None) for key in span.offices}
    # What came and went is told as it was at the end, whatever has happened since.
    for office, *counts, oldest in _rows(FLOW, span, seen=span.end):
        found[office] = OfficeFlow(Flow(span.seconds, *counts), oldest)
    return found


def hops(span: Span) -> list[Hop]:
    """The changes of branch of the requests that arrived in the period, in order within each."""
    acts, moves = [str(action) for action in ACTS], [str(action) for action in MOVES]
    return [Hop(*row) for row in _rows(HOPS, span, acts=acts, moves=moves)]


def journeys(span: Span) -> dict[int, Journeys]:
    """The ways of the requests that arrived in the period, by office; `came_back` is left at 0."""
    found = dict.fromkeys(span.offices, Journeys())
    more = {"acts": ACTS, "moves": MOVES}
    named = {name: [str(action) for action in actions] for name, actions in more.items()}
    for office, advisers, number, settled, right, moved, consulted in _rows(
        JOURNEYS, span, consult=str(Action.CONSULT), most=MOST_ADVISERS, **named
    ):
        found[office] += Journeys(
            requests=number,
            settled=settled,
            right_first_time=right,
            moved=moved,
            consulted=consulted,
            by_advisers={advisers: number},
        )
    return found


def chains(found: list[Hop]) -> Iterator[tuple[int, list[int]]]:
    """For each request that changed branch: its office, and the branches in the order held.

    Raises ValueError if a hop does not begin where the one before it ended.
    """
    for _request, of_one in groupby(found, key=lambda hop: hop.request):
        path = list(of_one)
        if any(before.taker != after.giver for before, after in pairwise(path)):
            raise ValueError(f"The hops of request {path[0].request} do not follow each other.")
        yield path[0].office, [path[0].giver, *(hop.taker for hop in path)]


def contacts(span: Span) -> list[Contact]:
    """The answered requests that arrived in the period, in the order of arrival."""
    return [Contact(*row) for row in _rows(CONTACTS, span)]


def handled(span: Span) -> dict[tuple[int, int], int]:
    """How many requests each adviser closed in the period, by (office, adviser); each once."""
    return {(office, adviser): number for office, adviser, number in _rows(HANDLED, span)}


def suggested(span: Span) -> dict[int, tuple[int, int]]:
    """Decisions on a suggestion in the period, and how many followed the first, by office."""
    found = dict.fromkeys(span.offices, (0, 0))
    return found | {office: (all_, followed) for office, all_, followed in _rows(SUGGESTED, span)}


# The same, request by request: what stands behind the sums above.


def stays(span: Span) -> list[Stay]:
    """The stays that `flows` sums: those that touch the period, as they began."""
    return [Stay(*row) for row in _rows(EACH_STAY, span, seen=span.end)]


def ways(span: Span) -> list[Way]:
    """The ways that `journeys` counts, in the order of arrival."""
    acts, moves = [str(action) for action in ACTS], [str(action) for action in MOVES]
    more = {"acts": acts, "moves": moves, "consult": str(Action.CONSULT), "most": MOST_ADVISERS}
    return [Way(*row) for row in _rows(EACH_WAY, span, **more)]


def answered(span: Span) -> list[AnsweredRequest]:
    """The requests of `contacts`, in the same order."""
    return [AnsweredRequest(*row) for row in _rows(EACH_CONTACT, span)]


def decisions(span: Span) -> list[Decision]:
    """The decisions that `suggested` counts, in their order."""
    return [Decision(*row) for row in _rows(EACH_DECISION, span)]
