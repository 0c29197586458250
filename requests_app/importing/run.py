"""The whole import of a history: all of it in one transaction, or nothing."""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from branches.models import Branch, Office, OpeningHours
from people.tables import BadRow, Table, write_report
from requests_app.enums import Action
from requests_app.importing import staging
from requests_app.importing.mapping import Arrival, Mapping, MappingError, NewOffice, Step
from requests_app.importing.people import find_people, make_people, missing_addresses
from requests_app.importing.replay import CaseEvent, replay
from requests_app.importing.rows import Places, RowCheck
from requests_app.importing.storing import Case, Promises, Store

CASES_A_BATCH = 1_000

# Told the name of the work, how far it is, and how far it will go (0: not known).
Progress = Callable[[str, int, int], None]


class BadRows(Exception):
    """Rows of the file are bad and nobody said to go on without them: nothing was stored."""

    def __init__(self, count: int) -> None:
        super().__init__(_("%(count)s bad rows; nothing was stored.") % {"count": count})


@dataclass
class Summary:
    """What an import did. A trial run has the same figures, and stores nothing."""

    rows: int = 0
    bad_rows: int = 0  # bad in themselves
    left_out_rows: int = 0  # good, but another row of their case is bad
    requests: int = 0
    events: int = 0
    members: int = 0
    advisers: int = 0
    known: int = 0  # cases that were imported before
    differing: int = 0  # those of them whose events are not the same any more
    put_in: Counter[Action] = field(default_factory=Counter)
    passed_over: Counter[Action] = field(default_factory=Counter)
    ignored: int = 0  # rows whose activity the mapping ignores
    reported: int = 0
    seconds: float = 0.0

    @property
    def events_a_second(self) -> float:
        return self.rows / self.seconds if self.seconds else 0.0


class _TrialEnds(Exception):
    pass


