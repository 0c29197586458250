"""Mail to members: once, in their language, and without what was said."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
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
    assert "over 42 requests" in mail.outbox[0].body


def test_a_receipt_promises_nothing_when_too_few_were_counted() -> None:
    _a_secret_request()
    _send_all()
    assert "last month" not in mail.outbox[0].body


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
    assert kinds == set(MailKind.values) - {MailKind.MEMBER_WROTE, MailKind.REMINDER} - of_documents
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


class BrokenBackend:
    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def send_messages(self, _messages: object) -> int:
        raise ConnectionRefusedError("no mail server")


def test_a_mail_that_failed_stays_owed_and_is_sent_later(settings: Settings) -> None:
    _a_secret_request()
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.BrokenBackend"
    _send_all()
    owed = Outbox.objects.get()
    assert (owed.done_at, owed.tries) == (None, 1)
    assert "no mail server" in owed.last_error
    settings.EMAIL_BACKEND = working
    assert not notifications.send_next(at=NOW)
    assert notifications.send_next(at=NOW + timedelta(minutes=2))
    assert len(mail.outbox) == 1


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
