"""Members, as far as an adviser may know them: those of the own office and of visible requests."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.lookups import Unaccent
from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.timezone import localdate

from people.models import Member, User
from people.plain_text import clean_text
from requests_app.enums import Status
from requests_app.models import Document, MemberRequest, Message
from requests_app.querysets import MemberRequestQuerySet
from requests_app.selectors.detail import usual_adviser

FOUND_AT_MOST = 8
WORDS_AT_MOST = 4
SHORTEST = 2
MESSAGES_SHOWN = 5
DOCUMENTS_SHOWN = 10


def _visible(reader: User, *, at: datetime) -> MemberRequestQuerySet:
    return MemberRequest.objects.visible_to(reader, on=localdate(at))


def known_member(number: str, *, reader: User, at: datetime) -> Member | None:
    """The member with this number, or None when there is none whom this adviser may know.

    That is a member of the adviser's office, or one with a request that the adviser may read.
    """
    posting = reader.posting_on(day=localdate(at))
    # A null character is in no number, and no database could be asked for it.
    if posting is None or "\x00" in number:
        return None
    of_theirs = _visible(reader, at=at).filter(member=OuterRef("pk"))
    return (
        Member.objects.select_related("user", "office")
        .filter(Q(office=posting.office_id) | Exists(of_theirs), number=number)
        .first()
    )


def found_members(text: str, *, reader: User, at: datetime) -> list[Member]:
    """At most 8 members by parts of the name, or the beginning of number or e-mail address.

    Accents and capitals do not matter. Those of the adviser's office come first; of other offices
    only those are found who have a request that the adviser may read. At most 2 queries.
    """
    posting = reader.posting_on(day=localdate(at))
    matching = _matching(text)
    if posting is None or matching is None:
        return []
    members = (
        Member.objects.select_related("user", "office")
        .filter(matching)
        .order_by(Lower(Unaccent("user__name")), "pk")
    )
    here = list(members.filter(office=posting.office_id)[:FOUND_AT_MOST])
    of_theirs = _visible(reader, at=at).filter(member=OuterRef("pk"))
    elsewhere = members.exclude(office=posting.office_id).filter(Exists(of_theirs))
    return here + list(elsewhere[: FOUND_AT_MOST - len(here)])


def _matching(text: str) -> Q | None:
    """What is looked for; None for too little, and for what no text can hold."""
    try:
        text = clean_text(text, one_line=True)
    except ValidationError:
        return None
    if len(text) < SHORTEST:
        return None
    by_sign = Q(number__istartswith=text) | Q(user__email__istartswith=text)
    # Nobody is called by a number, and names cost most to look through.
    if text.isdecimal():
        return by_sign
    name = Q()
    for word in text.split()[:WORDS_AT_MOST]:
        name &= Q(user__name__unaccent__icontains=word)
    return name | by_sign


@dataclass(frozen=True)
class Acquaintances:
    """What the page of a member shows, over the requests that its reader may see."""

    usual_adviser: str
    by_usual_adviser: int
    taken: int
    open_requests: list[MemberRequest]
    closed_requests: QuerySet[MemberRequest]
    messages: list[Message]
    documents: list[Document]


def known_of(member: Member, *, reader: User, at: datetime) -> Acquaintances:
    """What the desk knows of a member, in 4 queries and those of a page of `closed_requests`.

    Texts and files of private requests are left out: they are read in the request itself, where
    each opening is recorded.
    """
    visible = _visible(reader, at=at).filter(member=member)
    name, most, taken = usual_adviser(visible)
    newest = visible.select_related("branch", "topic", "adviser").order_by("-submitted_at", "-pk")
    not_private = visible.filter(is_sensitive=False)
    messages = (
        Message.objects.readable_by(reader)
        .filter(member_request__in=not_private)
        .select_related("author", "member_request")
        .order_by("-sent_at", "-pk")
    )
    documents = (
        Document.objects.filter(member_request__in=not_private)
        .select_related("member_request", "message")
        .order_by("-uploaded_at", "-pk")
    )
    return Acquaintances(
        usual_adviser=name,
        by_usual_adviser=most,
        taken=taken,
        open_requests=list(newest.alive().order_by(F("waiting_since").asc(nulls_last=True), "pk")),
        closed_requests=newest.filter(status=Status.CLOSED),
        messages=list(messages[:MESSAGES_SHOWN]),
        documents=list(documents[:DOCUMENTS_SHOWN]),
    )
