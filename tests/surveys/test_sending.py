"""Invitations and reminders go out by themselves, each once, whatever dies on the way."""

import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from pytest_django import Settings

from demo.models import DemoMail
from people.models import User
from surveys import answering, invitations, tasks, waves
from surveys.models import Invitation, OptOut, Wave
from tests.factories import NOW
from tests.surveys.situations import a_wave, later, tokens

ROOT = Path(__file__).resolve().parents[2]


def send_all(**at: float) -> int:
    sent = 0
    while invitations.send_next(at=later(**at)):
        sent += 1
    return sent


@pytest.fixture
def wave() -> Wave:
    return a_wave(started=True, people=3)


@pytest.mark.django_db
def test_each_is_invited_once_in_their_language(wave: Wave) -> None:
    Invitation.objects.filter(pk=wave.invitations.first().pk).update(language="de")
    assert send_all() == 3
    assert send_all() == 0
    assert len({message.to[0] for message in mail.outbox}) == len(mail.outbox) == 3
    assert sum("Zwei Minuten" in message.subject for message in mail.outbox) == 1
    links = {token for token in tokens(wave) for m in mail.outbox if f"/s/{token}/\n" in m.body}
    assert len(links) == 3


@pytest.mark.django_db
def test_a_mail_can_be_refused_with_one_click_and_is_known_by_its_name(wave: Wave) -> None:
    send_all()
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].endswith("/never/>")
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 3


@pytest.mark.django_db
def test_two_reminders_go_to_those_who_took_no_part(wave: Wave) -> None:
    send_all()
    answering.send(token=tokens(wave)[0], choices={"m1": 1}, comment="", at=NOW)
    assert send_all(days=4) == 0
    assert send_all(days=5) == 2
    answering.send(token=tokens(wave)[1], choices={"m1": 1}, comment="", at=NOW)
    assert send_all(days=10) == 1
    assert send_all(days=13) == 0
    assert len(mail.outbox) == 3 + 2 + 1


@pytest.mark.django_db
def test_a_pause_stops_the_mails_and_the_end_does_too(wave: Wave) -> None:
    waves.pause(wave=wave, by=wave.planned_by, at=NOW)
    assert send_all() == 0
    waves.resume(wave=wave, by=wave.planned_by, at=later(hours=1))
    assert send_all(hours=1) == 3
    assert send_all(days=20) == 0


@pytest.mark.django_db
def test_who_refused_or_left_meanwhile_gets_nothing(wave: Wave) -> None:
    keys = wave.invitations.order_by("id").values_list("row__person", flat=True)
    first, second, third = (User.objects.get(pk=key) for key in keys)
    OptOut.objects.create(person=first, at=NOW)
    User.objects.filter(pk=second.pk).update(is_active=False)
    send_all()
    assert [message.to for message in mail.outbox] == [[third.email]]
    assert wave.invitations.filter(has_refused=True).count() == 1
    assert wave.invitations.filter(is_withdrawn=True).count() == 1


def _refusing(error: Exception) -> Any:
    def send(self: EmailMessage) -> int:
        raise error

    return send


@pytest.mark.django_db
def test_an_address_that_the_server_refuses_is_a_bounce(
    wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = SMTPRecipientsRefused({"a@example.org": (550, b"no such user")})
    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", _refusing(refused))
        assert send_all() == 3
    assert wave.invitations.filter(bounced_at__isnull=False, due_at=None).count() == 3
    assert send_all(days=5) == 0


@pytest.mark.django_db
def test_a_server_that_is_down_costs_a_pause_and_no_mail(
    wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", _refusing(OSError("down")))
        assert send_all() == 3
    assert send_all() == 0
    assert send_all(minutes=3) == 3
    assert set(wave.invitations.values_list("tries", "mails_sent")) == {(0, 1)}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_four_workers_send_each_mail_once() -> None:
    a_wave(started=True, people=24)

    def work(_number: int) -> int:
        try:
            return send_all()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 24
    assert set(Counter(message.to[0] for message in mail.outbox).values()) == {1}


@pytest.mark.django_db
def test_one_run_of_the_task_ends(monkeypatch: pytest.MonkeyPatch, wave: Wave) -> None:
    monkeypatch.setattr(tasks, "MOST_MAILS_A_RUN", 2)
    Invitation.objects.update(due_at=NOW)
    Wave.objects.update(closes_at="2999-01-01T00:00Z")
    assert [tasks.send_mails() for _run in range(3)] == [2, 1, 0]


# A worker whose mailbox says what it stores and takes its time before the commit.
WORKER = """
import sys, time, django
django.setup()
from demo.mailbox import MailboxBackend
from surveys import tasks
keep = MailboxBackend.send_messages
def slowly(self, messages):
    kept = keep(self, messages)
    print("stored", flush=True)
    time.sleep(float(sys.argv[1]))
    return kept
MailboxBackend.send_messages = slowly
print("sent", tasks.send_mails(), flush=True)
"""


def _worker(settings: Settings, pause: float) -> subprocess.Popen[str]:
    database = connection.settings_dict
    host, port = database["HOST"], database["PORT"]
    user = (
        f"{database['USER']}:{database['PASSWORD']}" if database["PASSWORD"] else database["USER"]
    )
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "dop_pilot.settings",
        "DATABASE_URL": f"postgresql://{user}@{host}:{port}/{database['NAME']}",
        "DEMO": "on",
        "EMAIL_URL": "",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(pause)], env=env, cwd=ROOT, text=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_worker_killed_in_the_middle_sends_each_invitation_once(settings: Settings) -> None:
    wave = a_wave(started=True, people=20)
    Wave.objects.filter(pk=wave.pk).update(closes_at="2999-01-01T00:00Z")
    Invitation.objects.update(due_at=NOW)
    worker = _worker(settings, pause=0.2)
    assert worker.stdout is not None
    for _stored in range(5):
        assert worker.stdout.readline() == "stored\n"
    # It sleeps between handing the fifth mail over and committing it.
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    assert worker.returncode == -signal.SIGKILL
    assert 4 <= DemoMail.objects.count() < 20
    told, _errors = _worker(settings, pause=0).communicate(timeout=60)
    assert told.splitlines()[-1].startswith("sent 1")
    recipients = Counter(DemoMail.objects.values_list("recipient", flat=True))
    assert len(recipients) == 20
    assert set(recipients.values()) == {1}
    assert set(wave.invitations.values_list("mails_sent", flat=True)) == {1}
