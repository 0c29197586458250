"""The followed documents of a request, for its member and for the desk."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from branches.calendars import working_calendar
from branches.durations import calendar_time, office_hours
from people.models import User
from requests_app.asked_models import AskedDocument, AskedEvent
from requests_app.document_rules import (
    CorrectionReason,
    DocumentAction,
    DocumentKind,
    DocumentState,
    RefusalReason,
    ReminderReason,
    Turn,
)
from requests_app.enums import MessageKind, Status
from requests_app.models import Document, MemberRequest


@dataclass(frozen=True)
class Followed:
    """One followed document, ready to be shown."""

    asked: AskedDocument
    title: str
    # How long the side whose turn it is has had it, in words; empty once it is done.
    waited: str
    is_overdue: bool
    # Whether the member can hand it in now: nobody owes anything for a closed request.
    is_owed: bool
    reason: str
    documents: Sequence[Document]
    steps: Sequence[str] = ()

    @property
    def colour(self) -> str:
        """The class of its tag."""
        if self.asked.turn == Turn.MEMBER:
            return "late" if self.is_overdue else "soon"
        return {DocumentState.RECEIVED: "info", DocumentState.CHECKED: "good"}.get(
            DocumentState(self.asked.state), ""
        )


def title_of(kind: str, names: Sequence[str]) -> str:
    """What to call a document: its kind, and the name of the file where that says more."""
    if kind == DocumentKind.OTHER and names:
        return names[0]
    return str(DocumentKind(kind).label)


def reason_in_words(code: str) -> str:
    for choices in (CorrectionReason, RefusalReason, ReminderReason):
        if code in choices.values:
            return str(choices(code).label)
    return code


def followed_in(
    member_request: MemberRequest, *, at: datetime, with_steps: bool = False
) -> list[Followed]:
    """All followed documents of a request, in 2 to 4 queries; 1 where there is none."""
    rows = list(member_request.asked_documents.prefetch_related("documents").order_by("number"))
    steps = _steps(rows) if with_steps and rows else {}
    return [followed(row, at=at, steps=steps.get(row.pk, ())) for row in rows]


def followed(asked: AskedDocument, *, at: datetime, steps: Sequence[str] = ()) -> Followed:
    """One document ready to be shown; its request and the office of that are known already."""
    member_request = asked.member_request
    files = sorted(asked.documents.all(), key=lambda document: document.pk)
    is_owed = asked.turn == Turn.MEMBER and member_request.status != Status.CLOSED
    return Followed(
        asked=asked,
        title=title_of(asked.kind, [document.name for document in files]),
        waited=_waited(asked, member_request, at=at),
        is_overdue=bool(is_owed and asked.due_on and asked.due_on < localdate(at)),
        is_owed=is_owed,
        reason=reason_in_words(asked.reason),
        documents=files,
        steps=steps,
    )


def _waited(asked: AskedDocument, member_request: MemberRequest, *, at: datetime) -> str:
    """Office hours while the office has its turn, time on the calendar while the member has it."""
    if asked.turn == Turn.NOBODY or at < asked.turn_since:
        return ""
    if asked.turn == Turn.MEMBER:
        return calendar_time(int((at - asked.turn_since).total_seconds()))
    calendar = working_calendar(
        member_request.office,
        # Whole months, so that all documents of a request share a calendar.
        start=localdate(asked.turn_since).replace(day=1),
        end=localdate(at),
    )
    return office_hours(int(calendar.working_time(asked.turn_since, at).total_seconds()))


def _steps(rows: Sequence[AskedDocument]) -> dict[int, list[str]]:
    """What happened to each of them and who did it, in sentences of one line."""
    events = AskedEvent.objects.filter(asked__in=rows).select_related("actor").order_by("position")
    found: dict[int, list[str]] = defaultdict(list)
    for event in events:
        parts = [
            date_format(localtime(event.at), "SHORT_DATETIME_FORMAT"),
            str(DocumentAction(event.action).label),
            reason_in_words(event.reason),
            event.actor.name if event.actor else _("the system"),
        ]
        found[event.asked_id].append(" · ".join(filter(None, parts)))
    return found


def not_followed(member_request: MemberRequest) -> QuerySet[Document]:
    """What the member sent of their own accord and nobody follows yet, the oldest first."""
    return Document.objects.filter(
        member_request=member_request,
        asked=None,
        uploaded_by=member_request.member.user_id,
        message__kind=MessageKind.FROM_MEMBER,
    ).order_by("pk")


@dataclass(frozen=True)
class Debts:
    """What stands between a member and the office, over all their requests."""

    by_member: list[Followed]
    by_office: list[Followed]


def debts_of(user: User, *, at: datetime) -> Debts:
    """What this member still owes, the most urgent first, and what the office still owes them.

    1 query where nothing is owed; 2 more, and those of calendars, where something is.
    """
    mine = (
        AskedDocument.objects.visible_to(user, on=localdate(at))
        .unsettled()
        .select_related("member_request__office")
        .prefetch_related("documents")
        .order_by("due_on", "turn_since", "pk")
    )
    shown = [followed(one, at=at) for one in mine]
    return Debts(
        by_member=[one for one in shown if one.asked.turn == Turn.MEMBER],
        by_office=[one for one in shown if one.asked.turn == Turn.OFFICE],
    )
