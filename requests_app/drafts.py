"""What somebody typed and has not sent yet: kept on the server, so that nothing typed is lost."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from people.models import User
from requests_app import documents
from requests_app.models import Draft, MemberRequest


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


@transaction.atomic
def discard_draft(*, author: User, member_request: MemberRequest | None) -> None:
    """Forget the draft and the files that came with it; what was sent has left it before."""
    for draft in Draft.objects.filter(author=author, member_request=member_request):
        files = [document.file for document in draft.documents.all()]
        draft.delete()
        for file in files:
            documents.forget_file(file)
