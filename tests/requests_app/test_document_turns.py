"""Who decides on documents, and whose turn it is once the last one is no longer needed."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from people.models import User
from requests_app import asking, handover, notifications, recalling, transitions
from requests_app.asked_models import AskedDocument
from requests_app.document_rules import (
    CorrectionReason,
    DocumentKind,
    DocumentState,
    RefusalReason,
)
from requests_app.enums import Action, AfterAnswer, Status, TransferReason
from requests_app.history import rebuild
from requests_app.models import MailKind, MemberRequest, Outbox
from requests_app.moves import state_of
from requests_app.refusals import TransitionRefused
from requests_app.selectors.conversation import conversation
from tests.documents import a_document, an_asked_document, hand_in
from tests.factories import NOW, a_consultation, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def adviser() -> User:
    return an_adviser(language="en")


def _now(member_request: MemberRequest) -> MemberRequest:
    return MemberRequest.objects.get(pk=member_request.pk)


def _on(member_request: MemberRequest, by: User, **changes: Any) -> dict[str, Any]:
    now = _now(member_request)
    return {"member_request": now, "by": by, "at": LATER, "version": now.version} | changes


def _a_reader(member_request: MemberRequest, *, by: User, why: str) -> User:
    """Somebody whose branch gave it away, or whose branch is only asked for its view."""
    if why == "asked":
        a_consultation(_now(member_request), by=by)
        return an_adviser("safeguarding", language="en")
    given = {"branch": branch("coop"), "reason": TransferReason.OTHER_EXPERTISE}
    handover.transfer(**given, **_on(member_request, by))
    return by


DECISIONS: dict[str, Callable[..., None]] = {
    "check": asking.check,
    "correct": partial(asking.correct, reason=CorrectionReason.INCOMPLETE),
    "refuse": partial(asking.refuse, reason=RefusalReason.NOT_FOR_US),
    "drop": asking.drop,
}


@pytest.mark.parametrize("why", ["gave it away", "asked"])
@pytest.mark.parametrize("decision", DECISIONS)
def test_who_only_reads_decides_on_no_document(decision: str, why: str, adviser: User) -> None:
    asked = an_asked_document(a_request(), by=adviser)
    hand_in(asked)
    reader = _a_reader(asked.member_request, by=adviser, why=why)
    asked.refresh_from_db()
    with pytest.raises(TransitionRefused, match=r"acts on it|s’en occupe"):
        DECISIONS[decision](asked=asked, by=reader, at=LATER, version=asked.version)
    assert AskedDocument.objects.get().state == DocumentState.RECEIVED


def test_who_only_reads_follows_no_attachment(adviser: User) -> None:
    member_request = a_request()
    document = a_document(member_request)
    reader = _a_reader(member_request, by=adviser, why="gave it away")
    with pytest.raises(TransitionRefused):
        asking.follow(document=document, by=reader, at=LATER)
    assert not AskedDocument.objects.exists()


def test_who_only_reads_is_offered_no_decision(client: Client, adviser: User) -> None:
    member_request = a_request()
    asked = an_asked_document(member_request, by=adviser)
    hand_in(asked)
    a_document(member_request)
    reader = _a_reader(member_request, by=adviser, why="gave it away")
    address = [member_request.reference, asked.number]
    pages = [
        reverse("requests_app:detail", args=[member_request.reference]),
        reverse("requests_app:review", args=address),
    ]
    offered = ["No longer needed", "Mark for review", ">In order<", ">Refuse<"]
    shown = {user: _pages(client, user, pages) for user in (reader, an_adviser("coop"))}
    assert not [words for words in offered if words in shown[reader]]
    assert "acts on it" in shown[reader]
    assert "<button" in shown[reader]


def _pages(client: Client, user: User, pages: list[str]) -> str:
    client.force_login(user)
    with time_machine.travel(LATER, tick=False):
        return "".join(client.get(page).content.decode() for page in pages)


def _drop(asked: AskedDocument, by: User) -> MemberRequest:
    asked.refresh_from_db()
    asking.drop(asked=asked, by=by, at=LATER, version=asked.version)
    return _now(asked.member_request)


def test_once_the_last_document_is_dropped_it_is_the_offices_turn(adviser: User) -> None:
    member_request = _drop(an_asked_document(a_request(), by=adviser, waits=True), adviser)
    assert (member_request.status, member_request.waiting_since) == (Status.OPEN, LATER)
    assert rebuild(member_request.events.order_by("position")) == state_of(member_request)
    # Nobody recalls and closes a member who owes nothing.
    assert not recalling.recall_and_close(at=LATER + timedelta(days=60))
    with pytest.raises(TransitionRefused):
        transitions.wait(**_on(member_request, adviser))


def test_while_another_document_is_owed_it_stays_the_members_turn(adviser: User) -> None:
    member_request = a_request()
    first = an_asked_document(member_request, by=adviser, waits=True)
    an_asked_document(_now(member_request), by=adviser, waits=True, kind=DocumentKind.INVOICE)
    assert _drop(first, adviser).status == Status.WAITING


def test_a_question_that_was_asked_since_goes_on_waiting(adviser: User) -> None:
    member_request = a_request()
    asked = an_asked_document(member_request, by=adviser, waits=True)
    said = {"body": "Et depuis quand ?", "then": AfterAnswer.WAIT, "key": uuid4()}
    at = NOW + timedelta(hours=1)
    transitions.answer(**said, **_on(member_request, adviser, at=at))
    assert _drop(asked, adviser).status == Status.WAITING


def test_a_document_that_nobody_waits_for_moves_nothing(adviser: User) -> None:
    member_request = _drop(an_asked_document(a_request(), by=adviser), adviser)
    assert not member_request.events.filter(action=Action.RESUME).exists()


def test_the_member_is_told_that_nothing_is_owed(adviser: User) -> None:
    member_request = _drop(an_asked_document(a_request(), by=adviser, waits=True), adviser)
    member = member_request.member.user
    lines = [entry.line for entry in conversation(member_request, reader=member)]
    assert any(lines[-1:])
    assert Outbox.objects.filter(kind=MailKind.DOCUMENT_DROPPED).count() == 1
    while notifications.send_next(at=LATER):
        pass
    # Which document it was says much about somebody.
    assert member_request.reference in mail.outbox[-1].subject
    assert "ontrat" not in f"{mail.outbox[-1].subject} {mail.outbox[-1].body}"


def test_nobody_is_told_of_what_was_never_asked(adviser: User) -> None:
    document = a_document(a_request())
    _drop(asking.follow(document=document, by=adviser, at=NOW), adviser)
    assert not Outbox.objects.filter(kind=MailKind.DOCUMENT_DROPPED).exists()
