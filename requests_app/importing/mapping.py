"""What the words of another system mean here, read from a TOML file. Pure."""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import time
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from branches.models import LANGUAGES
from requests_app.enums import Action, Channel, ClosingReason, SendBackReason, TransferReason

REQUIRED_COLUMNS = ("case", "activity", "time", "customer")
OPTIONAL_COLUMNS = ("person", "group", "office", "subject", "channel", "language")
IGNORE = "ignore"
SOURCE = re.compile(r"[a-z0-9][a-z0-9_-]{0,19}")

# Other systems have no steps of these kinds, or tell them otherwise.
IMPORTED = [
    action.value
    for action in Action
    if action
    not in {
        Action.RESUME, Action.TELL, Action.CONSULT, Action.ADVISE, Action.CONSULT_ENDS, Action.UNDO
    }
]  # fmt: skip
# Which code must stand beside an action, as the database asks it.
REASONS: dict[Action, list[str]] = {
    Action.CLOSE: ClosingReason.values,
    Action.TRANSFER: TransferReason.values,
    Action.SEND_BACK: SendBackReason.values,
}


class MappingError(Exception):
    """The mapping cannot be used. The text names every problem found, one a line."""


class Arrival(Enum):
    """Which event of a case is the arrival of the request."""

    FIRST_EVENT = "first_event"
    SUBMIT = "submit"


class Ambiguous(Enum):
    """What to do with a local time that the clock showed twice, when summer time ended."""

    REFUSE = "refuse"
    EARLIER = "earlier"
    LATER = "later"


@dataclass(frozen=True)
class Step:
    """What an activity means. No action: it only counts as a sign of life of the case."""

    action: Action | None
    reason: str = ""
    asks_member: bool = False


@dataclass(frozen=True)
class Opening:
    weekdays: tuple[int, ...]
    opens: time
    closes: time


@dataclass(frozen=True)
class NewOffice:
    """An office of its own for the history of somebody else's help desk."""

    code: str
    name: str
    prefix: str
    hours: tuple[Opening, ...] = ()


@dataclass(frozen=True)
class Mapping:
    source: str
    columns: dict[str, str]
    activities: dict[str, Step]
    language: str = "fr"
    encoding: str = "utf-8"
    delimiter: str | None = None
    keeps_duplicates: bool = False
    time_format: str | None = None
    zone: ZoneInfo | None = None
    ambiguous: Ambiguous = Ambiguous.REFUSE
    arrival: Arrival = Arrival.FIRST_EVENT
    office: str = ""
    new_office: NewOffice | None = None
    offices: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] | None = None
    channels: dict[str, str] = field(default_factory=dict)
    creates_people: bool = False
    emails: dict[str, str] = field(default_factory=dict)
    creates_members: bool = False


class _Section:
    """One table of the file. It remembers what was asked for, so that a misspelt name shows."""

    def __init__(self, content: dict[str, Any], name: str, problems: list[str]) -> None:
        self.content, self.name, self.problems = dict(content), name, problems

    def take(self, key: str, kind: type, default: Any) -> Any:
        value = self.content.pop(key, default)
        if value is not default and type(value) is not kind:
            self.problem(key, _("must be %(kind)s") % {"kind": kind.__name__})
            return default
        return value

    def problem(self, key: str, text: str) -> None:
        self.problems.append(f"{self.name}.{key}: {text}" if self.name else f"{key}: {text}")

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        value: str = self.take(key, str, default)
        if required and not value.strip():
            self.problem(key, _("is missing"))
        return value

    def flag(self, key: str) -> bool:
        return bool(self.take(key, bool, False))

    def one_of(self, key: str, choices: list[str], default: str) -> str:
        value = self.text(key, default)
        if value not in choices:
            self.problem(key, _("must be one of: %(choices)s") % {"choices": ", ".join(choices)})
            return default
        return value

    def section(self, key: str) -> "_Section":
        content: dict[str, Any] = self.take(key, dict, {})
        return _Section(content, f"{self.name}.{key}" if self.name else key, self.problems)

    def texts(self) -> dict[str, str]:
        """All that is left in this section, as text to text."""
        return {key: self.text(key, required=True) for key in list(self.content)}

    def finish(self) -> None:
        for key in self.content:
            self.problem(key, _("is not known here"))


