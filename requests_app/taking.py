"""“Take the next”: which request an adviser gets who does not choose one."""

from datetime import datetime

from django.db import transaction
from django.db.models import Case, DateTimeField, F, When
from django.utils.timezone import localdate

from branches.models import Pilot
from people.models import User
from requests_app import transitions
from requests_app.models import MemberRequest
from requests_app.querysets import MemberRequestQuerySet


@transaction.atomic
def take_next(*, by: User, at: datetime) -> MemberRequest | None:
    """Take the oldest request by promise that nobody has in one's branch; None: there is none.

    Of two advisers who ask at once each gets another one: the row is locked until it is taken,
    and skipped by the other.
    """
    found = _unassigned(by, at=at).select_for_update(skip_locked=True, of=("self",)).first()
    if found is not None:
        transitions.take(member_request=found, by=by, at=at, version=found.version)
    return found


def _unassigned(by: User, *, at: datetime) -> MemberRequestQuerySet:
    """Those without a first answer by the end of their promise, then those who wrote again."""
    day = localdate(at)
    posting = by.posting_on(day=day)
    if posting is None:
        return MemberRequest.objects.none()
    found = MemberRequest.objects.visible_to(by, on=day).to_answer().filter(adviser=None)
    if Pilot.objects.works_by_branch(posting.office, on=day):
        found = found.filter(branch=posting.branch)
    promised = Case(
        When(first_responded_at=None, then=F("promise_due_at")), output_field=DateTimeField()
    )
    return found.order_by(promised.asc(nulls_last=True), "waiting_since", "pk")
