"""One step of a request: a compare-and-set and an event, or nothing. `transitions` says which."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from people.models import User
from requests_app.enums import RULES, Action, Status
from requests_app.history import State, advance, take_back
from requests_app.models import MemberRequest, Message, RequestEvent
from requests_app.refusals import TransitionRefused
from requests_app.whereabouts import refuse_reader


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
    was_sensitive: bool | None = None
    topic_before_id: int | None = None


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
    refuse_reader(member_request, step.action, by=by, at=step.at)
    if member_request.status not in RULES[step.action]:
        raise TransitionRefused(
            _("“%(action)s” is not possible while the request is “%(status)s”.")
            % {"action": step.action.label, "status": Status(member_request.status).label}
        )
    after = advance(state_of(member_request), step)
    return _store(member_request, step, after, by=by, **columns)


def move_back(
    member_request: MemberRequest,
    last: RequestEvent,
    before: State,
    *,
    by: User,
    at: datetime,
    **columns: Any,
) -> RequestEvent:
    """Store an undo of the `last` step: the state is the one `before` it, and the history grows."""
    after = take_back(before, state_of(member_request), last)
    step = Step(action=Action.UNDO, at=at, branch_id=after.branch_id, adviser_id=after.adviser_id)
    return _store(member_request, step, after, by=by, **columns)


def _store(
    member_request: MemberRequest, step: Step, after: State, *, by: User | None, **columns: Any
) -> RequestEvent:
    version = member_request.version
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
        was_sensitive=step.was_sensitive,
        topic_before_id=step.topic_before_id,
    )
