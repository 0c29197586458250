"""A call or a visit becomes a request: with the moment at which the member came, written down once.

What the member said is a message of the member; who logged it is the actor of the event. The event
keeps both moments: `at`, when the member called, and `recorded_at`, when the database stored it.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.models import Member, User
from requests_app import submission, transitions
from requests_app.enums import Action, AfterAnswer, Channel
from requests_app.models import MemberRequest, Message, RequestEvent

CHANNELS = (Channel.PHONE, Channel.DESK)
# Long enough for a note found on Monday of a week ago, short enough for the month's report.
BACKDATED_AT_MOST = timedelta(days=7)
# Who logs a call right after it is not late.
LOGGED_AT_ONCE = timedelta(minutes=5)


class Outcome(TextChoices):
    """What became of a call while the member was there."""

    CLOSED = "closed", gettext_lazy("Answered, done")
    ANSWERED = "answered", gettext_lazy("Answered, stays open")
    TO_ANSWER = "to_answer", gettext_lazy("To be answered")


class CallRefused(Exception):
    """The call cannot be logged. The text says why, in the person's language."""


def refuse_time(arrived_at: datetime, *, at: datetime) -> None:
    """Raise CallRefused for a moment that has not come yet, or that is too long ago."""
    if arrived_at > at:
        raise CallRefused(_("This moment has not come yet."))
    if arrived_at < at - BACKDATED_AT_MOST:
        raise CallRefused(_("At most 7 days ago: what came earlier is logged as of now."))


@transaction.atomic
def log_call(
    *,
    member: Member,
    by: User,
    at: datetime,
    arrived_at: datetime,
    key: UUID,
    channel: Channel,
    outcome: Outcome,
    answer: str,
    **content: Any,
) -> MemberRequest:
    """Store a call or a visit as the request it is, as of `arrived_at`; `content` goes to submit.

    Answered at once, it had its first response by a person in the moment in which it arrived.
    The same form twice makes one request; sent again with another text it is another one.
    Raises CallRefused and SubmissionRefused.
    """
    refuse_time(arrived_at, at=at)
    known = MemberRequest.objects.filter(submission_key=key).first()
    said = {"body": content["body"], "answer": answer}
    if known is not None and not _says(known, member=member, subject=content["subject"], **said):
        key = uuid5(key, "\n".join([member.number, content["subject"], *said.values()]))
    member_request = submission.submit(
        member=member,
        by=by,
        author=member.user,
        at=arrived_at,
        key=key,
        channel=channel,
        **content,
    )
    if outcome != Outcome.TO_ANSWER:
        transitions.answer(
            member_request=member_request,
            by=by,
            at=arrived_at,
            version=member_request.version,
            body=answer,
            key=_key_of_answer(key),
            then=AfterAnswer.CLOSE if outcome == Outcome.CLOSED else AfterAnswer.STAY,
        )
    return member_request


def _key_of_answer(key: UUID) -> UUID:
    return uuid5(key, "answer")


def _says(
    member_request: MemberRequest, *, member: Member, subject: str, body: str, answer: str
) -> bool:
    """Whether this form was sent before just as it is now."""
    said = Message.objects.filter(member_request=member_request)
    answered = said.filter(submission_key=_key_of_answer(member_request.submission_key)).first()
    return (
        member_request.member_id == member.pk
        and member_request.subject == subject
        and said.earliest("sent_at", "id").body == body
        and (answered.body if answered else "") == answer
    )


def was_logged_later(member_request: MemberRequest, event: RequestEvent) -> bool:
    """Whether this event is a call or a visit that was written down some time after it.

    Imported history is stored long after it happened, and says so itself.
    """
    return (
        event.action == Action.SUBMIT
        and member_request.channel in CHANNELS
        and not member_request.source
        and event.recorded_at - event.at > LOGGED_AT_ONCE
    )
