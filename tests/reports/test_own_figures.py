"""An adviser's own figures: right, private, and about nobody else."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from branches.models import Office
from people.models import User
from people.roles import Role
from reports.own_figures import MONTHS, own_figures
from requests_app.enums import Action, ClosingReason
from tests.factories import PilotFactory, UserFactory
from tests.reports.conftest import brussels
from tests.reports.lives import Step, lived

NOW = brussels("2023-09-20T12:00")
PAGE = "/desk/mine/figures/"


@pytest.fixture(autouse=True)
def _in_september() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def adviser(db: None) -> User:
    return UserFactory(role=Role.ADVISER, language="en")


def answered(office: Office, adviser: User, number: int, *, hour: int) -> None:
    """Requests of Monday 3 July 2023, 9:00, answered on the same day."""
    for _ in range(number):
        lived(
            office,
            Step(Action.SUBMIT, "2023-07-03T09:00"),
            Step(Action.ANSWER, f"2023-07-03T{hour}:00", adviser),
        )


def test_six_months_are_shown_the_present_one_first(adviser: User) -> None:
    months = [month.month for month in own_figures(adviser, at=NOW)]
    assert (months[0], months[-1], len(months)) == (date(2023, 9, 1), date(2023, 4, 1), MONTHS)


def test_only_the_own_requests_are_counted(office: Office, adviser: User) -> None:
    answered(office, adviser, 10, hour=11)
    answered(office, UserFactory(role=Role.ADVISER), 30, hour=17)
    july = own_figures(adviser, at=NOW)[2]
    assert (july.month, july.requests, july.answered) == (date(2023, 7, 1), 10, 10)
    assert (july.office.value, july.calendar.value) == (2 * 3600, 2 * 3600)


def test_nine_requests_have_no_median(office: Office, adviser: User) -> None:
    answered(office, adviser, 9, hour=11)
    july = own_figures(adviser, at=NOW)[2]
    assert (july.requests, july.office.value) == (9, None)


def test_one_without_an_answer_counts_with_its_waiting(office: Office, adviser: User) -> None:
    answered(office, adviser, 10, hour=11)
    for _ in range(11):
        lived(
            office,
            Step(Action.SUBMIT, "2023-07-03T09:00"),
            Step(Action.TAKE, "2023-07-03T10:00", adviser),
        )
    july = own_figures(adviser, at=NOW)[2]
    assert (july.requests, july.answered, july.still_open) == (21, 10, 21)
    assert july.office.value is None


def test_spam_is_nobody_s_work(office: Office, adviser: User) -> None:
    lived(
        office,
        Step(Action.SUBMIT, "2023-07-03T09:00"),
        Step(Action.TAKE, "2023-07-03T10:00", adviser),
        Step(Action.CLOSE, "2023-07-03T10:01", adviser, reason=ClosingReason.SPAM),
    )
    assert own_figures(adviser, at=NOW)[2].requests == 0


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR, Role.MEMBER])
def test_nobody_else_has_such_a_page(client: Client, db: None, role: Role) -> None:
    client.force_login(UserFactory(role=role))
    assert client.get(PAGE).status_code == 404


def test_the_page_is_about_who_opens_it(
    client: Client,
    office: Office,
    adviser: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    answered(office, adviser, 12, hour=11)
    client.force_login(adviser)
    with django_assert_max_num_queries(6):
        shown = client.get(f"{PAGE}?adviser=1")
    assert b"July 2023" in shown.content
    assert shown.headers["Cache-Control"].startswith("max-age=0")
    client.force_login(UserFactory(role=Role.ADVISER, language="en"))
    assert b'<td class="num">12</td>' in shown.content
    assert b'<td class="num">12</td>' not in client.get(PAGE).content


def test_a_working_day_has_the_hours_that_the_pilot_says(
    client: Client, office: Office, adviser: User
) -> None:
    PilotFactory(offices=[office], working_day_hours=2)
    answered(office, adviser, 12, hour=15)
    client.force_login(adviser)
    # Six office hours are three working days of two, and less than one of eight.
    assert "3 working days" in client.get(PAGE).content.decode().replace("\u00a0", " ")


def test_a_median_that_is_not_reached_is_not_called_too_few(
    client: Client, office: Office, adviser: User
) -> None:
    for _ in range(12):
        lived(
            office,
            Step(Action.SUBMIT, "2023-07-03T09:00"),
            Step(Action.TAKE, "2023-07-03T10:00", adviser),
        )
    client.force_login(adviser)
    page = client.get(PAGE).content.decode()
    july = page[page.index("July 2023") :].partition("</tr>")[0]
    assert july.count("not reached yet") == 2
