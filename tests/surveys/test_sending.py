"""Invitations and reminders go out by themselves, each once, whatever dies on the way."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
import time_machine
from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from local_services import product
from local_services.children import Child
from people.models import Member, User
from surveys import answering, invitations, tasks, waves
from surveys.models import Invitation, OptOut, Wave
from surveys.selectors import progress_of
from tests.browser import stack
from tests.factories import NOW
from tests.surveys.mail_sink import MailSink
from tests.surveys.situations import a_wave, later, tokens


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
        raise type(error)(*error.args)

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


@pytest.mark.parametrize("code", [421, 450, 451])
@pytest.mark.django_db
def test_an_address_that_is_refused_for_now_is_tried_again(
    wave: Wave, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    greylisted = SMTPRecipientsRefused({"a@example.org": (code, b"come back later")})
    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", _refusing(greylisted))
        assert send_all() == 3
    assert not wave.invitations.filter(bounced_at__isnull=False).exists()
    assert send_all(minutes=3) == 3
    assert len(mail.outbox) == 3


@pytest.mark.django_db
def test_a_night_without_a_mail_server_loses_no_mail_and_a_manager_sees_it(
    wave: Wave, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", _refusing(OSError("down")))
        for hour in range(37):
            send_all(hours=hour)
    assert progress_of(wave).total.waiting == 3
    client.force_login(wave.planned_by)
    page = client.get(reverse("surveys:wave", args=[wave.pk])).content.decode()
    assert 'id="retry"' in page
    assert send_all(hours=37) == 0
    waves.try_again(wave=wave, by=wave.planned_by, at=later(hours=37))
    assert send_all(hours=37) == 3
    assert progress_of(wave).total.waiting == 0


@pytest.mark.django_db
def test_a_server_that_does_not_answer_is_waited_for_once(
    wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_self: BaseEmailBackend) -> bool:
        raise TimeoutError("timed out")

    monkeypatch.setattr(BaseEmailBackend, "open", silent)
    with time_machine.travel(later(), tick=False):
        assert tasks.send_mails() == 0
    assert sorted(wave.invitations.values_list("tries", flat=True)) == [0, 0, 1]


@pytest.mark.django_db
def test_a_job_that_must_end_ends_and_no_mail_is_sent_twice(
    wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it was handed over nobody knows whether it was taken: it counts as sent."""
    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", _refusing(SoftTimeLimitExceeded()))
        with pytest.raises(SoftTimeLimitExceeded):
            send_all()
    assert wave.invitations.filter(handed_at__isnull=False, tries=0).count() == 1
    assert send_all() == 2


