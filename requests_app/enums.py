"""The words of a request's life, and the whole workflow as one table. Imports no model."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting for the member")
    CLOSED = "closed", _("Closed")


class ClosingReason(TextChoices):
    ANSWERED = "answered", _("Answered")
    NO_REPLY = "no_reply", _("No reply from the member")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DUPLICATE = "duplicate", _("Duplicate")
    SPAM = "spam", _("Spam")


class Channel(TextChoices):
    WEB = "web", _("Web form")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    DESK = "desk", _("At the desk")
    IMPORT = "import", _("Imported history")


class TransferReason(TextChoices):
    OTHER_EXPERTISE = "other_expertise", _("Needs another expertise")
    WRONG_BRANCH = "wrong_branch", _("Was routed to the wrong branch")
    SEVERAL_QUESTIONS = "several_questions", _("Part of the question belongs elsewhere")
    MEMBER_ASKED = "member_asked", _("The member asked for it")
    CAPACITY = "capacity", _("No one available in the branch")


class SendBackReason(TextChoices):
    NOT_OURS = "not_ours", _("Belongs to the branch that gave it")
    INCOMPLETE = "incomplete", _("Information is missing")
    ALREADY_ANSWERED = "already_answered", _("Was already answered")


class ReleaseReason(TextChoices):
    ABSENT = "absent", _("Its adviser is absent")
    LEFT = "left", _("Its adviser works elsewhere now")


class Action(TextChoices):
    SUBMIT = "submit", _("Received")
    ROUTE = "route", _("Routed")
    TAKE = "take", _("Taken")
    RELEASE = "release", _("Released")
    TRANSFER = "transfer", _("Transferred")
    SEND_BACK = "send_back", _("Sent back")
    ANSWER = "answer", _("Answered")
    NOTE = "note", _("Internal note")
    WAIT = "wait", _("Set to waiting for the member")
    REMIND = "remind", _("Member reminded")
    RESUME = "resume", _("Nothing more is owed by the member")
    MEMBER_WRITES = "member_writes", _("The member wrote")
    CLOSE = "close", _("Closed")
    REOPEN = "reopen", _("Reopened")
    TELL = "tell", _("Member told who takes over")
    CONSULT = "consult", _("Asked for a view")
    ADVISE = "advise", _("Gave their view")
    CONSULT_ENDS = "consult_ends", _("Question for a view withdrawn")
    UNDO = "undo", _("Undone")


class ConsultOutcome(TextChoices):
    ANSWERED = "answered", _("Answered")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    ARRIVED = "arrived", _("The request came to that branch")
    CLOSED = "closed", _("The request was closed")


class MessageKind(TextChoices):
    FROM_MEMBER = "member", _("From the member")
    TO_MEMBER = "adviser", _("To the member")
    NOTE = "note", _("Internal note")


class AfterAnswer(TextChoices):
    STAY = "stay", _("Send")
    WAIT = "wait", _("Send and wait for the member")
    CLOSE = "close", _("Send and close")


# A request closed longer ago than this is not reopened: a new one follows it.
REOPEN_WITHIN = timedelta(days=14)

# What an adviser may take back, for so long and while nothing else has happened.
UNDOABLE = frozenset({Action.TAKE, Action.ROUTE, Action.WAIT, Action.CLOSE, Action.TRANSFER})
UNDO_WITHIN = timedelta(minutes=10)

# These leave no duration behind: they were never waiting for an answer.
NOT_COUNTED = frozenset({ClosingReason.WITHDRAWN, ClosingReason.DUPLICATE, ClosingReason.SPAM})


def _stays(*statuses: Status) -> dict[Status, Status]:
    return {status: status for status in statuses}


_NEW, _OPEN, _WAITING, _CLOSED = Status.NEW, Status.OPEN, Status.WAITING, Status.CLOSED

# The whole workflow, readable in one place: for each action, from which status to which.
# Nothing else decides what may follow what. A submission starts from nothing, and an undo leads
# back to whatever was before: `history.take_back` says when.
RULES: dict[Action, dict[Status, Status]] = {
    Action.SUBMIT: {},
    Action.ROUTE: _stays(_NEW, _OPEN, _WAITING),
    Action.TAKE: {_NEW: _OPEN, _OPEN: _OPEN, _WAITING: _WAITING},
    Action.RELEASE: _stays(_OPEN, _WAITING),
    Action.TRANSFER: _stays(_NEW, _OPEN, _WAITING),
    Action.SEND_BACK: _stays(_NEW, _OPEN, _WAITING),
    Action.ANSWER: {_NEW: _OPEN, _OPEN: _OPEN, _WAITING: _WAITING},
    Action.NOTE: _stays(_NEW, _OPEN, _WAITING, _CLOSED),
    Action.WAIT: {_OPEN: _WAITING},
    Action.REMIND: _stays(_WAITING),
    Action.RESUME: {_WAITING: _OPEN},
    Action.MEMBER_WRITES: {_NEW: _NEW, _OPEN: _OPEN, _WAITING: _OPEN},
    Action.CLOSE: {_NEW: _CLOSED, _OPEN: _CLOSED, _WAITING: _CLOSED},
    Action.REOPEN: {_CLOSED: _OPEN},
    Action.TELL: _stays(_NEW, _OPEN, _WAITING),
    Action.CONSULT: _stays(_NEW, _OPEN, _WAITING),
    Action.ADVISE: _stays(_NEW, _OPEN, _WAITING),
    Action.CONSULT_ENDS: _stays(_NEW, _OPEN, _WAITING),
    Action.UNDO: {},
}
