"""From every figure of the comparison to rows that give it again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoDbBlocker

from branches.models import Office
from people.models import User
from reports import comparison_result
from reports.models import Side
from reports.plan_models import PilotComparison
from reports.why.compared import FROM_REQUESTS
from requests_app.enums import Status
from requests_app.models import MemberRequest
from tests.factories import MemberFactory
from tests.made_once import made_once
from tests.reports.conftest import brussels
from tests.reports.why_figures import (
    NOW,
    a_pilot_of_two_offices,
    addresses_in,
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
    member = MemberFactory(office=where[0])
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
