"""The list of members, as another system exports it, brought in: new ones made, known ones changed.

One Django form checks each row. All of it is one transaction: a bad row stops everything, unless
somebody said to go on without the bad rows.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django import forms
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.models import LANGUAGES, Office
from people.models import Member, User
from people.plain_text import clean_text, mask_register_numbers
from people.roles import Role
from people.tables import BadRow, Row, Table, write_report

COLUMNS = ("number", "name", "email", "office", "language", "may_be_surveyed", "joined_on")
BATCH = 1_000
YES = frozenset({"1", "true", "yes", "y", "oui", "o", "ja", "j", "vrai", "waar"})
NO = frozenset({"0", "false", "no", "n", "non", "nee", "nein", "faux", "onwaar"})


class BadRows(Exception):
    """Rows of the file are bad and nobody said to go on without them: nothing was stored."""

    def __init__(self, count: int) -> None:
        super().__init__(_("%(count)s bad rows; nothing was stored.") % {"count": count})


class MappingError(Exception):
    """The mapping cannot be used. The text says why."""


class _TrialEnds(Exception):
    pass


class _Text(forms.CharField):
    """One line of text without control characters, and never a national register number."""

    def to_python(self, value: Any) -> str:
        text = clean_text(super().to_python(value) or "", one_line=True)
        if mask_register_numbers(text) != text:
            raise ValidationError(_("This holds a national register number."), "register_number")
        return text


class _YesOrNo(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = (super().to_python(value) or "").lower()
        if text and text not in YES | NO:
            raise ValidationError(_("Write yes or no."), "yes_or_no")
        return text in YES if text else ""


class MemberRow(forms.Form):
    """One row of the list. What the file calls an office is its code here."""

    number = _Text(max_length=40)
    name = _Text(max_length=120)
    email = forms.EmailField(required=False, max_length=254)
    office = forms.CharField()
    language = forms.ChoiceField(choices=[(code, code) for code in LANGUAGES])
    may_be_surveyed = _YesOrNo()
    joined_on = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        error_messages={"invalid": gettext_lazy("Write the date as 2023-06-15 or 15/06/2023.")},
    )

    def __init__(self, data: dict[str, str], *, offices: dict[str, int]) -> None:
        super().__init__(data)
        self.offices = offices

    def clean_email(self) -> str | None:
        email: str = self.cleaned_data["email"].lower()
        if mask_register_numbers(email) != email:
            raise ValidationError(_("This holds a national register number."), "register_number")
        return email or None

    def clean_office(self) -> int:
        try:
            return self.offices[self.cleaned_data["office"]]
        except KeyError:
            raise ValidationError(_("This office is unknown."), "office") from None

    def reason(self) -> str:
        """Every problem of the row in one line."""
        return " ".join(
            f"{name}: {' '.join(map(str, errors))}" for name, errors in self.errors.items()
        )


@dataclass(frozen=True)
class MemberMapping:
    """How the file differs from the plain one; all of it optional."""

    columns: dict[str, str] = field(default_factory=lambda: {name: name for name in COLUMNS})
    offices: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str | None = None


def read_member_mapping(text: str) -> MemberMapping:
    """From TOML: tables `columns` (ours = theirs), `offices` (theirs = our code), and `file`."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(_("This is not TOML: %(error)s.") % {"error": error}) from None
    tables = {name: content.pop(name, {}) for name in ("columns", "offices", "file")}
    for name, table in tables.items():
        if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
            raise MappingError(f"{name}: " + _("must hold texts"))
    columns, offices, file = tables.values()
    unknown = [*content, *set(columns) - set(COLUMNS), *set(file) - {"encoding", "delimiter"}]
    if unknown:
        raise MappingError(f"{unknown[0]}: " + _("is not known here"))
    if len(file.get("delimiter", ",")) != 1:
        raise MappingError("file.delimiter: " + _("must be one character"))
    return MemberMapping(
        columns={name: name for name in COLUMNS} | columns, offices=offices, **file
    )


@dataclass
class Summary:
    rows: int = 0
    made: int = 0
    changed: int = 0
    unchanged: int = 0
    # The file says yes, the member said no here: the member's word stands.
    refusals_kept: int = 0
    bad: list[BadRow] = field(default_factory=list)


@dataclass(frozen=True)
class _Entry:
    """A row that its form accepted."""

    row: Row
    values: dict[str, Any]

    @property
    def number(self) -> str:
        return str(self.values["number"])


def import_members(
    *,
    file: BinaryIO,
    mapping: MemberMapping,
    report: Path,
    dry_run: bool = False,
    skip_bad: bool = False,
) -> Summary:
    """Make or change the members that the file lists; members it does not list stay as they are.

    Raises UnreadableTable, MappingError, BadRows or OSError; then nothing is stored.
    """
    table = Table(file, encoding=mapping.encoding, delimiter=mapping.delimiter)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import members'))")
            summary = _Import(table, mapping).run()
            write_report(report, sorted(summary.bad, key=lambda bad: bad.line))
            if summary.bad and not skip_bad:
                raise BadRows(len(summary.bad))
            if dry_run:
                raise _TrialEnds
    except _TrialEnds:
        pass
    return summary