@pytest.mark.django_db
def test_without_a_manager_it_is_tried_until_the_wave_closes(
    wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", _refusing(OSError("down")))
        for hour in range(0, 13 * 24, 3):
            send_all(hours=hour)
    # Late, and no two reminders on its heels.
    assert send_all(days=13, hours=6) == 3
    assert send_all(days=13, hours=23) == 0
    assert len(mail.outbox) == 3


@pytest.mark.django_db
def test_who_may_no_longer_be_surveyed_gets_no_mail(wave: Wave) -> None:
    send_all()
    first, second = wave.invitations.order_by("id")[:2]
    # Said to the office after the draw, not by a link.
    Member.objects.filter(user=first.row.person_id).update(may_be_surveyed=False)
    Member.objects.filter(user=second.row.person_id).update(may_be_surveyed=False)
    assert send_all(days=5) == 3
    assert len(mail.outbox) == 3 + 1
    assert progress_of(wave).total.refused == 2


@pytest.mark.django_db
def test_an_erased_member_gets_no_mail_and_leaves_the_rate(wave: Wave) -> None:
    send_all()
    person = wave.invitations.order_by("id")[0].row.person
    Member.objects.filter(user=person).delete()
    User.objects.filter(pk=person.pk).delete()
    answering.send(token=tokens(wave)[1], choices={"m1": 1}, comment="", at=NOW)
    assert send_all(days=5) == 2
    assert len(mail.outbox) == 3 + 1
    total = progress_of(wave).total
    assert (total.drawn, total.withdrawn, total.rate) == (3, 1, 1 / 2)


@pytest.mark.django_db
def test_links_of_every_mail_go_on_working_when_the_secret_changes(
    wave: Wave, settings: Settings
) -> None:
    send_all()
    first = tokens(wave)
    settings.SECRET_KEY = "another secret, long enough for its purpose"
    send_all(days=5)
    second = tokens(wave)
    assert not set(first) & set(second)
    for token in (*first, *second):
        assert answering.standing(answering.find(token), at=NOW) == answering.Standing.OPEN
    answering.send(token=first[0], choices={"m1": 1}, comment="", at=NOW)
    with pytest.raises(answering.AnswerRefused):
        answering.send(token=second[0], choices={"m1": 1}, comment="", at=NOW)
    assert answering.refuse(token=first[1], at=NOW)


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


def _environment(folder: Path, broker: str, mail_port: int) -> dict[str, str]:
    """What `./dop run` gives a worker, with the database of this test and a mail server."""
    database = connection.settings_dict
    password = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
    place = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return stack._environment(folder, 8000) | {
        "DJANGO_SETTINGS_MODULE": "dop_pilot.settings",
        "DATABASE_URL": f"postgresql://{database['USER']}{password}@{place}",
        "REDIS_URL": broker,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
    }


@contextmanager
def _a_worker(env: dict[str, str]) -> Iterator[Child]:
    """A Celery worker as the product starts it, woken once to send what is due."""
    worker = product._worker(env)
    worker.patience = 5
    worker.start()
    try:
        with Celery(broker=env["REDIS_URL"], set_as_current=False) as app:
            app.send_task("surveys.tasks.send_mails", ignore_result=True)
        yield worker
    finally:
        worker.stop()


def _wait_for(happened: Callable[[], bool], worker: Child) -> None:
    deadline = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < deadline, worker.last_lines(40)
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_celery_worker_killed_in_the_middle_sends_each_invitation_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(product, "VAR", tmp_path)
    wave = a_wave(started=True, people=20)
    Wave.objects.filter(pk=wave.pk).update(closes_at="2999-01-01T00:00Z")
    sink = MailSink(silent_at=5)
    with closing(sink), stack._own_broker() as broker:
        env = _environment(tmp_path, broker, sink.port)
        with _a_worker(env) as worker:
            _wait_for(sink.is_silent.is_set, worker)
            # The fifth mail is taken, and the worker waits to hear so.
            os.killpg(worker.process.pid, signal.SIGKILL)
        sink.go_on()
        assert len(sink.taken) == 5
        with _a_worker(env) as worker:
            sent = wave.invitations.filter(mails_sent=1)
            _wait_for(lambda: sent.count() == 19, worker)
        assert set(Counter(sink.taken).values()) == {1}
        assert len(sink.taken) == 20
    # Nobody can know that the fifth arrived: it counts as sent, and is not sent again.
    assert invitations.settle_lost(at=timezone.now() + invitations.LOST_AFTER) == 1
    assert set(wave.invitations.values_list("mails_sent", "handed_at")) == {(1, None)}
    assert progress_of(wave).total.unsure == 1


@pytest.mark.django_db
def test_who_was_on_the_way_when_a_worker_died_gets_the_reminder(wave: Wave) -> None:
    lost = wave.invitations.order_by("id").first()
    Invitation.objects.filter(pk=lost.pk).update(handed_at=NOW)
    assert send_all() == 2
    assert invitations.settle_lost(at=later(minutes=14)) == 0
    assert invitations.settle_lost(at=later(minutes=15)) == 1
    assert send_all(minutes=20) == 0
    assert progress_of(wave).total.unsure == 1
    assert send_all(days=5) == 3
    assert progress_of(wave).total.unsure == 0
