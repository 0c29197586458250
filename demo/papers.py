"""Documents that advisers have asked for, where the story has a question, a reply and a decision.

Nothing is added to the story: a document was asked for with a question that was put anyhow, handed
in with the reply to it, and decided upon with what the adviser said next.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from random import Random

from django.core.files.base import ContentFile
from django.db.models import F
from django.utils import translation
from django.utils.timezone import localdate

from demo.files import small_pdf, small_png
from requests_app.asked_models import AskedDocument, AskedEvent
from requests_app.document_rules import (
    CorrectionReason,
    DocumentAction,
    DocumentKind,
    RefusalReason,
    ReminderReason,
    rebuild,
)
from requests_app.enums import Action, Status
from requests_app.models import Document, MemberRequest, RequestEvent

MOST = 80
# So many documents of each office wait for their review.
TO_REVIEW = 3
_ASKED_AND_RECEIVED = 2
_GIVEN = timedelta(days=14)
_REMINDED_AFTER = timedelta(days=3)
# Every tenth reply is decided otherwise than by a check.
_OTHERWISE = {0: DocumentAction.REFUSE, 7: DocumentAction.DROP}

_K = DocumentKind
_KINDS = {
    "safeguarding": (_K.CONTRACT, _K.INVOICE, _K.ORDER_FORM, _K.WORK_ABROAD),
    "first_line": (_K.IDENTITY, _K.CONTRACT, _K.ACTIVITY),
    "support": (_K.UNEMPLOYMENT, _K.ARTS_WORK, _K.BANK_STATEMENT),
    "coop": (_K.EXPENSES, _K.ACTIVITY),
}


@dataclass(frozen=True, kw_only=True)
class _Step:
    action: DocumentAction
    at: datetime
    actor_id: int | None
    due_on: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Paper:
    """One document: the question that asked for it, the reply that brought it, what happened."""

    member_request: MemberRequest
    steps: list[_Step]
    reply: RequestEvent | None


def store_papers(*, random: Random, now: datetime) -> int:
    """Store them in a few statements. Returns how many."""
    papers = list(_papers(now=now))
    _leave_the_latest_to_review(papers)
    asked = [_row(paper, random) for paper in papers]
    AskedDocument.objects.bulk_create(asked)
    AskedEvent.objects.bulk_create(
        AskedEvent(asked=row, position=position, **vars(step))
        for row, paper in zip(asked, papers, strict=True)
        for position, step in enumerate(paper.steps, start=1)
    )
    Document.objects.bulk_create(
        _file(row, paper.reply, place)
        for place, (row, paper) in enumerate(zip(asked, papers, strict=True))
        if paper.reply
    )
    return len(papers) + _follow_some()


def _leave_the_latest_to_review(papers: list[_Paper]) -> None:
    """Nobody has looked yet at what came in last, at whatever hour the demo is loaded.

    First of all in requests that are still open. What is private is seen by few advisers.
    """
    received = [one for one in papers if one.reply and not one.member_request.is_sensitive]
    received.sort(key=_latest, reverse=True)
    left: Counter[int] = Counter()
    for paper in received:
        office = paper.member_request.office_id
        if left[office] < TO_REVIEW:
            left[office] += 1
            del paper.steps[_ASKED_AND_RECEIVED:]


def _latest(paper: _Paper) -> tuple[bool, datetime]:
    return paper.member_request.closed_at is None, paper.steps[1].at


def _follow_some() -> int:
    """Every second attachment that nobody asked for is followed by the adviser of its request."""
    sent = Document.objects.filter(asked=None, member_request__adviser__isnull=False)
    attachments = list(sent.select_related("member_request").order_by("pk")[::2])
    for document in attachments:
        member_request = document.member_request
        assert member_request is not None  # noqa: S101
        step = _Step(
            action=DocumentAction.FOLLOW,
            at=document.uploaded_at,
            actor_id=member_request.adviser_id,
        )
        asked = AskedDocument.objects.create(
            member_request=member_request,
            number=member_request.asked_documents.count() + 1,
            kind=DocumentKind.OTHER,
            **vars(rebuild([step])),
        )
        AskedEvent.objects.create(asked=asked, position=1, **vars(step))
        document.asked = asked
        document.save(update_fields=["asked"])
    return len(attachments)


def _papers(*, now: datetime) -> Iterator[_Paper]:
    """The latest questions of the story, one a request, and how each went on."""
    asking = RequestEvent.objects.filter(action=Action.ANSWER, asks_member=True)
    # Those that are still open first: there somebody has a turn.
    alive_first = asking.order_by(
        F("member_request__closed_at").desc(nulls_first=True), "-at", "-id"
    )
    latest = alive_first.values_list("member_request_id", flat=True)[:MOST]
    events = (
        RequestEvent.objects.filter(member_request__in=list(latest))
        .select_related("member_request__topic__branch", "member_request__member")
        .order_by("member_request_id", "position")
    )
    grouped = groupby(events, key=lambda event: event.member_request_id)
    for place, (_key, happened) in enumerate(grouped):
        paper = _paper(list(happened), place, now=now)
        if paper is not None:
            yield paper


def _paper(events: list[RequestEvent], place: int, *, now: datetime) -> _Paper | None:
    question = next(event for event in events if event.asks_member)
    after = [event for event in events if event.position > question.position]
    reply = next((one for one in after if one.action == Action.MEMBER_WRITES), None)
    member_request = question.member_request
    due_on = localdate(question.at + _GIVEN)
    first = _Step(
        action=DocumentAction.ASK, at=question.at, actor_id=question.actor_id, due_on=due_on
    )
    if reply is None:
        steps = [first, *_reminder(first, now=now)]
        return _Paper(member_request, steps, None) if member_request.closed_at is None else None
    received = _Step(action=DocumentAction.RECEIVE, at=reply.at, actor_id=reply.actor_id)
    decision = next(
        (one for one in after if one.position > reply.position and one.action == Action.ANSWER),
        None,
    )
    steps = [first, received, *_decision(decision, member_request, place)]
    return _Paper(member_request, steps, reply)


def _reminder(first: _Step, *, now: datetime) -> Iterator[_Step]:
    """Who has not handed in three days after the day was reminded."""
    reminded_at = first.at + _GIVEN + _REMINDED_AFTER
    if reminded_at < now:
        reason = ReminderReason.AFTER_DUE
        yield _Step(action=DocumentAction.REMIND, at=reminded_at, actor_id=None, reason=reason)


def _decision(
    decision: RequestEvent | None, member_request: MemberRequest, place: int
) -> Iterator[_Step]:
    if decision is None:
        return
    action = _OTHERWISE.get(place % 10, DocumentAction.CHECK)
    # What goes back to the member goes on in a request that is still open.
    if member_request.status != Status.CLOSED and place % 2:
        action = DocumentAction.CORRECT
    reason = {
        DocumentAction.CORRECT: list(CorrectionReason)[place % len(CorrectionReason)],
        DocumentAction.REFUSE: RefusalReason.NOT_ACCEPTED,
    }.get(action, "")
    due_on = localdate(decision.at + _GIVEN) if action == DocumentAction.CORRECT else None
    yield _Step(
        action=action, at=decision.at, actor_id=decision.actor_id, due_on=due_on, reason=reason
    )


def _row(paper: _Paper, random: Random) -> AskedDocument:
    topic = paper.member_request.topic
    kinds = _KINDS.get(topic.branch.code if topic else "", (_K.IDENTITY,))
    standing = rebuild(paper.steps)
    return AskedDocument(
        member_request=paper.member_request,
        number=1,
        kind=random.choice(kinds),
        **vars(standing),
    )


_ENDINGS = {True: ("png", "image/png"), False: ("pdf", "application/pdf")}


def _file(asked: AskedDocument, reply: RequestEvent, place: int) -> Document:
    is_picture = place % 4 == 3
    ending, content_type = _ENDINGS[is_picture]
    with translation.override(asked.member_request.language):
        title = f"{asked.member_request.reference}: {DocumentKind(asked.kind).label}"
    content = small_png((40 + place % 90, 90, 120), side=240) if is_picture else small_pdf(title)
    document = Document(
        member_request=asked.member_request,
        message_id=reply.message_id,
        asked=asked,
        uploaded_by_id=asked.member_request.member.user_id,
        uploaded_at=reply.at,
        name=f"{asked.kind}-{asked.member_request.reference}.{ending}",
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    document.file.save(document.key, ContentFile(content), save=False)
    return document
