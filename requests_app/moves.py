"""One step of a request: a compare-and-set and an event, or nothing. `transitions` says which."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from people.models import User
from requests_app.enums import RULES, Action, Status
from requests_app.history import State, advance
from requests_app.models import MemberRequest, Message, RequestEvent


class TransitionRefused(Exception):
    """The workflow does not allow this now. The text says why, in the person's language."""


class Conflict(TransitionRefused):
    """Somebody else acted first. The text says who, what and when; nothing was lost or stored."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One event before it is stored. Branch and adviser are those accountable after it."""

    action: Action
    at: datetime
    branch_id: int | None
    adviser_id: int | None
    reason: str = ""
    asks_member: bool = False
    message: Message | None = None


def state_of(member_request: MemberRequest) -> State:
    return State(
        status=Status(member_request.status),
        **{
            name: getattr(member_request, name)
            for name in State.__dataclass_fields__
            if name != "status"
        },
    )


def step_of(member_request: MemberRequest, action: Action, at: datetime, **changes: Any) -> Step:
    """A step that leaves branch and adviser as they are, but for what `changes` names."""
    kept = {"branch_id": member_request.branch_id, "adviser_id": member_request.adviser_id}
    return Step(action=action, at=at, **(kept | changes))


def _conflict(member_request: MemberRequest) -> Conflict:
    # Every request has at least its submission, so there is a latest event.
    events = RequestEvent.objects.select_related("actor").filter(member_request=member_request)
    last = events.latest("position")
    return Conflict(
        _("%(action)s by %(who)s at %(time)s. Look at it again before you act.")
        % {
            "action": Action(last.action).label,
            "who": last.actor.name if last.actor else _("the system"),
            "time": date_format(localtime(last.at), "TIME_FORMAT"),
        }
    )


def refuse_stale(member_request: MemberRequest, *, version: int) -> None:
    """Raise Conflict when something happened since the person looked at this version."""
    if member_request.version != version:
        raise _conflict(member_request)


def move(
    member_request: MemberRequest, step: Step, *, by: User | None, version: int, **columns: Any
) -> RequestEvent:
    """Store one step. Of two people who act on the same version, exactly one wins."""
    refuse_stale(member_request, version=version)
    if member_request.status not in RULES[step.action]:
        raise TransitionRefused(
            _("“%(action)s” is not possible while the request is “%(status)s”.")
            % {"action": step.action.label, "status": Status(member_request.status).label}
        )
    before = state_of(member_request)
    after = advance(before, step)
    changes = {name: getattr(after, name) for name in State.__dataclass_fields__} | columns
    moved = MemberRequest.objects.filter(pk=member_request.pk, version=version).update(**changes)
    if not moved:
        raise _conflict(member_request)
    for name, value in changes.items():
        setattr(member_request, name, value)
    return RequestEvent.objects.create(
        member_request=member_request,
        position=after.version,
        action=step.action,
        at=step.at,
        actor=by,
        branch_id=step.branch_id,
        adviser_id=step.adviser_id,
        reason=step.reason,
        asks_member=step.asks_member,
        message=step.message,
    )
