"""Members are reminded of the documents that they owe: once before the day, once after it.

How many days is a setting of each office, in calendar days; 0 sends none. Handing in ends all of
it, and so does the closing of the request. A document that is to be corrected begins anew.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.timezone import localdate

from requests_app import asking
from requests_app.asked_models import AskedDocument, AskedEvent
from requests_app.document_rules import DocumentAction, ReminderReason
from requests_app.refusals import TransitionRefused

# A run sends so many at most: after a standstill no mail server is flooded, the next run goes on.
AT_MOST = 500


def remind_of_documents(*, at: datetime) -> Counter[ReminderReason]:
    """Remind the members who owe a document by now. Returns how many, before and after the day.

    Each document is a transaction of its own. A member who hands in at that moment wins, and of
    two workers one reminds: the step names the version of the document that was found.
    """
    reminded: Counter[ReminderReason] = Counter()
    for asked, reason in due_reminders(at=at):
        if reminded.total() >= AT_MOST:
            break
        try:
            asking.remind(asked=asked, at=at, version=asked.version, reason=reason)
        except TransitionRefused:
            # Something happened since: the next run looks at it again.
            continue
        reminded[reason] += 1
    return reminded


def due_reminders(*, at: datetime) -> Iterator[tuple[AskedDocument, ReminderReason]]:
    """The documents of which a member is to be reminded now, and on which side of the day."""
    owed = list(_owed(at=at))
    sent = _sent_since_the_turn(owed)
    today = localdate(at)
    for asked in owed:
        reason = _reason_today(asked, days_left=_days_left(asked, today.toordinal()))
        if reason and (asked.pk, reason) not in sent:
            yield asked, reason


def _days_left(asked: AskedDocument, today: int) -> int:
    assert asked.due_on is not None  # noqa: S101
    return asked.due_on.toordinal() - today


def _reason_today(asked: AskedDocument, *, days_left: int) -> ReminderReason | None:
    office = asked.member_request.office
    before, after = office.remind_days_before_due, office.remind_days_after_due
    if before and 0 <= days_left <= before:
        return ReminderReason.BEFORE_DUE
    if after and -days_left >= after:
        return ReminderReason.AFTER_DUE
    return None


def _owed(*, at: datetime) -> Iterator[AskedDocument]:
    """What members owe who can be told so, in offices that are active; the longest due first."""
    longest = localdate(at) + timedelta(days=60)
    owed = AskedDocument.objects.owed_by_member().filter(
        due_on__lte=longest,
        turn_since__lte=at,
        member_request__source="",
        member_request__office__is_active=True,
        member_request__member__user__is_active=True,
        member_request__member__user__email__isnull=False,
    )
    yield from owed.select_related("member_request__office").order_by("due_on", "pk")


def _sent_since_the_turn(owed: list[AskedDocument]) -> set[tuple[int, str]]:
    """Which of them were reminded in this turn already. A correction is a turn of its own."""
    turns = {asked.pk: asked.turn_since for asked in owed}
    events = AskedEvent.objects.filter(
        asked__in=list(turns), action=DocumentAction.REMIND
    ).values_list("asked_id", "reason", "at")
    return {(key, reason) for key, reason, sent_at in events if sent_at >= turns[key]}
