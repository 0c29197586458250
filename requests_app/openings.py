"""Each opening of a sensitive request by an adviser is recorded, and shown to its member."""

from datetime import datetime

import structlog

from people.models import User
from people.roles import Role
from requests_app.models import Document, MemberRequest
from requests_app.opening_models import OpenedPart, Opening

log = structlog.get_logger()


def record_opening(
    *,
    member_request: MemberRequest,
    by: User,
    at: datetime,
    part: OpenedPart = OpenedPart.REQUEST,
) -> None:
    """Record that `by` reads this now, before it is shown: what cannot be recorded is not shown.

    Nothing is recorded for a request that is not sensitive, nor when members read their own.
    """
    if by.role != Role.ADVISER or not member_request.is_sensitive:
        return
    Opening.objects.create(member_request=member_request, reader=by, part=part, opened_at=at)
    log.info("sensitive_request_opened", request=member_request.pk, adviser=by.pk, part=str(part))


def record_document_opening(*, document: Document, by: User, at: datetime) -> None:
    """The same for a file that came with a message; a file in one's own draft is no opening."""
    if document.member_request is not None:
        record_opening(
            member_request=document.member_request, by=by, at=at, part=OpenedPart.DOCUMENT
        )
