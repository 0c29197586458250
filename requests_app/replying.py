"""What an adviser typed becomes an answer or a note, once; what else they typed stays typed.

The form holds two boxes, for the member and for colleagues, and a line in some menus. All are kept
before anything is looked at, so that a refusal costs nothing; whatever one does with the request,
the others stay in the draft.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid5

from django.db import transaction

from people.models import User
from requests_app import composing, drafts, transitions
from requests_app.composing import FilesRefused, Typed, as_sent_now, beside_what_was_sent
from requests_app.enums import AfterAnswer, MessageKind
from requests_app.models import MemberRequest, Message
from requests_app.refusals import TransitionRefused


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
    kind = MessageKind.TO_MEMBER
    typed = as_sent_now(typed, member_request=member_request, by=by, kind=kind, body=body)

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
        # The draft went away with its files: what else was typed begins a new one.
        if rest := drafts.still_typed(typed.fields, sent="body"):
            drafts.save_draft(
                author=by, member_request=member_request, fields=rest, key=None, at=at
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

    # The form may go on to send an answer, and another note after this one.
    key = uuid5(typed.key, f"{member_request.pk} {by.pk} note {body}")
    typed = beside_what_was_sent(typed, member_request=member_request, by=by)

    def send() -> Message:
        message = transitions.note(
            member_request=member_request, by=by, at=at, version=version, body=body, key=key
        )
        rest = drafts.still_typed(typed.fields, sent="note")
        drafts.keep_rest(author=by, member_request=member_request, fields=rest, at=at)
        return message

    return _kept_first(member_request, typed, send, by=by, at=at)


def insert(
    *, member_request: MemberRequest, by: User, at: datetime, typed: Typed, text: str
) -> list[str]:
    """Put `text` behind the answer in the draft. Returns what is wrong with files, in sentences."""
    typed = beside_what_was_sent(typed, member_request=member_request, by=by)
    body = "\n\n".join(part for part in (typed.fields.get("body", "").rstrip(), text) if part)
    typed = replace(typed, fields=typed.fields | {"body": body})
    return composing.keep(member_request=member_request, by=by, at=at, typed=typed)


def act_beside(
    act: Callable[..., Any],
    *,
    member_request: MemberRequest,
    by: User,
    at: datetime,
    typed: Typed,
    menu: str,
    **given: Any,
) -> Any:
    """Do something with a request beside which somebody types: their texts and files stay.

    Only what stood in the `menu` of this action is done with it. Raises what `act` raises and
    FilesRefused, with everything kept.
    """
    typed = beside_what_was_sent(typed, member_request=member_request, by=by)
    if {"body", "note"} & typed.fields.keys() or typed.files:
        problems = composing.keep(member_request=member_request, by=by, at=at, typed=typed)
        if problems:
            raise FilesRefused(problems)
    result = act(member_request=member_request, by=by, at=at, **given)
    if draft := drafts.find_draft(author=by, member_request=member_request):
        rest = drafts.still_typed(draft.fields, sent=menu)
        drafts.keep_rest(author=by, member_request=member_request, fields=rest, at=at)
    return result


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
