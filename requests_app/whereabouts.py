"""Where a request has been and who may act on it where it is. Reads events, never writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from django.db.models import Exists, F, OuterRef, Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from branches.models import Branch
from people.models import User
from people.roles import Role
from requests_app.consultation_models import Consultation
from requests_app.enums import UNDO_WITHIN, UNDOABLE, Action
from requests_app.history import what_stands
from requests_app.models import MemberRequest, RequestEvent
from requests_app.refusals import TransitionRefused

BETWEEN_BRANCHES = frozenset({Action.TRANSFER, Action.SEND_BACK})
# What says whose turn it is.
SAID = frozenset({Action.SUBMIT, Action.ANSWER, Action.MEMBER_WRITES, Action.REOPEN, Action.RESUME})
# A person who reads a request of another branch may still answer what was asked of their own,
# say to whom they gave it, and take back what they did themselves a moment ago.
_READERS_MAY = frozenset({Action.ADVISE, Action.TELL, Action.UNDO})


class Step(Protocol):
    """What `came_back` needs of an event, or of its values."""

    @property
    def action(self) -> str: ...
    @property
    def branch_id(self) -> int | None: ...


@dataclass(frozen=True)
class Path:
    """What the events of a request say of its way so far. Steps that were undone do not count."""

    # The branch that handed it to the one that has it now; None if nobody did.
    giver: Branch | None
    # It went to another branch and came back: A to B to A.
    came_back: bool
    # What was said last asks the member something.
    asks_member: bool
    last: RequestEvent


def path_of(member_request: MemberRequest) -> Path:
    """The way of this request, in 1 query."""
    events = list(
        RequestEvent.objects.filter(member_request=member_request)
        .select_related("branch")
        .order_by("position")
    )
    stands = what_stands(events)
    said = [event for event in stands if event.action in SAID]
    return Path(
        giver=_giver(stands),
        came_back=came_back(stands),
        asks_member=said[-1].action == Action.ANSWER and said[-1].asks_member,
        last=events[-1],
    )


def _giver(stands: list[RequestEvent]) -> Branch | None:
    for before, event in reversed(list(pairwise(stands))):
        if event.branch_id != before.branch_id:
            return before.branch if event.action == Action.TRANSFER else None
    return None


def came_back(steps: Sequence[Step]) -> bool:
    """Whether steps that stand lead back to a branch that had the request before."""
    seen: set[int | None] = set()
    for step in steps:
        if step.action in BETWEEN_BRANCHES and step.branch_id in seen:
            return True
        seen.add(step.branch_id)
    return False


def is_undone() -> Exists:
    """Whether the event of the outer query was undone."""
    return Exists(
        RequestEvent.objects.filter(
            action=Action.UNDO,
            member_request=OuterRef("member_request"),
            position=OuterRef("position") + 1,
        )
    )


def returns() -> Exists:
    """Whether the request of the outer query came back to a branch: `came_back` in SQL."""
    earlier = RequestEvent.objects.filter(
        ~is_undone(),
        member_request=OuterRef("member_request"),
        position__lt=OuterRef("position"),
        branch=OuterRef("branch"),
    )
    return Exists(
        RequestEvent.objects.filter(
            ~is_undone(),
            Exists(earlier),
            member_request=OuterRef("pk"),
            action__in=BETWEEN_BRANCHES,
        )
    )


def is_undoable(event: RequestEvent, *, by: User, at: datetime) -> bool:
    """Whether this person may take back this event, if it is the last of its request."""
    is_recorded = (
        event.action not in {Action.ROUTE, Action.TRANSFER} or event.was_sensitive is not None
    )
    return (
        event.action in UNDOABLE
        and event.actor_id == by.pk
        and at - event.at <= UNDO_WITHIN
        and is_recorded
    )


def just_done_by(user: User, *, at: datetime) -> Q:
    """The requests whose last step is one that this person may take back now."""
    return Q(
        pk__in=RequestEvent.objects.filter(
            actor=user,
            action__in=UNDOABLE,
            at__gte=at - UNDO_WITHIN,
            member_request__version=F("position"),
        ).values("member_request")
    )


def only_reads(
    member_request: MemberRequest, *, by: User, at: datetime, path: Path | None = None
) -> bool:
    """Whether this adviser may read the request, but another branch acts on it.

    So it is for the branch that gave it away, and for the one that is asked for its view. Other
    colleagues of the office help each other as before.
    """
    if by.role != Role.ADVISER or by.pk == member_request.adviser_id:
        return False
    posting = by.posting_on(day=localdate(at))
    own = posting.branch_id if posting else None
    if own is None or member_request.branch_id in {None, own}:
        return False
    giver = (path or path_of(member_request)).giver
    if giver is not None and giver.pk == own:
        return True
    asked = Consultation.objects.readable_by(by, on=localdate(at))
    return asked.filter(member_request=member_request).exists()


def refuse_reader(
    member_request: MemberRequest, action: Action, *, by: User | None, at: datetime
) -> None:
    """Raise TransitionRefused for who only reads this request, unless readers may do this."""
    if action not in _READERS_MAY:
        refuse_decision(member_request, by=by, at=at)


def refuse_decision(member_request: MemberRequest, *, by: User | None, at: datetime) -> None:
    """Raise TransitionRefused for who only reads this request: none of its documents is theirs."""
    if by is None or not only_reads(member_request, by=by, at=at):
        return
    name = member_request.branch.name if member_request.branch else ""
    raise TransitionRefused(
        _("You can read this request, and “%(branch)s” acts on it.") % {"branch": name}
    )
