"""Files that come with a message: what may come in, where it is kept, how it goes out."""

import hashlib
import unicodedata
from datetime import datetime
from pathlib import PurePosixPath

import filetype
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _

from people.models import User
from people.plain_text import clean_text
from requests_app.models import Document, Draft, MemberRequest, Message

MAX_BYTES = 10 * 1024 * 1024
MAX_DOCUMENTS = 5
NAME_LENGTH = 150

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
# What is taken, by the ending of the name; the content has to agree with it.
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "docx": _OFFICE + "wordprocessingml.document",
    "xlsx": _OFFICE + "spreadsheetml.sheet",
    "pptx": _OFFICE + "presentationml.presentation",
    "odt": _OPEN_DOCUMENT + "text",
    "ods": _OPEN_DOCUMENT + "spreadsheet",
    "odp": _OPEN_DOCUMENT + "presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
}
ACCEPT = ",".join(f".{ending}" for ending in CONTENT_TYPES)


def display_name(raw: str) -> str:
    """The name to show and to offer at download: one line, no path, no direction tricks."""
    name = clean_text(raw.replace("\\", "/").rsplit("/", 1)[-1], one_line=True)
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cf", "Cc", "Cn"})
    stem, dot, ending = name.rpartition(".")
    return (stem[: NAME_LENGTH - len(ending) - 1] + dot + ending)[-NAME_LENGTH:].strip()


def _content_type(file: UploadedFile, ending: str) -> str:
    """The type by our own list; raises ValidationError when the content is something else."""
    expected = CONTENT_TYPES[ending]
    guess = filetype.guess(file.read(8192))
    file.seek(0)
    found = guess.mime if guess else None
    # Office files are containers; some writers order them so that only the container shows.
    container = expected.startswith((_OFFICE, _OPEN_DOCUMENT)) and found == "application/zip"
    # Before 2007 all office files shared one container, told apart by their inside alone.
    old_office = ending in {"doc", "xls", "ppt"} and _is_compound_file(file)
    if found != expected and not container and not old_office:
        raise ValidationError(
            _("“%(name)s” is not what its name says. Save it again as .%(ending)s and retry."),
            "content",
            {"name": display_name(file.name or ""), "ending": ending},
        )
    return expected


def _is_compound_file(file: UploadedFile) -> bool:
    start: bytes = file.read(8)
    file.seek(0)
    return start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def check_upload(file: UploadedFile) -> str:
    """The content type of an acceptable file. Raises ValidationError with a clear reason."""
    name = display_name(file.name or "")
    ending = PurePosixPath(name).suffix.lstrip(".").lower()
    if ending not in CONTENT_TYPES:
        raise ValidationError(
            _("“%(name)s” is not a PDF, an image or an office document."), "type", {"name": name}
        )
    if not file.size:
        raise ValidationError(_("“%(name)s” is empty."), "empty", {"name": name})
    if file.size > MAX_BYTES:
        raise ValidationError(_("“%(name)s” is larger than 10 MB."), "too_large", {"name": name})
    return _content_type(file, ending)


@transaction.atomic
def add_to_draft(*, draft: Draft, file: UploadedFile, by: User, at: datetime) -> Document:
    """Keep an uploaded file with the draft; it moves to the request when the draft is sent.

    Raises ValidationError when the file may not come in, or is one too many.
    """
    document = described(file, by=by, at=at)
    document.draft = draft
    # Two uploads at once must not both be the fifth.
    Draft.objects.select_for_update().get(pk=draft.pk)
    # A form that is posted again brings the same files again.
    if known := draft.documents.filter(name=document.name, sha256=document.sha256).first():
        return known
    if draft.documents.count() >= MAX_DOCUMENTS:
        raise too_many()
    store(document, file)
    return document


def too_many() -> ValidationError:
    return ValidationError(_("At most 5 documents fit in one message."), "too_many")


def described(file: UploadedFile, *, by: User, at: datetime) -> Document:
    """An acceptable file as a row that is not stored yet. Raises as `check_upload` does."""
    content_type = check_upload(file)
    name, sha256 = fingerprint(file)
    return Document(
        uploaded_by=by,
        uploaded_at=at,
        name=name,
        content_type=content_type,
        size=file.size or 0,
        sha256=sha256,
    )


def fingerprint(file: UploadedFile) -> tuple[str, str]:
    """By what a file is known again: its name and the digest of its content."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return display_name(file.name or ""), digest.hexdigest()


def store(document: Document, file: UploadedFile) -> None:
    """Keep the file under its random key, and its row beside it."""
    document.file.save(document.key, file, save=False)
    document.save()


def forget_file(file: FieldFile) -> None:
    """Delete a file once its row is gone for good: a rolled-back deletion keeps it."""
    storage, name = file.storage, str(file.name)
    transaction.on_commit(lambda: storage.delete(name))


def remove_from_draft(*, draft: Draft, key: str) -> None:
    """Take a file out of the draft again. Nothing happens when it is not there any more."""
    for document in draft.documents.filter(key=key):
        document.delete()
        forget_file(document.file)


def attach_draft(*, draft_of: MemberRequest | None, message: Message, by: User) -> None:
    """Move the files of the person's draft to the message that is sent now; the draft is done."""
    draft = Draft.objects.filter(author=by, member_request=draft_of, place="").first()
    if draft is None:
        return
    draft.documents.update(draft=None, member_request=message.member_request_id, message=message)
    draft.delete()
