"""What an adviser does with the documents of a request: asks for them, follows them, decides.

As in `transitions`: keyword-only, `by=`, `at=`, and the `version` that the person was looking at;
that of the request where one asks, that of the document where one decides. Each step is a
compare-and-set and an event, or nothing. What the member must know is said in the conversation as
well, in the member's language, and a mail that names nothing is owed.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from branches.calendars import working_calendar
from branches.working_days import working_day_after
from people.models import User
from requests_app import notifications, transitions
from requests_app.asked_models import AskedDocument, AskedEvent
from requests_app.document_rules import (
    RULES,
    CorrectionReason,
    DocumentAction,
    DocumentKind,
    DocumentState,
    RefusalReason,
    ReminderReason,
    Standing,
    advance,
    begin,
)
from requests_app.enums import Action, MessageKind, Status
from requests_app.models import Document, MailKind, MemberRequest, RequestEvent
from requests_app.moves import Conflict, move, refuse_stale, step_of
from requests_app.refusals import TransitionRefused
from requests_app.saying import write_message
from requests_app.whereabouts import SAID, refuse_decision

# Nobody is given more than a year; what lies further away is a slip of the keyboard.
LONGEST = timedelta(days=366)


# Without another wish of the adviser the member has so many working days of the office.
DUE_AFTER_WORKING_DAYS = 10
_LONGEST_PAUSE, _TWO_WEEKS = timedelta(days=120), timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One step of a document before it is stored."""

    action: DocumentAction
    at: datetime
    due_on: date | None = None
    reason: str = ""


def standing_of(asked: AskedDocument) -> Standing:
    return Standing(
        state=DocumentState(asked.state),
        turn_since=asked.turn_since,
        due_on=asked.due_on,
        first_received_at=asked.first_received_at,
        reason=asked.reason,
        version=asked.version,
    )


def due_by_default(member_request: MemberRequest, *, at: datetime) -> date:
    """The tenth working day of the office from now; two weeks where nobody can say."""
    today = localdate(at)
    calendar = working_calendar(member_request.office, start=today, end=today + _LONGEST_PAUSE)
    day = working_day_after(calendar, at, DUE_AFTER_WORKING_DAYS)
    return localdate(day) if day else today + _TWO_WEEKS


def lock(member_request: MemberRequest) -> MemberRequest:
    """The request as it is now, held until the end: steps of its documents follow each other."""
    held = MemberRequest.objects.select_for_update(of=("self",)).select_related(
        "office", "member__user"
    )
    return held.get(pk=member_request.pk)


def _lock_to_decide(asked: AskedDocument, *, by: User, at: datetime) -> MemberRequest:
    """The same, by somebody who may decide there. Raises TransitionRefused for who only reads."""
    current = lock(asked.member_request)
    refuse_decision(current, by=by, at=at)
    return current


@transaction.atomic
def ask(
    *,
    member_request: MemberRequest,
    by: User,
    at: datetime,
    version: int,
    kind: DocumentKind,
    key: UUID,
    due_on: date | None = None,
    line: str = "",
    waits: bool = False,
) -> AskedDocument:
    """Ask the member for a document, until a day. It counts as an answer that asks something.

    Without a day, it is that of `due_by_default`. `waits` makes it the member's turn in the
    request as well. The same key twice asks once.
    """
    known = AskedDocument.objects.filter(submission_key=key, member_request=member_request).first()
    if known is not None:
        return known
    due_on = _day(due_on, member_request, at=at)
    refuse_stale(member_request, version=version)
    current = lock(member_request)
    _say(current, _words_asking(current, kind, due_on, line), by=by, at=at, asks=True)
    if waits and current.status != Status.WAITING:
        transitions.wait(member_request=current, by=by, at=at, version=current.version)
    step = Happening(action=DocumentAction.ASK, at=at, due_on=due_on)
    asked, event = _begin(current, step, by=by, kind=kind, line=line, submission_key=key)
    notifications.owe_of_document(event, kind=MailKind.DOCUMENT_ASKED, at=at)
    return asked


