"""What was said and what happened in a request, in the order in which it did, for one reader."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.models import User
from people.roles import Role
from requests_app.calls import was_logged_later
from requests_app.enums import (
    Action,
    ClosingReason,
    ReleaseReason,
    SendBackReason,
    TransferReason,
)
from requests_app.history import what_stands
from requests_app.models import MemberRequest, Message, RequestEvent


@dataclass(frozen=True)
class Entry:
    """One line of the conversation: a message, or a sentence about what happened."""

    at: datetime
    message: Message | None = None
    line: str = ""
    # Said by somebody else since the reader last had the request on the screen.
    is_new: bool = False


def conversation(
    member_request: MemberRequest, *, reader: User, seen: int | None = None
) -> list[Entry]:
    """All entries of a request that the reader may see anyhow, in 3 queries.

    A member reads plain sentences and never a note; an adviser reads who did what and why.
    `seen` is the version that the reader saw last (None: never any, and nothing is marked).
    """
    messages = {
        message.pk: message
        for message in member_request.messages.readable_by(reader)
        .select_related("author", "asks__branch", "advises__branch")
        .prefetch_related("documents")
    }
    rows = member_request.events.select_related("actor", "branch", "adviser").order_by("position")
    # What was undone a moment later never was, for the member.
    events = what_stands(list(rows)) if reader.role == Role.MEMBER else list(rows)
    words = _for_member if reader.role == Role.MEMBER else _for_adviser
    entries = []
    for before, event in zip([None, *events], events, strict=False):
        line = words(event)
        if before and event.action == Action.UNDO:
            line = _undone_line(before, event)
        if event.action in _VIEWS and event.message_id in messages:
            line = _view_line(event, messages[event.message_id])
        if reader.role != Role.MEMBER and was_logged_later(member_request, event):
            line = _logged_later(event)
        if line:
            entries.append(Entry(event.at, line=line))
        if event.message_id in messages:
            is_new = seen is not None and event.position > seen and event.actor_id != reader.pk
            entries.append(Entry(event.at, message=messages[event.message_id], is_new=is_new))
    return entries


def _logged_later(event: RequestEvent) -> str:
    """Who wrote down this call or visit, when, and for which moment."""
    logged, arrived = (
        date_format(localtime(moment), "SHORT_DATETIME_FORMAT")
        for moment in (event.recorded_at, event.at)
    )
    return _("Logged on %(logged)s for %(arrived)s · %(who)s") % {
        "logged": logged,
        "arrived": arrived,
        "who": event.actor.name if event.actor else _("the system"),
    }


_TO_MEMBER = {
    Action.REMIND: gettext_lazy("We reminded you that we wait for your reply."),
    Action.RESUME: gettext_lazy("We need nothing more from you: it is our turn."),
    Action.REOPEN: gettext_lazy("Opened again."),
}


def _for_member(event: RequestEvent) -> str:
    """What happened as a sentence for the member; "" where the message says it or it is ours."""
    match event.action:
        case Action.ROUTE | Action.TRANSFER | Action.SEND_BACK if event.branch:
            return _("Passed on to “%(branch)s”.") % {"branch": event.branch.name}
        case Action.TAKE if event.adviser:
            return _("%(who)s looks after your request.") % {"who": event.adviser.name}
        case Action.CLOSE:
            return _closed_for_member(event.reason)
    return str(_TO_MEMBER.get(Action(event.action), ""))


def _closed_for_member(reason: str) -> str:
    match reason:
        case ClosingReason.ANSWERED:
            return _("Closed: your question is answered.")
        case ClosingReason.NO_REPLY:
            return _("Closed: we had no reply from you.")
        case ClosingReason.WITHDRAWN:
            return _("Closed: you withdrew it.")
        case ClosingReason.DUPLICATE:
            return _("Closed: you sent the same question in another request.")
    return _("Closed.")


# Of these the line says which branch is asked, or speaks, and the note says what.
_VIEWS = frozenset({Action.CONSULT, Action.ADVISE})


def _undone_line(before: RequestEvent, event: RequestEvent) -> str:
    """What was undone, and by whom."""
    return _("Undone: %(action)s · %(who)s") % {
        "action": Action(before.action).label,
        "who": event.actor.name if event.actor else _("the system"),
    }


def _view_line(event: RequestEvent, note: Message) -> str:
    """Which branch was asked by whom, or who answered for it. Members never see these notes."""
    consultation = note.asks if event.action == Action.CONSULT else note.advises
    who = event.actor.name if event.actor else _("the system")
    return " · ".join([str(Action(event.action).label), consultation.branch.name, who])


# What was written says itself that it was.
_SAID = {Action.SUBMIT, Action.ANSWER, Action.NOTE, Action.MEMBER_WRITES, Action.TELL}


def _for_adviser(event: RequestEvent) -> str:
    """Who did what, where it went and why; "" where the message itself says it."""
    if event.action in _SAID and event.message_id:
        return ""
    parts = [str(Action(event.action).label)]
    if event.action in {Action.ROUTE, Action.TRANSFER, Action.SEND_BACK} and event.branch:
        parts.append(event.branch.name)
    if event.reason and event.action not in {Action.CONSULT, Action.CONSULT_ENDS}:
        parts.append(_reason(event.reason))
    parts.append(event.actor.name if event.actor else _("the system"))
    return " · ".join(parts)


def _reason(code: str) -> str:
    """The words of a coded reason; the code itself where imported history has one of its own."""
    for choices in (TransferReason, SendBackReason, ReleaseReason, ClosingReason):
        if code in choices.values:
            return str(choices(code).label)
    return code