def read_mapping(text: str) -> Mapping:
    """The mapping that a TOML text describes. Raises MappingError with every problem in it."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(_("This is not TOML: %(error)s.") % {"error": error}) from None
    problems: list[str] = []
    top = _Section(content, "", problems)
    mapping = _mapping(top)
    top.finish()
    if problems:
        raise MappingError("\n".join(problems))
    return mapping


def _mapping(top: _Section) -> Mapping:
    source = top.text("source", required=True)
    if source and not SOURCE.fullmatch(source):
        top.problem("source", _("up to 20 small letters, digits, - and _"))
    has_groups = "groups" in top.content
    groups = top.section("groups").texts()
    mapping = Mapping(
        source=source,
        language=top.one_of("language", list(LANGUAGES), "fr"),
        columns=_columns(top.section("columns")),
        activities=_activities(top.section("activities")),
        arrival=Arrival(top.one_of("arrival", [a.value for a in Arrival], "first_event")),
        groups=groups if has_groups else None,
        channels=_channels(top.section("channels")),
        **_file(top.section("file")),
        **_time(top.section("time")),
        **_office(top.section("office")),
        **_people(top),
    )
    if not mapping.office and not mapping.new_office and "office" not in mapping.columns:
        top.problem("office", _("give a code, an office to create, or a column"))
    for table, name in ((mapping.groups, "group"), (mapping.channels, "channel")):
        if table and name not in mapping.columns:
            top.problem(f"columns.{name}", _("is missing"))
    if "channel" in mapping.columns and not mapping.channels:
        top.problem("channels", _("is missing"))
    return mapping


def _columns(section: _Section) -> dict[str, str]:
    required = {name: section.text(name, required=True) for name in REQUIRED_COLUMNS}
    optional = {name: section.text(name) for name in OPTIONAL_COLUMNS}
    section.finish()
    return required | {name: column for name, column in optional.items() if column}


def _activities(section: _Section) -> dict[str, Step]:
    if not section.content:
        section.problem("*", _("is missing"))
    return {name: _step(section, name) for name in list(section.content)}


def _step(section: _Section, name: str) -> Step:
    if isinstance(section.content[name], str):
        section.content[name] = {"action": section.content[name]}
    step = section.section(name)
    code = step.one_of("action", [*IMPORTED, IGNORE], IGNORE)
    action = None if code == IGNORE else Action(code)
    reason, asks_member = step.text("reason"), step.flag("asks_member")
    allowed = REASONS.get(action, [""]) if action else [""]
    if reason not in allowed:
        step.problem("reason", _("must be one of: %(choices)s") % {"choices": ", ".join(allowed)})
    if asks_member and action != Action.ANSWER:
        step.problem("asks_member", _("belongs to an answer"))
    step.finish()
    return Step(action, reason, asks_member)


def _channels(section: _Section) -> dict[str, str]:
    channels = section.texts()
    for name, code in channels.items():
        if code not in Channel.values:
            section.problem(
                name, _("must be one of: %(choices)s") % {"choices": ", ".join(Channel.values)}
            )
    return channels


def _file(section: _Section) -> dict[str, Any]:
    delimiter = section.text("delimiter") or None
    if delimiter and (len(delimiter) != 1 or delimiter in '"\r\n'):
        section.problem("delimiter", _("must be one character"))
        delimiter = None
    found = {
        "encoding": section.text("encoding", "utf-8"),
        "delimiter": delimiter,
        "keeps_duplicates": section.one_of("duplicates", ["refuse", "keep"], "refuse") == "keep",
    }
    section.finish()
    return found


def _time(section: _Section) -> dict[str, Any]:
    name, zone = section.text("zone"), None
    try:
        zone = ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        section.problem("zone", _("is not the name of a time zone, such as Europe/Brussels"))
    found = {
        "time_format": section.text("format") or None,
        "zone": zone,
        "ambiguous": Ambiguous(
            section.one_of("ambiguous", [choice.value for choice in Ambiguous], "refuse")
        ),
    }
    section.finish()
    return found


def _office(section: _Section) -> dict[str, Any]:
    has_new = "create" in section.content
    new = _new_office(section.section("create")) if has_new else None
    found = {
        "office": section.text("code"),
        "offices": section.section("values").texts(),
        "new_office": new,
    }
    if found["office"] and new:
        section.problem("code", _("either a code or an office to create, not both"))
    section.finish()
    return found


def _new_office(section: _Section) -> NewOffice:
    hours = []
    for number, content in enumerate(section.take("hours", list, [])):
        if isinstance(content, dict):
            hours.append(
                _opening(_Section(content, f"office.create.hours.{number}", section.problems))
            )
        else:
            section.problem("hours", _("must be tables with weekdays, opens and closes"))
    new = NewOffice(
        code=section.text("code", required=True),
        name=section.text("name", required=True),
        prefix=section.text("prefix", required=True),
        hours=tuple(hours),
    )
    section.finish()
    return new


def _opening(section: _Section) -> Opening:
    weekdays = section.take("weekdays", list, [])
    if not weekdays or any(type(day) is not int or not 0 <= day <= 6 for day in weekdays):
        section.problem("weekdays", _("must be numbers from 0 (Monday) to 6 (Sunday)"))
        weekdays = []
    opens = section.take("opens", time, time(0))
    closes = section.take("closes", time, time(23, 59))
    if closes <= opens:
        section.problem("closes", _("must be after “opens”"))
    section.finish()
    return Opening(tuple(weekdays), opens, closes)


def _people(top: _Section) -> dict[str, Any]:
    people, customers = top.section("people"), top.section("customers")
    found = {
        "creates_people": people.flag("create"),
        "emails": people.section("emails").texts(),
        "creates_members": customers.flag("create"),
    }
    people.finish()
    customers.finish()
    return found
