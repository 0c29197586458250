"""A log of another system, the mapping that says what it means, and the command that brings it."""

import csv
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from people.models import User
from requests_app.models import MemberRequest, RequestEvent

HEADER = "case,activity,person,time,customer,group,subject"
MAPPING = """
source = "old-desk"
language = "nl"
[columns]
case = "case"
activity = "activity"
person = "person"
time = "time"
customer = "customer"
group = "group"
subject = "subject"
[file]
duplicates = "refuse"
[office]
code = "LIEGE"
[activities]
"Opened" = "submit"
"Taken" = "take"
"Given" = "route"
"Solved" = "answer"
"Hold" = "wait"
"Shut" = { action = "close", reason = "answered" }
"Again" = "reopen"
"Seen" = "ignore"
[groups]
"A" = "first_line"
"B" = "support"
[people]
create = true
[customers]
create = true
"""
GOOD = [
    "c1,Opened,ann,2023-03-01T09:00:00Z,x,A,=1+1",
    "c2,Opened,ben,2023-03-01T09:30:00Z,y,,",
    "c1,Taken,ann,2023-03-01T10:00:00Z,x,,",
    "c1,Solved,ann,2023-03-02T10:00:00Z,x,,",
    "c2,Taken,ben,2023-03-02T11:00:00Z,y,,",
    "c1,Shut,,2023-03-05T10:00:00Z,x,,",
]
Import = Callable[..., str]
Reported = Callable[[], list[tuple[int, str]]]


def bring_in(
    folder: Path, rows: list[str] | bytes, *, mapping: str = MAPPING, **options: Any
) -> str:
    """Write the rows and the mapping, run the command, return what it said."""
    content = rows if isinstance(rows, bytes) else "\n".join([HEADER, *rows]).encode()
    (folder / "log.csv").write_bytes(content)
    (folder / "mapping.toml").write_text(mapping)
    said = StringIO()
    paths = {"mapping": folder / "mapping.toml", **options}
    call_command("import_history", folder / "log.csv", stdout=said, **paths)
    return said.getvalue()


def reported_in(folder: Path) -> list[tuple[int, str]]:
    """Line and reason of each row of the report beside the file."""
    with (folder / "log.csv.bad.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]


def stored() -> dict[str, MemberRequest]:
    return {r.source_key: r for r in MemberRequest.objects.filter(source="old-desk")}


def assert_nothing_stored() -> None:
    assert not MemberRequest.objects.exists()
    assert not RequestEvent.objects.exists()
    assert not User.objects.exists()
