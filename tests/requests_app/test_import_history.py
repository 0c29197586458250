"""The command `import_history`, from a file to stored requests."""

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from branches.models import Office, OpeningHours
from people.models import Member, User
from people.roles import Role
from requests_app.enums import Action, Channel, ClosingReason, Status
from requests_app.history import State, rebuild
from requests_app.importing import run, staging, storing
from requests_app.models import MemberRequest, RequestEvent
from tests.factories import MemberFactory, OfficeFactory, PilotFactory, UserFactory

pytestmark = pytest.mark.django_db

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


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def bring(tmp_path: Path) -> Import:
    """Writes the rows and the mapping, runs the command, returns what it said."""
    OfficeFactory()

    def _bring(rows: list[str] | bytes, *, mapping: str = MAPPING, **options: Any) -> str:
        content = rows if isinstance(rows, bytes) else "\n".join([HEADER, *rows]).encode()
        (tmp_path / "log.csv").write_bytes(content)
        (tmp_path / "mapping.toml").write_text(mapping)
        said = StringIO()
        paths = {"mapping": tmp_path / "mapping.toml", **options}
        call_command("import_history", tmp_path / "log.csv", stdout=said, **paths)
        return said.getvalue()

    return _bring


@pytest.fixture
def reported(tmp_path: Path) -> Callable[[], list[tuple[int, str]]]:
    """Line and reason of each row of the report beside the file."""

    def _reported() -> list[tuple[int, str]]:
        with (tmp_path / "log.csv.bad.csv").open(encoding="utf-8-sig", newline="") as file:
            return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]

    return _reported


def stored() -> dict[str, MemberRequest]:
    return {r.source_key: r for r in MemberRequest.objects.filter(source="old-desk")}


def assert_nothing_stored() -> None:
    assert not MemberRequest.objects.exists()
    assert not RequestEvent.objects.exists()
    assert not User.objects.exists()


def test_a_log_becomes_requests_with_their_state(bring: Import) -> None:
    bring(GOOD)
    request = stored()["c1"]
    assert (request.status, request.closing_reason) == (Status.CLOSED, ClosingReason.ANSWERED)
    assert request.submitted_at == datetime(2023, 3, 1, 9, tzinfo=UTC)
    assert request.first_responded_at == datetime(2023, 3, 2, 10, tzinfo=UTC)
    assert request.closed_at == datetime(2023, 3, 5, 10, tzinfo=UTC)
    assert request.reference.startswith("LI-")
    assert (request.channel, request.language) == (Channel.IMPORT, "nl")
    assert stored()["c2"].status == Status.OPEN
    assert stored()["c2"].adviser == User.objects.get(name="ben (old-desk)")


def test_the_stored_state_is_what_replaying_the_events_gives(bring: Import) -> None:
    bring([*GOOD, "c1,Taken,ben,2023-03-08T10:00:00Z,x,B,", "c3,Hold,,2023-03-08T10:00:00Z,x,,"])
    for request in stored().values():
        events = list(request.events.order_by("position"))
        assert [event.position for event in events] == list(range(1, len(events) + 1))
        columns = {name: getattr(request, name) for name in State.__dataclass_fields__}
        assert State(**columns) == rebuild(events)


def test_a_group_becomes_the_accountable_branch(bring: Import) -> None:
    bring([*GOOD, "c2,Given,ben,2023-03-03T11:00:00Z,y,B,"])
    branches = {key: request.branch and request.branch.code for key, request in stored().items()}
    assert branches == {"c1": "first_line", "c2": "support"}
    assert {key for key, request in stored().items() if request.is_sensitive} == {"c2"}


def test_text_that_looks_like_a_formula_is_kept_as_it_is(bring: Import) -> None:
    bring(GOOD)
    assert stored()["c1"].subject == "=1+1"
    assert stored()["c2"].subject == "c2"


def test_people_of_the_log_can_never_sign_in_and_are_not_surveyed(bring: Import) -> None:
    bring(GOOD)
    assert Member.objects.get(number="old-desk:x").may_be_surveyed is False
    assert User.objects.filter(role=Role.ADVISER).count() == 2
    assert not User.objects.filter(is_active=True).exists()
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_rows_may_stand_anywhere_in_the_file(bring: Import) -> None:
    bring(GOOD[::-1])
    actions = stored()["c1"].events.order_by("position").values_list("action", flat=True)
    assert list(actions) == [Action.SUBMIT, Action.TAKE, Action.ANSWER, Action.CLOSE]


