"""Every action in every status, and what any sequence of them leaves behind."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people.models import User
from requests_app import handover, transitions
from requests_app.enums import (
    RULES,
    Action,
    AfterAnswer,
    ClosingReason,
    SendBackReason,
    Status,
    TransferReason,
)
from requests_app.history import ImpossibleHistory, rebuild
from requests_app.models import MemberRequest, RequestEvent
from requests_app.moves import Step, move, state_of
from requests_app.refusals import TransitionRefused
from tests.factories import NOW, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db

# The way from a new request into each status.
WAY = {
    Status.NEW: [],
    Status.OPEN: [Action.TAKE],
    Status.WAITING: [Action.TAKE, Action.WAIT],
    Status.CLOSED: [Action.CLOSE],
}


def _step(member_request: MemberRequest, action: Action, adviser: User) -> Step:
    keeps = {"branch_id": member_request.branch_id, "adviser_id": member_request.adviser_id}
    if action == Action.TAKE:
        keeps["adviser_id"] = adviser.pk
    reason = ClosingReason.WITHDRAWN if action == Action.CLOSE else "other"
    return Step(action=action, at=NOW, reason=reason, **keeps)


def _in(status: Status, adviser: User) -> MemberRequest:
    member_request = a_request()
    for action in WAY[status]:
        step = _step(member_request, action, adviser)
        move(member_request, step, by=adviser, version=member_request.version)
    assert member_request.status == status
    return member_request


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("status", Status)
def test_each_action_is_possible_exactly_where_the_table_says(
    action: Action, status: Status
) -> None:
    adviser = an_adviser()
    member_request = _in(status, adviser)
    version = member_request.version
    step = _step(member_request, action, adviser)
    if status in RULES[action]:
        move(member_request, step, by=adviser, version=version)
        member_request.refresh_from_db()
        assert member_request.status == RULES[action][status]
    else:
        with pytest.raises(TransitionRefused):
            move(member_request, step, by=adviser, version=version)
        assert MemberRequest.objects.get().version == version == RequestEvent.objects.count()


def test_the_table_knows_every_action_and_no_way_out_of_the_statuses() -> None:
    assert set(RULES) == set(Action)
    assert {status for moves in RULES.values() for status in moves.values()} <= set(Status)


def test_a_history_that_the_table_refuses_is_no_history() -> None:
    member_request = a_request()
    events = list(member_request.events.order_by("position"))
    with pytest.raises(ImpossibleHistory):
        rebuild([*events, *events])


# One thing that somebody may try at any moment: what it is, and who tries it.
Try = tuple[str, int, int]
REASONS = [reason for reason in ClosingReason if reason != ClosingReason.ANSWERED]


def _tries(
    now: MemberRequest, by: User, common: dict[str, Any], key: UUID, pick: int
) -> dict[str, Callable[[], object]]:
    other = branch(["first_line", "safeguarding", "support", "coop"][pick])
    then = list(AfterAnswer)[pick % 3]
    said = {"body": "Voici.", "key": key}
    reason = list(TransferReason)[pick]
    back = list(SendBackReason)[pick % 3]
    member = {"member_request": now, "by": now.member.user, "at": common["at"]}
    return {
        "route": lambda: handover.route(by=by, branch=other, **common),
        "take": lambda: transitions.take(by=by, **common),
        "release": lambda: transitions.release(by=by, **common),
        "transfer": lambda: handover.transfer(
            by=by, branch=other, reason=reason, line="Pour vous." * (pick % 2), **common
        ),
        "send_back": lambda: handover.send_back(by=by, reason=back, **common),
        "answer": lambda: transitions.answer(by=by, then=then, **said, **common),
        "note": lambda: transitions.note(by=by, **said, **common),
        "wait": lambda: transitions.wait(by=by, **common),
        "remind": lambda: transitions.remind(by=None, **common),
        "close": lambda: transitions.close(by=by, reason=REASONS[pick], **common),
        "answered": lambda: transitions.close(by=by, reason=ClosingReason.ANSWERED, **common),
        "reopen": lambda: transitions.reopen(by=by, key=key, **common),
        "member_writes": lambda: transitions.member_writes(**said, **member),
        "stale": lambda: transitions.note(by=by, **said, **{**common, "version": 0}),
    }


NAMES = [
    "route", "take", "release", "transfer", "send_back", "answer", "note", "wait",
    "remind", "close", "answered", "reopen", "member_writes", "stale",
]  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    begins=st.sampled_from(["account_access", None]),
    tried=st.lists(
        st.tuples(st.sampled_from(NAMES), st.integers(0, 3), st.integers(0, 400)), max_size=14
    ),
)
def test_after_any_sequence_the_events_rebuild_the_state(
    begins: str | None, tried: list[Try]
) -> None:
    with transaction.atomic():
        member_request = a_request(topic_code=begins)
        advisers = [an_adviser("first_line"), an_adviser("safeguarding")]
        at = NOW
        for name, pick, hours in tried:
            at += timedelta(hours=hours)
            now = MemberRequest.objects.get(pk=member_request.pk)
            common = {"member_request": now, "at": at, "version": now.version}
            with suppress(TransitionRefused):
                _tries(now, advisers[pick % 2], common, uuid4(), pick)[name]()
            _agrees(member_request.pk)
        transaction.set_rollback(True)


def _agrees(pk: int) -> None:
    """What the columns hold is what the events say; nothing was stored by half."""
    now = MemberRequest.objects.get(pk=pk)
    events = list(now.events.order_by("position"))
    assert [event.position for event in events] == list(range(1, now.version + 1))
    assert rebuild(events) == state_of(now)
    assert (now.status == Status.CLOSED) == bool(now.closing_reason)


def test_an_event_is_never_stored_twice_at_one_position() -> None:
    event = a_request().events.get()
    with pytest.raises(IntegrityError, match="events_of_a_request_are_numbered"):
        RequestEvent.objects.create(
            member_request=event.member_request, position=1, action=Action.NOTE, at=NOW
        )
