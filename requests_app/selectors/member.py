"""What the pages of a member show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from branches.models import Branch, Office, Topic
from people.models import User
from requests_app.drafts import MESSAGE, find_draft, number_in
from requests_app.enums import Status
from requests_app.expectation_models import Expectation
from requests_app.expectations import last_month
from requests_app.models import Draft, MemberRequest


@dataclass(frozen=True)
class Standing:
    """Where a request stands, in the member's words; `tag` is its colour."""

    words: str
    tag: str


def standing(member_request: MemberRequest) -> Standing:
    """Whose turn it is, seen from the member."""
    if member_request.status == Status.CLOSED:
        return Standing(_("Closed"), "")
    if member_request.status == Status.WAITING:
        return Standing(_("We wait for you"), "soon")
    if member_request.waiting_since is None:
        return Standing(_("Answered"), "good")
    return Standing(_("We are working on it"), "info")


def branches_with_topics() -> Sequence[Branch]:
    """The branches and their topics, in the order of the form; 2 queries."""
    topics = Topic.objects.order_by("position", "id")
    return list(Branch.objects.order_by("position").prefetch_related(Prefetch("topics", topics)))


def expectations_of(office: Office, *, on: date) -> dict[int | None, Expectation]:
    """Last month's figures of an office: by branch, and (None) for all of it; 1 query."""
    known = Expectation.objects.filter(
        office=office, month=last_month(on), median__isnull=False
    ).order_by("id")
    return {expectation.branch_id: expectation for expectation in known}


def own_requests(user: User, *, on: date) -> QuerySet[MemberRequest]:
    """The member's requests, the newest first, with what a row shows."""
    return (
        MemberRequest.objects.visible_to(user, on=on)
        .select_related("branch", "topic")
        .order_by("-submitted_at", "-id")
    )


def kept_draft(user: User, member_request: MemberRequest | None) -> Draft | None:
    """The draft of this person if there is anything in it."""
    draft = find_draft(author=user, member_request=member_request)
    if draft is None:
        return None
    typed = any(draft.fields.get(name, "").strip() for name in ("subject", "body", "about"))
    return draft if typed or draft.documents.exists() else None


def hand_ins_of(user: User, member_request: MemberRequest) -> dict[int, Draft]:
    """What this member has typed with documents and not handed in, by the document's number."""
    found = Draft.objects.filter(author=user, member_request=member_request).exclude(place=MESSAGE)
    return {number: draft for draft in found if (number := number_in(draft.place))}
