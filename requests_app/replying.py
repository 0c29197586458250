"""What an adviser typed becomes an answer or a note, once; what else they typed stays typed.

The form holds two boxes, for the member and for colleagues. Both are kept before anything is
looked at, so that a refusal costs nothing; sending one leaves the other in the draft.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction

from people.models import User
from requests_app import composing, drafts, transitions
from requests_app.composing import FilesRefused, Typed
from requests_app.enums import AfterAnswer, MessageKind
from requests_app.models import MemberRequest, Message
from requests_app.transitions import TransitionRefused


def send_answer(
    *,
    member_request: MemberRequest,
    by: User,
    at: datetime,
    version: int,
    typed: Typed,
    body: str,
    then: AfterAnswer,
) -> Message:
    """Answer the member, with the files of the draft. A note that is still typed stays a draft.

    Raises FilesRefused and TransitionRefused, with everything kept in the draft.
    """
    typed = replace(typed, key=_free_key(member_request, by, typed.key, body))

    def send() -> Message:
        message = transitions.answer(
            member_request=member_request,
            by=by,
            at=at,
            version=version,
            body=body,
            key=typed.key,
            then=then,
        )
        if note := typed.fields.get("note", "").strip():
            drafts.save_draft(
                author=by, member_request=member_request, fields={"note": note}, key=None, at=at
            )
        return message

    return _kept_first(member_request, typed, send, by=by, at=at)


def write_note(
    *,
    member_request: MemberRequest,
    by: User,
    at: datetime,
    version: int,
    typed: Typed,
    body: str,
) -> Message:
    """Write a note for colleagues. The answer that is still typed stays a draft, files included.

    Raises FilesRefused and TransitionRefused, with everything kept in the draft.
    """

    def send() -> Message:
        message = transitions.note(
            member_request=member_request,
            by=by,
            at=at,
            version=version,
            body=body,
            # The form may go on to send an answer, and another note after this one.
            key=uuid5(typed.key, f"{member_request.pk} {by.pk} note {body}"),
        )
        _keep_answer(member_request, typed, by=by, at=at)
        return message

    return _kept_first(member_request, typed, send, by=by, at=at)


def _kept_first(
    member_request: MemberRequest,
    typed: Typed,
    send: Callable[[], Message],
    *,
    by: User,
    at: datetime,
) -> Message:
    """Keep what was typed, then send it. A refusal undoes the sending and not the keeping."""
    refusal: Exception
    with transaction.atomic():
        problems = composing.keep(member_request=member_request, by=by, at=at, typed=typed)
        refusal = FilesRefused(problems)
        if not problems:
            try:
                with transaction.atomic():
                    return send()
            except TransitionRefused as refused:
                refusal = refused
    raise refusal


def _keep_answer(member_request: MemberRequest, typed: Typed, *, by: User, at: datetime) -> None:
    draft = drafts.find_draft(author=by, member_request=member_request)
    if draft is None:
        return
    body = typed.fields.get("body", "")
    if body.strip() or draft.documents.exists():
        drafts.save_draft(
            author=by,
            member_request=member_request,
            fields={"body": body},
            key=draft.submission_key,
            at=at,
        )
    else:
        drafts.discard_draft(author=by, member_request=member_request)


def _free_key(member_request: MemberRequest, by: User, key: UUID, body: str) -> UUID:
    """The key of the form; another one where that key has sent something else already."""
    known = Message.objects.filter(submission_key=key).first()
    same = (member_request.pk, by.pk, MessageKind.TO_MEMBER, body)
    if known is None or same == (known.member_request_id, known.author_id, known.kind, known.body):
        return key
    return uuid5(key, f"{member_request.pk} {by.pk} answer {body}")
