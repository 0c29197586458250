"""From what somebody typed and uploaded to what is sent: kept first, then sent once.

Text and files are stored in the draft before anything else is looked at, so that an error in one
field never costs what stands in the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from people.models import Member, User
from requests_app import documents, drafts, submission, transitions
from requests_app.enums import MessageKind
from requests_app.models import Document, Draft, MemberRequest, Message
from requests_app.reading import has_read


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What came with a form: its fields as text, its files, and the key that makes it one sending.

    `announced` are the names of the files as the browser sent them beside the files themselves;
    empty without JavaScript. `place` is that of the draft in which all of it is kept.
    """

    fields: dict[str, str]
    key: UUID
    place: str = drafts.MESSAGE
    files: Sequence[UploadedFile] = ()
    announced: Sequence[str] = ()


class FilesRefused(Exception):
    """Some files did not come in. `problems` says which and why; the others are kept."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class SentBefore(Exception):
    """This was sent already, and files were added since: they wait in a draft of that request.

    `problems` says which of them did not come in, and why.
    """

    def __init__(self, member_request: MemberRequest, problems: list[str]) -> None:
        super().__init__(
            _(
                "%(reference)s was sent already. The files that you have added since are kept "
                "here: send them with a message."
            )
            % {"reference": member_request.reference}
        )
        self.member_request, self.problems = member_request, problems


def vanished(announced: Sequence[str], files: Sequence[UploadedFile]) -> list[str]:
    """The announced names that did not arrive: some odd names make Django drop a file silently."""
    missing = len(announced) - len(files)
    if missing <= 0:
        return []
    arrived = {file.name for file in files}
    lost = [name for name in announced if name not in arrived]
    return (lost or list(announced))[-missing:]


def _problems_of(error: ValidationError) -> list[str]:
    return [str(message) for message in error.messages]


def lost_on_the_way(typed: Typed) -> list[str]:
    """What to say of files that the browser named and that did not arrive."""
    return [
        _("“%(name)s” did not arrive. Give it a simple name and add it again.") % {"name": name}
        for name in vanished(typed.announced, typed.files)
    ]


def _add_files(draft: Draft, typed: Typed, *, by: User, at: datetime) -> list[str]:
    problems = lost_on_the_way(typed)
    for file in typed.files:
        try:
            documents.add_to_draft(draft=draft, file=file, by=by, at=at)
        except ValidationError as error:
            problems += _problems_of(error)
    return problems


def _one_at_a_time(person: User) -> None:
    """Two presses of one hand wait for each other; other people do not."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


def _was_sent(key: UUID, *, by: User) -> bool:
    return (
        MemberRequest.objects.filter(submission_key=key).exists()
        or Message.objects.filter(submission_key=key, author=by).exists()
    )


def not_sent_yet(typed: Typed, *, by: User) -> list[UploadedFile]:
    """The files of a form that nothing sent from it has taken along."""
    if not typed.files:
        return []
    sent = MemberRequest.objects.filter(
        Q(submission_key=typed.key) | Q(messages__submission_key=typed.key, messages__author=by)
    )
    taken = Document.objects.filter(uploaded_by=by, member_request__in=sent)
    known = set(taken.values_list("name", "sha256"))
    return [file for file in typed.files if documents.fingerprint(file) not in known]


def as_sent_now(
    typed: Typed, *, member_request: MemberRequest, by: User, kind: MessageKind, body: str
) -> Typed:
    """The form of a page that may have sent something before, with the key to send it by now.

    The same text without a new file is the same sending. Anything else is another message, which
    takes along the files that were not sent yet.
    """
    first = Message.objects.filter(submission_key=typed.key).first()
    if first is None:
        return typed
    files = not_sent_yet(typed, by=by)
    said = _said_since(first, member_request=member_request, by=by).filter(kind=kind, body=body)
    if not files and (again := said.order_by("pk").last()):
        return replace(typed, key=again.submission_key, files=())
    marks = [mark for file in files for mark in documents.fingerprint(file)]
    words = "\n".join([str(member_request.pk), str(by.pk), kind, body, *marks])
    return replace(typed, key=uuid5(typed.key, words), files=files)


def beside_what_was_sent(typed: Typed, *, member_request: MemberRequest, by: User) -> Typed:
    """What stands in a form besides the message that it may have sent before."""
    first = Message.objects.filter(submission_key=typed.key).first()
    if first is None:
        return typed
    said = _said_since(first, member_request=member_request, by=by)
    body = typed.fields.get("body", "").strip()
    fields = typed.fields | ({"body": ""} if said.filter(body=body).exists() else {})
    files = not_sent_yet(typed, by=by)
    return replace(typed, key=uuid4(), fields=fields, files=files)


def _said_since(first: Message, *, member_request: MemberRequest, by: User) -> QuerySet[Message]:
    return Message.objects.filter(member_request=member_request, author=by, pk__gte=first.pk)


