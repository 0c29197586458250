"""Mail to members: once, in their language, and without what was said."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from pytest_django import Settings

from people.models import User
from requests_app import handover, notifications, transitions
from requests_app.enums import AfterAnswer, ClosingReason, TransferReason
from requests_app.expectation_models import Expectation
from requests_app.models import MailKind, MemberRequest, Outbox
from tests.factories import NOW, MemberFactory, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db

SECRET = "Mon mot de passe est Tournesol"


def _send_all() -> None:
    while notifications.send_next(at=NOW):
        pass


def _a_secret_request() -> MemberRequest:
    member = MemberFactory(user__language="en", user__email="aline@example.org")
    return a_request(member=member, subject=SECRET, body=SECRET)


def _on(member_request: MemberRequest, by: User) -> dict[str, Any]:
    return {
        "member_request": member_request,
        "by": by,
        "at": NOW,
        "version": member_request.version,
    }


def test_a_receipt_names_the_request_and_its_page(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://requests.example.org"
    member_request = _a_secret_request()
    _send_all()
    sent = mail.outbox[0]
    assert sent.to == ["aline@example.org"]
    assert sent.subject == f"We have received your request {member_request.reference}"
    assert f"https://requests.example.org/requests/{member_request.reference}/" in sent.body
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_receipt_says_how_long_others_waited() -> None:
    member_request = _a_secret_request()
    Expectation.objects.create(
        office=member_request.office, branch=member_request.branch, requests=42,
        month=NOW.date().replace(day=1, month=5), median=5 * 3600, ninetieth=11 * 3600,
    )  # fmt: skip
    _send_all()
    assert "within 5 h last month. 9 out of 10 within 11 h." in mail.outbox[0].body
    # How many they were would tell, less those of other branches, what may not be shown.
    assert "42" not in mail.outbox[0].body


def test_a_receipt_promises_nothing_when_too_few_were_counted() -> None:
    _a_secret_request()
    _send_all()
    assert "last month" not in mail.outbox[0].body


def test_fifty_requests_of_one_member_make_three_receipts_an_hour() -> None:
    member = MemberFactory()
    sent = [a_request(member=member, at=NOW + timedelta(minutes=n)) for n in range(50)]
    receipts = Outbox.objects.filter(kind=MailKind.RECEIPT)
    assert receipts.count() == 3
    assert [notifications.has_receipt(one) for one in sent[:4]] == [True, True, True, False]
    # Others get theirs, and an hour later so does this member.
    a_request()
    a_request(member=member, at=NOW + timedelta(minutes=63))
    assert receipts.count() == 5


def test_answers_by_people_are_never_held_back() -> None:
    adviser, member = an_adviser(), MemberFactory()
    for _number in range(5):
        a_request(member=member, answered_by=adviser)
    assert Outbox.objects.filter(kind=MailKind.ANSWER).count() == 5


def test_no_mail_repeats_what_was_said() -> None:
    member_request, adviser = _a_secret_request(), an_adviser("first_line", name="Tournesol X")
    answer = {"body": SECRET, "then": AfterAnswer.WAIT}
    transitions.answer(**_on(member_request, adviser), key=uuid4(), **answer)
    transitions.answer(**_on(member_request, adviser), key=uuid4(), body=SECRET)
    transitions.close(**_on(member_request, adviser), reason=ClosingReason.ANSWERED)
    transitions.reopen(**_on(member_request, adviser), key=uuid4())
    passed = {"branch": branch("coop"), "reason": TransferReason.MEMBER_ASKED, "sentence": SECRET}
    handover.transfer(**_on(member_request, adviser), **passed)
    _send_all()
    kinds = set(Outbox.objects.values_list("kind", flat=True))
    of_documents = {kind for kind in MailKind.values if kind.startswith("doc_")}
    assert kinds == set(MailKind.values) - {MailKind.REMINDER} - of_documents
    assert len(mail.outbox) == len(kinds)
    for sent in mail.outbox:
        assert "Tournesol" not in f"{sent.subject} {sent.body}"
        assert member_request.reference in sent.subject
        assert "{" not in sent.body


def test_a_mail_is_written_in_the_language_of_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.utils import translation  # noqa: PLC0415

    spoken = []
    original = notifications.render_to_string

    def listening(*args: Any, **kwargs: Any) -> str:
        spoken.append(translation.get_language())
        return str(original(*args, **kwargs))

    monkeypatch.setattr(notifications, "render_to_string", listening)
    a_request(member=MemberFactory(user__language="de"))
    _send_all()
    assert spoken == ["de"]


class RefusingBackend(BaseEmailBackend):
    """A server that takes no mail for anybody, and listens on."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise SMTPRecipientsRefused({email_messages[0].to[0]: (550, b"no such mailbox")})


