"""From a figure to the requests behind it, which give exactly that figure again."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from branches.models import Office
from people.models import User
from people.roles import Role
from reports import monthly
from reports.models import MonthlyReport, Recomputation
from reports.recomputing import recompute
from reports.why.rows import Behind, NotShown, seconds_of
from reports.why.waits import of_report
from requests_app.enums import Action
from requests_app.models import MemberRequest
from tests.factories import OfficeFactory, UserFactory, branch
from tests.made_once import made_once
from tests.reports.conftest import brussels
from tests.reports.test_cohorts import live, random_life

pytestmark = pytest.mark.usefixtures("july")
JULY = date(2023, 7, 1)
SEALED = brussels("2023-08-16T06:00")
NOW = brussels("2023-09-20T11:00")
WHY = "/pilot/LIEGE/2023-07/why/"
PUBLISH = "/pilot/LIEGE/2023-07/publish/"


@pytest.fixture(autouse=True)
def _in_september() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def sixty_lives(office: Office, advisers: list[User]) -> None:
    """Of all kinds in two branches, and two requests in a third."""
    random = Random(11)
    for number in range(62):
        at = brussels("2023-07-01T00:00") + timedelta(hours=11 * number)
        life = random_life(random, at)
        if number % 3:
            taken, said = at + timedelta(minutes=5), at + timedelta(hours=1 + number % 30)
            life = [(Action.SUBMIT, at), (Action.TAKE, taken), (Action.ANSWER, said)]
        code = "first_line" if number > 59 else "support" if number % 5 < 2 else "coop"
        adviser = advisers[number % len(advisers)]
        live(office, *life, branch=branch(code), adviser_id=adviser.pk)


@pytest.fixture(scope="module")
def _july_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with made_once(django_db_blocker):
        with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False):
            office = OfficeFactory()
            sixty_lives(office, [UserFactory(role=Role.ADVISER) for _ in range(4)])
            monthly.compute_report(office=office, month=JULY, at=SEALED)
        yield


@pytest.fixture
def july(_july_once: None, db: None) -> MonthlyReport:
    return MonthlyReport.objects.get()


@pytest.fixture
def advisers(july: MonthlyReport) -> list[User]:
    return list(User.objects.filter(role=Role.ADVISER).order_by("pk"))


@pytest.fixture
def by_manager(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def found(report: MonthlyReport | Recomputation, by: str = "", key: str = "") -> Behind:
    return of_report(report, by=by, key=key)


def test_the_rows_give_the_figures_again_to_the_second(july: MonthlyReport) -> None:
    all_of_them = found(july)
    assert all_of_them.is_equal
    values = {(each.clock, each.name): each.computed for each in all_of_them.checks}
    assert values[("", "counted")] == july.counted >= 30
    assert values[("office", "median")] == july.office_clock["median"]["value"] > 0


@pytest.mark.parametrize(("by", "key"), [("branch", "coop"), ("topic", ""), ("language", "fr")])
def test_so_do_the_rows_of_every_group_that_is_shown(
    july: MonthlyReport, by: str, key: str
) -> None:
    group = found(july, by, key)
    assert group.is_equal
    assert any(check.stored for check in group.checks)


def test_a_figure_that_is_not_what_its_rows_say_is_told(july: MonthlyReport) -> None:
    july.office_clock["median"]["value"] += 1
    assert not found(july).is_equal


@pytest.mark.parametrize(
    ("by", "key"), [("branch", "first_line"), ("branch", "support"), ("branch", "nowhere")]
)
def test_a_group_of_few_and_the_one_that_hides_it_have_no_list(
    july: MonthlyReport, by: str, key: str
) -> None:
    # Two requests of first_line are too few; support goes with them, or subtraction would tell.
    with pytest.raises(NotShown):
        found(july, by, key)


def test_the_openings_of_a_row_add_up_to_its_office_hours(july: MonthlyReport) -> None:
    rows = found(july).rows(0, 62)
    assert len(rows) == 62
    assert all(seconds_of(row.periods) == row.office_hours for row in rows if not row.more_periods)
    assert sum(bool(row.periods) for row in rows) > 30


def test_a_hidden_branch_is_not_told_by_the_rows(july: MonthlyReport) -> None:
    assert {row.branch for row in found(july).rows(0, 62)} == {"coop", None}


def test_rows_of_a_sealed_report_are_those_of_the_seal(july: MonthlyReport) -> None:
    before = found(july).rows(0, 62)
    MemberRequest.objects.update(first_responded_at=None)
    assert found(july).rows(0, 62) == before
    assert found(july).is_equal


def test_a_version_beside_the_sealed_one_has_rows_of_its_own(
    july: MonthlyReport, office: Office
) -> None:
    live(office, (Action.SUBMIT, brussels("2023-07-20T09:00")))
    version = recompute(office=office, month=JULY, at=NOW)
    assert version is not None
    assert (found(july).size, found(version).size) == (62, 63)
    assert found(version).is_equal


# The pages.


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_page_says_that_the_rows_are_equal(by_manager: Client, july: MonthlyReport) -> None:
    page = text(by_manager, WHY)
    assert "Recomputed from the rows" in page
    assert '<span class="tag good">equal</span>' in page
    assert july.code_version in page


def test_the_page_tells_no_text_no_member_and_no_adviser(
    by_manager: Client, july: MonthlyReport, advisers: list[User]
) -> None:
    member_request = MemberRequest.objects.order_by("submitted_at", "id")[0]
    MemberRequest.objects.update(subject="Très privé")
    page = text(by_manager, WHY) + text(by_manager, "/pilot/LIEGE/2023-07/")
    assert member_request.reference in page
    member = member_request.member.user
    assert member is not None
    assert member.email
    for secret in ("Très privé", member.name, member.email, *(each.name for each in advisers)):
        assert secret not in page


def test_pages_of_rows_follow_each_other(by_manager: Client, july: MonthlyReport) -> None:
    assert 'href="?page=2"' in text(by_manager, WHY)
    assert text(by_manager, f"{WHY}?page=2").count('<th scope="row">LI-') == 12
    assert 'href="?by=language&amp;key=fr&amp;page=2"' in text(
        by_manager, f"{WHY}?by=language&key=fr"
    )


def test_a_page_of_fifty_rows_asks_no_more_than_a_page_of_one(
    by_manager: Client,
    july: MonthlyReport,
    office: Office,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    live(office, (Action.SUBMIT, brussels("2023-06-05T09:00")))
    monthly.compute_report(office=office, month=date(2023, 6, 1), at=SEALED)
    for address in ("/pilot/LIEGE/2023-06/why/", WHY):
        by_manager.get(address)
        with django_assert_max_num_queries(13):
            by_manager.get(address)


def test_the_file_holds_every_row(by_manager: Client, july: MonthlyReport) -> None:
    response = by_manager.get("/pilot/LIEGE/2023-07/why.csv?by=branch&key=coop")
    lines = response.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + found(july, "branch", "coop").size
    assert 'filename="LIEGE-2023-07-branch-coop-rows.csv"' in response["Content-Disposition"]


@pytest.mark.parametrize(
    "query",
    ["?by=adviser&key=1", "?by=branch&key=first_line", "?by=branch&key=%00", "?version=2",
     "?version=x", "?version=²", "?by=topic&key=nothing"],
)  # fmt: skip
def test_there_is_no_list_of_what_is_not_shown(
    by_manager: Client, july: MonthlyReport, query: str
) -> None:
    assert by_manager.get(WHY + query).status_code == 404
    assert by_manager.get("/pilot/LIEGE/2023-07/why.csv" + query).status_code == 404


def test_the_month_shows_its_groups_and_its_seal(by_manager: Client, july: MonthlyReport) -> None:
    page = text(by_manager, "/pilot/LIEGE/2023-07/")
    assert july.inputs_digest in page
    assert "?by=branch&amp;key=coop" in page
    assert "?by=branch&amp;key=first_line" not in page
    assert "not shown" in page
    assert "waiting for their own reply" in page


def test_what_changed_since_stands_beside_the_sealed_month(
    by_manager: Client, july: MonthlyReport, office: Office
) -> None:
    live(office, (Action.SUBMIT, brussels("2023-07-20T09:00")))
    recompute(office=office, month=JULY, at=NOW)
    page = text(by_manager, "/pilot/LIEGE/2023-07/")
    assert "Version 2, data until" in page
    assert "Entered after the seal" in page


def test_a_manager_publishes_words_of_their_own(
    by_manager: Client, july: MonthlyReport, manager: User
) -> None:
    by_manager.post(PUBLISH, {"words": "Two were <ill>."})
    page = text(by_manager, "/pilot/LIEGE/2023-07/")
    assert "Two were &lt;ill&gt;." in page
    assert f"Published by {manager.name}" in page


def test_words_can_be_about_a_later_version(
    by_manager: Client, july: MonthlyReport, office: Office
) -> None:
    live(office, (Action.SUBMIT, brussels("2023-07-20T09:00")))
    version = recompute(office=office, month=JULY, at=NOW)
    page = text(by_manager, "/pilot/LIEGE/2023-07/")
    assert '<option value="2">Version 2, data until' in page
    by_manager.post(PUBLISH, {"words": "One was entered late.", "version": "2"})
    publication = july.publications.get()
    assert (publication.recomputation, publication.words) == (version, "One was entered late.")
    page = text(by_manager, "/pilot/LIEGE/2023-07/")
    assert re.search("Version 2, data until [^<]*</p><p>One was entered late", page)


def test_a_version_that_is_not_there_is_refused(by_manager: Client, july: MonthlyReport) -> None:
    response = by_manager.post(PUBLISH, {"words": "Good.", "version": "3"})
    assert response.status_code == 422
    assert not july.publications.exists()


@pytest.mark.parametrize("words", ["", "   ", "\u200b", "x" * 4001])
def test_words_that_say_nothing_or_too_much_come_back(
    by_manager: Client, july: MonthlyReport, words: str
) -> None:
    response = by_manager.post(PUBLISH, {"words": words})
    assert response.status_code == 422
    assert words.strip() in response.content.decode()
    assert not july.publications.exists()
