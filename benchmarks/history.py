"""Fills an empty database with a year of requests for the figures: many rows, all by SQL.

Unlike `filling` it tells no stories: moments follow chance (from a fixed seed), one in five
requests waited for its member in between, and nothing was said. Constraints hold; keys and
indexes are taken off while filling, put back, and checked by PostgreSQL. Rows lie in the order in
which they arrived, as those that members send and those that are imported do.
"""

from datetime import date, time

from django.db import connection, transaction

from benchmarks.filling import checked_and_indexed_at_the_end
from branches.models import Office, OpeningHours
from people.models import Member, User
from people.roles import Role

OFFICES = 9
ADVISERS_AN_OFFICE = 10
MEMBERS = 900
HOURS = ((time(9), time(12, 30)), (time(13, 30), time(17)))
SEED = 0.20230608

REQUESTS = """
INSERT INTO requests_app_memberrequest (
    reference, member_id, office_id, branch_id, topic_id, adviser_id, subject, language, channel,
    status, is_sensitive, submitted_at, first_responded_at, first_response_was_question,
    waiting_since, closed_at, closing_reason, submission_key, version, source, source_key)
SELECT 'B-' || %(first)s + n, member.id, office.id, branch.id, topic.id,
    CASE WHEN answered THEN adviser.id END, 'Question ' || n,
    (ARRAY['fr', 'fr', 'fr', 'nl', 'nl', 'de', 'en'])[1 + n %% 7],
    (ARRAY['web', 'web', 'web', 'phone', 'email'])[1 + n %% 5],
    CASE WHEN is_closed THEN 'closed' WHEN answered THEN 'open' ELSE 'new' END, false,
    arrived, CASE WHEN answered THEN responded END, answered AND pauses,
    CASE WHEN NOT answered THEN arrived END, CASE WHEN is_closed THEN closed END,
    CASE WHEN NOT is_closed THEN '' WHEN n %% 40 = 0 THEN 'duplicate' ELSE 'answered' END,
    gen_random_uuid(), 1, 'bench', (%(first)s + n)::text
FROM (
    SELECT n, arrived, arrived + interval '1 day' * -1.2 * ln(random()) AS responded,
        arrived + interval '1 day' * (3 - 4 * ln(random())) AS later,
        random() < 0.97 AS answered, random() < 0.95 AS ends, n %% 5 = 3 AS pauses
    FROM (
        SELECT n, %(start)s::timestamptz + random() * (%(end)s::timestamptz - %(start)s) AS arrived
        FROM generate_series(1, %(number)s) AS n
    ) AS arrivals
) AS drawn
CROSS JOIN LATERAL (
    SELECT greatest(later, responded + interval '3 days') AS closed, answered AND ends AS is_closed
) AS ending
JOIN bench_office AS office ON office.place = n %% %(offices)s
JOIN bench_adviser AS adviser
    ON adviser.office = office.id AND adviser.place = n / 9 %% %(advisers)s
JOIN bench_member AS member
    ON member.office = office.id AND member.place = n / 9 %% %(members)s
JOIN bench_branch AS branch ON branch.place = n / 9 %% 4
JOIN bench_topic AS topic ON topic.place = n / 9 %% 53
ORDER BY arrived
"""
EVENTS = """
INSERT INTO requests_app_requestevent (
    member_request_id, position, action, at, recorded_at, actor_id, branch_id, adviser_id, reason,
    asks_member, message_id)
SELECT id, position, action, at, at, NULL, branch_id, adviser_id,
    CASE WHEN action = 'close' THEN closing_reason ELSE '' END, asks, NULL
FROM requests_app_memberrequest AS r
CROSS JOIN LATERAL (
    VALUES (1, 'submit', submitted_at, false),
        (2, 'answer', first_responded_at, first_response_was_question),
        (3, 'wait', CASE WHEN first_response_was_question THEN first_responded_at END, false),
        (4, 'member_writes',
            CASE WHEN first_response_was_question THEN first_responded_at + interval '1 day' END,
            false),
        (5, 'close', closed_at, false)
) AS step (position, action, at, asks)
WHERE step.at IS NOT NULL AND NOT EXISTS (
    SELECT FROM requests_app_requestevent AS e WHERE e.member_request_id = r.id)
ORDER BY r.id, step.position
"""
# What requests refer to, numbered from 0 on, so that a number chooses.
PLACES = f"""
CREATE TEMPORARY TABLE bench_office ON COMMIT DROP AS
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM branches_office;
CREATE TEMPORARY TABLE bench_branch ON COMMIT DROP AS
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM branches_branch;
CREATE TEMPORARY TABLE bench_topic ON COMMIT DROP AS
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM branches_topic;
CREATE TEMPORARY TABLE bench_member ON COMMIT DROP AS
    SELECT id, office_id AS office,
        row_number() OVER (PARTITION BY office_id ORDER BY id) - 1 AS place
    FROM people_member;
CREATE TEMPORARY TABLE bench_adviser ON COMMIT DROP AS
    SELECT u.id, o.id AS office, (u.number - 1) / {OFFICES} AS place
    FROM (
        SELECT id, row_number() OVER (ORDER BY id) AS number
        FROM people_user WHERE role = 'adviser'
    ) AS u
    JOIN bench_office AS o ON o.place = (u.number - 1) % {OFFICES};
ANALYZE bench_office, bench_branch, bench_topic, bench_member, bench_adviser;
"""
TABLES = ("requests_app_memberrequest", "requests_app_requestevent")


def set_up() -> list[Office]:
    """Nine offices with lunch breaks, ten advisers each, and members."""
    offices = Office.objects.bulk_create(
        Office(code=f"O{n}", name=f"Office {n}", reference_prefix=f"O{chr(65 + n)}")
        for n in range(OFFICES)
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(office=office, weekday=weekday, opens=opens, closes=closes)
        for office in offices
        for weekday in range(5)
        for opens, closes in HOURS
    )
    _people(OFFICES * ADVISERS_AN_OFFICE, Role.ADVISER)
    users = _people(MEMBERS, Role.MEMBER)
    Member.objects.bulk_create(
        Member(user=user, number=str(n), office=offices[n % OFFICES], joined_on=date(2020, 1, 1))
        for n, user in enumerate(users)
    )
    return offices


def add(requests: int, *, start: str, end: str, first: int) -> None:
    """Store so many more requests that arrived between two moments, named from `first` on."""
    values: dict[str, str | int] = {
        "number": requests,
        "start": start,
        "end": end,
        "first": first,
        "offices": OFFICES,
        "advisers": ADVISERS_AN_OFFICE,
        "members": MEMBERS // OFFICES,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [SEED])
        cursor.execute(PLACES)
        cursor.execute("SET LOCAL requests_app.index_later = 'on'")
        with checked_and_indexed_at_the_end(cursor, TABLES):
            cursor.execute(REQUESTS, values)
            # Without an index and figures about the new rows the next one would take hours.
            cursor.execute("ANALYZE requests_app_memberrequest, requests_app_requestevent")
            cursor.execute(EVENTS)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


def _people(number: int, role: Role) -> list[User]:
    return User.objects.bulk_create(
        User(email=f"{role}{n}@bench.example", name=f"Person {n}", password="!", role=role)
        for n in range(number)
    )
