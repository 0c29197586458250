"""A form, a call or a visit becomes a request, once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from branches.calendars import working_calendar
from branches.models import Branch, Office, Pilot, Topic
from branches.working_time import NoOpeningHours, OutsideCalendar
from people.models import Member, User
from requests_app import documents, notifications, suggesting
from requests_app.enums import Action, Channel, MessageKind
from requests_app.models import MemberRequest, Message, RequestEvent

# Far enough for the longest closure of an office after the longest promise.
CALENDAR_AHEAD = timedelta(days=120)


class SubmissionRefused(Exception):
    """The request cannot be stored. The text says why, in the person's language."""


def new_reference(office: Office) -> str:
    """The next free reference, e.g. LG-4127. Numbers are never given twice; gaps are normal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('requests_app_reference')")
        (number,) = cursor.fetchone()
    return f"{office.reference_prefix}-{number}"


def promise_due_at(
    office: Office, *, received_at: datetime, pilot: Pilot | None
) -> datetime | None:
    """When the promised office hours will be over; None without a promise or opening hours."""
    if pilot is None:
        return None
    day = localdate(received_at)
    calendar = working_calendar(office, start=day, end=day + CALENDAR_AHEAD)
    try:
        return calendar.moment_after(received_at, timedelta(seconds=pilot.promise_seconds))
    except (NoOpeningHours, OutsideCalendar):
        return None


def accountable_branch(
    office: Office, *, topic: Topic | None, branch: Branch | None, at: datetime
) -> Branch | None:
    """The branch that was named, else that of the topic; None by team, and for “I don't know”.

    A form offers the topics of the chosen branch alone. What follows a request that was transferred
    begins where that one was last, whatever its topic.
    """
    if not Pilot.objects.works_by_branch(office, on=localdate(at)):
        return None
    return branch or (topic.branch if topic else None)


def submit(
    *,
    member: Member,
    by: User,
    at: datetime,
    key: UUID,
    subject: str,
    body: str,
    topic: Topic | None = None,
    branch: Branch | None = None,
    channel: Channel = Channel.WEB,
    kind: MessageKind = MessageKind.FROM_MEMBER,
    author: User | None = None,
    follows: MemberRequest | None = None,
) -> MemberRequest:
    """Store a request with its first message, its event and the receipt that is owed.

    `author` is who said it, where `by` only wrote it down: a member on the phone.
    The same key twice gives the same request: a double click, or a retry after a lost connection.
    Raises SubmissionRefused when the key belongs to somebody else.
    """
    try:
        with transaction.atomic():
            member_request = _store(
                member=member,
                at=at,
                submission_key=key,
                subject=subject,
                topic=topic,
                branch=accountable_branch(member.office, topic=topic, branch=branch, at=at),
                channel=channel,
                follows=follows,
            )
            _begin(member_request, by=by, author=author or by, at=at, body=body, kind=kind)
            return member_request
    except IntegrityError:
        known = MemberRequest.objects.filter(submission_key=key).first()
        if known is None:
            raise
    if known.member_id != member.pk:
        raise SubmissionRefused(_("This form was used already: open a new one."))
    return known


def _is_private(topic: Topic | None, branch: Branch | None, follows: MemberRequest | None) -> bool:
    """What follows something private is private: its subject alone repeats what was told."""
    return bool(
        (topic and topic.may_contain_sensitive_data)
        or (branch and branch.is_confidential)
        or (follows and follows.is_sensitive)
    )


def _store(
    *,
    member: Member,
    at: datetime,
    topic: Topic | None,
    branch: Branch | None,
    follows: MemberRequest | None,
    **columns: Any,
) -> MemberRequest:
    pilot = Pilot.objects.current(on=localdate(at))
    return MemberRequest.objects.create(
        reference=new_reference(member.office),
        member=member,
        office=member.office,
        topic=topic,
        branch=branch,
        language=member.user.language,
        follows=follows,
        is_sensitive=_is_private(topic, branch, follows),
        submitted_at=at,
        waiting_since=at,
        promise_due_at=promise_due_at(member.office, received_at=at, pilot=pilot),
        **columns,
    )


def _begin(
    member_request: MemberRequest,
    *,
    by: User,
    author: User,
    at: datetime,
    body: str,
    kind: MessageKind,
) -> None:
    message = Message.objects.create(
        member_request=member_request, kind=kind, author=author, body=body, sent_at=at
    )
    # What follows an older request was typed there, and its files lie in that draft.
    if kind != MessageKind.NOTE:
        documents.attach_draft(draft_of=member_request.follows, message=message, by=by)
    event = RequestEvent.objects.create(
        member_request=member_request,
        position=1,
        action=Action.SUBMIT,
        at=at,
        actor=by,
        branch=member_request.branch,
        message=message,
    )
    notifications.owe_receipt(event, at=at)
    suggesting.ask_for_suggestion(member_request)


def follow_up(
    *,
    member_request: MemberRequest,
    by: User,
    at: datetime,
    key: UUID,
    body: str,
    kind: MessageKind,
) -> MemberRequest:
    """A new request that follows one which was closed too long ago to be reopened."""
    return submit(
        member=member_request.member,
        by=by,
        at=at,
        key=key,
        subject=member_request.subject,
        body=body,
        topic=member_request.topic,
        branch=member_request.branch,
        channel=Channel.WEB if kind == MessageKind.FROM_MEMBER else Channel.DESK,
        kind=kind,
        follows=member_request,
    )
