"""What an adviser did a moment ago is taken back: as if it had never been, but for the history."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db.models import Q
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from people.models import User
from requests_app import handover, learning, notifications, suggesting, transitions, undoing
from requests_app.enums import (
    UNDO_WITHIN,
    UNDOABLE,
    Action,
    AfterAnswer,
    ClosingReason,
    TransferReason,
)
from requests_app.history import ImpossibleHistory, State, rebuild
from requests_app.models import Draft, MailKind, MemberRequest, Outbox, RequestEvent, Suggestion
from requests_app.moves import state_of
from requests_app.refusals import TransitionRefused
from requests_app.selectors.conversation import conversation
from requests_app.selectors.handovers import back_and_forth, handovers_between
from tests.factories import NOW, a_request, an_adviser, branch, topic

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=9)


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line", name="Inès Lambert", language="en")


def _now(member_request: MemberRequest) -> MemberRequest:
    return MemberRequest.objects.get(pk=member_request.pk)


def _on(member_request: MemberRequest, by: User, **changes: Any) -> dict[str, Any]:
    now = _now(member_request)
    return {"member_request": now, "by": by, "at": NOW, "version": now.version} | changes


def _asked(adviser: User) -> MemberRequest:
    """The member was asked something: the next step may be to wait."""
    member_request = a_request()
    said = {"body": "Quelle date ?", "key": uuid4(), "then": AfterAnswer.WAIT}
    transitions.answer(**_on(member_request, adviser), **said)
    undoing.undo(**_on(member_request, adviser))
    return member_request


GIVEN = {"reason": TransferReason.OTHER_EXPERTISE}
Done = Callable[[MemberRequest, User], object]
STEPS: dict[Action, Done] = {
    Action.TAKE: lambda one, by: transitions.take(**_on(one, by)),
    Action.ROUTE: lambda one, by: handover.route(branch=branch("support"), **_on(one, by)),
    Action.WAIT: lambda one, by: transitions.wait(**_on(one, by)),
    Action.CLOSE: lambda one, by: transitions.close(reason=ClosingReason.WITHDRAWN, **_on(one, by)),
    Action.TRANSFER: lambda one, by: handover.transfer(
        branch=branch("support"), line="Voir la note.", **GIVEN, **_on(one, by)
    ),
}


def _before(action: Action, adviser: User) -> MemberRequest:
    if action == Action.WAIT:
        return _asked(adviser)
    return a_request(topic_code=None if action == Action.ROUTE else "account_access")


def _columns(member_request: MemberRequest) -> tuple[State, bool, int | None]:
    now = _now(member_request)
    return state_of(now), now.is_sensitive, now.topic_id


@pytest.mark.parametrize("action", sorted(UNDOABLE))
def test_an_undo_leads_back_to_what_was_before(action: Action, adviser: User) -> None:
    member_request = _before(action, adviser)
    state, *others = _columns(member_request)
    STEPS[action](member_request, adviser)
    assert RequestEvent.objects.latest("pk").action == action
    undoing.undo(**_on(member_request, adviser, at=LATER))
    after, *others_after = _columns(member_request)
    assert {**vars(after), "version": 0} == {**vars(state), "version": 0}
    assert others_after == others
    assert rebuild(_now(member_request).events.order_by("position")) == after
    assert after.version == state.version + 2


def test_a_step_is_undone_once_and_no_step_before_it(adviser: User) -> None:
    member_request = a_request(taken_by=adviser)
    transitions.close(reason=ClosingReason.WITHDRAWN, **_on(member_request, adviser))
    undoing.undo(**_on(member_request, adviser))
    with pytest.raises(TransitionRefused):
        undoing.undo(**_on(member_request, adviser))
    assert _now(member_request).adviser == adviser


def test_after_ten_minutes_it_is_too_late(adviser: User) -> None:
    member_request = a_request(taken_by=adviser)
    with pytest.raises(TransitionRefused):
        undoing.undo(
            **_on(member_request, adviser, at=NOW + UNDO_WITHIN + timedelta(microseconds=1))
        )
    undoing.undo(**_on(member_request, adviser, at=NOW + UNDO_WITHIN))
    assert _now(member_request).adviser is None


def test_nobody_undoes_the_step_of_a_colleague(adviser: User) -> None:
    member_request = a_request(taken_by=adviser)
    with pytest.raises(TransitionRefused):
        undoing.undo(**_on(member_request, an_adviser()))


def test_what_happened_since_is_never_undone(adviser: User) -> None:
    member_request = a_request(taken_by=adviser)
    stale = _on(member_request, adviser)
    transitions.member_writes(
        member_request=member_request,
        by=member_request.member.user,
        at=NOW,
        body="Oh.",
        key=uuid4(),
    )
    for seen in (stale, _on(member_request, adviser)):
        with pytest.raises(TransitionRefused):
            undoing.undo(**seen)
    assert _now(member_request).adviser == adviser


@pytest.mark.parametrize("action", sorted(set(Action) - UNDOABLE))
def test_history_takes_back_nothing_else(action: Action) -> None:
    event = RequestEvent(action=action, at=NOW)
    undo = RequestEvent(action=Action.UNDO, at=NOW)
    submit = RequestEvent(action=Action.SUBMIT, at=NOW)
    with pytest.raises(ImpossibleHistory):
        rebuild([submit, event, undo])


def test_a_closing_mail_that_is_still_owed_is_not_sent(adviser: User) -> None:
    member_request = a_request()
    STEPS[Action.CLOSE](member_request, adviser)
    undoing.undo(**_on(member_request, adviser))
    assert set(Outbox.objects.values_list("kind", flat=True)) == {MailKind.RECEIPT}


def test_after_a_closing_mail_comes_one_that_says_it_is_open(adviser: User) -> None:
    member_request = a_request()
    STEPS[Action.CLOSE](member_request, adviser)
    while notifications.send_next(at=NOW):
        pass
    undoing.undo(**_on(member_request, adviser))
    assert Outbox.objects.get(done_at=None).kind == MailKind.REOPENED


def test_an_undone_routing_is_no_decision(adviser: User) -> None:
    member_request = a_request(topic_code=None)
    assert suggesting.suggest(member_request=member_request, at=NOW)
    STEPS[Action.ROUTE](member_request, adviser)
    assert Suggestion.objects.get().decided_by == adviser
    undoing.undo(**_on(member_request, adviser))
    assert Suggestion.objects.get().decided_branch is None


def test_an_undone_transfer_counts_nowhere(adviser: User) -> None:
    member_request = a_request()
    handover.transfer(branch=branch("coop"), **GIVEN, **_on(member_request, adviser))
    undoing.undo(**_on(member_request, adviser))
    period = {"offices": [member_request.office], "start": NOW, "end": LATER}
    assert handovers_between(**period).transferred == 0
    assert back_and_forth(**period) == 0
    assert learning.decisions() == []


def test_the_member_reads_nothing_of_it_and_colleagues_do(adviser: User) -> None:
    member_request = a_request()
    STEPS[Action.TAKE](member_request, adviser)
    undoing.undo(**_on(member_request, adviser))
    told = conversation(member_request, reader=member_request.member.user)
    assert [entry.line for entry in told if entry.line] == []
    lines = [entry.line for entry in conversation(member_request, reader=adviser)]
    assert sum("Inès Lambert" in line for line in lines) == 2


def test_the_topic_comes_back_with_the_routing(adviser: User) -> None:
    member_request = a_request(topic_code=None)
    MemberRequest.objects.filter(pk=member_request.pk).update(topic=topic())
    STEPS[Action.ROUTE](member_request, adviser)
    assert _now(member_request).topic is None
    undoing.undo(**_on(member_request, adviser))
    assert _now(member_request).topic == topic()


# --- on the pages -----------------------------------------------------------------------------


@pytest.fixture
def desk(client: Client, adviser: User) -> Client:
    client.force_login(adviser)
    return client


def _post(desk: Client, name: str, member_request: MemberRequest, **sent: Any) -> HttpResponse:
    fields = {"version": _now(member_request).version, "key": uuid4()} | sent
    with time_machine.travel(NOW, tick=False):
        return desk.post(reverse(f"requests_app:{name}", args=[member_request.reference]), fields)


def _get(desk: Client, address: str) -> str:
    with time_machine.travel(NOW, tick=False):
        return desk.get(address).content.decode()


def test_a_private_request_that_has_gone_is_undone_from_the_next_one(desk: Client) -> None:
    an_adviser("support")
    first, second = a_request(), a_request()
    sent = {"branch": "support", "reason": "capacity", "view": "answer"}
    response = _post(desk, "transfer", first, **sent)
    gone = reverse("requests_app:detail", args=[first.reference])
    with time_machine.travel(NOW, tick=False):
        assert desk.get(gone).status_code == 404
    page = _get(desk, response["Location"])
    assert second.reference in page
    assert f'action="{reverse("requests_app:undo", args=[first.reference])}"' in page
    assert _post(desk, "undo", first)["Location"].startswith(gone)
    assert _now(first).branch == branch("first_line")


def test_an_undo_beside_which_somebody_types_loses_nothing(desk: Client, adviser: User) -> None:
    member_request = a_request(taken_by=adviser)
    _post(desk, "undo", member_request, body="Bonjour, ")
    assert _now(member_request).adviser is None
    assert Draft.objects.get(author=adviser).fields["body"] == "Bonjour, "


def test_who_is_too_late_is_told_why(desk: Client, adviser: User) -> None:
    member_request = a_request(taken_by=adviser, at=NOW - timedelta(hours=1))
    address = _post(desk, "undo", member_request)["Location"]
    assert "10 minutes" in _get(desk, address)
    assert _now(member_request).adviser == adviser


def test_nobody_undoes_what_they_cannot_see(desk: Client) -> None:
    private = a_request(topic_code=None, branch=branch("support"))
    supporter = User.objects.get(postings__branch__code="support")
    transitions.take(**_on(private, supporter))
    assert _post(desk, "undo", private).status_code == 404
    assert MemberRequest.objects.filter(~Q(adviser=None)).count() == 1
