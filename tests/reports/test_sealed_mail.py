"""Managers are told once, by one mail, of the months that were sealed together."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction

from branches.models import Office, Pilot
from dop_pilot.celery import app
from people.models import User
from people.roles import Role
from reports import monthly, sealed_mail, tasks
from reports.mail_models import SealedMail
from reports.models import MonthlyReport
from requests_app.models import MemberRequest
from tests.factories import UserFactory
from tests.reports.conftest import brussels

JULY = date(2023, 7, 1)
NOW = brussels("2023-11-20T12:00")
LATER = NOW + timedelta(minutes=11)


@pytest.fixture(autouse=True)
def _in_november(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(app, "send_task", lambda *_args, **_options: None)
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def report(office: Office, pilot: Pilot, a_dozen: list[MemberRequest]) -> MonthlyReport:
    return monthly.compute_report(office=office, month=JULY, at=NOW)


def sent_at(at: object = LATER) -> list[EmailMessage]:
    while sealed_mail.send_next(at=at):
        pass
    return mail.outbox


def test_a_sealed_month_is_told_once_to_each_manager(report: MonthlyReport, manager: User) -> None:
    UserFactory(role=Role.MANAGER, language="de", email="chefin@example.org")
    UserFactory(role=Role.ADVISER)
    for _delivery in range(3):
        sealed_mail.announce_sealed(report, NOW)
        sent_at()
    assert sorted(message.to[0] for message in mail.outbox) == [
        "chefin@example.org",
        "manager@example.org",
    ]


def test_the_mail_says_the_figures_in_the_language_of_its_reader(
    report: MonthlyReport, manager: User
) -> None:
    User.objects.filter(pk=manager.pk).update(language="de")
    sealed_mail.announce_sealed(report, NOW)
    message = sent_at()[0]
    body = message.body.replace("\u00a0", " ")
    assert "Liège, Juli 2023" in body
    assert "12 eingegangen" in body
    assert "innerhalb von: 6 h" in body
    assert "in Öffnungszeiten" in body
    assert "wie die Mitglieder es erlebten" in body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


def test_what_is_sealed_together_comes_in_one_mail(
    report: MonthlyReport, manager: User, office: Office
) -> None:
    august = monthly.compute_report(office=office, month=date(2023, 8, 1), at=NOW)
    sealed_mail.announce_sealed(report, NOW)
    sealed_mail.announce_sealed(august, NOW + timedelta(minutes=1))
    assert not sent_at(NOW + timedelta(minutes=5))
    messages = sent_at(LATER)
    assert len(messages) == 1
    assert "July 2023" in messages[0].body
    assert "August 2023" in messages[0].body


def test_the_task_owes_the_mail_with_the_seal(
    office: Office, pilot: Pilot, manager: User, a_dozen: list[MemberRequest]
) -> None:
    tasks.monthly_report("LIEGE", "2023-07")
    assert SealedMail.objects.get().recipient == manager
    tasks.monthly_report("LIEGE", "2023-07")
    assert SealedMail.objects.count() == 1


def test_a_provisional_month_is_not_told(
    office: Office, pilot: Pilot, manager: User, a_dozen: list[MemberRequest]
) -> None:
    tasks.monthly_report("LIEGE", "2023-11")
    assert not SealedMail.objects.exists()


def test_a_mail_server_that_is_down_loses_nothing(
    report: MonthlyReport, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_message: EmailMessage) -> int:
        raise OSError("no mail server")

    sealed_mail.announce_sealed(report, NOW)
    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", down)
        assert sealed_mail.send_due(now=lambda: LATER) == 0
        assert not sealed_mail.send_next(at=LATER)
    owed = SealedMail.objects.get()
    assert (owed.tries, owed.last_error) == (1, "OSError: no mail server")
    assert sent_at(LATER + timedelta(minutes=2))
    assert SealedMail.objects.get().done_at is not None


@pytest.fixture
def three_managers(report: MonthlyReport, manager: User) -> None:
    for number in range(2):
        UserFactory(role=Role.MANAGER, email=f"manager{number}@example.org")
    sealed_mail.announce_sealed(report, NOW)


def tries() -> list[int]:
    return sorted(SealedMail.objects.values_list("tries", flat=True))


@pytest.mark.usefixtures("three_managers")
def test_a_server_that_hangs_up_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EmailMessage, "send", _raising(SMTPServerDisconnected("gone")))
    assert sealed_mail.send_due(now=lambda: LATER) == 0
    assert tries() == [0, 0, 1]


@pytest.mark.usefixtures("three_managers")
def test_an_address_that_is_refused_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EmailMessage, "send", _raising(SMTPRecipientsRefused({})))
    assert sealed_mail.send_due(now=lambda: LATER) == 3
    assert tries() == [1, 1, 1]


@pytest.mark.usefixtures("three_managers")
def test_a_job_that_must_end_ends_and_blames_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EmailMessage, "send", _raising(SoftTimeLimitExceeded()))
    with time_machine.travel(LATER, tick=False), pytest.raises(SoftTimeLimitExceeded):
        tasks.send_sealed_mails()
    assert tries() == [0, 0, 0]


def _raising(error: Exception) -> Callable[[EmailMessage], int]:
    def send(_message: EmailMessage) -> int:
        raise error

    return send


def test_the_database_knows_that_it_is_told_once(report: MonthlyReport, manager: User) -> None:
    sealed_mail.announce_sealed(report, NOW)
    with (
        pytest.raises(IntegrityError, match="a_manager_is_told_once_of_a_sealed_report"),
        transaction.atomic(),
    ):
        SealedMail.objects.create(recipient=manager, report=report, due_at=NOW)
