"""One row of a log, checked against the mapping. Pure: no row of the database is read."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from branches.models import LANGUAGES
from people.models import Member, User
from people.plain_text import clean_text, mask_register_numbers
from people.tables import BadRow, Row, Table
from requests_app.enums import Channel
from requests_app.importing.mapping import Ambiguous, Mapping
from requests_app.models import SUBJECT_LENGTH, MemberRequest

# Earlier than any help desk with a log: such a time is a slip of the pen.
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)


class BadValue(Exception):
    """A value of a row cannot be used. The text says which and why."""


class LogRow(NamedTuple):
    """One event of the log. The order of the fields is that of the staging table."""

    line: int
    case_key: str
    at: datetime
    activity: int  # its place in the activities of the mapping
    person: str
    customer: str
    branch_id: int | None
    office_id: int
    subject: str
    language: str
    channel: str
    digest: bytes  # of the whole row, mapped or not: what tells an exact duplicate


@dataclass(frozen=True)
class Places:
    """What the mapping's office and branch codes are in this database, by their code there."""

    offices: dict[str, int]  # by the value in the file
    office_id: int | None  # for all rows, where the file has no such column
    branches: dict[str, int]  # by the group in the file


class RowCheck:
    """Turns rows of one file into `LogRow` or, with the reason, `BadRow`."""

    def __init__(self, table: Table, mapping: Mapping, places: Places, *, at: datetime) -> None:
        self.table, self.mapping, self.places, self.latest = table, mapping, places, at
        self.at_cell = {name: table.place_of(column) for name, column in mapping.columns.items()}
        self.activities = {name: place for place, name in enumerate(mapping.activities)}
        self.key_length = MemberRequest.source_key.field.max_length
        self.person_length = _room(User.name.field.max_length, f" ({mapping.source})")
        prefix = f"{mapping.source}:" if mapping.creates_members else ""
        self.customer_length = _room(Member.number.field.max_length, prefix)

    def __call__(self, row: Row) -> LogRow | BadRow:
        try:
            return self._log_row(row)
        except BadValue as refused:
            return self.table.refuse(row, str(refused), key=self._key(row))

    def _log_row(self, row: Row) -> LogRow:
        case_key = self._text(row, "case", self.key_length)
        person = self._text(row, "person", self.person_length, required=False)
        customer = self._text(row, "customer", self.customer_length)
        for name, text in (("person", person), ("customer", customer)):
            if _holds_register_number(text):
                raise BadValue(_about(name, _("holds a national register number")))
        return LogRow(
            line=row.line,
            case_key=case_key,
            at=self._moment(self._cell(row, "time")),
            activity=self._activity(row),
            person=person,
            customer=customer,
            branch_id=self._branch(row),
            office_id=self._office(row),
            subject=mask_register_numbers(
                self._text(row, "subject", SUBJECT_LENGTH, required=False) or case_key
            )[:SUBJECT_LENGTH],
            language=self._language(row),
            channel=self._channel(row),
            digest=blake2b("\x1f".join(row.cells).encode(), digest_size=16).digest(),
        )

    def _key(self, row: Row) -> str:
        """The case of a bad row, so that the rest of it is left out too."""
        try:
            return self._text(row, "case", self.key_length)
        except BadValue:
            return ""

    def _cell(self, row: Row, name: str) -> str:
        return row.cells[self.at_cell[name]].strip() if name in self.at_cell else ""

    def _text(self, row: Row, name: str, limit: int | None, *, required: bool = True) -> str:
        cell = self._cell(row, name)
        try:
            text = _cleaned(cell, limit) if cell else ""
        except ValidationError as error:
            raise BadValue(_about(name, error.messages[0])) from None
        if required and not text:
            raise BadValue(_about(name, _("is missing")))
        return text

    def _activity(self, row: Row) -> int:
        name = self._text(row, "activity", None)
        try:
            return self.activities[name]
        except KeyError:
            raise BadValue(_about("activity", _("“%(value)s” is unknown") % _value(name))) from None

    def _branch(self, row: Row) -> int | None:
        name = self._cell(row, "group")
        if self.mapping.groups is None or not name:
            return None
        if name not in self.places.branches:
            raise BadValue(_about("group", _("“%(value)s” is unknown") % _value(name)))
        return self.places.branches[name]

    def _office(self, row: Row) -> int:
        name = self._cell(row, "office")
        office_id = self.places.offices.get(name) if name else self.places.office_id
        if office_id is None:
            unknown = _("“%(value)s” is unknown") % _value(name) if name else _("is missing")
            raise BadValue(_about("office", unknown))
        return office_id

    def _language(self, row: Row) -> str:
        language = self._cell(row, "language").lower() or self.mapping.language
        if language not in LANGUAGES:
            raise BadValue(_about("language", _("“%(value)s” is unknown") % _value(language)))
        return language

    def _channel(self, row: Row) -> str:
        name = self._cell(row, "channel")
        if name and name not in self.mapping.channels:
            raise BadValue(_about("channel", _("“%(value)s” is unknown") % _value(name)))
        return self.mapping.channels[name] if name else Channel.IMPORT.value

    def _moment(self, text: str) -> datetime:
        if not text:
            raise BadValue(_about("time", _("is missing")))
        try:
            moment = self._in_utc(_parsed(text, self.mapping.time_format))
        except (ValueError, OverflowError):
            raise BadValue(
                _about("time", _("“%(value)s” is not readable") % _value(text))
            ) from None
        if not EARLIEST <= moment <= self.latest:
            raise BadValue(
                _about("time", _("“%(value)s” is before 1980 or in the future") % _value(text))
            )
        return moment

    def _in_utc(self, moment: datetime) -> datetime:
        if moment.utcoffset() is not None:
            return moment.astimezone(UTC)
        if self.mapping.zone is None:
            raise BadValue(_about("time", _("has no time zone, and the mapping gives none")))
        earlier = moment.replace(tzinfo=self.mapping.zone, fold=0)
        later = moment.replace(tzinfo=self.mapping.zone, fold=1)
        if earlier.utcoffset() == later.utcoffset():
            return earlier.astimezone(UTC)
        # The two readings differ only around a change of the clock. A clock that was set back
        # showed this time twice, earlier and later; one that was set forward never showed it,
        # and then zoneinfo gives the two readings the other way round.
        if later.astimezone(UTC) < earlier.astimezone(UTC):
            raise BadValue(_about("time", _("the clock skipped this time that night")))
        if self.mapping.ambiguous is Ambiguous.REFUSE:
            raise BadValue(_about("time", _("the clock showed this time twice that night")))
        chosen = earlier if self.mapping.ambiguous is Ambiguous.EARLIER else later
        return chosen.astimezone(UTC)


def _parsed(text: str, time_format: str | None) -> datetime:
    if time_format:
        return datetime.strptime(text, time_format)  # noqa: DTZ007  # The mapping has the zone.
    # An ISO date alone would be read as midnight: nobody said so.
    if len(text) <= len("2012-10-09"):
        raise ValueError(text)
    return datetime.fromisoformat(text)


@lru_cache(maxsize=4096)
def _cleaned(text: str, limit: int | None) -> str:
    return clean_text(text, limit=limit, one_line=True)


@lru_cache(maxsize=4096)
def _holds_register_number(text: str) -> bool:
    return mask_register_numbers(text) != text


def _room(length: int | None, rest: str) -> int:
    """How many characters of the log fit beside what we add to them."""
    return int(length or 0) - len(rest)


def _about(name: str, reason: str) -> str:
    return f"{name}: {reason}"


def _value(text: str) -> dict[str, str]:
    return {"value": text[:60]}