def _keep(
    member_request: MemberRequest | None, typed: Typed, *, key: UUID, by: User, at: datetime
) -> list[str]:
    draft = drafts.save_draft(
        author=by,
        member_request=member_request,
        fields=typed.fields,
        key=key,
        at=at,
        place=typed.place,
    )
    return _add_files(draft, typed, by=by, at=at)


@transaction.atomic
def keep(
    *, member_request: MemberRequest | None, by: User, at: datetime, typed: Typed
) -> list[str]:
    """Store text and files in the draft. Returns what is wrong with files, in sentences.

    A draft that is saved by itself may arrive after the form was sent: it is then left out. A file
    that was not sent with it is no such thing: somebody has chosen it since.
    """
    _one_at_a_time(by)
    if not _was_sent(typed.key, by=by):
        return _keep(member_request, typed, key=typed.key, by=by, at=at)
    if files := not_sent_yet(typed, by=by):
        return _keep(member_request, replace(typed, files=files), key=uuid4(), by=by, at=at)
    return []


def keep_out_of_sight(*, reference: str, by: User, at: datetime, typed: Typed) -> list[str] | None:
    """Keep what was typed in a request that `by` has read before and may not read any more.

    Returns what is wrong with files, in sentences; None where nothing was kept, because who has
    never read that request, nor begun to write in it, is told nothing of it.
    """
    member_request = has_read(reader=by, reference=reference) or drafts.begun_in(
        author=by, reference=reference
    )
    if member_request is None:
        return None
    if typed.files or any(text.strip() for text in typed.fields.values()):
        return keep(member_request=member_request, by=by, at=at, typed=typed)
    return []


@transaction.atomic
def remove_document(*, document: Document, by: User, at: datetime, typed: Typed) -> list[str]:
    """Take a file out of its draft, and keep what was typed around it meanwhile."""
    draft = document.draft
    if draft is None:
        return []
    documents.remove_from_draft(draft=draft, key=document.key)
    typed = replace(typed, place=draft.place)
    return keep(member_request=draft.member_request, by=by, at=at, typed=typed)


def send_request(
    *, member: Member, by: User, at: datetime, typed: Typed, **content: Any
) -> MemberRequest:
    """Send a new request with the files of its draft. The same form twice makes one request.

    A page that was sent before and is sent again with another text is another request, once.
    Raises FilesRefused, with everything kept, SentBefore and SubmissionRefused.
    """
    with transaction.atomic():
        _one_at_a_time(by)
        key = typed.key
        known = MemberRequest.objects.filter(submission_key=key, member=member).first()
        if known is not None and not _says(known, content):
            key = uuid5(key, content["subject"] + "\n" + content["body"])
            known = MemberRequest.objects.filter(submission_key=key, member=member).first()
        if known is None:
            problems = _keep(None, typed, key=key, by=by, at=at)
            if not problems:
                return submission.submit(member=member, by=by, at=at, key=key, **content)
            refusal: Exception = FilesRefused(problems)
        else:
            forgotten = not_sent_yet(replace(typed, key=key), by=by)
            if not forgotten:
                return known
            typed = replace(typed, files=forgotten, announced=())
            refusal = SentBefore(known, _add_to_draft_of(known, typed, by=by, at=at))
    raise refusal


def _add_to_draft_of(
    member_request: MemberRequest, typed: Typed, *, by: User, at: datetime
) -> list[str]:
    """Put files beside whatever is typed in that request. Returns what is wrong with them."""
    draft = drafts.find_draft(author=by, member_request=member_request)
    if draft is None:
        draft = drafts.save_draft(
            author=by, member_request=member_request, fields={}, key=None, at=at
        )
    return _add_files(draft, typed, by=by, at=at)


def _says(member_request: MemberRequest, content: dict[str, Any]) -> bool:
    first = Message.objects.filter(member_request=member_request).earliest("sent_at", "id")
    return (member_request.subject, first.body) == (content["subject"], content["body"])


def send_message(
    *, member_request: MemberRequest, by: User, at: datetime, typed: Typed, body: str
) -> MemberRequest:
    """The member writes again, with the files of the draft. Returns where the message stands.

    Raises FilesRefused, with everything kept.
    """
    with transaction.atomic():
        _one_at_a_time(by)
        if begun := MemberRequest.objects.filter(submission_key=typed.key, member__user=by).first():
            # This page has begun a request that follows: what is said now is said there.
            first = Message.objects.filter(member_request=begun).earliest("sent_at", "id")
            member_request, typed = begun, replace(typed, key=first.submission_key)
        kind = MessageKind.FROM_MEMBER
        typed = as_sent_now(typed, member_request=member_request, by=by, kind=kind, body=body)
        key = typed.key
        if said := Message.objects.filter(submission_key=key, author=by).first():
            return said.member_request
        problems = _keep(member_request, typed, key=key, by=by, at=at)
        if not problems:
            return transitions.member_writes(
                member_request=member_request, by=by, at=at, body=body, key=key
            )
    raise FilesRefused(problems)
