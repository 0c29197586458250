"""What moves a request between branches: the first routing, a transfer, sending back.

As in `transitions`: keyword-only, `by=`, `at=` and the `version` that the person was looking at.
Each raises `TransitionRefused`, whose text the person may read; nothing is stored then.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from branches.models import Branch, Pilot, Topic
from people.models import User
from requests_app import consulting, notifications, suggesting
from requests_app.enums import Action, ConsultOutcome, MessageKind, SendBackReason, TransferReason
from requests_app.models import MailKind, MemberRequest
from requests_app.moves import Step, move, refuse_stale, step_of
from requests_app.refusals import TransitionRefused
from requests_app.saying import note_of, write_message
from requests_app.whereabouts import path_of


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
        step_of(
            member_request, Action.ROUTE, at, branch_id=branch.pk, **_to_give_back(member_request)
        ),
        by=by,
        version=version,
        topic_id=topic.pk if topic else None,
        is_sensitive=_is_private(member_request, branch, topic),
    )
    suggesting.record_decision(member_request=member_request, branch=branch, by=by, at=at)


def _to_give_back(member_request: MemberRequest) -> dict[str, Any]:
    """What a step between branches changes beside the state: an undo needs it."""
    return {
        "was_sensitive": member_request.is_sensitive,
        "topic_before_id": member_request.topic_id,
    }


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
    # Who was asked for a view has the whole request now.
    consulting.end(
        member_request=member_request, outcome=ConsultOutcome.ARRIVED, at=step.at, branch=branch
    )


def house_sentence(branch: Branch, *, language: str) -> str:
    """What members are told about a transfer when their adviser writes nothing of their own."""
    with translation.override(language):
        return _(
            "Your request is now with “%(branch)s”. A colleague there will answer you here; "
            "you need not do anything."
        ) % {"branch": branch.name}


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
    tell: bool = False,
    sentence: str = "",
) -> None:
    """Make another branch accountable, from this moment on. No clock starts again.

    `line` is for colleagues. With `tell`, the member reads the house's own sentence about who takes
    over, or `sentence` where there is one. It is no answer: no clock stops.
    """
    refuse_stale(member_request, version=version)
    _refuse_by_team(member_request, at=at)
    if member_request.branch_id is None:
        raise TransitionRefused(_("This request has no branch yet: route it first."))
    if member_request.branch_id == branch.pk:
        raise TransitionRefused(_("This request is in that branch already."))
    note = note_of(member_request, line, by=by, at=at)
    step = step_of(
        member_request,
        Action.TRANSFER,
        at,
        branch_id=branch.pk,
        adviser_id=None,
        reason=TransferReason(reason),
        message=note,
        **_to_give_back(member_request),
    )
    _hand_over(member_request, step, branch, by=by, version=version)
    if tell or sentence:
        said = sentence or house_sentence(branch, language=member_request.language)
        _tell_member(member_request, said, by=by, at=at)


def _tell_member(member_request: MemberRequest, sentence: str, *, by: User, at: datetime) -> None:
    """The member reads who takes over, and gets a mail. Said by the giver, as the last thing."""
    message = write_message(member_request, MessageKind.TO_MEMBER, sentence, by=by, at=at)
    step = step_of(member_request, Action.TELL, at, message=message)
    event = move(member_request, step, by=by, version=member_request.version)
    notifications.owe(event, kind=MailKind.PASSED_ON, at=at)


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
    giver = path_of(member_request).giver
    if giver is None:
        raise TransitionRefused(_("No branch gave this request: there is none to send it back to."))
    note = note_of(member_request, line, by=by, at=at)
    step = step_of(
        member_request,
        Action.SEND_BACK,
        at,
        branch_id=giver.pk,
        adviser_id=None,
        reason=SendBackReason(reason),
        message=note,
    )
    _hand_over(member_request, step, giver, by=by, version=version)