@transaction.atomic
def follow(*, document: Document, by: User, at: datetime) -> AskedDocument:
    """Follow an attachment of the member that nobody had asked for: its review is owed now."""
    if document.member_request is None or document.uploaded_by_id == by.pk:
        raise TransitionRefused(_("Only what the member has sent can be followed."))
    current = lock(document.member_request)
    refuse_decision(current, by=by, at=at)
    document = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if document.asked is not None:
        return document.asked
    if document.uploaded_by_id != current.member.user_id:
        raise TransitionRefused(_("Only what the member has sent can be followed."))
    step = Happening(action=DocumentAction.FOLLOW, at=at)
    asked, _event = _begin(current, step, by=by, kind=DocumentKind.OTHER)
    document.asked = asked
    document.save(update_fields=["asked"])
    return asked


@transaction.atomic
def check(
    *,
    asked: AskedDocument,
    by: User,
    at: datetime,
    version: int,
    line: str = "",
    answers: bool = False,
) -> None:
    """Say that the document is in order. The request still waits for its answer after that.

    With a line to the member, or with `answers`, it is said as an answer: nothing else waits.
    """
    current = _lock_to_decide(asked, by=by, at=at)
    event = act(asked, Happening(action=DocumentAction.CHECK, at=at), by=by, version=version)
    if line or answers:
        _say(current, _words_checked(current, asked, line), by=by, at=at, asks=False)
    notifications.owe_of_document(event, kind=MailKind.DOCUMENT_CHECKED, at=at)


@transaction.atomic
def correct(
    *,
    asked: AskedDocument,
    by: User,
    at: datetime,
    version: int,
    reason: CorrectionReason,
    due_on: date | None = None,
    line: str = "",
) -> None:
    """Send the document back to the member, who hands it in again until a day."""
    current = _lock_to_decide(asked, by=by, at=at)
    due_on = _day(due_on, current, at=at)
    if current.status == Status.CLOSED:
        raise TransitionRefused(_("This request is closed: open it again first."))
    reason = CorrectionReason(reason)
    step = Happening(action=DocumentAction.CORRECT, at=at, due_on=due_on, reason=reason)
    event = act(asked, step, by=by, version=version, line=line)
    _say(current, _words_correcting(current, asked, reason, line), by=by, at=at, asks=True)
    notifications.owe_of_document(event, kind=MailKind.DOCUMENT_TO_CORRECT, at=at)


@transaction.atomic
def refuse(
    *,
    asked: AskedDocument,
    by: User,
    at: datetime,
    version: int,
    reason: RefusalReason,
    line: str = "",
) -> None:
    """Refuse the document for good: the member owes nothing more for it."""
    _lock_to_decide(asked, by=by, at=at)
    step = Happening(action=DocumentAction.REFUSE, at=at, reason=RefusalReason(reason))
    event = act(asked, step, by=by, version=version, line=line)
    notifications.owe_of_document(event, kind=MailKind.DOCUMENT_REFUSED, at=at)


@transaction.atomic
def drop(*, asked: AskedDocument, by: User, at: datetime, version: int) -> None:
    """The document is no longer needed: nobody owes anything for it any more.

    Where the member was waited for because of it alone, it is the office's turn again.
    """
    current = _lock_to_decide(asked, by=by, at=at)
    event = act(asked, Happening(action=DocumentAction.DROP, at=at), by=by, version=version)
    if _owes_nothing(current):
        transitions.resume(member_request=current, by=by, at=at, version=current.version)
    # What the office has never asked for needs no word.
    if asked.due_on is not None:
        notifications.owe_of_document(event, kind=MailKind.DOCUMENT_DROPPED, at=at)


def _owes_nothing(member_request: MemberRequest) -> bool:
    """Whether the member is waited for, and what was asked last was a document not owed now.

    Who asks for a document says so in the same moment: that tells it from another question.
    """
    if member_request.status != Status.WAITING:
        return False
    documents = AskedDocument.objects.filter(member_request=member_request)
    if documents.owed_by_member().exists():
        return False
    said = RequestEvent.objects.filter(member_request=member_request, action__in=SAID)
    last = said.latest("position")
    asking = AskedEvent.objects.filter(asked__in=documents, at=last.at, actor=last.actor_id)
    return asking.filter(action__in=[DocumentAction.ASK, DocumentAction.CORRECT]).exists()


