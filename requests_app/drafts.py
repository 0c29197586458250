"""What somebody typed and has not sent yet: kept on the server, so that nothing typed is lost."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from people.models import User
from requests_app import documents
from requests_app.models import Draft, MemberRequest
from requests_app.reading import has_read


def find_draft(*, author: User, member_request: MemberRequest | None) -> Draft | None:
    """The draft of this person: for a message in that request, or (None) for a new request."""
    return Draft.objects.filter(author=author, member_request=member_request).first()


@transaction.atomic
def save_draft(
    *,
    author: User,
    member_request: MemberRequest | None,
    fields: dict[str, str],
    key: UUID | None,
    at: datetime,
) -> Draft:
    """Keep what is typed now. One draft a person and request; the last one typed wins.

    `key` is the submission key of the form: what is sent from the draft is sent once.
    """
    draft, _created = Draft.objects.update_or_create(
        author=author,
        member_request=member_request,
        defaults={"fields": fields, "saved_at": at, "submission_key": key or uuid4()},
    )
    return draft


def still_typed(fields: dict[str, str], *, sent: str) -> dict[str, str]:
    """What stays typed once the box or the menu `sent` is done: texts alone, no empty ones.

    A page of the desk has two boxes, and the fields of its menus carry the name of their menu.
    """
    return {
        name: text
        for name, text in fields.items()
        if text.strip()
        and (name in {"body", "note"} or "-" in name)
        and name != sent
        and not name.startswith(f"{sent}-")
    }


@transaction.atomic
def keep_rest(
    *, author: User, member_request: MemberRequest, fields: dict[str, str], at: datetime
) -> None:
    """Leave this much of a draft, with its files; nothing at all where nothing is left."""
    draft = find_draft(author=author, member_request=member_request)
    if draft is None:
        return
    if fields or draft.documents.exists():
        key = draft.submission_key
        save_draft(author=author, member_request=member_request, fields=fields, key=key, at=at)
    else:
        discard_draft(author=author, member_request=member_request)


def keep_out_of_sight(
    *, reference: str, by: User, at: datetime, fields: dict[str, str], key: UUID
) -> bool:
    """Keep what was typed in a request that `by` has read before and may not read any more.

    Returns whether it was kept: who has never read that request is told nothing of it.
    """
    member_request = has_read(reader=by, reference=reference)
    if member_request is None:
        return False
    if any(text.strip() for text in fields.values()):
        save_draft(author=by, member_request=member_request, fields=fields, key=key, at=at)
    return True


@transaction.atomic
def discard_draft(*, author: User, member_request: MemberRequest | None) -> None:
    """Forget the draft and the files that came with it; what was sent has left it before."""
    for draft in Draft.objects.filter(author=author, member_request=member_request):
        files = [document.file for document in draft.documents.all()]
        draft.delete()
        for file in files:
            documents.forget_file(file)