def test_the_promise_runs_in_office_hours(bring: Import) -> None:
    PilotFactory()
    bring(["c1,Opened,ann,2023-03-03T15:00:00Z,x,,"])
    # Friday 16:00 in Brussels: an hour that day, eight on Monday, seven on Tuesday.
    assert stored()["c1"].promise_due_at == datetime(2023, 3, 7, 15, tzinfo=UTC)


def test_the_same_file_twice_changes_nothing(bring: Import) -> None:
    bring(GOOD)
    before = list(MemberRequest.objects.order_by("id").values())
    said = bring(GOOD)
    assert "Requests imported before, unchanged: 2" in said
    assert "Nothing was changed." in said
    assert list(MemberRequest.objects.order_by("id").values()) == before
    assert (RequestEvent.objects.count(), User.objects.count()) == (6, 4)


def test_more_events_of_a_known_case_are_told_and_change_nothing(
    bring: Import, reported: Callable[[], list[tuple[int, str]]]
) -> None:
    bring(GOOD)
    bring([*GOOD, "c2,Solved,zoe,2023-03-03T11:00:00Z,y,,", "c3,Opened,,2023-03-03T11:00:00Z,y,,"])
    assert reported() == [(3, "Imported before; 1 events differ. Nothing was changed.")]
    assert stored()["c2"].events.count() == 2
    assert set(stored()) == {"c1", "c2", "c3"}
    assert not User.objects.filter(name="zoe (old-desk)").exists()


def test_a_later_file_finds_the_people_of_the_first(bring: Import) -> None:
    bring(GOOD)
    bring(["c9,Opened,ann,2023-04-01T09:00:00Z,x,,"])
    assert (User.objects.count(), Member.objects.count()) == (4, 2)


def test_a_trial_run_says_the_same_and_stores_nothing(bring: Import) -> None:
    said = bring(GOOD, dry_run=True)
    assert "Requests made: 2" in said
    assert "nothing was stored" in said
    assert_nothing_stored()


BAD = [
    ("c1,Taken,ann,yesterday,x,,", "time: “yesterday” is not readable"),
    ("c1,Taken,ann,2023-03-01,x,,", "time: “2023-03-01” is not readable"),
    ("c1,Taken,ann,2023-03-01T10:00:00,x,,", "time: has no time zone, and the mapping gives none"),
    ("c1,Taken,ann,2923-03-01T10:00:00Z,x,,", "is before 1980 or in the future"),
    ("c1,Taken,ann,0001-01-01T00:00:00+14:00,x,,", "is not readable"),
    ("c1,Danced,ann,2023-03-01T10:00:00Z,x,,", "activity: “Danced” is unknown"),
    ("c1,Taken,ann,2023-03-01T10:00:00Z,x,Z,", "group: “Z” is unknown"),
    ("c1,Taken,ann,2023-03-01T10:00:00Z,,,", "customer: is missing"),
    (",Taken,ann,2023-03-01T10:00:00Z,x,,", "case: is missing"),
    ("c1,Taken,ann,,x,,", "time: is missing"),
    ("c1,Taken,ann", "The row has 3 fields, the header has 7."),
    ("c1,Taken,ann,2023-03-01T10:00:00Z,x,,,,", "The row has 9 fields, the header has 7."),
    ("c1,Taken,a\x00n,2023-03-01T10:00:00Z,x,,", "The row holds a null character."),
    (f"c1,Taken,ann,2023-03-01T10:00:00Z,x,,{'s' * 151}", "at most 150 fit"),
    (f"c1,Taken,ann,2023-03-01T10:00:00Z,x,,{'s' * 140_000}", "A field is longer than 131072"),
    (f"c1,Taken,ann,2023-03-01T10:00:00Z,x,,{'s' * 1_000_000}", "longer than 262144 bytes"),
    ('c1,Taken,"an"n,2023-03-01T10:00:00Z,x,,', "not readable as CSV"),
    ("c1,Taken,ann,2023-03-01T10:00:00Z,85.07.30-033.28,,", "a national register number"),
    (GOOD[2], "The same row stands in line 4."),
]


@pytest.mark.parametrize(("row", "reason"), BAD, ids=[reason for _row, reason in BAD])
def test_a_bad_row_is_named_and_nothing_is_written(
    bring: Import, reported: Callable[[], list[tuple[int, str]]], row: str, reason: str
) -> None:
    with pytest.raises(CommandError, match=r"1 bad rows; nothing was stored.*log\.csv\.bad\.csv"):
        bring([*GOOD[:3], row, *GOOD[3:]])
    lines = dict(reported())
    assert reason in lines[5]
    assert_nothing_stored()