@transaction.atomic
def remind(*, asked: AskedDocument, at: datetime, version: int, reason: ReminderReason) -> None:
    """Remind the member. `document_reminders` says when, once before and once after the day."""
    lock(asked.member_request)
    step = Happening(action=DocumentAction.REMIND, at=at, reason=reason)
    event = act(asked, step, by=None, version=version)
    notifications.owe_of_document(event, kind=MailKind.DOCUMENT_REMINDER, at=at)


def act(
    asked: AskedDocument, step: Happening, *, by: User | None, version: int, **columns: str
) -> AskedEvent:
    """Store one step. Of two people who act on the same version, exactly one wins."""
    if asked.version != version:
        raise _conflict(asked)
    if asked.state not in RULES[step.action]:
        raise TransitionRefused(
            _("“%(action)s” is not possible while the document is “%(state)s”.")
            % {"action": step.action.label, "state": DocumentState(asked.state).label}
        )
    after = advance(standing_of(asked), step)
    changes = vars(after) | columns
    if not AskedDocument.objects.filter(pk=asked.pk, version=version).update(**changes):
        raise _conflict(asked)
    for name, value in changes.items():
        setattr(asked, name, value)
    return _event(asked, step, by=by)


def _begin(
    member_request: MemberRequest, step: Happening, *, by: User, **columns: object
) -> tuple[AskedDocument, AskedEvent]:
    """A document that is followed from now on. The request is locked: numbers follow each other."""
    others = AskedDocument.objects.filter(member_request=member_request)
    last = others.aggregate(last=Max("number"))["last"] or 0
    asked = AskedDocument.objects.create(
        member_request=member_request, number=last + 1, **vars(begin(step)), **columns
    )
    return asked, _event(asked, step, by=by)


def _event(asked: AskedDocument, step: Happening, *, by: User | None) -> AskedEvent:
    return AskedEvent.objects.create(asked=asked, position=asked.version, actor=by, **vars(step))


def _conflict(asked: AskedDocument) -> Conflict:
    # Whatever is followed has at least its beginning, so there is a latest event.
    last = AskedEvent.objects.select_related("actor").filter(asked=asked).latest("position")
    return Conflict(
        _("%(action)s by %(who)s at %(time)s. Look at it again before you act.")
        % {
            "action": DocumentAction(last.action).label,
            "who": last.actor.name if last.actor else _("the system"),
            "time": date_format(localtime(last.at), "TIME_FORMAT"),
        }
    )


def _day(due_on: date | None, member_request: MemberRequest, *, at: datetime) -> date:
    today = localdate(at)
    due_on = due_on or due_by_default(member_request, at=at)
    if due_on < today:
        raise TransitionRefused(_("Choose a day that is not over yet."))
    if due_on > today + LONGEST:
        raise TransitionRefused(_("Choose a day within a year."))
    return due_on


def _say(member_request: MemberRequest, body: str, *, by: User, at: datetime, asks: bool) -> None:
    """An answer in the conversation. It takes no draft along: what is typed elsewhere stays."""
    message = write_message(member_request, MessageKind.TO_MEMBER, body, by=by, at=at)
    step = step_of(
        member_request,
        Action.ANSWER,
        at,
        adviser_id=member_request.adviser_id or by.pk,
        asks_member=asks,
        message=message,
    )
    move(member_request, step, by=by, version=member_request.version)


def _words_asking(
    member_request: MemberRequest, kind: DocumentKind, due_on: date, line: str
) -> str:
    with translation.override(member_request.member.user.language):
        words = _("We need a document from you by %(day)s: %(document)s.") % {
            "day": date_format(due_on),
            "document": DocumentKind(kind).label,
        }
    return f"{words}\n\n{line}" if line else words


def _words_checked(member_request: MemberRequest, asked: AskedDocument, line: str) -> str:
    with translation.override(member_request.member.user.language):
        words = _("We have checked this document and it is in order: %(document)s.") % {
            "document": DocumentKind(asked.kind).label
        }
    return f"{words}\n\n{line}" if line else words


def _words_correcting(
    member_request: MemberRequest, asked: AskedDocument, reason: CorrectionReason, line: str
) -> str:
    assert asked.due_on is not None  # noqa: S101
    with translation.override(member_request.member.user.language):
        words = _("Please hand in this document again by %(day)s: %(document)s. %(reason)s.") % {
            "day": date_format(asked.due_on),
            "document": DocumentKind(asked.kind).label,
            "reason": reason.label,
        }
    return f"{words}\n\n{line}" if line else words
