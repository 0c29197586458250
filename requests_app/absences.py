"""What waits with an adviser who is absent or gone goes back to the branch: a colleague takes it.

Nothing is locked: who takes or answers a request while recorded as absent keeps it that day.
"""

from datetime import date, datetime, time

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from branches.calendars import BRUSSELS
from people.models import Absence, Posting, User
from requests_app import transitions
from requests_app.enums import ReleaseReason
from requests_app.models import MemberRequest, RequestEvent
from requests_app.querysets import MemberRequestQuerySet
from requests_app.refusals import TransitionRefused


class AbsenceRefused(Exception):
    """The absence cannot be recorded. The text says why."""


@transaction.atomic
def record(*, by: User, at: datetime, starts_on: date, ends_on: date) -> Absence:
    """Record one's own absence; one that covers today returns requests at once.

    Raises AbsenceRefused for an absence that overlaps another one or ends before it begins.
    """
    if ends_on < starts_on:
        raise AbsenceRefused(_("The last day lies before the first day."))
    try:
        with transaction.atomic():
            absence = Absence.objects.create(
                adviser=by, starts_on=starts_on, ends_on=ends_on, recorded_at=at
            )
    except IntegrityError as error:
        raise AbsenceRefused(_("You have another absence in that period.")) from error
    if starts_on <= localdate(at) <= ends_on:
        _return_requests_of(absence, at=at)
    return absence


def cancel(*, absence: Absence) -> None:
    """Forget an absence. What went back to the branch stays there."""
    absence.delete()


def return_requests(*, at: datetime) -> int:
    """Release what waits for advisers who are absent today, and all that those who left still have.

    A member who writes during the absence is found by the next run; run again at once, it finds
    nothing more. Returns how many requests.
    """
    absent = Absence.objects.on(localdate(at)).order_by("pk")
    returned = sum(_return_requests_of(absence, at=at) for absence in absent)
    return returned + sum(
        _returned(member_request, ReleaseReason.LEFT, at=at) for member_request in _left(at=at)
    )


def _return_requests_of(absence: Absence, *, at: datetime) -> int:
    return sum(
        _returned(member_request, ReleaseReason.ABSENT, at=at)
        for member_request in _held(absence, at=at)
    )


def _left(*, at: datetime) -> MemberRequestQuerySet:
    """The open requests whose adviser does not work at their office any more.

    Imported history names people who never worked here: it is left alone.
    """
    posted = Posting.objects.on(localdate(at)).filter(
        adviser=OuterRef("adviser"), office=OuterRef("office"), adviser__is_active=True
    )
    held = MemberRequest.objects.alive().filter(~Exists(posted), adviser__isnull=False, source="")
    return held.select_related("adviser").order_by("pk")


def _held(absence: Absence, *, at: datetime) -> MemberRequestQuerySet:
    """The requests in which a member waits for this adviser, who did nothing in them today.

    What was done before the absence was recorded does not count: one falls ill at noon.
    """
    midnight = datetime.combine(localdate(at), time(), tzinfo=BRUSSELS)
    worked_on = RequestEvent.objects.filter(
        member_request=OuterRef("pk"),
        actor=absence.adviser_id,
        at__gt=max(midnight, absence.recorded_at),
    )
    held = MemberRequest.objects.to_answer().filter(~Exists(worked_on), adviser=absence.adviser_id)
    return held.select_related("adviser").order_by("pk")


def _returned(member_request: MemberRequest, reason: ReleaseReason, *, at: datetime) -> bool:
    try:
        transitions.release(
            member_request=member_request,
            by=None,
            at=at,
            version=member_request.version,
            reason=reason,
        )
    except TransitionRefused:
        # Somebody acted at this moment: the next run looks at it again.
        return False
    return True
