"""What happens to a request where it is: taken, answered, waiting, closed, opened again.

What moves it between branches is in `handover`, who is asked besides in `consulting`, and what is
taken back in `undoing`; nothing else changes its state. Every function is keyword-only, takes who
acts (`by`) and when (`at`), and the `version` of the request that the person was looking at. Each
raises `TransitionRefused`, whose text the person may read; nothing is stored then. `moves` makes
each step a compare-and-set and an event, or nothing.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from people.models import User
from requests_app import consulting, notifications, submission
from requests_app.enums import (
    REOPEN_WITHIN,
    Action,
    AfterAnswer,
    ClosingReason,
    ConsultOutcome,
    MessageKind,
    Status,
)
from requests_app.models import MailKind, MemberRequest, Message, RequestEvent
from requests_app.moves import Conflict, move, refuse_stale, step_of
from requests_app.refusals import TransitionRefused
from requests_app.saying import said_before, say, write_message
from requests_app.whereabouts import SAID, refuse_reader

__all__ = ["Conflict", "TransitionRefused"]


@transaction.atomic
def take(*, member_request: MemberRequest, by: User, at: datetime, version: int) -> None:
    """Become the adviser of this request. Who wants one that is taken asks for its release."""
    if member_request.adviser_id == by.pk:
        raise TransitionRefused(_("You have this request already."))
    refuse_stale(member_request, version=version)
    if member_request.adviser is not None:
        raise TransitionRefused(
            _("%(who)s has this request.") % {"who": member_request.adviser.name}
        )
    step = step_of(member_request, Action.TAKE, at, adviser_id=by.pk)
    move(member_request, step, by=by, version=version)


@transaction.atomic
def release(
    *, member_request: MemberRequest, by: User | None, at: datetime, version: int, reason: str = ""
) -> None:
    """Give the request back to its branch, so that a colleague can take it."""
    refuse_stale(member_request, version=version)
    if member_request.adviser_id is None:
        raise TransitionRefused(_("Nobody has this request."))
    step = step_of(member_request, Action.RELEASE, at, adviser_id=None, reason=reason)
    move(member_request, step, by=by, version=version)


@transaction.atomic
def answer(
    *,
    member_request: MemberRequest,
    by: User,
    at: datetime,
    version: int,
    body: str,
    key: UUID,
    then: AfterAnswer = AfterAnswer.STAY,
) -> Message:
    """Write to the member; the first such message stops the clock of the first response.

    Who answers a request that nobody has, has it. `then` sets it to waiting (the message asks the
    member something) or closes it. The same key twice stores one message.
    """
    known = said_before(member_request, by, key)
    if known is not None:
        return known
    asks = then == AfterAnswer.WAIT
    message = say(member_request, MessageKind.TO_MEMBER, body, by=by, at=at, key=key)
    step = step_of(
        member_request,
        Action.ANSWER,
        at,
        adviser_id=member_request.adviser_id or by.pk,
        asks_member=asks,
        message=message,
    )
    event = move(member_request, step, by=by, version=version)
    kind = MailKind.QUESTION if asks else MailKind.ANSWER
    notifications.owe(event, kind=kind, at=at)
    if then == AfterAnswer.WAIT and member_request.status != Status.WAITING:
        wait(member_request=member_request, by=by, at=at, version=member_request.version)
    elif then == AfterAnswer.CLOSE:
        # One mail is enough: it brings the answer, and the page says that it is closed.
        version = member_request.version
        _end(member_request, ClosingReason.ANSWERED, by=by, at=at, version=version)
    return message


@transaction.atomic
def note(
    *,
    member_request: MemberRequest,
    by: User,
    at: datetime,
    version: int,
    body: str,
    key: UUID,
) -> Message:
    """Write something that only advisers read. The same key twice stores one note.

    A draft and its files belong to the answer: they stay where they are.
    """
    known = said_before(member_request, by, key)
    if known is not None:
        return known
    message = write_message(member_request, MessageKind.NOTE, body, by=by, at=at, key=key)
    step = step_of(member_request, Action.NOTE, at, message=message)
    move(member_request, step, by=by, version=version)
    return message


@transaction.atomic
def wait(*, member_request: MemberRequest, by: User, at: datetime, version: int) -> None:
    """Say that it is the member's turn. Only after a message that asked the member something."""
    refuse_stale(member_request, version=version)
    said = RequestEvent.objects.filter(
        member_request=member_request,
        action__in=SAID,
    ).order_by("-position")
    last = said.first()
    if last is None or not (last.action == Action.ANSWER and last.asks_member):
        raise TransitionRefused(_("Ask the member something first: only then is it their turn."))
    move(member_request, step_of(member_request, Action.WAIT, at), by=by, version=version)