@contextmanager
def _one_transaction(source: str, *, dry_run: bool) -> Iterator[None]:
    """All or nothing, and one import of a source at a time; a trial run ends in a rollback."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"import {source}"])
                # Checked at each COPY, a million foreign keys do not pile up until the commit.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                # Every row of a cursor is read here, not only the first ones.
                cursor.execute("SET LOCAL cursor_tuple_fraction = 1")
            with staging.temporary_tables():
                yield
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            if dry_run:
                raise _TrialEnds
    except _TrialEnds:
        pass


def import_history(
    *,
    file: BinaryIO,
    mapping: Mapping,
    report: Path,
    at: datetime,
    dry_run: bool = False,
    skip_bad: bool = False,
    progress: Progress = lambda _work, _done, _total: None,
) -> Summary:
    """Bring in a log of events, one a row, as requests; see docs/importing.md.

    `at` is now: events after it are bad. What is wrong goes to `report`. Raises UnreadableTable,
    MappingError (office, branch or address unknown here), BadRows, OSError; then nothing is stored.
    """
    started, summary = time.monotonic(), Summary()
    table = Table(file, encoding=mapping.encoding, delimiter=mapping.delimiter)
    with _one_transaction(mapping.source, dry_run=dry_run):
        check = RowCheck(table, mapping, _places(mapping), at=at)
        _read(table, check, summary, progress)
        _judge(mapping, summary)
        if summary.bad_rows and not skip_bad:
            _report(report)
            raise BadRows(summary.bad_rows)
        _leave_out_spoilt_cases(mapping, summary)
        summary.members, summary.advisers = make_people(mapping)
        _store(mapping, summary, progress)
        summary.reported = _report(report)
    summary.seconds = time.monotonic() - started
    return summary


def _places(mapping: Mapping) -> Places:
    """Offices and branches of this database. Raises MappingError for each that it does not have."""
    if missing := missing_addresses(mapping):
        raise MappingError(
            _("No adviser here has the address %(addresses)s.") % {"addresses": ", ".join(missing)}
        )
    office_id = _make_office(mapping.new_office).pk if mapping.new_office else None
    if mapping.office:
        office_id = _ids(Office, {"": mapping.office})[""]
    offices = {code: pk for pk, code in Office.objects.values_list("pk", "code")}
    return Places(
        # A value that the mapping does not translate may be one of our own codes.
        offices=offices | _ids(Office, mapping.offices),
        office_id=office_id,
        branches=_ids(Branch, mapping.groups or {}),
    )


def _ids(model: type[Office] | type[Branch], codes: dict[str, str]) -> dict[str, int]:
    known: dict[str, int] = {code: pk for pk, code in model.objects.values_list("pk", "code")}
    if unknown := sorted(set(codes.values()) - set(known)):
        text = (
            _("There is no office “%(code)s” here, only: %(known)s.")
            if model is Office
            else _("There is no branch “%(code)s” here, only: %(known)s.")
        )
        raise MappingError(text % {"code": unknown[0], "known": ", ".join(sorted(known))})
    return {value: known[code] for value, code in codes.items()}


def _make_office(new: NewOffice) -> Office:
    """The office with this code, made with its opening hours if there is none."""
    office = Office.objects.filter(code=new.code).first()
    if office is not None:
        return office
    office = Office(code=new.code, name=new.name, reference_prefix=new.prefix)
    try:
        office.full_clean()
    except ValidationError as error:
        raise MappingError("office.create: " + " ".join(error.messages)) from None
    office.save()
    OpeningHours.objects.bulk_create(
        OpeningHours(office=office, weekday=weekday, opens=hours.opens, closes=hours.closes)
        for hours in new.hours
        for weekday in hours.weekdays
    )
    return office


def _read(table: Table, check: RowCheck, summary: Summary, progress: Progress) -> None:
    checked = (row if isinstance(row, BadRow) else check(row) for row in table)
    for number in staging.stage(checked):
        summary.rows += number
        progress(_("Reading"), table.bytes_read, table.size)


def _judge(mapping: Mapping, summary: Summary) -> None:
    """Find what only shows when all rows are known."""
    if not mapping.keeps_duplicates:
        staging.find_duplicates()
    if mapping.arrival is Arrival.SUBMIT:
        staging.find_early_events(submissions=_submissions(mapping), ignored=_ignored(mapping))
    staging.find_long_cases()
    staging.find_known_cases(mapping.source)
    find_people(mapping)
    summary.bad_rows = staging.count("SELECT count(DISTINCT line) FROM import_findings")


def _leave_out_spoilt_cases(mapping: Mapping, summary: Summary) -> None:
    staging.leave_out_spoilt_cases()
    found = staging.count("SELECT count(DISTINCT line) FROM import_findings")
    summary.left_out_rows = found - summary.bad_rows
    summary.ignored = staging.count(
        "SELECT count(*) FROM import_rows WHERE activity = ANY(%s)", _ignored(mapping)
    )


def _report(path: Path) -> int:
    # Closed before the transaction ends, also after an error: the server's cursor ends with it.
    with closing(staging.findings()) as findings:
        return write_report(path, findings)


def _submissions(mapping: Mapping) -> list[int]:
    steps = enumerate(mapping.activities.values())
    return [place for place, step in steps if step.action == Action.SUBMIT]


def _ignored(mapping: Mapping) -> list[int]:
    steps = enumerate(mapping.activities.values())
    return [place for place, step in steps if step.action is None]


def _store(mapping: Mapping, summary: Summary, progress: Progress) -> None:
    kept = summary.rows - summary.bad_rows - summary.left_out_rows
    if not staging.count("SELECT count(*) FROM import_rows"):
        return
    store = _store_of(mapping)
    done = 0
    with closing(_cases(mapping)) as cases:
        while batch := list(islice(cases, CASES_A_BATCH)):
            _store_batch(store, [case for case, _rows in batch], summary)
            done += sum(rows for _case, rows in batch)
            progress(_("Storing"), done, kept)


def _store_of(mapping: Mapping) -> Store:
    ((first, last),) = staging.streamed("SELECT min(at), max(at) FROM import_rows")
    offices = Office.objects.in_bulk(
        [pk for (pk,) in staging.streamed("SELECT DISTINCT office_id FROM import_rows")]
    )
    return Store(mapping.source, offices, Promises.between(list(offices.values()), first, last))


def _cases(mapping: Mapping) -> Generator[tuple[Case, int], None, None]:
    """Each case with the number of its rows, in the order of their keys."""
    steps = list(mapping.activities.values())
    rows = staging.streamed(staging.IN_ORDER, {"submissions": _submissions(mapping)})
    for _key, group in groupby(rows, key=itemgetter(0)):
        own = list(group)
        yield _case(own, steps), len(own)


def _case(rows: list[tuple[Any, ...]], steps: list[Step]) -> Case:
    """The first row, the arrival, says whose case it is, about what, and in which office."""
    replayed = replay(
        [
            CaseEvent(at, steps[activity], actor_id, branch_id)
            for _key, _line, at, activity, actor_id, branch_id, *_about in rows
        ]
    )
    key, line, *_event, office_id, member_id, subject, language, channel = rows[0]
    return Case(key, line, office_id, member_id, subject, language, channel, replayed)


def _store_batch(store: Store, cases: list[Case], summary: Summary) -> None:
    known = store.known([case.key for case in cases])
    new = [case for case in cases if case.key not in known]
    summary.events += store.store(new)
    summary.requests += len(new)
    summary.known += len(known)
    for case in new:
        summary.put_in += case.replayed.put_in
        summary.passed_over += case.replayed.passed_over
    differing = [
        BadRow(case.line, _differs(number), case.key)
        for case in cases
        if case.key in known and (number := _difference(known[case.key], case))
    ]
    summary.differing += len(differing)
    staging.add_findings(differing)


def _difference(stored: Counter[Any], case: Case) -> int:
    read = Counter(case.replayed.events)
    return ((stored - read) + (read - stored)).total()


def _differs(number: int) -> str:
    return _("Imported before; %(count)s events differ. Nothing was changed.") % {"count": number}
