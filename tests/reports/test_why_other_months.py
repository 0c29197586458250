"""Behind the figures of months that are not the sealed one with its sixty requests."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from branches.models import Office
from people.models import User
from reports import monthly
from reports.models import ReportRows
from requests_app.enums import ClosingReason
from tests.reports.conftest import Arrive, brussels
from tests.reports.test_why import JULY, NOW, PUBLISH, SEALED, WHY, found


@pytest.fixture(autouse=True)
def _in_september() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def by_manager(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def test_left_out_requests_are_listed_and_marked(office: Office, arrive: Arrive) -> None:
    for reason in (ClosingReason.SPAM, ClosingReason.DUPLICATE):
        arrive("2023-07-03T09:00", closed="2023-07-04T09:00", reason=reason)
    arrive("2023-07-03T09:00", "2023-07-03T10:00")
    report = monthly.compute_report(office=office, month=JULY, at=SEALED)
    rows = found(report).rows(0, 9)
    assert sorted((row.state, row.is_counted) for row in rows) == [
        ("answered", True),
        ("duplicate", False),
        ("spam", False),
    ]
    assert found(report).left_out == {"duplicate": 1, "spam": 1, "withdrawn": 0}


def test_a_report_without_kept_rows_reads_the_data_and_says_so(
    office: Office, arrive: Arrive
) -> None:
    arrive("2023-07-03T09:00", "2023-07-03T10:00")
    report = monthly.compute_report(office=office, month=JULY, at=brussels("2023-08-02T06:00"))
    ReportRows.objects.all().delete()
    assert not found(report).source.is_kept
    assert found(report).is_equal


def test_a_provisional_month_is_not_published(by_manager: Client, office: Office) -> None:
    monthly.compute_report(office=office, month=JULY, at=brussels("2023-08-02T06:00"))
    response = by_manager.post(PUBLISH, {"words": "Good."})
    assert response.status_code == 422
    assert "Only a sealed month" in response.content.decode()


def test_addresses_of_a_month_that_was_not_computed_are_unknown(
    by_manager: Client, office: Office
) -> None:
    for address in (WHY, "/pilot/LIEGE/2023-07/why.csv"):
        assert by_manager.get(address).status_code == 404
    assert by_manager.post(PUBLISH, {"words": "Good."}).status_code == 404