class HangingUpBackend(BaseEmailBackend):
    """A server that is gone in the middle of the first mail."""

    def send_messages(self, _messages: Sequence[EmailMessage]) -> int:
        raise SMTPServerDisconnected("Connection unexpectedly closed")


class NoServerBackend(BaseEmailBackend):
    """Where nothing answers: each attempt to connect ends after a timeout."""

    opened = 0

    def open(self) -> bool:
        type(self).opened += 1
        raise TimeoutError("timed out")


class InterruptedBackend(BaseEmailBackend):
    """The job has run for too long while the server was being waited for."""

    def send_messages(self, _messages: Sequence[EmailMessage]) -> int:
        raise SoftTimeLimitExceeded


def _backend(settings: Settings, backend: type[BaseEmailBackend]) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"


def _run(at: datetime = NOW) -> int:
    return notifications.send_due(now=lambda: at)


def test_a_mail_that_failed_stays_owed_and_is_sent_later(settings: Settings) -> None:
    _a_secret_request()
    working = settings.EMAIL_BACKEND
    _backend(settings, RefusingBackend)
    _send_all()
    owed = Outbox.objects.get()
    assert (owed.done_at, owed.tries) == (None, 1)
    assert "no such mailbox" in owed.last_error
    settings.EMAIL_BACKEND = working
    assert not notifications.send_next(at=NOW)
    assert notifications.send_next(at=NOW + timedelta(minutes=2))
    assert len(mail.outbox) == 1


def test_an_address_that_is_refused_does_not_keep_others_waiting(settings: Settings) -> None:
    for _number in range(3):
        a_request()
    _backend(settings, RefusingBackend)
    assert _run() == 3
    assert set(Outbox.objects.values_list("tries", flat=True)) == {1}


def test_a_server_that_does_not_answer_is_waited_for_once(settings: Settings) -> None:
    for _number in range(3):
        a_request()
    _backend(settings, NoServerBackend)
    NoServerBackend.opened = 0
    assert _run() == 0
    assert NoServerBackend.opened == 1
    # Nothing was tried, so nothing counts as a failure of a mail: a long standstill loses none.
    assert set(Outbox.objects.values_list("tries", "done_at")) == {(0, None)}


def test_a_server_that_hangs_up_ends_the_run(settings: Settings) -> None:
    for _number in range(3):
        a_request()
    _backend(settings, HangingUpBackend)
    _run()
    assert sorted(Outbox.objects.values_list("tries", flat=True)) == [0, 0, 1]


def test_nothing_due_connects_to_nobody(settings: Settings) -> None:
    _backend(settings, NoServerBackend)
    NoServerBackend.opened = 0
    assert _run() == 0
    assert NoServerBackend.opened == 0


def test_a_run_ends_after_a_minute_and_the_next_one_goes_on() -> None:
    for _number in range(3):
        a_request()
    # Looking for mails, then before each of them: the second begins in time, the third too late.
    times = iter([NOW, NOW, NOW + timedelta(seconds=59), NOW + timedelta(seconds=61)])
    assert notifications.send_due(now=lambda: next(times)) == 2
    assert len(mail.outbox) == 2
    assert _run(NOW + timedelta(minutes=2)) == 1


def test_a_job_that_must_end_ends_and_blames_no_mail(settings: Settings) -> None:
    _a_secret_request()
    _backend(settings, InterruptedBackend)
    with pytest.raises(SoftTimeLimitExceeded):
        _run()
    owed = Outbox.objects.get()
    assert (owed.tries, owed.done_at, owed.due_at) == (0, None, NOW)


def test_a_person_who_left_is_not_written_to() -> None:
    a_request(member=MemberFactory(user__is_active=False))
    assert not Outbox.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_workers_send_one_mail() -> None:
    _a_secret_request()
    start = Barrier(2)

    def work() -> None:
        start.wait()
        notifications.send_next(at=NOW)
        connection.close()

    workers = [Thread(target=work) for _worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(mail.outbox) == 1