class _Import:
    def __init__(self, table: Table, mapping: MemberMapping) -> None:
        self.table, self.summary = table, Summary()
        self.places = {name: table.place_of(mapping.columns[name]) for name in COLUMNS}
        self.offices = _offices(mapping)
        self.lines: dict[str, int] = {}  # of each number and address seen so far

    def run(self) -> Summary:
        rows = iter(self.table)
        while batch := list(islice(rows, BATCH)):
            self.summary.rows += len(batch)
            entries = [entry for row in batch if (entry := self._entry(row))]
            self._store(entries)
        return self.summary

    def _entry(self, row: Row | BadRow) -> _Entry | None:
        if isinstance(row, BadRow):
            self.summary.bad.append(row)
            return None
        data = {name: row.cells[place] for name, place in self.places.items()}
        form = MemberRow(data, offices=self.offices)
        if not form.is_valid():
            self._refuse(row, form.reason())
            return None
        entry = _Entry(row, form.cleaned_data)
        return entry if self._is_first(entry) else None

    def _is_first(self, entry: _Entry) -> bool:
        """Whether no row before it has its number or its address."""
        for name in ("number", "email"):
            if not (value := entry.values[name]):
                continue
            line = self.lines.setdefault(f"{name} {value}", entry.row.line)
            if line != entry.row.line:
                text = _("%(column)s: this stands in line %(line)s too.")
                self._refuse(entry.row, text % {"column": name, "line": line})
                return False
        return True

    def _refuse(self, row: Row, reason: str) -> None:
        self.summary.bad.append(self.table.refuse(row, reason))

    def _store(self, entries: list[_Entry]) -> None:
        known = {
            member.number: member
            for member in Member.objects.select_related("user").filter(
                number__in=[entry.number for entry in entries]
            )
        }
        entries = self._without_taken_addresses(entries, known)
        self._make([entry for entry in entries if entry.number not in known])
        self._change([(entry, known[entry.number]) for entry in entries if entry.number in known])

    def _without_taken_addresses(
        self, entries: list[_Entry], known: dict[str, Member]
    ) -> list[_Entry]:
        emails = [entry.values["email"] for entry in entries if entry.values["email"]]
        owners = dict(User.objects.filter(email__in=emails).values_list("email", "pk"))
        kept = []
        for entry in entries:
            owner, member = owners.get(entry.values["email"]), known.get(entry.number)
            if owner is None or (member and member.user_id == owner):
                kept.append(entry)
            else:
                self._refuse(entry.row, _("email: this address belongs to somebody else here."))
        return kept

    def _make(self, entries: list[_Entry]) -> None:
        users = User.objects.bulk_create(
            User(
                role=Role.MEMBER,
                password=make_password(None),
                is_active=entry.values["email"] is not None,
                **{name: entry.values[name] for name in ("name", "email", "language")},
            )
            for entry in entries
        )
        Member.objects.bulk_create(
            Member(
                user=user,
                number=entry.number,
                office_id=entry.values["office"],
                may_be_surveyed=entry.values["may_be_surveyed"],
                joined_on=entry.values["joined_on"],
            )
            for user, entry in zip(users, entries, strict=True)
        )
        self.summary.made += len(entries)

    def _change(self, pairs: Iterable[tuple[_Entry, Member]]) -> None:
        changed = [member for entry, member in pairs if self._differs(entry, member)]
        User.objects.bulk_update(
            [member.user for member in changed], ["name", "email", "language", "is_active"]
        )
        Member.objects.bulk_update(changed, ["office", "may_be_surveyed", "joined_on"])
        self.summary.changed += len(changed)

    def _differs(self, entry: _Entry, member: Member) -> bool:
        """Write what the row says into the member; whether that changed anything."""
        before = _columns(member)
        values, user = entry.values, member.user
        if values["may_be_surveyed"] and not member.may_be_surveyed:
            self.summary.refusals_kept += 1
        if values["email"] is None or user.email is None:
            # Whoever may sign in has an address. Somebody with one whom we shut out stays out.
            user.is_active = values["email"] is not None
        user.name, user.email, user.language = values["name"], values["email"], values["language"]
        member.office_id, member.joined_on = values["office"], values["joined_on"]
        member.may_be_surveyed = member.may_be_surveyed and values["may_be_surveyed"]
        differs = _columns(member) != before
        self.summary.unchanged += not differs
        return differs


def _columns(member: Member) -> tuple[object, ...]:
    user = member.user
    return (
        *(user.name, user.email, user.language, user.is_active),
        *(member.office_id, member.may_be_surveyed, member.joined_on),
    )


def _offices(mapping: MemberMapping) -> dict[str, int]:
    known = dict(Office.objects.values_list("code", "pk"))
    for code in mapping.offices.values():
        if code not in known:
            raise MappingError(
                _("There is no office “%(code)s” here, only: %(known)s.")
                % {"code": code, "known": ", ".join(sorted(known))}
            )
    return known | {value: known[code] for value, code in mapping.offices.items()}
