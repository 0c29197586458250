"""An adviser asks for documents and decides on them; a member hands them in."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError

from people.models import User
from requests_app import asking, drafts, transitions
from requests_app.asked_models import AskedDocument, AskedEvent
from requests_app.composing import FilesRefused
from requests_app.document_rules import (
    CorrectionReason,
    DocumentAction,
    DocumentState,
    RefusalReason,
    Turn,
    rebuild,
)
from requests_app.enums import ClosingReason, Status
from requests_app.models import Document, Draft, MailKind, MemberRequest, Message, Outbox
from requests_app.moves import Conflict, TransitionRefused
from tests.documents import A_PDF, a_document, an_asked_document, hand_in
from tests.factories import NOW, TODAY, a_request, an_adviser

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def adviser() -> User:
    return an_adviser(language="en")


@pytest.fixture
def member_request() -> MemberRequest:
    return a_request()


@pytest.fixture
def asked(member_request: MemberRequest, adviser: User) -> AskedDocument:
    return an_asked_document(member_request, by=adviser, waits=True)


@pytest.fixture
def received(asked: AskedDocument) -> AskedDocument:
    hand_in(asked)
    return asked


def _decide(act: Any, asked: AskedDocument, by: User, **changes: Any) -> None:
    act(asked=asked, by=by, **{"at": LATER, "version": asked.version} | changes)


def _correct(asked: AskedDocument, by: User, **changes: Any) -> None:
    _decide(asking.correct, asked, by, reason=CorrectionReason.INCOMPLETE, **changes)


def _mails() -> set[str]:
    return set(Outbox.objects.exclude(asked_event=None).values_list("kind", flat=True))


def test_asking_is_an_answer_that_asks_and_makes_it_the_members_turn(
    asked: AskedDocument, member_request: MemberRequest
) -> None:
    member_request.refresh_from_db()
    assert asked.turn == Turn.MEMBER
    assert member_request.status == Status.WAITING
    assert member_request.first_response_was_question
    assert "contrat" in member_request.messages.latest("pk").body.lower()
    assert _mails() == {MailKind.DOCUMENT_ASKED}


def test_without_a_day_the_member_has_ten_working_days(asked: AskedDocument) -> None:
    # From Thursday 15 June, every weekday counted: the test has no holidays.
    assert asked.due_on == date(2023, 6, 29)


def test_the_same_form_asks_once(member_request: MemberRequest, adviser: User) -> None:
    key = uuid4()
    first = an_asked_document(member_request, by=adviser, key=key)
    assert an_asked_document(member_request, by=adviser, key=key) == first
    assert member_request.messages.count() == 2


@pytest.mark.parametrize("days", [-1, 400])
def test_a_day_that_cannot_be_meant_is_refused(
    member_request: MemberRequest, adviser: User, days: int
) -> None:
    with pytest.raises(TransitionRefused):
        an_asked_document(member_request, by=adviser, due_on=TODAY + timedelta(days=days))
    assert not AskedDocument.objects.exists()


def test_documents_of_a_request_are_numbered(member_request: MemberRequest, adviser: User) -> None:
    numbers = [an_asked_document(member_request, by=adviser).number for _each in range(3)]
    assert numbers == [1, 2, 3]


def test_who_asks_on_an_old_version_is_told(member_request: MemberRequest, adviser: User) -> None:
    with pytest.raises(Conflict):
        asking.ask(
            member_request=member_request,
            by=adviser,
            at=NOW,
            version=member_request.version + 1,
            kind="contract",
            key=uuid4(),
        )


def test_handing_in_makes_it_the_offices_turn_again(
    received: AskedDocument, member_request: MemberRequest
) -> None:
    member_request.refresh_from_db()
    assert received.turn == Turn.OFFICE
    assert member_request.status == Status.OPEN
    assert received.documents.get().message == member_request.messages.latest("pk")


def test_a_double_click_hands_in_once(asked: AskedDocument) -> None:
    key = uuid4()
    for _click in range(2):
        hand_in(asked, key=key)
    assert Document.objects.count() == 1
    assert asked.version == 2


def test_handing_in_takes_no_draft_along(
    asked: AskedDocument, member_request: MemberRequest
) -> None:
    drafts.save_draft(
        author=member_request.member.user,
        member_request=member_request,
        fields={"body": "Pas encore fini"},
        key=None,
        at=NOW,
    )
    hand_in(asked)
    assert Draft.objects.get().fields == {"body": "Pas encore fini"}


BAD_FILES = {
    "none": [],
    "a page": [SimpleUploadedFile("page.html", b"<html>")],
    "a page named PDF": [SimpleUploadedFile("contrat.pdf", b"<html>")],
    "one of two": [
        SimpleUploadedFile("contrat.pdf", A_PDF),
        SimpleUploadedFile("vide.pdf", b""),
    ],
    "six": [SimpleUploadedFile(f"page-{number}.pdf", A_PDF) for number in range(6)],
}


@pytest.mark.parametrize("files", BAD_FILES.values(), ids=BAD_FILES)
def test_what_may_not_come_in_stores_nothing(asked: AskedDocument, files: Any) -> None:
    with pytest.raises(FilesRefused):
        hand_in(asked, files=files)
    asked.refresh_from_db()
    assert asked.turn == Turn.MEMBER
    assert not Document.objects.exists()
    assert Message.objects.count() == 2


def test_nothing_is_handed_in_for_what_is_checked(received: AskedDocument, adviser: User) -> None:
    _decide(asking.check, received, adviser)
    with pytest.raises(TransitionRefused):
        hand_in(received)


def test_nothing_is_handed_in_in_a_closed_request(
    asked: AskedDocument, member_request: MemberRequest, adviser: User
) -> None:
    member_request.refresh_from_db()
    transitions.close(
        member_request=member_request,
        by=adviser,
        at=NOW,
        version=member_request.version,
        reason=ClosingReason.WITHDRAWN,
    )
    with pytest.raises(TransitionRefused):
        hand_in(asked)
    assert not AskedDocument.objects.owed_by_member().exists()


def test_a_checked_document_is_done_and_the_request_still_waits_for_an_answer(
    received: AskedDocument, member_request: MemberRequest, adviser: User
) -> None:
    _decide(asking.check, received, adviser)
    member_request.refresh_from_db()
    assert received.state == DocumentState.CHECKED
    assert member_request.waiting_since == NOW
    assert MailKind.DOCUMENT_CHECKED in _mails()


@pytest.mark.parametrize("more", [{"answers": True}, {"line": "Merci !"}])
def test_checking_can_answer_the_request(
    received: AskedDocument, member_request: MemberRequest, adviser: User, more: dict[str, Any]
) -> None:
    _decide(asking.check, received, adviser, **more)
    member_request.refresh_from_db()
    assert member_request.waiting_since is None


def test_what_is_to_correct_is_the_members_turn_with_a_reason(
    received: AskedDocument, member_request: MemberRequest, adviser: User
) -> None:
    _correct(received, adviser, line="La page 2 manque.")
    assert received.turn == Turn.MEMBER
    assert received.reason == CorrectionReason.INCOMPLETE
    assert received.turn_since == LATER
    assert "La page 2 manque." in member_request.messages.latest("pk").body
    assert MailKind.DOCUMENT_TO_CORRECT in _mails()


def test_a_corrected_document_comes_back(received: AskedDocument, adviser: User) -> None:
    _correct(received, adviser)
    hand_in(received, at=LATER)
    assert received.turn == Turn.OFFICE
    assert received.reason == ""
    assert received.documents.count() == 2


def test_a_refused_document_is_done(received: AskedDocument, adviser: User) -> None:
    _decide(asking.refuse, received, adviser, reason=RefusalReason.NOT_FOR_US)
    assert (received.state, received.reason) == (DocumentState.REFUSED, RefusalReason.NOT_FOR_US)
    assert MailKind.DOCUMENT_REFUSED in _mails()


def test_what_is_no_longer_needed_is_owed_by_nobody(asked: AskedDocument, adviser: User) -> None:
    _decide(asking.drop, asked, adviser)
    assert asked.turn == Turn.NOBODY
    assert not AskedDocument.objects.owed_by_member().exists()


def test_of_two_advisers_one_decides(received: AskedDocument, adviser: User) -> None:
    other = AskedDocument.objects.get(pk=received.pk)
    _decide(asking.check, received, adviser)
    with pytest.raises(Conflict, match=adviser.name):
        _correct(other, an_adviser())
    received.refresh_from_db()
    assert received.state == DocumentState.CHECKED


def test_two_who_saw_the_same_do_not_both_write(received: AskedDocument, adviser: User) -> None:
    stale = AskedDocument.objects.get(pk=received.pk)
    _decide(asking.check, received, adviser)
    # The row that is held in memory still agrees with its version: the database decides.
    with pytest.raises(Conflict):
        _decide(asking.drop, stale, adviser)


def test_what_came_unasked_is_followed_once(member_request: MemberRequest, adviser: User) -> None:
    document = a_document(member_request)
    for _click in range(2):
        asking.follow(document=document, by=adviser, at=NOW)
        document.refresh_from_db()
    assert document.asked is not None
    assert document.asked.turn == Turn.OFFICE
    assert AskedEvent.objects.count() == 1


def test_history_rebuilds_the_standing(received: AskedDocument, adviser: User) -> None:
    _correct(received, adviser)
    hand_in(received, at=LATER)
    _decide(asking.refuse, received, adviser, reason=RefusalReason.NOT_FOR_US)
    received.refresh_from_db()
    rebuilt = rebuild(received.events.order_by("position"))
    assert rebuilt == asking.standing_of(received)


def test_steps_are_append_only(asked: AskedDocument) -> None:
    with pytest.raises(IntegrityError, match="steps of documents are append only"):
        AskedEvent.objects.update(at=LATER)


def test_steps_are_not_deleted(asked: AskedDocument) -> None:
    with pytest.raises(IntegrityError, match="steps of documents are append only"):
        AskedEvent.objects.filter(asked=asked)._raw_delete("default")


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("kinds_of_documents_are_known", {"kind": "poem"}),
    ("states_of_documents_are_known", {"state": "lost", "first_received_at": NOW}),
    ("what_a_member_owes_has_a_due_date", {"due_on": None}),
    ("what_is_sent_back_or_refused_has_a_reason", {"reason": "incomplete"}),
    ("what_is_sent_back_or_refused_has_a_reason", {"state": "refused", "first_received_at": NOW}),
    ("only_what_was_received_is_reviewed", {"state": "checked"}),
    ("no_turn_before_the_first_receipt", {"first_received_at": LATER}),
]


@pytest.mark.parametrize(("name", "columns"), BROKEN)
def test_a_document_that_makes_no_sense_is_refused(
    asked: AskedDocument, name: str, columns: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError, match=name):
        AskedDocument.objects.filter(pk=asked.pk).update(**columns)


def test_two_documents_of_a_request_never_share_a_number(
    asked: AskedDocument, adviser: User
) -> None:
    other = an_asked_document(asked.member_request, by=adviser)
    with pytest.raises(IntegrityError, match="followed_documents_of_a_request_are_numbered"):
        AskedDocument.objects.filter(pk=other.pk).update(number=asked.number)


BROKEN_STEPS: list[tuple[str, dict[str, Any]]] = [
    ("steps_of_a_document_are_numbered", {"position": 1, "action": DocumentAction.RECEIVE}),
    ("actions_on_documents_are_known", {"action": "burn"}),
    ("corrections_refusals_and_reminders_have_a_reason", {"action": DocumentAction.REMIND}),
    ("who_asks_says_until_when", {"action": DocumentAction.ASK}),
]


@pytest.mark.parametrize(("name", "columns"), BROKEN_STEPS)
def test_a_step_that_makes_no_sense_is_refused(
    asked: AskedDocument, name: str, columns: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError, match=name):
        AskedEvent.objects.create(**{"asked": asked, "position": 2, "at": NOW} | columns)


def test_nothing_in_a_draft_is_followed(
    received: AskedDocument, member_request: MemberRequest
) -> None:
    draft = Draft.objects.create(author=member_request.member.user, saved_at=NOW)
    with pytest.raises(IntegrityError, match="nothing_in_a_draft_is_followed"):
        received.documents.update(draft=draft, message=None, member_request=None)


def test_a_mail_tells_of_one_step(asked: AskedDocument) -> None:
    with pytest.raises(IntegrityError, match="a_mail_tells_of_one_step"):
        Outbox.objects.exclude(asked_event=None).update(asked_event=None)
