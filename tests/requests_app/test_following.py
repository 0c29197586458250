"""A request that follows another one: as private, in the same branch, and begun once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from people.models import User
from requests_app import handover, transitions
from requests_app.enums import ClosingReason, TransferReason
from requests_app.models import MailKind, MemberRequest, Outbox
from requests_app.moves import Conflict
from requests_app.refusals import TransitionRefused
from tests.factories import NOW, TODAY, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=15)


def _on(member_request: MemberRequest, by: User, **changes: Any) -> dict[str, Any]:
    said = {"member_request": member_request, "by": by, "at": NOW}
    return said | {"version": member_request.version} | changes


def _moved_and_closed(start: str, *, to: str, **changes: Any) -> MemberRequest:
    """A request that was transferred and closed there, more than 14 days ago."""
    member_request = a_request(topic_code=None, branch=branch(start), **changes)
    given = {"branch": branch(to), "reason": TransferReason.OTHER_EXPERTISE}
    handover.transfer(**given, **_on(member_request, an_adviser(start)))
    reason = ClosingReason.WITHDRAWN
    transitions.close(reason=reason, **_on(member_request, an_adviser(to)))
    return member_request


def _written_again(member_request: MemberRequest) -> MemberRequest:
    by = member_request.member.user
    return transitions.member_writes(
        member_request=member_request, by=by, at=LATER, body="Encore une question.", key=uuid4()
    )


def _begun_anew(member_request: MemberRequest, by: User, **changes: Any) -> MemberRequest:
    return transitions.reopen(**_on(member_request, by, at=LATER, key=uuid4()) | changes)


@pytest.mark.parametrize("again", ["the member", "an adviser"])
def test_what_follows_something_private_is_private(again: str) -> None:
    private = _moved_and_closed("support", to="coop")
    if again == "the member":
        follower = _written_again(private)
    else:
        follower = _begun_anew(private, an_adviser("coop"))
    assert follower.pk != private.pk
    assert follower.is_sensitive
    seen = MemberRequest.objects.visible_to(an_adviser("first_line"), on=TODAY)
    assert not seen.filter(pk=follower.pk).exists()


def test_what_follows_something_plain_is_not_private() -> None:
    assert not _written_again(_moved_and_closed("first_line", to="coop")).is_sensitive


def test_what_follows_a_transferred_request_begins_where_that_one_was() -> None:
    member_request = a_request()
    assert member_request.topic
    assert member_request.topic.branch == branch("first_line")
    given = {"branch": branch("coop"), "reason": TransferReason.OTHER_EXPERTISE}
    handover.transfer(**given, **_on(member_request, an_adviser("first_line")))
    reason = ClosingReason.WITHDRAWN
    transitions.close(reason=reason, **_on(member_request, an_adviser("coop")))
    follower = _written_again(member_request)
    assert follower.branch == branch("coop")
    assert follower.events.get().branch == branch("coop")


def test_who_comes_second_is_told_where_it_goes_on() -> None:
    old = _moved_and_closed("first_line", to="coop")
    begun = _begun_anew(old, an_adviser("coop"))
    with pytest.raises(Conflict, match=begun.reference):
        _begun_anew(old, an_adviser("coop"))


def test_a_second_press_begins_it_once() -> None:
    old, adviser, key = _moved_and_closed("first_line", to="coop"), an_adviser("coop"), uuid4()
    first = _begun_anew(old, adviser, key=key)
    assert _begun_anew(old, adviser, key=key) == first


def test_it_begins_again_once_what_followed_is_closed_too() -> None:
    old, adviser = _moved_and_closed("first_line", to="coop"), an_adviser("coop")
    first = _begun_anew(old, adviser)
    transitions.close(reason=ClosingReason.SPAM, **_on(first, adviser, at=LATER))
    assert _begun_anew(old, adviser).pk != first.pk


def test_the_branch_that_gave_it_away_begins_nothing_anew() -> None:
    old = _moved_and_closed("first_line", to="coop")
    with pytest.raises(TransitionRefused):
        _begun_anew(old, an_adviser("first_line"))
    assert not MemberRequest.objects.filter(follows=old).exists()


def _tries(pk: int, adviser: User, together: Barrier) -> str:
    try:
        old = MemberRequest.objects.get(pk=pk)
        together.wait(timeout=30)
        return _begun_anew(old, adviser).reference
    except Conflict as refused:
        return str(refused)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_ten_advisers_who_begin_it_at_once_one_does_and_one_receipt_is_owed() -> None:
    old = _moved_and_closed("first_line", to="coop")
    advisers = [an_adviser("coop") for _number in range(10)]
    together = Barrier(len(advisers))
    with ThreadPoolExecutor(len(advisers)) as pool:
        told = list(pool.map(lambda one: _tries(old.pk, one, together), advisers))
    begun = MemberRequest.objects.get(follows=old)
    assert told.count(begun.reference) == 1
    assert all(begun.reference in words for words in told)
    owed = Outbox.objects.filter(kind=MailKind.RECEIPT, event__member_request=begun)
    assert owed.count() == 1
