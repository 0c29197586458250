"""A member hands in a document that the office follows: files and a message, once."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from people.models import User
from requests_app import composing, documents, drafts
from requests_app.asked_models import AskedDocument
from requests_app.asking import Happening, act, lock
from requests_app.composing import FilesRefused, Typed, lost_on_the_way
from requests_app.document_rules import DocumentAction, DocumentKind
from requests_app.enums import Action, MessageKind, Status
from requests_app.models import Document, MemberRequest, Message
from requests_app.moves import move, step_of
from requests_app.refusals import TransitionRefused
from requests_app.saying import write_message


@transaction.atomic
def hand_in(
    *, asked: AskedDocument, by: User, at: datetime, typed: Typed, body: str = ""
) -> Message:
    """Hand in the files for a document. The same form twice hands in once.

    A page sent again with a file or with words that it had not sent yet hands these in as well.

    It is a message of the member: where the office waited for it, it is the office's turn again,
    and every reminder is over. Raises FilesRefused when a file may not come in, and
    TransitionRefused when nobody waits for this document any more; nothing is stored then.
    """
    current = lock(asked.member_request)
    typed = _as_handed_in_now(typed, body, member_request=current, by=by)
    known = Message.objects.filter(submission_key=typed.key, author=by).first()
    if known is not None:
        return known
    # Whoever acted meanwhile: members are never told to look again.
    asked = AskedDocument.objects.get(pk=asked.pk)
    if current.status == Status.CLOSED:
        raise TransitionRefused(_("This request is closed: write a message to open it again."))
    received = _received(typed, by=by, at=at)
    act(asked, Happening(action=DocumentAction.RECEIVE, at=at), by=by, version=asked.version)
    message = _message(current, asked, body, by=by, at=at, key=typed.key)
    for document, file in received:
        document.asked, document.member_request, document.message = asked, current, message
        documents.store(document, file)
    place = drafts.hand_in_of(asked.number)
    drafts.discard_draft(author=by, member_request=current, place=place)
    return message


def _as_handed_in_now(typed: Typed, body: str, *, member_request: MemberRequest, by: User) -> Typed:
    """The form as it is to be taken now, also where its page has handed in something before."""
    was_sent = Message.objects.filter(submission_key=typed.key, author=by).exists()
    if not was_sent or not (body or composing.not_sent_yet(typed, by=by)):
        return typed
    kind = MessageKind.FROM_MEMBER
    now = composing.as_sent_now(typed, member_request=member_request, by=by, kind=kind, body=body)
    # Words that were forgotten go with the file that they are about, once more.
    return now if now.files else replace(now, files=typed.files)


def _received(typed: Typed, *, by: User, at: datetime) -> list[tuple[Document, UploadedFile]]:
    """The files as rows that are not stored yet, or FilesRefused with what is wrong with them."""
    problems, received = lost_on_the_way(typed), []
    for file in typed.files:
        try:
            received.append((documents.described(file, by=by, at=at), file))
        except ValidationError as error:
            problems += [str(message) for message in error.messages]
    if len(received) > documents.MAX_DOCUMENTS:
        problems += documents.too_many().messages
    if not problems and not received:
        problems.append(_("Choose the file first."))
    if problems:
        raise FilesRefused(problems)
    return received


def _message(
    member_request: MemberRequest, asked: AskedDocument, body: str, **sent: Any
) -> Message:
    words = body or _("Handed in: %(document)s.") % {"document": DocumentKind(asked.kind).label}
    message = write_message(member_request, MessageKind.FROM_MEMBER, words, **sent)
    step = step_of(member_request, Action.MEMBER_WRITES, sent["at"], message=message)
    move(member_request, step, by=sent["by"], version=member_request.version)
    return message
