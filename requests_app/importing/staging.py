"""The checked rows of a log in temporary tables: sorting and comparing is PostgreSQL's work.

So nothing grows in memory with the file, and rows of one case may stand anywhere in it. Every row
that is not kept ends up in `import_findings`, from which the report is written.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from people.tables import BadRow
from requests_app.importing.rows import LogRow

BATCH = 5_000
# A case is replayed in memory; no request of people has more events than this.
MAX_EVENTS_OF_A_CASE = 5_000

TABLES = ("import_rows", "import_findings", "import_known", "import_members", "import_advisers")
# The "C" collation compares bytes: fast, and the same on every server.
CREATE = """
CREATE TEMPORARY TABLE import_rows (
    line bigint, case_key text COLLATE "C", at timestamptz, activity integer,
    person text COLLATE "C", customer text COLLATE "C", branch_id bigint, office_id bigint,
    subject text, language text, channel text, digest bytea
) ON COMMIT DROP;
CREATE TEMPORARY TABLE import_findings (
    line bigint, reason text, case_key text COLLATE "C", raw text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE import_known (case_key text COLLATE "C" PRIMARY KEY) ON COMMIT DROP;
CREATE TEMPORARY TABLE import_members (
    customer text COLLATE "C" PRIMARY KEY, member_id bigint
) ON COMMIT DROP;
CREATE TEMPORARY TABLE import_advisers (
    person text COLLATE "C" PRIMARY KEY, user_id bigint
) ON COMMIT DROP;
"""

KNOWN = """
INSERT INTO import_known
SELECT source_key FROM requests_app_memberrequest WHERE source = %(source)s AND source <> ''
"""

DUPLICATES = """
WITH twins AS (
    SELECT line, case_key, first_value(line) OVER same AS first
    FROM import_rows WINDOW same AS (PARTITION BY digest ORDER BY line)
)
INSERT INTO import_findings
SELECT line, replace(%(reason)s, '{line}', first::text), case_key, ''
FROM twins WHERE line <> first
"""

BEFORE_THE_ARRIVAL = """
WITH placed AS (
    SELECT line, case_key, at, activity,
        min(at) FILTER (WHERE activity = ANY(%(submissions)s)) OVER (PARTITION BY case_key)
            AS arrived_at
    FROM import_rows
)
INSERT INTO import_findings
SELECT line, CASE WHEN arrived_at IS NULL THEN %(never)s ELSE %(early)s END, case_key, ''
FROM placed
WHERE activity <> ALL(%(ignored)s) AND (arrived_at IS NULL OR at < arrived_at)
"""

TOO_MANY = """
INSERT INTO import_findings
SELECT min(line), %(reason)s, case_key, '' FROM import_rows
GROUP BY case_key HAVING count(*) > %(limit)s
"""

LEAVE_OUT = """
WITH spoilt AS (
    DELETE FROM import_rows r
    WHERE EXISTS (SELECT FROM import_findings f WHERE f.case_key = r.case_key AND f.case_key <> '')
    RETURNING line, case_key
)
INSERT INTO import_findings
SELECT line, %(reason)s, case_key, '' FROM spoilt s
WHERE NOT EXISTS (SELECT FROM import_findings f WHERE f.line = s.line)
"""

IN_ORDER = """
SELECT r.case_key, r.line, r.at, r.activity, a.user_id, r.branch_id, r.office_id, m.member_id,
    r.subject, r.language, r.channel
FROM import_rows r
LEFT JOIN import_members m USING (customer)
LEFT JOIN import_advisers a USING (person)
ORDER BY r.case_key, r.at, r.activity <> ALL(%(submissions)s), r.line
"""


@contextmanager
def temporary_tables() -> Iterator[None]:
    """Make the tables for one import; they are gone afterwards, however it ends."""
    with connection.cursor() as cursor:
        cursor.execute(CREATE)
    yield
    # After an error the transaction is rolled back, and the tables with it.
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {', '.join(TABLES)}")


def stage(rows: Iterable[LogRow | BadRow]) -> Iterator[int]:
    """Store rows and findings in batches; yields after each how many rows it held."""
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        copy_rows("import_rows", LogRow._fields, [row for row in batch if isinstance(row, LogRow)])
        add_findings(row for row in batch if isinstance(row, BadRow))
        yield len(batch)
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX ON import_rows (case_key)")
    analyze()


def analyze() -> None:
    """Tell PostgreSQL how full the tables are: it guesses wrong, and then joins row by row."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(TABLES)}")


def find_known_cases(source: str) -> None:
    """Which cases of this source were imported before."""
    _execute(KNOWN, source=source)
    analyze()


def add_findings(findings: Iterable[BadRow]) -> None:
    rows = [(bad.line, bad.reason, bad.key, bad.raw) for bad in findings]
    copy_rows("import_findings", ("line", "reason", "case_key", "raw"), rows)


def copy_rows(table: str, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Store many rows at once. The names come from this program, never from a file."""
    names = ", ".join(f'"{column}"' for column in columns)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy,
    ):
        for row in rows:
            copy.write_row(row)


def find_duplicates() -> None:
    """Every row that repeats an earlier one, letter by letter, is a finding."""
    _execute(DUPLICATES, reason=_("The same row stands in line %(line)s.") % {"line": "{line}"})


def find_early_events(*, submissions: list[int], ignored: list[int]) -> None:
    """Events before the submission of their case, and cases that have none."""
    _execute(
        BEFORE_THE_ARRIVAL,
        submissions=submissions,
        ignored=ignored,
        early=_("time: this is before the arrival of the case"),
        never=_("The case has no arrival."),
    )


def find_long_cases() -> None:
    reason = _("The case has more than %(limit)s events.") % {"limit": MAX_EVENTS_OF_A_CASE}
    _execute(TOO_MANY, reason=reason, limit=MAX_EVENTS_OF_A_CASE)


def leave_out_spoilt_cases() -> None:
    """A case of which one row is bad would have wrong timings: all of its rows become findings."""
    _execute(LEAVE_OUT, reason=_("Left out: another row of this case is bad."))


def _execute(statement: str, **parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def count(statement: str, *parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        (number,) = cursor.fetchone()
    return int(number)


def findings() -> Generator[BadRow, None, None]:
    """Everything that was found, in the order of the file."""
    for line, reason, key, raw in streamed(
        "SELECT line, reason, case_key, raw FROM import_findings ORDER BY line, reason"
    ):
        yield BadRow(line, reason, key, raw)


def streamed(statement: str, parameters: Any = None) -> Iterator[tuple[Any, ...]]:
    """The rows of a query through a cursor of the server, so that they never all lie in memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        yield from _fetched(cursor)


def _fetched(cursor: CursorWrapper) -> Iterator[tuple[Any, ...]]:
    while batch := cursor.fetchmany(BATCH):
        yield from batch
