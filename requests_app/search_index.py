"""Keeps what the search looks into, beside the triggers: bulk loads, and the known words."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_LOCK = 2_023_06_09
_INDEX = "words_of_requests"
_NOT_INDEXED = """
SELECT requests_app_index_requests((
    SELECT array_agg(id) FROM requests_app_memberrequest r
    WHERE NOT EXISTS (SELECT FROM requests_app_searchtext s WHERE s.member_request_id = r.id)))
"""
# Numbers, addresses and very short words are not guessed at: a guess would only be wrong.
_WORDS = """
INSERT INTO requests_app_searchword (word, requests)
SELECT word, ndoc FROM ts_stat('SELECT words FROM requests_app_searchtext')
WHERE length(word) BETWEEN 4 AND 40 AND word ~ '^[[:alpha:]]+$'
"""


@contextmanager
def indexed_at_the_end() -> Iterator[None]:
    """Index the requests that this transaction brings once, and not row by row.

    For filling an empty database: until the transaction ends nobody else can search. Who fails in
    between finds everything as it was. Gathers the known words as well.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [_INDEX])
        (definition,) = cursor.fetchone()
        cursor.execute(f"DROP INDEX {_INDEX}")
        cursor.execute("SET LOCAL requests_app.index_later = 'on'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL requests_app.index_later = 'off'")
        # Without figures about the new rows PostgreSQL would look for each message in all of them.
        cursor.execute("ANALYZE requests_app_memberrequest, requests_app_message")
        cursor.execute(_NOT_INDEXED)
        # PostgreSQL indexes no table for which checks are still owed.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(definition)
    gather_words()


@transaction.atomic
def gather_words() -> int:
    """Gather the words that requests hold now, for those who mistype them; returns how many.

    What was erased since the last time is forgotten here.
    """
    with connection.cursor() as cursor:
        # Of two workers in one night, the second waits and does the same again.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("DELETE FROM requests_app_searchword")
        cursor.execute(_WORDS)
        return int(cursor.rowcount)
