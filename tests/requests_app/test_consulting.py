"""Another branch is asked for its view: nothing moves, no clock changes, and it ends."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from people.models import User
from requests_app import consulting, handover, transitions, undoing
from requests_app.consultation_models import Consultation
from requests_app.enums import (
    Action,
    ClosingReason,
    ConsultOutcome,
    MessageKind,
    TransferReason,
)
from requests_app.models import MemberRequest, Message
from requests_app.moves import state_of
from requests_app.refusals import TransitionRefused
from requests_app.selectors.handovers import handovers_between
from requests_app.selectors.queue import counted, desk_of, views_of
from tests.factories import NOW, TODAY, a_consultation, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def asking() -> User:
    return an_adviser("first_line", name="Inès Lambert", language="en")


@pytest.fixture
def asked() -> User:
    return an_adviser("safeguarding", name="Karim Benali", language="en")


def _now(member_request: MemberRequest) -> MemberRequest:
    return MemberRequest.objects.get(pk=member_request.pk)


def _on(member_request: MemberRequest, by: User) -> dict[str, Any]:
    now = _now(member_request)
    return {"member_request": now, "by": by, "at": LATER, "version": now.version}


def _sees(user: User, member_request: MemberRequest) -> bool:
    fresh = User.objects.get(pk=user.pk)
    return MemberRequest.objects.visible_to(fresh, on=TODAY).contains(member_request)


def _count(user: User) -> int:
    desk = desk_of(user, at=LATER)
    assert desk
    return {view.key: view.count for view in counted(desk, views_of(desk))}["asked"]


def _post(client: Client, name: str, *args: Any, **sent: Any) -> HttpResponse:
    with time_machine.travel(LATER, tick=False):
        return client.post(reverse(f"requests_app:{name}", args=args), sent)


def _page(client: Client, member_request: MemberRequest) -> str:
    with time_machine.travel(LATER, tick=False):
        address = reverse("requests_app:detail", args=[member_request.reference])
        return client.get(address).content.decode()


def _advise(consultation: Consultation, by: User, **changes: Any) -> Consultation:
    return consulting.advise(
        member_request=consultation.member_request,
        consultation=consultation.pk,
        by=by,
        at=LATER,
        advice="Pas de contrat : une facture suffit.",
        key=changes.pop("key", None) or uuid4(),
    )


def test_asking_moves_nothing_and_stops_no_clock(asking: User) -> None:
    member_request = a_request()
    before = state_of(_now(member_request))
    a_consultation(member_request, by=asking)
    after = state_of(_now(member_request))
    assert after.version == before.version + 1
    assert {**vars(before), "version": 0} == {**vars(after), "version": 0}


def test_an_answer_is_a_note_that_no_member_reads(asking: User, asked: User) -> None:
    member_request = a_request()
    _advise(a_consultation(member_request, by=asking), asked)
    consultation = Consultation.objects.select_related("answer").get()
    assert (consultation.outcome, consultation.ended_at) == (ConsultOutcome.ANSWERED, LATER)
    assert consultation.answer
    assert consultation.answer.kind == MessageKind.NOTE
    member = member_request.member.user
    assert not Message.objects.readable_by(member).filter(advises=consultation).exists()
    assert _now(member_request).first_responded_at is None


def test_the_same_question_sent_twice_is_asked_once(asking: User) -> None:
    member_request = a_request()
    again = {"branch": branch("safeguarding"), "question": "Un contrat ?", "key": uuid4()}
    first = consulting.ask(**_on(member_request, asking), **again)
    assert consulting.ask(**_on(member_request, asking) | {"version": 1}, **again) == first
    assert Consultation.objects.count() == 1


def test_the_same_answer_sent_twice_is_given_once(asking: User, asked: User) -> None:
    consultation, key = a_consultation(a_request(), by=asking), uuid4()
    for _again in range(2):
        _advise(consultation, asked, key=key)
    assert Message.objects.filter(advises=consultation).count() == 1


def test_a_branch_is_not_asked_again_while_the_question_stands(asking: User) -> None:
    member_request = a_request()
    a_consultation(member_request, by=asking)
    with pytest.raises(TransitionRefused):
        a_consultation(_now(member_request), by=asking)


def test_only_the_branch_that_was_asked_answers(asking: User) -> None:
    consultation = a_consultation(a_request(), by=asking)
    with pytest.raises(TransitionRefused):
        _advise(consultation, an_adviser("coop"))
    assert Consultation.objects.open().exists()


def test_who_is_asked_reads_a_private_request_while_the_question_stands(asked: User) -> None:
    member_request = a_request(topic_code=None, branch=branch("support"))
    colleague = an_adviser("safeguarding")
    assert not _sees(asked, member_request)
    consultation = a_consultation(member_request, by=an_adviser("support"))
    assert _sees(asked, member_request)
    assert _sees(colleague, member_request)
    _advise(consultation, asked)
    assert not _sees(asked, member_request)
    assert not _sees(colleague, member_request)


def test_a_second_press_says_that_the_view_is_given_though_the_request_is_out_of_sight(
    client: Client, asked: User
) -> None:
    member_request = a_request(topic_code=None, branch=branch("support"))
    consultation = a_consultation(member_request, by=an_adviser("support"))
    client.force_login(asked)
    view = {"version": 1, "key": uuid4(), "advise-advice": "Une facture suffit."}
    for _press in range(2):
        reference = member_request.reference
        response = _post(client, "answer_consultation", reference, consultation.pk, **view)
        assert response["Location"] == reverse("requests_app:queue")
    assert Message.objects.filter(advises=consultation).count() == 1
    assert not asked.drafts.exists()


def test_a_withdrawn_question_takes_its_readers_along(asked: User) -> None:
    member_request = a_request(topic_code=None, branch=branch("support"))
    supporter = an_adviser("support")
    consultation = a_consultation(member_request, by=supporter)
    consulting.withdraw(consultation=consultation.pk, **_on(member_request, supporter))
    assert not _sees(asked, member_request)
    assert Consultation.objects.get().outcome == ConsultOutcome.WITHDRAWN
    with pytest.raises(TransitionRefused):
        _advise(consultation, asked)


def test_closing_ends_the_question_and_undoing_asks_it_again(asking: User) -> None:
    member_request = a_request()
    a_consultation(member_request, by=asking)
    transitions.close(reason=ClosingReason.WITHDRAWN, **_on(member_request, asking))
    assert Consultation.objects.get().outcome == ConsultOutcome.CLOSED
    undoing.undo(**_on(member_request, asking))
    assert Consultation.objects.open().count() == 1


def test_a_transfer_to_the_branch_that_was_asked_answers_the_question(asking: User) -> None:
    member_request = a_request()
    a_consultation(member_request, by=asking)
    given = {"branch": branch("safeguarding"), "reason": TransferReason.OTHER_EXPERTISE}
    handover.transfer(**given, **_on(member_request, asking))
    assert Consultation.objects.get().outcome == ConsultOutcome.ARRIVED


def test_the_branch_that_is_asked_counts_it_in_a_view_of_its_own(asking: User, asked: User) -> None:
    member_request = a_request()
    assert _count(asked) == 0
    consultation = a_consultation(member_request, by=asking)
    assert (_count(asked), _count(asking)) == (1, 0)
    _advise(consultation, asked)
    assert _count(asked) == 0


def test_a_team_has_no_view_of_questions() -> None:
    a_request()
    desk = desk_of(an_adviser(None), at=NOW)
    assert desk
    assert "asked" not in {view.key for view in views_of(desk)}


def test_consultations_are_counted_apart_from_transfers(asking: User, asked: User) -> None:
    member_request = a_request()
    _advise(a_consultation(member_request, by=asking), asked)
    given = {"branch": branch("coop"), "reason": TransferReason.OTHER_EXPERTISE}
    handover.transfer(**given, **_on(member_request, asking))
    office = member_request.office
    counts = handovers_between(offices=[office], start=NOW, end=LATER + timedelta(seconds=1))
    assert (counts.transferred, counts.consulted, counts.sent_back) == (1, 1, 0)
    assert handovers_between(offices=[office], start=NOW, end=NOW).consulted == 0


def test_a_question_is_asked_and_answered_on_the_page(
    client: Client, asking: User, asked: User
) -> None:
    member_request = a_request()
    client.force_login(asking)
    sent = {"version": 1, "key": uuid4(), "consult-question": "Faut-il un contrat ?"}
    reference = member_request.reference
    _post(client, "consult", reference, **sent, **{"consult-branch": "safeguarding"})
    consultation = Consultation.objects.get()
    assert "Withdraw the question" in _page(client, member_request)
    client.force_login(asked)
    page = _page(client, member_request)
    assert "Inès Lambert (" in page
    assert "Faut-il un contrat ?" in page
    view = {"version": 1, "key": uuid4(), "advise-advice": "Une facture suffit."}
    _post(client, "answer_consultation", reference, consultation.pk, **view)
    assert Consultation.objects.get().answered_by == asked
    client.force_login(asking)
    assert "Une facture suffit." in _page(client, member_request)


def test_who_is_asked_cannot_do_anything_else_with_it(
    client: Client, asking: User, asked: User
) -> None:
    member_request = a_request()
    a_consultation(member_request, by=asking)
    client.force_login(asked)
    assert 'data-key="a"' not in _page(client, member_request)
    sent = {"version": 2, "key": uuid4()}
    response = _post(client, "answer", member_request.reference, body="Voici.", **sent)
    assert response.status_code == 409
    assert branch("first_line").names["en"] in response.content.decode()
    assert "Voici." in response.content.decode()
    assert _now(member_request).events.latest("position").action == Action.CONSULT


@pytest.mark.parametrize("field", ["consult-branch", "consult-question"])
def test_what_is_missing_in_a_question_is_named_and_the_rest_kept(
    client: Client, asking: User, field: str
) -> None:
    member_request = a_request()
    client.force_login(asking)
    typed = {"consult-branch": "coop", "consult-question": "Une idée là-dessus ?"}
    sent = {"version": 1, "key": uuid4()} | typed | {field: ""}
    response = _post(client, "consult", member_request.reference, **sent)
    assert response.status_code == 422
    assert not Consultation.objects.exists()
    if field != "consult-question":
        assert "Une idée là-dessus ?" in response.content.decode()
