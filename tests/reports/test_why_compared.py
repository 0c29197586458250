"""From every figure of the comparison to rows that give it again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker

from branches.models import Office
from people.models import User
from reports import comparison_page, comparison_result
from reports.comparison_tables import cells_page
from reports.models import Side
from reports.plan_models import PilotComparison
from reports.why.compared import FROM_REQUESTS
from reports.why.rows import NotShown
from requests_app.enums import Status
from requests_app.models import MemberRequest
from tests.factories import MemberFactory
from tests.made_once import made_once
from tests.reports.conftest import brussels
from tests.reports.why_figures import (
    NOW,
    a_pilot_of_two_offices,
    addresses_in,
    five_advisers,
    found,
    offices,
    text,
)


@pytest.fixture(autouse=True)
def _in_september() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def twelve_in_each_month(where: list[Office]) -> None:
    """Twelve requests in each office and month, with other waits in each."""
    member, advisers = MemberFactory(office=where[0]), five_advisers()
    for place, one in enumerate(where):
        for month in (4, 5, 7, 8):
            for number in range(12):
                at = brussels(f"2023-{month:02}-{number + 10}T09:00")
                MemberRequest.objects.create(
                    reference=f"{one.code[:2]}-{month}{number}",
                    member=member,
                    office=one,
                    subject="Facture",
                    language="fr",
                    status=Status.OPEN,
                    adviser=advisers[number % 5],
                    submitted_at=at,
                    first_responded_at=at + timedelta(hours=1 + number * 3 + place),
                )


@pytest.fixture(scope="module")
def _compared_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with made_once(django_db_blocker):
        with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False):
            pilot = a_pilot_of_two_offices()
            twelve_in_each_month(offices())
            comparison_result.compare(pilot=pilot, at=NOW)
        yield


@pytest.fixture
def compared(_compared_once: None, db: None) -> PilotComparison:
    return PilotComparison.objects.get()


@pytest.fixture
def by_manager(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def test_the_rows_behind_every_cell_of_the_comparison_give_it_again(
    compared: PilotComparison,
) -> None:
    office = Office.objects.get(code="LIEGE")
    known = 0
    for outcome in FROM_REQUESTS:
        for month in compared.result["frame"]["months"]:
            each = found(compared.pilot, "compared", month[:7], office=office, key=outcome)
            assert each.is_equal, (outcome, month, each.checks)
            known += each.checks[0].stored is not None
    assert known > 8


@pytest.mark.parametrize("side", Side)
def test_so_do_those_of_every_week(compared: PilotComparison, side: Side) -> None:
    mondays = compared.result["weeks"]["mondays"]
    weeks = [found(compared.pilot, "week", monday, side=side) for monday in mondays]
    assert all(each.is_equal for each in weeks)
    # The one comparison office has too few in a week for a median.
    assert any(each.checks[0].stored for each in weeks) == (side == Side.PILOT)


def test_the_links_of_the_comparison_leads_to_a_list_that_is_equal(
    by_manager: Client, compared: PilotComparison
) -> None:
    links = set(addresses_in(text(by_manager, "/pilot/comparison/")))
    cells = {link for link in links if "/cells/" in link}
    assert cells
    for page in cells:
        assert '<span class="tag good">equal</span>' in text(by_manager, page)
        links |= set(addresses_in(text(by_manager, page)))
    assert any("/week/" in link for link in links)
    for link in sorted(links - cells)[::9]:
        assert '<span class="tag good">equal</span>' in text(by_manager, link), link


def test_a_month_of_two_advisers_is_in_no_cell_no_list_and_no_change_of_an_office(
    by_manager: Client, compared: PilotComparison
) -> None:
    """Charleroi is hidden with Liège; the mean of both sides stays, and Mons."""
    july = MemberRequest.objects.filter(office__code="LIEGE", submitted_at__month=7)
    two = list(july.values_list("adviser", flat=True).distinct().order_by("adviser")[:2])
    july.exclude(adviser__in=two).update(adviser=two[0])
    at = NOW + timedelta(minutes=1)
    again = comparison_result.compare(pilot=compared.pilot, at=at)
    with translation.override("en"):
        rows = {row[0].value: row for row in cells_page(again, "within_promise").grid.rows}
        page = comparison_page.result(again)
    assert rows["Liège, pilot"][4].value == rows["Charleroi, pilot"][4].value == "not shown"
    assert rows["Mons"][4].why
    with pytest.raises(NotShown):
        found(compared.pilot, "compared", "2023-07", office=offices()[0], key="within_promise")
    assert [line.change == "–" for line in page.offices] == [True, True, False]
    assert not [line for line in page.checks if line.what in {"Without Liège", "Without Charleroi"}]
    assert page.primary.difference != "–"


def test_the_size_of_an_office_is_that_of_the_months_compared(compared: PilotComparison) -> None:
    """June, in which the pilot began, is left out, and so are its requests."""
    at = brussels("2023-06-12T09:00")
    MemberRequest.objects.filter(office__code="LIEGE", submitted_at__month=7).update(
        submitted_at=at
    )
    again = comparison_result.compare(pilot=compared.pilot, at=NOW + timedelta(minutes=1))
    sizes = {line.name: line.requests for line in comparison_page.result(again).offices}
    assert sizes == {"Liège": 36, "Charleroi": 48, "Mons": 48}