@transaction.atomic
def remind(*, member_request: MemberRequest, by: User | None, at: datetime, version: int) -> None:
    """Tell the member again that it is their turn. `recalling` says when, once a spell."""
    event = move(member_request, step_of(member_request, Action.REMIND, at), by=by, version=version)
    notifications.owe(event, kind=MailKind.REMINDER, at=at)


@transaction.atomic
def resume(*, member_request: MemberRequest, by: User, at: datetime, version: int) -> None:
    """It is the office's turn again, because the member owes nothing more of what was asked last.

    Part of the step that ended the debt: that one says it to the member.
    """
    move(member_request, step_of(member_request, Action.RESUME, at), by=by, version=version)


@transaction.atomic
def close(
    *,
    member_request: MemberRequest,
    by: User | None,
    at: datetime,
    version: int,
    reason: ClosingReason,
) -> None:
    """End the request. “Answered” needs an answer; the member may reopen for 14 days."""
    refuse_stale(member_request, version=version)
    if reason == ClosingReason.ANSWERED and member_request.first_responded_at is None:
        raise TransitionRefused(_("Nobody has answered yet: answer, or choose another reason."))
    event = _end(member_request, ClosingReason(reason), by=by, at=at, version=version)
    if reason != ClosingReason.SPAM:
        notifications.owe(event, kind=MailKind.CLOSED, at=at)


def _end(
    member_request: MemberRequest,
    reason: ClosingReason,
    *,
    by: User | None,
    at: datetime,
    version: int,
) -> RequestEvent:
    """The closing itself. Nobody is asked for a view of what is over."""
    step = step_of(member_request, Action.CLOSE, at, reason=reason)
    event = move(member_request, step, by=by, version=version)
    consulting.end(member_request=member_request, outcome=ConsultOutcome.CLOSED, at=at)
    return event


def may_reopen(member_request: MemberRequest, *, at: datetime) -> bool:
    """Whether this is still the same request; later, a new one follows it."""
    closed_at = member_request.closed_at
    return closed_at is not None and at - closed_at <= REOPEN_WITHIN


@transaction.atomic
def reopen(
    *, member_request: MemberRequest, by: User, at: datetime, version: int, key: UUID
) -> MemberRequest:
    """Open a closed request again; after 14 days, a new request that follows it. Returns it."""
    refuse_stale(member_request, version=version)
    if member_request.closed_at is None:
        raise TransitionRefused(_("This request is not closed."))
    if not may_reopen(member_request, at=at):
        return _begin_anew(member_request, by=by, at=at, key=key)
    step = step_of(member_request, Action.REOPEN, at)
    event = move(member_request, step, by=by, version=version)
    notifications.owe(event, kind=MailKind.REOPENED, at=at)
    return member_request


def _begin_anew(
    member_request: MemberRequest, *, by: User, at: datetime, key: UUID
) -> MemberRequest:
    """The request in which an old one goes on. Of two advisers who begin it, exactly one does."""
    refuse_reader(member_request, Action.REOPEN, by=by, at=at)
    # Nothing happens to the old one, so no version tells who came first: its row is locked.
    MemberRequest.objects.select_for_update().get(pk=member_request.pk)
    begun = MemberRequest.objects.alive().filter(follows=member_request)
    if other := begun.exclude(submission_key=key).order_by("pk").first():
        raise Conflict(_("This goes on in %(reference)s already.") % {"reference": other.reference})
    return submission.follow_up(
        member_request=member_request,
        body=_("Opened again from %(reference)s.") % {"reference": member_request.reference},
        kind=MessageKind.NOTE,
        by=by,
        at=at,
        key=key,
    )


@transaction.atomic
def member_writes(
    *, member_request: MemberRequest, by: User, at: datetime, body: str, key: UUID
) -> MemberRequest:
    """The member writes again. Returns the request in which the message stands.

    That is the same one, reopened if it was closed less than 14 days ago, or a new one that
    follows it. A member is never told to look again: the row is locked, not compared.
    """
    current = MemberRequest.objects.select_for_update().get(pk=member_request.pk)
    known = Message.objects.filter(submission_key=key, author=by).first()
    if known is not None:
        return known.member_request
    if current.status == Status.CLOSED and not may_reopen(current, at=at):
        return submission.follow_up(
            member_request=current, body=body, kind=MessageKind.FROM_MEMBER, by=by, at=at, key=key
        )
    message = say(current, MessageKind.FROM_MEMBER, body, by=by, at=at, key=key)
    action = Action.REOPEN if current.status == Status.CLOSED else Action.MEMBER_WRITES
    step = step_of(current, action, at, message=message)
    move(current, step, by=by, version=current.version)
    return current
