"""Whatever the code relies on about a request, the database holds by a name of its own."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection

from requests_app.consultation_models import Consultation
from requests_app.enums import Action, ClosingReason, ConsultOutcome, MessageKind, Status
from requests_app.expectation_models import Expectation
from requests_app.models import Document, Draft, MemberRequest, Message, Outbox, RequestEvent
from tests.factories import NOW, OfficeFactory, a_consultation, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db

EARLIER = NOW - timedelta(seconds=1)
# A closed request, but for what the case changes.
CLOSED = {
    "status": Status.CLOSED,
    "closing_reason": ClosingReason.WITHDRAWN,
    "closed_at": NOW,
    "waiting_since": None,
}
BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("closed_requests_have_a_reason_and_a_date", CLOSED | {"closing_reason": ""}),
    ("closed_requests_have_a_reason_and_a_date", CLOSED | {"closed_at": None}),
    ("closed_requests_have_a_reason_and_a_date", {"closing_reason": ClosingReason.SPAM}),
    ("no_answer_before_the_question", {"status": Status.OPEN, "first_responded_at": EARLIER}),
    ("no_closing_before_the_beginning", CLOSED | {"closed_at": EARLIER}),
    ("new_requests_belong_to_nobody", {"first_responded_at": NOW}),
    ("nobody_waits_in_a_closed_request", CLOSED | {"waiting_since": NOW}),
    ("a_request_is_written_in_one_of_four_languages", {"language": "es"}),
    ("statuses_are_known", {"status": "lost"}),
]


@pytest.mark.parametrize(("name", "columns"), BROKEN)
def test_a_request_that_makes_no_sense_is_refused(name: str, columns: dict[str, Any]) -> None:
    member_request = a_request()
    with pytest.raises(IntegrityError, match=name):
        MemberRequest.objects.filter(pk=member_request.pk).update(**columns)


def test_a_new_request_has_no_adviser() -> None:
    member_request = a_request()
    with pytest.raises(IntegrityError, match="new_requests_belong_to_nobody"):
        MemberRequest.objects.filter(pk=member_request.pk).update(adviser=an_adviser())


def test_imported_requests_are_imported_once() -> None:
    for _again in range(2):
        a_request()
    with pytest.raises(IntegrityError, match="imported_requests_are_imported_once"):
        MemberRequest.objects.update(source="old desk", source_key="7")


def test_actions_are_known() -> None:
    _refused_event("actions_are_known", action="vanish")


@pytest.mark.parametrize("action", [Action.TRANSFER, Action.SEND_BACK, Action.CLOSE])
def test_moves_and_closings_have_a_reason(action: Action) -> None:
    _refused_event("moves_and_closings_have_a_reason", action=action)


def _refused_event(name: str, **columns: Any) -> None:
    with pytest.raises(IntegrityError, match=name):
        RequestEvent.objects.create(member_request=a_request(), position=2, at=NOW, **columns)


def test_messages_say_something() -> None:
    with pytest.raises(IntegrityError, match="messages_say_something"):
        Message.objects.create(
            member_request=a_request(), kind=MessageKind.NOTE, body="", sent_at=NOW
        )


def test_one_draft_a_person_and_form() -> None:
    author = an_adviser()
    Draft.objects.create(author=author, member_request=None, saved_at=NOW)
    with pytest.raises(IntegrityError, match="one_draft_a_person_and_form"):
        Draft.objects.create(author=author, member_request=None, saved_at=NOW)


def test_a_document_lies_in_a_draft_or_in_a_request() -> None:
    with pytest.raises(IntegrityError, match="a_document_lies_in_a_draft_or_in_a_request"):
        Document.objects.create(
            member_request=a_request(), uploaded_by=an_adviser(), uploaded_at=NOW, size=1
        )


def test_one_expectation_an_office_branch_and_month() -> None:
    month = {"office": OfficeFactory(), "branch": None, "month": date(2023, 5, 1), "requests": 40}
    Expectation.objects.create(**month)
    with pytest.raises(IntegrityError, match="one_expectation_an_office_branch_and_month"):
        Expectation.objects.create(**month)


def test_consultations_name_the_branch_that_is_asked() -> None:
    with pytest.raises(IntegrityError, match="consultations_name_the_branch_that_is_asked"):
        RequestEvent.objects.create(
            member_request=a_request(), position=2, action=Action.CONSULT, at=NOW
        )


CONSULTED: list[tuple[str, dict[str, Any]]] = [
    ("no_branch_asks_itself", {"branch": "first_line"}),
    ("consultations_end_with_an_outcome", {"ended_at": NOW}),
    ("consultations_end_with_an_outcome", {"outcome": ConsultOutcome.CLOSED}),
    (
        "consultations_end_with_an_outcome",
        {"ended_at": EARLIER, "outcome": ConsultOutcome.CLOSED},
    ),
    (
        "an_answered_consultation_has_an_answer_and_a_person",
        {"ended_at": NOW, "outcome": ConsultOutcome.ANSWERED},
    ),
]


@pytest.mark.parametrize(("name", "columns"), CONSULTED)
def test_a_consultation_that_makes_no_sense_is_refused(name: str, columns: dict[str, Any]) -> None:
    asked = a_consultation(a_request())
    if code := columns.get("branch"):
        columns = {"branch": branch(code)}
    with pytest.raises(IntegrityError, match=name):
        Consultation.objects.filter(pk=asked.pk).update(**columns)


def test_a_branch_is_asked_once_at_a_time() -> None:
    asked = a_consultation(a_request())
    asked.pk = None
    asked.question = Message.objects.create(
        member_request=asked.member_request, kind=MessageKind.NOTE, body="Encore ?", sent_at=NOW
    )
    with pytest.raises(IntegrityError, match="a_branch_is_asked_once_at_a_time"):
        asked.save(force_insert=True)


def test_a_mail_is_owed_once() -> None:
    a_request()
    mail = Outbox.objects.get()
    mail.pk = None
    with pytest.raises(IntegrityError, match="key"):
        mail.save(force_insert=True)


def test_every_constraint_of_requests_stands_in_a_test() -> None:
    models = (MemberRequest, RequestEvent, Message, Draft, Document, Expectation)
    names = {constraint.name for model in models for constraint in model._meta.constraints}
    tested = {name for name, _columns in BROKEN} | {
        name.removeprefix("test_") for name in globals() if name.startswith("test_")
    }
    # Tested where the numbering of events is, and where documents are followed.
    assert names - tested == {
        "events_of_a_request_are_numbered",
        "nothing_in_a_draft_is_followed",
    }
    names = {constraint.name for constraint in Consultation._meta.constraints}
    assert names == {name for name, _columns in CONSULTED} | {"a_branch_is_asked_once_at_a_time"}


def test_the_lists_of_the_desk_have_their_indexes() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'requests_app_memberrequest'"
        )
        names = {name for (name,) in cursor.fetchall()}
    assert {"desk_of_a_branch", "desk_of_an_office"} <= names
