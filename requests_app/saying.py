"""What somebody writes in a request becomes a message. The step that it belongs to comes after."""

from datetime import datetime
from uuid import UUID, uuid4

from people.models import User
from requests_app import documents
from requests_app.enums import MessageKind
from requests_app.models import MemberRequest, Message


def write_message(
    member_request: MemberRequest,
    kind: MessageKind,
    body: str,
    *,
    by: User,
    at: datetime,
    key: UUID | None = None,
) -> Message:
    return Message.objects.create(
        member_request=member_request,
        kind=kind,
        author=by,
        body=body,
        sent_at=at,
        submission_key=key or uuid4(),
    )


def note_of(member_request: MemberRequest, text: str, *, by: User, at: datetime) -> Message | None:
    if not text:
        return None
    return write_message(member_request, MessageKind.NOTE, text, by=by, at=at)


def say(
    member_request: MemberRequest,
    kind: MessageKind,
    body: str,
    *,
    by: User,
    at: datetime,
    key: UUID,
) -> Message:
    """Store a message to or from the member, with the files that its author had put ready."""
    message = write_message(member_request, kind, body, by=by, at=at, key=key)
    documents.attach_draft(draft_of=member_request, message=message, by=by)
    return message


def said_before(member_request: MemberRequest, by: User, key: UUID) -> Message | None:
    return Message.objects.filter(
        submission_key=key, author=by, member_request=member_request
    ).first()
