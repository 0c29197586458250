"""Everything that can happen to a request. Nothing else changes its state.

Every function is keyword-only, takes who acts (`by`) and when (`at`), and the `version` of the
request that the person was looking at. Each raises `TransitionRefused`, whose text the person may
read; nothing is stored then. `moves` makes each step a compare-and-set and an event, or nothing.
"""

from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from branches.models import Branch, Pilot, Topic
from people.models import User
from requests_app import documents, notifications, submission, suggesting
from requests_app.enums import (
    REOPEN_WITHIN,
    Action,
    AfterAnswer,
    ClosingReason,
    MessageKind,
    SendBackReason,
    Status,
    TransferReason,
)
from requests_app.models import MailKind, MemberRequest, Message, RequestEvent
from requests_app.moves import Conflict, Step, TransitionRefused, move, refuse_stale

__all__ = ["Conflict", "TransitionRefused"]


def _step(member_request: MemberRequest, action: Action, at: datetime, **changes: Any) -> Step:
    """A step that leaves branch and adviser as they are, but for what `changes` names."""
    kept = {"branch_id": member_request.branch_id, "adviser_id": member_request.adviser_id}
    return Step(action=action, at=at, **(kept | changes))


def _write(
    member_request: MemberRequest,
    kind: MessageKind,
    body: str,
    *,
    by: User,
    at: datetime,
    key: UUID | None = None,
) -> Message:
    return Message.objects.create(
        member_request=member_request,
        kind=kind,
        author=by,
        body=body,
        sent_at=at,
        submission_key=key or uuid4(),
    )


def _note(member_request: MemberRequest, text: str, *, by: User, at: datetime) -> Message | None:
    if not text:
        return None
    return _write(member_request, MessageKind.NOTE, text, by=by, at=at)


def _say(
    member_request: MemberRequest,
    kind: MessageKind,
    body: str,
    *,
    by: User,
    at: datetime,
    key: UUID,
) -> Message:
    """Store a message to or from the member, with the files that its author had put ready."""
    message = _write(member_request, kind, body, by=by, at=at, key=key)
    documents.attach_draft(draft_of=member_request, message=message, by=by)
    return message


def _said_before(member_request: MemberRequest, by: User, key: UUID) -> Message | None:
    return Message.objects.filter(
        submission_key=key, author=by, member_request=member_request
    ).first()


def _is_private(member_request: MemberRequest, branch: Branch, topic: Topic | None) -> bool:
    return (
        member_request.is_sensitive
        or branch.is_confidential
        or (topic is not None and topic.may_contain_sensitive_data)
    )


def _refuse_by_team(member_request: MemberRequest, *, at: datetime) -> None:
    """Branches exist in the pilot offices alone; elsewhere a whole team is accountable."""
    if not Pilot.objects.works_by_branch(member_request.office, on=localdate(at)):
        raise TransitionRefused(_("This office works by team: its requests have no branch."))


@transaction.atomic
def route(
    *,
    member_request: MemberRequest,
    by: User,
    at: datetime,
    version: int,
    branch: Branch,
    topic: Topic | None = None,
) -> None:
    """Decide for the first time which branch is accountable."""
    refuse_stale(member_request, version=version)
    _refuse_by_team(member_request, at=at)
    if member_request.branch_id is not None:
        raise TransitionRefused(_("This request has a branch already: transfer it instead."))
    topic = topic or member_request.topic
    if topic is not None and topic.branch_id != branch.pk:
        topic = None
    move(
        member_request,
        _step(member_request, Action.ROUTE, at, branch_id=branch.pk),
        by=by,
        version=version,
        topic_id=topic.pk if topic else None,
        is_sensitive=_is_private(member_request, branch, topic),
    )
    suggesting.record_decision(member_request=member_request, branch=branch, by=by, at=at)


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
    step = _step(member_request, Action.TAKE, at, adviser_id=by.pk)
    move(member_request, step, by=by, version=version)


@transaction.atomic
def release(
    *, member_request: MemberRequest, by: User | None, at: datetime, version: int, reason: str = ""
) -> None:
    """Give the request back to its branch, so that a colleague can take it."""
    refuse_stale(member_request, version=version)
    if member_request.adviser_id is None:
        raise TransitionRefused(_("Nobody has this request."))
    step = _step(member_request, Action.RELEASE, at, adviser_id=None, reason=reason)
    move(member_request, step, by=by, version=version)


def _hand_over(
    member_request: MemberRequest, step: Step, branch: Branch, *, by: User, version: int
) -> None:
    move(
        member_request,
        step,
        by=by,
        version=version,
        is_sensitive=_is_private(member_request, branch, None),
    )


