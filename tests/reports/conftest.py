"""Cohorts for the reports, by name."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import count, cycle
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoDbBlocker

from branches.models import Office, Pilot
from branches.working_time import BRUSSELS
from dop_pilot.celery import app
from people.models import Member, User
from people.roles import Role
from reports import monthly
from reports.balance_models import Balance
from requests_app.enums import ClosingReason, Status
from requests_app.models import MemberRequest
from tests.factories import MemberFactory, OfficeFactory, PilotFactory, UserFactory
from tests.reports.drawn_up_once import drawn_up_once

Arrive = Callable[..., MemberRequest]


def brussels(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


NOVEMBER = brussels("2023-11-20T12:00")
MANAGER = "manager@example.org"


@pytest.fixture
def office(db: None) -> Office:
    return OfficeFactory()


def a_pilot(office: Office) -> Pilot:
    return PilotFactory(
        offices=[office], comparison_offices=[OfficeFactory(code="MONS", name="Mons")]
    )


def a_manager() -> User:
    # A name that no name of an adviser begins: every page of the manager shows it.
    return UserFactory(role=Role.MANAGER, language="en", email=MANAGER, name="Odile Lambert")


# Those that were stored once for the file, where there are such.


@pytest.fixture
def pilot(office: Office) -> Pilot:
    return Pilot.objects.first() or a_pilot(office)


@pytest.fixture
def manager(db: None) -> User:
    return User.objects.filter(email=MANAGER).first() or a_manager()


@pytest.fixture
def arrive(office: Office) -> Arrive:
    return arrivals(office)


def arrivals(office: Office) -> Arrive:
    """Store a request as it stands in the end: what happened to it, not how.

    Three advisers of an office take turns: of fewer nothing would be shown.
    """
    numbers = count(1 + MemberRequest.objects.count())
    member = Member.objects.first() or MemberFactory(office=office)
    teams: dict[int, Iterator[User]] = {}

    def somebody(office: Office) -> User:
        if office.pk not in teams:
            teams[office.pk] = cycle([UserFactory(role=Role.ADVISER) for _ in range(3)])
        return next(teams[office.pk])

    def stored(at: str, answered: str = "", closed: str = "", **changes: Any) -> MemberRequest:
        where = changes.pop("at_office", office)
        if "adviser" not in changes:
            changes["adviser"] = somebody(where)
        reason = changes.pop("reason", ClosingReason.ANSWERED if closed else "")
        return MemberRequest.objects.create(
            reference=f"LI-{next(numbers)}",
            member=member,
            office=where,
            subject="Facture",
            language="fr",
            status=Status.CLOSED if closed else Status.OPEN,
            submitted_at=brussels(at),
            first_responded_at=brussels(answered) if answered else None,
            closed_at=brussels(closed) if closed else None,
            closing_reason=reason,
            **changes,
        )

    return stored


@pytest.fixture
def a_dozen(arrive: Arrive) -> list[MemberRequest]:
    return twelve_of_july(arrive)


def twelve_of_july(arrive: Arrive) -> list[MemberRequest]:
    """On Monday 3 July 2023 from 9:00: ten are answered after 1 to 10 working hours, two wait."""
    hours = ["03T10", "03T11", "03T12", "03T13", "03T14", "03T15", "03T16", "03T17", "04T10"]
    answers = [f"2023-07-{hour}:00" for hour in [*hours, "04T11"]]
    return [arrive("2023-07-03T09:00", answer) for answer in [*answers, "", ""]]


@pytest.fixture
def in_november() -> Iterator[None]:
    with time_machine.travel(NOVEMBER, tick=False):
        yield


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were sent; nothing leaves the test."""
    sent: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda task, **_options: sent.append(task))
    return sent


@pytest.fixture(scope="module")
def _balance_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with drawn_up_once(django_db_blocker, _july_counted, at=NOVEMBER):
        yield


def _july_counted() -> tuple[Pilot, User]:
    office, july = OfficeFactory(), date(2023, 7, 1)
    pilot = a_pilot(office)
    twelve_of_july(arrivals(office))
    monthly.compute_report(office=office, month=july, at=NOVEMBER)
    monthly.compute_sides(offices=[office], month=july, at=NOVEMBER)
    return pilot, a_manager()


@pytest.fixture
def balance(_balance_once: None, db: None, in_november: None, asked: list[str]) -> Balance:
    """Drawn up in November, from the twelve requests of July: once for a file.

    A file in which one test reads it has only tests that begin with it, or what a test finds
    would depend on those before it.
    """
    return Balance.objects.get()
