"""From what somebody typed and uploaded to what is sent: kept first, then sent once.

Text and files are stored in the draft before anything else is looked at, so that an error in one
field never costs what stands in the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from people.models import Member, User
from requests_app import documents, drafts, submission, transitions
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

    A draft that is saved by itself may arrive after the form was sent: it is then left out.
    """
    _one_at_a_time(by)
    if _was_sent(typed.key, by=by):
        return []
    return _keep(member_request, typed, key=typed.key, by=by, at=at)


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
    Raises FilesRefused, with everything kept, and SubmissionRefused.
    """
    with transaction.atomic():
        _one_at_a_time(by)
        key = typed.key
        known = MemberRequest.objects.filter(submission_key=key, member=member).first()
        if known is not None and _says(known, content):
            return known
        if known is not None:
            key = uuid5(key, content["subject"] + "\n" + content["body"])
            if again := MemberRequest.objects.filter(submission_key=key, member=member).first():
                return again
        problems = _keep(None, typed, key=key, by=by, at=at)
        if not problems:
            return submission.submit(member=member, by=by, at=at, key=key, **content)
    raise FilesRefused(problems)


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
        key = typed.key
        known = Message.objects.filter(submission_key=key, author=by).first()
        if known is not None and known.body != body:
            key = uuid5(key, body)
        elif known is not None:
            return known.member_request
        # What began a request that follows was sent already, though no message has this key.
        is_new = not _was_sent(key, by=by)
        problems = _keep(member_request, typed, key=key, by=by, at=at) if is_new else []
        if not problems:
            return transitions.member_writes(
                member_request=member_request, by=by, at=at, body=body, key=key
            )
    raise FilesRefused(problems)