@transaction.atomic
def transfer(
    *,
    member_request: MemberRequest,
    by: User,
    at: datetime,
    version: int,
    branch: Branch,
    reason: TransferReason,
    line: str = "",
) -> None:
    """Make another branch accountable, from this moment on. No clock starts again."""
    refuse_stale(member_request, version=version)
    _refuse_by_team(member_request, at=at)
    if member_request.branch_id is None:
        raise TransitionRefused(_("This request has no branch yet: route it first."))
    if member_request.branch_id == branch.pk:
        raise TransitionRefused(_("This request is in that branch already."))
    note = _note(member_request, line, by=by, at=at)
    step = _step(
        member_request,
        Action.TRANSFER,
        at,
        branch_id=branch.pk,
        adviser_id=None,
        reason=TransferReason(reason),
        message=note,
    )
    _hand_over(member_request, step, branch, by=by, version=version)


def giver_of(member_request: MemberRequest) -> Branch | None:
    """The branch that handed the request to the one that has it now; None if nobody did."""
    events = list(
        RequestEvent.objects.filter(member_request=member_request)
        .select_related("branch")
        .order_by("position")
    )
    for before, event in reversed(list(pairwise(events))):
        if event.branch_id != before.branch_id:
            return before.branch if event.action == Action.TRANSFER else None
    return None


@transaction.atomic
def send_back(
    *,
    member_request: MemberRequest,
    by: User,
    at: datetime,
    version: int,
    reason: SendBackReason,
    line: str = "",
) -> None:
    """Return a transferred request to the branch that gave it."""
    refuse_stale(member_request, version=version)
    _refuse_by_team(member_request, at=at)
    giver = giver_of(member_request)
    if giver is None:
        raise TransitionRefused(_("No branch gave this request: there is none to send it back to."))
    note = _note(member_request, line, by=by, at=at)
    step = _step(
        member_request,
        Action.SEND_BACK,
        at,
        branch_id=giver.pk,
        adviser_id=None,
        reason=SendBackReason(reason),
        message=note,
    )
    _hand_over(member_request, step, giver, by=by, version=version)


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
    known = _said_before(member_request, by, key)
    if known is not None:
        return known
    asks = then == AfterAnswer.WAIT
    message = _say(member_request, MessageKind.TO_MEMBER, body, by=by, at=at, key=key)
    step = _step(
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
        step = _step(member_request, Action.CLOSE, at, reason=ClosingReason.ANSWERED)
        move(member_request, step, by=by, version=member_request.version)
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
    known = _said_before(member_request, by, key)
    if known is not None:
        return known
    message = _write(member_request, MessageKind.NOTE, body, by=by, at=at, key=key)
    step = _step(member_request, Action.NOTE, at, message=message)
    move(member_request, step, by=by, version=version)
    return message


@transaction.atomic
def wait(*, member_request: MemberRequest, by: User, at: datetime, version: int) -> None:
    """Say that it is the member's turn. Only after a message that asked the member something."""
    refuse_stale(member_request, version=version)
    said = RequestEvent.objects.filter(
        member_request=member_request,
        action__in=[Action.SUBMIT, Action.ANSWER, Action.MEMBER_WRITES, Action.REOPEN],
    ).order_by("-position")
    last = said.first()
    if last is None or not (last.action == Action.ANSWER and last.asks_member):
        raise TransitionRefused(_("Ask the member something first: only then is it their turn."))
    move(member_request, _step(member_request, Action.WAIT, at), by=by, version=version)


@transaction.atomic
def remind(*, member_request: MemberRequest, by: User | None, at: datetime, version: int) -> None:
    """Tell the member again that it is their turn. `recalling` says when, once a spell."""
    event = move(member_request, _step(member_request, Action.REMIND, at), by=by, version=version)
    notifications.owe(event, kind=MailKind.REMINDER, at=at)


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
    step = _step(member_request, Action.CLOSE, at, reason=ClosingReason(reason))
    event = move(member_request, step, by=by, version=version)
    if reason != ClosingReason.SPAM:
        notifications.owe(event, kind=MailKind.CLOSED, at=at)


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
        return submission.follow_up(
            member_request=member_request,
            body=_("Opened again from %(reference)s.") % {"reference": member_request.reference},
            kind=MessageKind.NOTE,
            by=by,
            at=at,
            key=key,
        )
    step = _step(member_request, Action.REOPEN, at)
    event = move(member_request, step, by=by, version=version)
    notifications.owe(event, kind=MailKind.REOPENED, at=at)
    return member_request


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
    message = _say(current, MessageKind.FROM_MEMBER, body, by=by, at=at, key=key)
    action = Action.REOPEN if current.status == Status.CLOSED else Action.MEMBER_WRITES
    step = _step(current, action, at, message=message)
    move(current, step, by=by, version=current.version)
    return current
