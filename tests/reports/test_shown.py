"""Nothing is shown of an office behind which stand too few requests or advisers: nowhere."""

import json
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from itertools import product

import pytest
import time_machine
from django.core import mail
from django.test import Client

from branches.models import Office, Pilot
from branches.suppression import Cell
from dop_pilot.celery import app
from people.models import User
from people.roles import Role
from reports import comparison_result, monthly, periods, sealed_mail, shown
from reports.balance.content import gathered
from reports.models import MonthlyReport, Side, SideReport
from tests.factories import OfficeFactory, UserFactory
from tests.reports.conftest import Arrive, brussels

JULY = date(2023, 7, 1)
NOW = brussels("2023-11-20T12:00")
# Numbers that stand on a page only if the figures of the office do.
RECEIVED = {"LIEGE": 137, "GENT": 251, "NAMUR": 263}
WHY = "Not shown: it rests on fewer than 5 requests or 3 advisers"


@pytest.fixture(autouse=True)
def _in_november(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(app, "send_task", lambda *_args, **_options: None)
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def offices(pilot: Pilot, office: Office, arrive: Arrive, manager: User) -> list[Office]:
    """Three pilot offices; in Liège two advisers do all the work."""
    found = [office, *(OfficeFactory(code=code, name=code.title()) for code in ("GENT", "NAMUR"))]
    pilot.offices.set(found)
    two = [UserFactory(role=Role.ADVISER) for _ in range(2)]
    for number in range(RECEIVED["LIEGE"]):
        arrive("2023-07-03T09:00", "2023-07-03T10:00", adviser=two[number % 2])
    for one in found[1:]:
        for _ in range(RECEIVED[one.code]):
            arrive("2023-07-03T09:00", "2023-07-03T12:00", at_office=one)
    for one in found:
        report = monthly.compute_report(office=one, month=JULY, at=NOW)
        monthly.compute_sides(offices=[one], month=JULY, at=NOW)
        sealed_mail.announce_sealed(report, NOW)
    periods.compute(pilot=pilot, at=NOW)
    comparison_result.compare(pilot=pilot, at=NOW)
    return found


@pytest.fixture
def by_manager(client: Client, manager: User, offices: list[Office]) -> Client:
    client.force_login(manager)
    return client


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(unescape(response.content.decode()).split())


PAGES = (
    "/pilot/",
    "/pilot/?period=2023-07",
    "/pilot/?office={code}",
    "/pilot/?office={code}&period=2023-07",
    "/pilot/months/",
    "/pilot/months/?office={code}",
    "/pilot/{code}/2023-07/",
    "/pilot/comparison/",
)
ADDRESSES_OF_FIGURES = (
    "report.pdf",
    "report.xlsx",
    "report.csv",
    "why/",
    "why.csv",
)


def test_no_page_shows_a_figure_of_an_office_with_two_advisers(by_manager: Client) -> None:
    """Nor of Ghent, without which the total of the pilot offices would give Liège away."""
    for page, code in product(PAGES, ["LIEGE", "GENT"]):
        words = text(by_manager, page.format(code=code))
        assert str(RECEIVED["LIEGE"]) not in words, page
        assert str(RECEIVED["GENT"]) not in words, page


def test_the_page_says_why_there_is_nothing(by_manager: Client) -> None:
    for page in ("/pilot/?office={code}", "/pilot/{code}/2023-07/"):
        assert WHY in text(by_manager, page.format(code="LIEGE"))
        other = text(by_manager, page.format(code="NAMUR"))
        assert WHY not in other
        assert str(RECEIVED["NAMUR"]) in other


def test_the_row_of_a_hidden_office_is_as_wide_as_its_table(by_manager: Client) -> None:
    page = by_manager.get("/pilot/months/").content.decode()
    heads = re.findall(r"<th scope=\"col\"", page.partition("</thead>")[0])
    assert f'colspan="{len(heads) - 1}"' in page


def test_no_file_and_no_list_of_requests_does_either(by_manager: Client) -> None:
    for address in ADDRESSES_OF_FIGURES:
        assert by_manager.get(f"/pilot/LIEGE/2023-07/{address}").status_code == 404
        assert by_manager.get(f"/pilot/GENT/2023-07/{address}").status_code == 404
        assert by_manager.get(f"/pilot/NAMUR/2023-07/{address}").status_code == 200


@pytest.mark.usefixtures("offices")
def test_the_mail_of_the_sealed_months_does_not_either() -> None:
    while sealed_mail.send_next(at=brussels("2023-11-20T12:30")):
        pass
    (message,) = mail.outbox
    assert str(RECEIVED["LIEGE"]) not in message.body
    assert str(RECEIVED["GENT"]) not in message.body
    assert "263 received" in message.body
    assert message.body.count(WHY) == 2


@pytest.fixture
def alone(pilot: Pilot, office: Office, arrive: Arrive) -> Pilot:
    """The only pilot office, in which two advisers do all the work."""
    two = [UserFactory(role=Role.ADVISER) for _ in range(2)]
    for number in range(RECEIVED["LIEGE"]):
        arrive("2023-07-03T09:00", "2023-07-03T10:00", adviser=two[number % 2])
    monthly.compute_report(office=office, month=JULY, at=NOW)
    monthly.compute_sides(offices=[office], month=JULY, at=NOW)
    periods.compute(pilot=pilot, at=NOW)
    return pilot


def test_the_only_office_of_a_side_is_not_shown_as_its_side(
    alone: Pilot, client: Client, manager: User
) -> None:
    client.force_login(manager)
    for page in ("/pilot/", "/pilot/?period=2023-07"):
        words = text(client, page)
        assert str(RECEIVED["LIEGE"]) not in words
        assert "1 h (plausible range" not in words
    assert client.get("/pilot/why/first-answer/?side=pilot&period=2023-07").status_code == 404


def test_a_balance_does_not_show_it_as_a_side_either(alone: Pilot) -> None:
    content = gathered(alone, cut_off=NOW)
    assert [(row["side"], row["is_hidden"]) for row in content["sides"]] == [("pilot", True)]
    assert ("during", "pilot") not in {(row["period"], row["side"]) for row in content["periods"]}
    assert str(RECEIVED["LIEGE"]) not in json.dumps([content["sides"], content["periods"]])


def hidden_codes() -> list[str]:
    reports = list(MonthlyReport.objects.select_related("office").order_by("office__code"))
    hidden = shown.hidden_months(reports)
    return [one.office.code for one in reports if (one.office_id, one.month) in hidden]


def test_what_is_entered_after_the_seal_does_not_follow_from_the_total(
    pilot: Pilot, office: Office, arrive: Arrive
) -> None:
    """The side is computed again, the sealed months are not; the difference would give two away."""
    found = [office, *(OfficeFactory(code=code) for code in ("GENT", "NAMUR"))]
    pilot.offices.set(found)
    for one, number in ((found[0], 20), (found[1], 30)):
        for _ in range(number):
            arrive("2023-07-03T09:00", "2023-07-03T10:00", at_office=one)
    for one in found:
        monthly.compute_report(office=one, month=JULY, at=NOW)
    monthly.compute_sides(offices=[office], month=JULY, at=NOW)
    assert hidden_codes() == []
    for _ in range(2):
        arrive("2023-07-03T09:00", "2023-07-03T10:00", at_office=found[2])
    monthly.compute_side(pilot=pilot, side=Side.PILOT, month=JULY, at=NOW, again=True)
    assert hidden_codes() == ["LIEGE", "NAMUR"]


def test_an_office_without_a_report_does_not_follow_from_the_total(
    pilot: Pilot, office: Office, arrive: Arrive
) -> None:
    other = OfficeFactory(code="GENT")
    pilot.offices.set([office, other])
    for one, number in ((office, 20), (other, 4)):
        for _ in range(number):
            arrive("2023-07-03T09:00", "2023-07-03T10:00", at_office=one)
    monthly.compute_report(office=office, month=JULY, at=NOW)
    monthly.compute_sides(offices=[office], month=JULY, at=NOW)
    assert hidden_codes() == ["LIEGE"]


def test_of_a_side_from_before_people_were_counted_the_requests_tell(alone: Pilot) -> None:
    SideReport.objects.update(advisers=None)
    side = SideReport.objects.get()
    assert shown.hidden_sides([side]) == {side.pk}


def test_an_office_of_no_pilot_is_hidden_for_itself(office: Office, arrive: Arrive) -> None:
    for _ in range(4):
        arrive("2023-07-03T09:00")
    report = monthly.compute_report(office=office, month=JULY, at=NOW)
    assert (report.received, report.advisers) == (4, 3)
    assert shown.is_hidden(report)


def test_a_month_without_any_request_is_no_secret(office: Office) -> None:
    assert not shown.is_hidden(monthly.compute_report(office=office, month=JULY, at=NOW))


def test_of_a_report_from_before_people_were_counted_the_requests_tell(
    office: Office, arrive: Arrive
) -> None:
    at = brussels("2023-08-02T06:00")
    for _ in range(6):
        arrive("2023-07-31T23:30", "2023-08-01T10:00")
    report = monthly.compute_report(office=office, month=JULY, at=at)
    MonthlyReport.objects.update(advisers=None)
    assert not shown.is_hidden(report)
    office.requests.filter(adviser__isnull=False).update(adviser=UserFactory(role=Role.ADVISER))
    assert shown.is_hidden(report)


def test_two_offices_of_the_same_two_people_hide_a_third_one() -> None:
    """Their sum, which the total of the side gives, would be about two people as well."""
    two, four = frozenset({1, 2}), frozenset({3, 4, 5, 6})
    cells = {1: Cell(9, two), 2: Cell(9, two), 3: Cell(30, four), 4: Cell(40, four)}
    assert shown.hidden_offices(cells) == {1, 2, 3}
    assert not shown.hides_total(cells)
