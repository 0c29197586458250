"""The manager's pages: who reads them, what they show, and how little they ask the database."""

from collections.abc import Iterator
from datetime import date
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError
from pytest_django import DjangoAssertNumQueries

from branches.models import Office, Pilot
from dop_pilot.celery import app
from people.models import User
from people.roles import Role
from reports import monthly, wishes
from reports.models import JobRun, MonthlyReport
from reports.months import months_between
from requests_app.models import MemberRequest
from tests.factories import OfficeFactory, PilotFactory, UserFactory
from tests.reports.conftest import Arrive, brussels

JULY = date(2023, 7, 1)
NOW = brussels("2023-11-20T12:00")
MONTH_PAGE, RECOMPUTE = "/pilot/LIEGE/2023-07/", "/pilot/LIEGE/2023-07/recompute/"
Asked = list[tuple[str, tuple[object, ...]]]


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The tasks that were sent; nothing leaves the test."""
    sent: Asked = []
    monkeypatch.setattr(app, "send_task", lambda task, args, **_options: sent.append((task, args)))
    return sent


@pytest.fixture
def by_manager(client: Client, manager: User, pilot: Pilot) -> Client:
    client.force_login(manager)
    return client


def compute(office: Office, first: date = JULY, last: date = JULY) -> None:
    for month in months_between(first, last):
        monthly.compute_report(office=office, month=month, at=NOW)
        monthly.compute_sides(office=office, month=month, at=NOW)


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(unescape(response.content.decode()).split())


@pytest.mark.parametrize("address", ["/pilot/", "/pilot/months/", MONTH_PAGE])
@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADVISER, Role.ADMINISTRATOR])
def test_only_managers_know_the_pages(
    client: Client, pilot: Pilot, address: str, role: Role
) -> None:
    client.force_login(UserFactory(role=role))
    assert client.get(address).status_code == 404
    assert client.post(RECOMPUTE).status_code == 404


@pytest.mark.parametrize("address", ["/pilot/", "/pilot/months/", MONTH_PAGE])
def test_who_is_not_signed_in_is_asked_to(client: Client, pilot: Pilot, address: str) -> None:
    response = client.get(address)
    assert response.headers["Location"].startswith("/accounts/")


def test_the_page_shows_the_stored_figures(
    by_manager: Client, office: Office, a_dozen: list[MemberRequest]
) -> None:
    compute(office)
    shown = text(by_manager, "/pilot/months/")
    assert '<span class="value">6 h</span>' in shown
    assert "too few requests" in shown
    assert "Requests that are still open are counted." in shown


@pytest.mark.parametrize(
    ("day", "title"),
    [
        ("2023-06-07", "The pilot starts on 8 June 2023"),
        ("2023-06-08", "Month 1 of 6"),
        ("2023-07-07", "Month 1 of 6"),
        ("2023-07-08", "Month 2 of 6"),
        ("2023-12-07", "Month 6 of 6"),
        ("2023-12-08", "The pilot has ended"),
    ],
)
def test_the_heading_says_how_far_the_pilot_is(
    client: Client, manager: User, pilot: Pilot, day: str, title: str
) -> None:
    with time_machine.travel(brussels(f"{day}T12:00"), tick=False):
        client.force_login(manager)
        assert title in text(client, "/pilot/")


def test_without_a_pilot_the_page_says_so(client: Client, manager: User) -> None:
    client.force_login(manager)
    assert "No pilot has been entered yet" in text(client, "/pilot/")


def test_before_any_report_the_page_says_so(by_manager: Client) -> None:
    assert "No month has been computed yet" in text(by_manager, "/pilot/months/")


def test_the_page_costs_the_same_for_2_months_and_for_12(
    by_manager: Client, office: Office, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    compute(office, date(2023, 6, 1), JULY)
    by_manager.get("/pilot/months/")
    with django_assert_num_queries(18) as small:
        by_manager.get("/pilot/months/")
    compute(office, date(2022, 8, 1), date(2023, 5, 1))
    compute(Office.objects.get(code="MONS"), date(2022, 8, 1), JULY)
    with django_assert_num_queries(len(small)):
        by_manager.get("/pilot/months/")


def test_the_page_computes_nothing(
    by_manager: Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute(office)
    monkeypatch.setattr(monthly, "cohort", lambda *_args, **_options: pytest.fail("computed"))
    text(by_manager, "/pilot/months/")
    text(by_manager, MONTH_PAGE)


def test_one_office_may_be_chosen_also_one_outside_the_pilot(by_manager: Client) -> None:
    outside = OfficeFactory(code="HELPDESK", name="Help desk")
    compute(outside, date(2012, 5, 1), date(2012, 5, 1))
    shown = text(by_manager, "/pilot/months/?office=HELPDESK")
    assert "/pilot/HELPDESK/2012-05/" in shown
    assert "May 2012" in shown


@pytest.mark.parametrize("code", ["PARIS", "%00", "LIEGE%00x", "'"])
def test_an_office_that_is_none_is_not_found(by_manager: Client, code: str) -> None:
    assert by_manager.get(f"/pilot/months/?office={code}").status_code in {200, 404}
    assert by_manager.get("/pilot/months/?office=PARIS").status_code == 404


def test_the_state_of_the_job_is_visible(by_manager: Client, office: Office) -> None:
    compute(office)
    JobRun.objects.create(
        kind=wishes.REPORT_JOB,
        period="LIEGE 2023-10",
        started_at=NOW,
        tries=3,
        error="OperationalError: The database is starting up.",
    )
    shown = text(by_manager, "/pilot/months/")
    assert "20 November 2023, 12:00" in shown
    assert "1 December 2023, 06:00" in shown
    assert "LIEGE 2023-10: OperationalError: The database is starting up." in shown
    assert "3 tries" in shown


def test_a_month_shows_both_clocks_and_its_cut_off(
    by_manager: Client, office: Office, a_dozen: list[MemberRequest]
) -> None:
    compute(office)
    shown = text(by_manager, MONTH_PAGE)
    assert "Liège, July 2023" in shown
    assert "As the member lived it" in shown
    assert "20 November 2023, 12:00" in shown
    assert "Compute again" not in shown


def test_a_month_that_nobody_computed_offers_it(by_manager: Client) -> None:
    shown = text(by_manager, MONTH_PAGE)
    assert "This month has not been computed yet." in shown
    assert "Compute this month" in shown


@pytest.mark.parametrize(
    "address",
    [
        "/pilot/PARIS/2023-07/",
        "/pilot/LIEGE/2023-12/",
        "/pilot/LIEGE/2023-13/",
        "/pilot/LIEGE/0000-01/",
        "/pilot/LIEGE/9999-12/",
        "/pilot/LIEGE/2023-7/",
    ],
)
def test_what_does_not_exist_is_not_found(by_manager: Client, address: str) -> None:
    assert by_manager.get(address).status_code == 404
    assert by_manager.post(f"{address}recompute/").status_code == 404


def test_the_worker_is_asked_to_compute_again(by_manager: Client, asked: Asked) -> None:
    response = by_manager.post("/pilot/LIEGE/2023-11/recompute/", follow=True)
    assert response.redirect_chain == [("/pilot/LIEGE/2023-11/", 302)]
    assert asked[0][0] == "reports.tasks.monthly_report"
    assert asked[0][1][:2] == ("LIEGE", "2023-11")
    assert "Being computed" in response.content.decode()


def test_a_dead_broker_is_told_and_the_wish_is_kept(
    by_manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_args: object, **_options: object) -> None:
        raise OperationalError("Connection refused")

    monkeypatch.setattr(app, "send_task", dead)
    response = by_manager.post("/pilot/LIEGE/2023-11/recompute/", follow=True)
    assert "The worker cannot be reached now" in response.content.decode()
    assert JobRun.objects.get(period="LIEGE 2023-11").asked_at == NOW


def test_a_sealed_month_stays_when_it_is_posted(
    by_manager: Client, office: Office, asked: Asked
) -> None:
    compute(office)
    by_manager.post(RECOMPUTE)
    assert [task for task, _args in asked] == ["reports.tasks.recompute_report"]
    assert MonthlyReport.objects.get(office=office).cut_off == NOW


def test_the_run_alone_answers_htmx_and_reloads_the_page_when_done(
    by_manager: Client, office: Office
) -> None:
    by_manager.post("/pilot/LIEGE/2023-11/recompute/")
    headers = {"HX-Request": "true"}
    running = by_manager.get("/pilot/LIEGE/2023-11/", headers=headers)
    assert b"<html" not in running.content
    assert "HX-Request" in running.headers["Vary"]
    assert "HX-Refresh" not in running.headers
    JobRun.objects.update(started_at=NOW, finished_at=NOW)
    assert by_manager.get("/pilot/LIEGE/2023-11/", headers=headers).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_the_agreed_sentences_speak_the_language_of_the_manager(
    by_manager: Client, manager: User, office: Office, arrive: Arrive, language: str
) -> None:
    User.objects.filter(pk=manager.pk).update(language=language)
    compute(office)
    words = {"fr": "encore ouvertes", "nl": "nog openstaande", "de": "Noch offene"}
    assert words[language] in text(by_manager, "/pilot/months/")


def test_the_addresses_have_names() -> None:
    assert reverse("reports:monthly_report", args=["LIEGE", JULY]) == MONTH_PAGE


def test_the_next_reports_come_on_the_first_working_day_at_six(by_manager: Client) -> None:
    # 1 October 2023 was a Sunday; on the 2nd at 5:59 it is still to come.
    with time_machine.travel(brussels("2023-10-02T05:59"), tick=False):
        assert "2 October 2023, 06:00" in text(by_manager, "/pilot/months/")
    with time_machine.travel(brussels("2023-10-02T06:00"), tick=False):
        assert "1 November 2023, 06:00" in text(by_manager, "/pilot/months/")


def test_a_pilot_without_comparison_offices_is_shown(client: Client, manager: User) -> None:
    office = OfficeFactory()
    PilotFactory(offices=[office])
    compute(office)
    client.force_login(manager)
    assert "Compared with" not in text(client, "/pilot/")