def test_a_row_in_another_encoding_is_named(
    bring: Import, reported: Callable[[], list[tuple[int, str]]]
) -> None:
    with pytest.raises(CommandError, match="1 bad rows"):
        bring("\n".join([HEADER, "c1,Opened,Chloé,2023-03-01T10:00:00Z,x,,"]).encode("latin-1"))
    assert reported() == [(2, "Wrong encoding: this is not utf-8 text.")]


def test_the_mapping_may_name_another_encoding(bring: Import) -> None:
    rows = "\n".join([HEADER, "c1,Taken,Chloé,2023-03-01T10:00:00Z,x,,"]).encode("latin-1")
    bring(rows, mapping=MAPPING.replace("[file]", '[file]\nencoding = "latin-1"'))
    assert User.objects.filter(name="Chloé (old-desk)").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (HEADER.encode("utf-16"), "Wrong encoding"),
        (HEADER.replace("time", "when").encode(), "The column “time” is missing"),
        (HEADER.replace("subject", "case").encode(), "names a column twice: case"),
    ],
)
def test_a_file_without_a_usable_header_is_refused(
    bring: Import, reported: Callable[[], list[tuple[int, str]]], content: bytes, reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        bring(content, skip_bad=True)
    assert reason in dict(reported())[1]


def test_with_skip_bad_the_whole_case_of_a_bad_row_is_left_out(
    bring: Import, reported: Callable[[], list[tuple[int, str]]]
) -> None:
    said = bring([*GOOD, "c1,Danced,ann,2023-03-06T10:00:00Z,x,,"], skip_bad=True)
    assert set(stored()) == {"c2"}
    assert "Good rows left out with the bad ones: 4" in said
    assert [line for line, _reason in reported()] == [2, 4, 5, 7, 8]
    assert not Member.objects.filter(number="old-desk:x").exists()


def test_the_report_runs_no_formula(bring: Import, tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        bring(["=HYPERLINK(1),Danced,ann,2023-03-01T10:00:00Z,x,,"])
    assert ",'=HYPERLINK(1),Danced" in (tmp_path / "log.csv.bad.csv").read_text().replace('"', "")


def test_an_old_report_does_not_outlive_a_good_import(
    bring: Import, reported: Callable[[], list[tuple[int, str]]]
) -> None:
    with pytest.raises(CommandError):
        bring([*GOOD, "c3"])
    bring(GOOD)
    assert reported() == []


def test_duplicates_may_be_kept(bring: Import) -> None:
    bring([*GOOD, GOOD[2]], mapping=MAPPING.replace('"refuse"', '"keep"'))
    assert stored()["c1"].events.count() == 5


def test_with_an_explicit_arrival_an_earlier_event_is_bad(
    bring: Import, reported: Callable[[], list[tuple[int, str]]]
) -> None:
    rows = [*GOOD, "c1,Taken,ann,2023-02-28T10:00:00Z,x,,", "c3,Taken,,2023-03-01T10:00:00Z,x,,"]
    rows += ["c2,Seen,,2023-02-01T10:00:00Z,y,,"]
    bring(rows, mapping='arrival = "submit"\n' + MAPPING, skip_bad=True)
    assert dict(reported())[8] == "time: this is before the arrival of the case"
    assert dict(reported())[9] == "The case has no arrival."
    assert set(stored()) == {"c2"}


def test_a_crash_in_the_middle_writes_nothing(
    bring: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, calls = storing.Store.store, iter(range(9))

    def fails_the_second_time(self: storing.Store, cases: Any) -> int:
        if next(calls):
            raise KeyboardInterrupt
        return store(self, cases)

    monkeypatch.setattr(run, "CASES_A_BATCH", 1)
    monkeypatch.setattr(storing.Store, "store", fails_the_second_time)
    with pytest.raises(KeyboardInterrupt):
        bring(GOOD)
    assert_nothing_stored()


def test_small_batches_give_the_same(bring: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CASES_A_BATCH", 1)
    monkeypatch.setattr(staging, "BATCH", 1)
    assert "Events made: 6" in bring(GOOD)


def test_a_case_without_end_is_bad(
    bring: Import,
    reported: Callable[[], list[tuple[int, str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(staging, "MAX_EVENTS_OF_A_CASE", 3)
    bring(GOOD, skip_bad=True)
    assert dict(reported())[2] == "The case has more than 3 events."
    assert set(stored()) == {"c2"}


ZONE = MAPPING + '[time]\nzone = "Europe/Brussels"\nformat = "%d/%m/%Y %H:%M"\n'


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("29/10/2023 02:30", "time: the clock showed this time twice that night"),
        ("26/03/2023 02:30", "time: the clock skipped this time that night"),
    ],
)
def test_a_local_time_that_was_not_one_moment_is_bad(
    bring: Import, reported: Callable[[], list[tuple[int, str]]], time: str, reason: str
) -> None:
    with pytest.raises(CommandError, match="1 bad rows"):
        bring([f"c1,Opened,ann,{time},x,,"], mapping=ZONE)
    assert reported() == [(2, reason)]


@pytest.mark.parametrize(("choice", "hour"), [("earlier", 0), ("later", 1)])
def test_the_mapping_may_decide_about_the_hour_shown_twice(
    bring: Import, choice: str, hour: int
) -> None:
    mapping = ZONE + f'ambiguous = "{choice}"\n'
    bring(["c1,Opened,ann,29/10/2023 02:30,x,,"], mapping=mapping)
    assert stored()["c1"].submitted_at == datetime(2023, 10, 29, hour, 30, tzinfo=UTC)


def test_persons_and_customers_may_be_ours(bring: Import) -> None:
    ours = MAPPING.replace("create = true", "create = false")
    ours += '[people.emails]\n"ann" = "Anne@example.org"\n'
    anne = UserFactory(email="anne@example.org", role=Role.ADVISER)
    member = MemberFactory(number="x")
    bring([row for row in GOOD if row.startswith("c1")], mapping=ours)
    assert (stored()["c1"].member, stored()["c1"].adviser) == (member, anne)


def test_unknown_persons_and_customers_are_bad_rows(
    bring: Import, reported: Callable[[], list[tuple[int, str]]]
) -> None:
    with pytest.raises(CommandError, match="6 bad rows"):
        bring(GOOD, mapping=MAPPING.replace("create = true", "create = false"))
    assert (2, "customer: “x” is unknown") in reported()
    assert (2, "person: “ann” is unknown") in reported()


def test_a_member_is_never_taken_for_an_adviser(bring: Import) -> None:
    MemberFactory(user=UserFactory(email="anne@example.org"))
    mapping = MAPPING + '[people.emails]\n"ann" = "anne@example.org"\n'
    with pytest.raises(CommandError, match=r"No adviser here has the address anne@example\.org"):
        bring(GOOD, mapping=mapping)


def test_an_unknown_office_is_an_error_that_says_so(bring: Import) -> None:
    with pytest.raises(CommandError, match="There is no office “MARS” here, only: LIEGE"):
        bring(GOOD, mapping=MAPPING.replace("LIEGE", "MARS"))


def test_an_office_of_its_own_is_made_once(bring: Import) -> None:
    create = """[office.create]
    code = "elsewhere"
    name = "Elsewhere"
    prefix = "ELS"
    hours = [{ weekdays = [0, 1], opens = 09:00:00, closes = 12:00:00 }]
    """
    mapping = MAPPING.replace('[office]\ncode = "LIEGE"', create)
    bring(GOOD, mapping=mapping)
    bring(GOOD, mapping=mapping)
    office = Office.objects.get(code="elsewhere")
    assert stored()["c1"].office == office
    assert OpeningHours.objects.filter(office=office).count() == 2


def test_offices_may_come_from_a_column(
    bring: Import, reported: Callable[[], list[tuple[int, str]]]
) -> None:
    OfficeFactory(code="MONS", name="Mons")
    mapping = MAPPING.replace('code = "LIEGE"', 'values = { "7000" = "MONS" }')
    mapping = mapping.replace('group = "group"', 'office = "group"').split("[groups]", maxsplit=1)[
        0
    ]
    mapping += "[people]\ncreate = true\n[customers]\ncreate = true\n"
    rows = [
        f"c{n},Opened,,2023-03-01T09:00:00Z,x,{o}," for n, o in enumerate(["7000", "LIEGE", "Q"])
    ]
    bring(rows, mapping=mapping, skip_bad=True)
    assert {key: request.office.code for key, request in stored().items()} == {
        "c0": "MONS",
        "c1": "LIEGE",
    }
    assert reported() == [(4, "office: “Q” is unknown")]


def test_a_report_that_cannot_be_written_is_an_error(bring: Import, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        bring([*GOOD, "c3"], report=tmp_path / "nowhere" / "bad.csv")
    assert_nothing_stored()
