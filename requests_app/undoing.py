"""An adviser takes back what they have just done. History is not rewritten: an undo is an event.

The state is then the one before the step, clocks included, as if it had never been. What the member
was told is not taken back: a mail that is still owed is withdrawn, after one that is sent comes
another.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from people.models import User
from requests_app import consulting, notifications, suggesting
from requests_app.enums import Action
from requests_app.history import rebuild
from requests_app.models import MailKind, MemberRequest, RequestEvent
from requests_app.moves import move_back, refuse_stale
from requests_app.refusals import TransitionRefused
from requests_app.whereabouts import is_undoable


@transaction.atomic
def undo(*, member_request: MemberRequest, by: User, at: datetime, version: int) -> None:
    """Take back the last step of this request: one's own, of the last ten minutes."""
    refuse_stale(member_request, version=version)
    events = list(RequestEvent.objects.filter(member_request=member_request).order_by("position"))
    last = events[-1]
    if not is_undoable(last, by=by, at=at):
        raise TransitionRefused(
            _("Only your own last step can be undone, for 10 minutes, while nothing else happened.")
        )
    event = move_back(member_request, last, rebuild(events[:-1]), by=by, at=at, **_given_back(last))
    _follow(member_request, last, event, at=at)


def _given_back(last: RequestEvent) -> dict[str, Any]:
    """What the step changed beside the state."""
    if last.action not in {Action.ROUTE, Action.TRANSFER}:
        return {}
    return {"is_sensitive": last.was_sensitive, "topic_id": last.topic_before_id}


def _follow(
    member_request: MemberRequest, last: RequestEvent, event: RequestEvent, *, at: datetime
) -> None:
    if last.action == Action.ROUTE:
        suggesting.forget_decision(member_request=member_request)
    if last.action in {Action.CLOSE, Action.TRANSFER}:
        consulting.ask_again(member_request=member_request, ended_at=last.at)
    if last.action == Action.CLOSE and not notifications.withdraw(last):
        notifications.owe(event, kind=MailKind.REOPENED, at=at)
