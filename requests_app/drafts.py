"""What somebody typed and has not sent yet: kept on the server, so that nothing typed is lost."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID, uuid4

from django.db import transaction

from people.models import User
from requests_app import documents
from requests_app.models import Draft, MemberRequest


class Mine(TypedDict):
    """Which draft is meant."""

    author: User
    member_request: MemberRequest | None
    place: str


# What stands beside the message of a request, or beside a new request, has a draft of its own.
MESSAGE = ""
REVIEW, HAND_IN, SAVED_ANSWER = "review-", "hand-in-", "saved-answer-"


def review_of(number: int) -> str:
    """What an adviser says about the document of this number."""
    return f"{REVIEW}{number}"


def hand_in_of(number: int) -> str:
    """What a member says with the document of this number."""
    return f"{HAND_IN}{number}"


def saved_answer_of(key: int | None) -> str:
    """A saved answer; None is for a new one."""
    return f"{SAVED_ANSWER}{key or 'new'}"


def number_in(place: str) -> int | None:
    """The number that a place names, if it names one."""
    number = place.rpartition("-")[2]
    return int(number) if number.isdecimal() else None


def find_draft(
    *, author: User, member_request: MemberRequest | None, place: str = MESSAGE
) -> Draft | None:
    """The draft of this person: for a message in that request, or (None) for a new request.

    Or, with a `place`, for what else one writes there.
    """
    found = Draft.objects.filter(author=author, member_request=member_request, place=place)
    return found.first()


def begun_in(*, author: User, reference: str) -> MemberRequest | None:
    """The request of this reference, if this person has a draft in it."""
    found = Draft.objects.filter(author=author, member_request__reference=reference)
    draft = found.select_related("member_request").first()
    return draft.member_request if draft else None


@transaction.atomic
def save_draft(
    *,
    author: User,
    member_request: MemberRequest | None,
    fields: dict[str, str],
    key: UUID | None,
    at: datetime,
    place: str = MESSAGE,
) -> Draft:
    """Keep what is typed now. One draft a person and form; the last one typed wins.

    `key` is the submission key of the form: what is sent from the draft is sent once.
    """
    draft, _created = Draft.objects.update_or_create(
        author=author,
        member_request=member_request,
        place=place,
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
    *,
    author: User,
    member_request: MemberRequest,
    fields: dict[str, str],
    at: datetime,
    place: str = MESSAGE,
) -> None:
    """Leave this much of a draft, with its files; nothing at all where nothing is left."""
    mine: Mine = {"author": author, "member_request": member_request, "place": place}
    draft = find_draft(**mine)
    if draft is None:
        return
    if fields or draft.documents.exists():
        save_draft(**mine, fields=fields, key=draft.submission_key, at=at)
    else:
        discard_draft(**mine)


@transaction.atomic
def discard_draft(
    *, author: User, member_request: MemberRequest | None, place: str = MESSAGE
) -> None:
    """Forget the draft and the files that came with it; what was sent has left it before."""
    for draft in Draft.objects.filter(author=author, member_request=member_request, place=place):
        files = [document.file for document in draft.documents.all()]
        draft.delete()
        for file in files:
            documents.forget_file(file)
