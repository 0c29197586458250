"""Each change of a request is a compare-and-set and an event, or nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest

from requests_app import handover, transitions
from requests_app.enums import Action, AfterAnswer, ClosingReason, Status, TransferReason
from requests_app.history import rebuild
from requests_app.models import MemberRequest
from requests_app.moves import state_of
from tests.factories import NOW, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db


def test_who_answers_a_request_that_nobody_has_has_it() -> None:
    adviser = an_adviser()
    member_request = a_request(answered_by=adviser)
    member_request.refresh_from_db()
    assert member_request.adviser == adviser
    assert member_request.status == Status.OPEN
    assert member_request.first_responded_at == NOW
    assert member_request.waiting_since is None


def test_of_two_advisers_who_take_the_same_version_one_is_told_what_happened() -> None:
    first, second = an_adviser(name="Inès Lambert"), an_adviser()
    member_request = a_request()
    stale = MemberRequest.objects.get(pk=member_request.pk)
    transitions.take(member_request=member_request, by=first, at=NOW, version=1)
    with pytest.raises(transitions.Conflict, match="Inès Lambert"):
        transitions.take(member_request=stale, by=second, at=NOW, version=1)
    stale.refresh_from_db()
    assert stale.adviser == first


def test_the_events_alone_rebuild_the_state() -> None:
    adviser = an_adviser()
    member_request = a_request(taken_by=adviser)
    handover.transfer(
        member_request=member_request,
        by=adviser,
        at=NOW + timedelta(hours=1),
        version=2,
        branch=branch("safeguarding"),
        reason=TransferReason.OTHER_EXPERTISE,
    )
    transitions.answer(
        member_request=member_request,
        by=an_adviser("safeguarding"),
        at=NOW + timedelta(hours=2),
        version=3,
        body="Quel est le pays du client ?",
        key=uuid4(),
        then=AfterAnswer.WAIT,
    )
    member_request.refresh_from_db()
    state = rebuild(member_request.events.order_by("position"))
    assert state == state_of(member_request)
    assert state.status == Status.WAITING


def test_waiting_needs_a_question_first() -> None:
    adviser = an_adviser()
    member_request = a_request(answered_by=adviser)
    with pytest.raises(transitions.TransitionRefused, match=r"question|something"):
        transitions.wait(
            member_request=member_request, by=adviser, at=NOW, version=member_request.version
        )


def test_a_member_who_writes_after_fourteen_days_gets_a_new_linked_request() -> None:
    adviser = an_adviser()
    member_request = a_request(answered_by=adviser, closed_by=adviser)
    later = NOW + timedelta(days=14, seconds=1)
    new = transitions.member_writes(
        member_request=member_request,
        by=member_request.member.user,
        at=later,
        body="Cela recommence.",
        key=uuid4(),
    )
    assert new.follows == member_request
    assert new.status == Status.NEW


def test_a_member_who_writes_within_fourteen_days_reopens() -> None:
    adviser = an_adviser()
    member_request = a_request(answered_by=adviser, closed_by=adviser)
    same = transitions.member_writes(
        member_request=member_request,
        by=member_request.member.user,
        at=NOW + timedelta(days=14),
        body="Encore une question.",
        key=uuid4(),
    )
    assert same == member_request
    assert same.status == Status.OPEN
    assert same.events.latest("position").action == Action.REOPEN


def test_answered_is_no_reason_to_close_what_nobody_answered() -> None:
    member_request = a_request()
    with pytest.raises(transitions.TransitionRefused):
        transitions.close(
            member_request=member_request,
            by=an_adviser(),
            at=NOW,
            version=1,
            reason=ClosingReason.ANSWERED,
        )
    assert MemberRequest.objects.get().status == Status.NEW
