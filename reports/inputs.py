"""What stored figures rest on, as one digest: another one says that they may not hold any more.

History that is imported later, a call that is logged late, opening hours and closures that are
edited, a posting or an absence that is corrected: each makes another digest. Events are append
only, so the number and the sum of their keys stand for all that is in them; they are not read.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from branches.calendars import working_calendars
from branches.models import Office
from branches.working_time import BRUSSELS, epoch_seconds

# Every request that was open in the period or arrived in it, with what had happened to it by the
# cut-off. A decision on a suggestion can be taken back, so what was decided is part of it.
FACTS = """
WITH chosen AS (
    SELECT id FROM requests_app_memberrequest
    WHERE office_id = ANY(%(offices)s) AND submitted_at < %(end)s
        AND (closed_at IS NULL OR closed_at >= %(start)s)
), people AS (
    SELECT * FROM people_posting WHERE office_id = ANY(%(offices)s)
        AND starts_on <= %(last)s AND (ends_on IS NULL OR ends_on >= %(first)s)
)
SELECT array_to_string(ARRAY[
    (SELECT concat_ws(' ', count(*), sum(id)) FROM chosen),
    (SELECT concat_ws(' ', count(*), sum(e.id)) FROM chosen r
        JOIN requests_app_requestevent e ON e.member_request_id = r.id WHERE e.at < %(seen)s),
    (SELECT concat_ws(' ', count(*), sum(s.id), sum(s.decided_branch_id)) FROM chosen r
        JOIN requests_app_suggestion s ON s.member_request_id = r.id
        WHERE s.decided_at >= %(start)s AND s.decided_at < %(end)s),
    (SELECT concat_ws(' ', count(*), sum(e.id)) FROM requests_app_askedevent e
        JOIN requests_app_askeddocument d ON d.id = e.asked_id
        JOIN requests_app_memberrequest r ON r.id = d.member_request_id
        WHERE r.office_id = ANY(%(offices)s) AND e.at >= %(start)s AND e.at < %(seen)s),
    (SELECT string_agg(concat_ws(' ', adviser_id, office_id, branch_id, starts_on, ends_on), ', '
        ORDER BY id) FROM people),
    (SELECT string_agg(concat_ws(' ', adviser_id, starts_on, ends_on), ', ' ORDER BY id)
        FROM people_absence WHERE adviser_id IN (SELECT adviser_id FROM people)
        AND starts_on <= %(last)s AND ends_on >= %(first)s)
], '|', '-')
"""


def digest(
    offices: Sequence[Office], *, start: datetime, end: datetime, seen_from: datetime
) -> str:
    """The same for the same inputs, in 64 hexadecimal digits; 2 queries.

    Of what arrived at these offices before `end`, was not over at `start`, and had happened before
    `seen_from`.
    """
    found = hashlib.sha256(_facts(offices, start, end, seen_from).encode())
    day = timedelta(days=1)
    calendars = working_calendars(offices, start=_day(start) - day, end=_day(seen_from) + day)
    for office in offices:
        calendar = calendars[office.pk]
        found.update(calendar.opens.tobytes() + b"|" + calendar.closes.tobytes() + b"|")
    return found.hexdigest()


def _facts(offices: Sequence[Office], start: datetime, end: datetime, seen_from: datetime) -> str:
    values: dict[str, Any] = {
        "offices": [office.pk for office in offices],
        "start": start,
        "end": end,
        "seen": seen_from,
        "first": _day(start),
        "last": _day(end),
    }
    moments = [epoch_seconds(moment) for moment in (start, end, seen_from)]
    with connection.cursor() as cursor:
        cursor.execute(FACTS, values)
        (facts,) = cursor.fetchone()
    return f"{[office.code for office in offices]} {moments} {facts}"


def _day(moment: datetime) -> date:
    return moment.astimezone(BRUSSELS).date()
