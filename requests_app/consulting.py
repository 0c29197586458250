"""Asking another branch for its view. The request stays where it is, and so do all its clocks.

Question and answer are internal notes. The branch that is asked reads the request while the
question stands, and no longer where it is private. Transfers are counted elsewhere: nothing moved.
"""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from branches.models import Branch, Pilot
from people.models import User
from requests_app.consultation_models import Consultation
from requests_app.enums import Action, ConsultOutcome, MessageKind
from requests_app.models import MemberRequest
from requests_app.moves import move, refuse_stale, step_of
from requests_app.refusals import TransitionRefused
from requests_app.saying import said_before, write_message


@transaction.atomic
def ask(
    *,
    member_request: MemberRequest,
    by: User,
    at: datetime,
    version: int,
    branch: Branch,
    question: str,
    key: UUID,
) -> Consultation:
    """Ask a branch for its view. The same key twice asks the same thing once."""
    # The form may go on to send an answer, and another question after this one.
    key = uuid5(key, f"{member_request.pk} {by.pk} consult {branch.code} {question}")
    if said_before(member_request, by, key) is not None:
        return Consultation.objects.get(question__submission_key=key)
    refuse_stale(member_request, version=version)
    asking = member_request.branch
    if asking is None or not Pilot.objects.works_by_branch(member_request.office, on=localdate(at)):
        raise TransitionRefused(_("This request has no branch yet: route it first."))
    if asking == branch:
        raise TransitionRefused(_("This request is in that branch already."))
    if Consultation.objects.open().filter(member_request=member_request, branch=branch).exists():
        raise TransitionRefused(_("That branch has been asked already."))
    note = write_message(member_request, MessageKind.NOTE, question, by=by, at=at, key=key)
    step = step_of(member_request, Action.CONSULT, at, reason=branch.code, message=note)
    move(member_request, step, by=by, version=version)
    return Consultation.objects.create(
        member_request=member_request,
        branch=branch,
        asking_branch=asking,
        asked_by=by,
        asked_at=at,
        question=note,
    )


@transaction.atomic
def advise(
    *,
    member_request: MemberRequest,
    consultation: int,
    by: User,
    at: datetime,
    advice: str,
    key: UUID,
) -> Consultation:
    """Give the view of the branch that was asked. Nobody is told to look again before."""
    current = _locked(member_request)
    key = uuid5(key, f"{consultation} {by.pk} advise {advice}")
    if said_before(current, by, key) is not None:
        return Consultation.objects.get(answer__submission_key=key)
    asked = _open(current, consultation)
    posting = by.posting_on(day=localdate(at))
    if posting is None or posting.branch_id != asked.branch_id:
        raise TransitionRefused(
            _("“%(branch)s” was asked: only its advisers answer.") % {"branch": asked.branch.name}
        )
    note = write_message(current, MessageKind.NOTE, advice, by=by, at=at, key=key)
    step = step_of(current, Action.ADVISE, at, message=note)
    move(current, step, by=by, version=current.version)
    Consultation.objects.filter(pk=asked.pk).update(
        outcome=ConsultOutcome.ANSWERED, answer=note, answered_by=by, ended_at=at
    )
    return asked


def was_given(*, consultation: int, by: User, advice: str) -> bool:
    """Whether this person has given this very view: a second press of the button says it again."""
    return Consultation.objects.filter(
        pk=consultation, answered_by=by, answer__body=advice
    ).exists()


@transaction.atomic
def withdraw(
    *, member_request: MemberRequest, consultation: int, by: User, at: datetime, version: int
) -> None:
    """Ask no longer. The question stays in the conversation."""
    refuse_stale(member_request, version=version)
    asked = _open(member_request, consultation)
    step = step_of(member_request, Action.CONSULT_ENDS, at, reason=asked.branch.code)
    move(member_request, step, by=by, version=version)
    end(
        member_request=member_request,
        outcome=ConsultOutcome.WITHDRAWN,
        at=at,
        branch=asked.branch,
    )


def end(
    *,
    member_request: MemberRequest,
    outcome: ConsultOutcome,
    at: datetime,
    branch: Branch | None = None,
) -> None:
    """End what is asked of this branch, or of every one. Part of the step of the caller."""
    asked = Consultation.objects.open().filter(member_request=member_request)
    if branch is not None:
        asked = asked.filter(branch=branch)
    asked.update(outcome=outcome, ended_at=at)


def ask_again(*, member_request: MemberRequest, ended_at: datetime) -> None:
    """Undo what a closing or a transfer at that moment ended."""
    Consultation.objects.filter(
        member_request=member_request,
        outcome__in=[ConsultOutcome.CLOSED, ConsultOutcome.ARRIVED],
        ended_at=ended_at,
    ).update(outcome="", ended_at=None)


def _locked(member_request: MemberRequest) -> MemberRequest:
    return MemberRequest.objects.select_for_update().get(pk=member_request.pk)


def _open(member_request: MemberRequest, consultation: int) -> Consultation:
    asked = Consultation.objects.open().select_related("branch")
    found = asked.filter(member_request=member_request, pk=consultation).first()
    if found is None:
        raise TransitionRefused(_("This question has been answered or withdrawn."))
    return found
