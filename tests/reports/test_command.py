"""The report by hand, for programs and for people."""

import json
from collections.abc import Iterator
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from branches.models import Office, OpeningHours
from people.roles import Role
from reports import charts
from reports.models import MonthlyReport
from reports.plain_report import HIDDEN
from requests_app.models import MemberRequest
from tests.factories import PilotFactory, UserFactory
from tests.reports.conftest import Arrive, brussels

KEYS = [
    "office",
    "month",
    "definition_version",
    "cut_off",
    "is_provisional",
    "received",
    "counted",
    "first_answered",
    "still_waiting",
    "closed_unanswered",
    "only_a_question",
    "excluded",
    "oldest_waiting_since",
    "oldest_waiting_seconds",
    "promise_seconds",
    "office_clock",
    "calendar_clock",
]


@pytest.fixture(autouse=True)
def _in_september(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(charts, "wake", lambda *_args: True)
    with time_machine.travel(brussels("2023-09-01T12:00"), tick=False):
        yield


def printed(*options: str, office: str = "LIEGE", month: str = "2023-07") -> str:
    out = StringIO()
    call_command("monthly_report", "--office", office, "--month", month, *options, stdout=out)
    return out.getvalue()


def test_a_working_day_has_the_hours_that_the_pilot_says(office: Office, arrive: Arrive) -> None:
    PilotFactory(offices=[office], working_day_hours=4)
    for _ in range(10):
        arrive("2023-07-03T09:00", "2023-07-05T11:00")
    assert "within 8 h" in printed()
    median = json.loads(printed("--format", "json"))["office_clock"]["median"]
    assert (median["value"], median["human"][:16]) == (18 * 3600, "4.5 working days")


def test_the_keys_are_a_promise(office: Office) -> None:
    printed()
    # What the database gives back has lost its order.
    content = json.loads(printed("--format", "json"))
    assert list(content) == KEYS
    assert list(content["office_clock"]) == ["median", "ninetieth", "within_promise"]
    assert list(content["excluded"]) == ["duplicate", "spam", "withdrawn"]
    assert list(content["office_clock"]["median"]) == ["value", "low", "high", "human"]


def test_figures_are_in_seconds_and_in_words(office: Office, a_dozen: list[MemberRequest]) -> None:
    clock = json.loads(printed("--format", "json"))["office_clock"]
    assert clock["median"]["value"] == 6 * 3600
    assert clock["median"]["human"].startswith("6 h (plausible range ")
    assert clock["within_promise"]["human"].startswith("83% (plausible range")
    assert clock["ninetieth"]["human"] is None


def test_it_stores_what_the_worker_would(office: Office) -> None:
    printed()
    assert MonthlyReport.objects.get().month.isoformat() == "2023-07-01"


def test_the_text_is_for_people(office: Office, a_dozen: list[MemberRequest]) -> None:
    text = printed()
    assert text.startswith("Liège, 2023-07 (final, data until 2023-09-01 ")
    assert "half answered within, office time: 6 h" in " ".join(text.split())
    assert "not known (too few requests" in text


def test_a_final_month_is_computed_again_on_request(office: Office, arrive: Arrive) -> None:
    printed()
    arrive("2023-07-03T09:00")
    assert json.loads(printed("--format", "json"))["received"] == 0
    assert json.loads(printed("--format", "json", "--again"))["received"] == 1


def test_the_code_of_an_office_is_found_however_it_is_written(office: Office) -> None:
    assert "Liège" in printed(office="liege")


@pytest.mark.parametrize("code", ["PARIS", "", "LIE\0", "Liège"])
def test_an_unknown_office_names_those_that_exist(office: Office, code: str) -> None:
    with pytest.raises(CommandError, match=r"--office: no office has the code .* Known: LIEGE"):
        printed(office=code)


@pytest.mark.parametrize(
    "month", ["2023-13", "2023-7", "07-2023", "2023-07-01", "", "0001-01", "x", "２０２３-07"]
)
def test_a_month_that_is_none_says_how_to_write_one(office: Office, month: str) -> None:
    with pytest.raises(CommandError, match=r"--month: .* Write it as 2023-07, from 1990-01 on"):
        printed(month=month)


def test_a_month_to_come_names_the_latest(office: Office) -> None:
    with pytest.raises(CommandError, match=r"has not begun\. The latest month is 2023-09"):
        printed(month="2023-10")


def test_an_office_without_opening_hours_is_told_so(office: Office) -> None:
    OpeningHours.objects.all().delete()
    with pytest.raises(CommandError, match=r"LIEGE has no opening hours"):
        printed()


def test_of_a_small_office_the_figures_are_stored_and_not_printed(
    office: Office, arrive: Arrive
) -> None:
    two = [UserFactory(role=Role.ADVISER) for _ in range(2)]
    for number in range(12):
        arrive("2023-07-03T09:00", "2023-07-03T10:00", adviser=two[number % 2])
    assert printed().splitlines()[1:] == [f"  {HIDDEN}"]
    content = json.loads(printed("--format", "json"))
    assert list(content) == [*KEYS[:5], "hidden"]
    assert MonthlyReport.objects.get().received == 12
    assert list(json.loads(printed("--format", "json", "--again"))) == [*KEYS[:5], "hidden"]
