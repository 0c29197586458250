"""How often requests went from one branch to another, and how often a branch was only asked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from branches.models import Office
from requests_app.consultation_models import Consultation
from requests_app.enums import Action
from requests_app.models import MemberRequest, RequestEvent
from requests_app.whereabouts import is_undone, returns


@dataclass(frozen=True)
class Handovers:
    """What happened between branches in a period. Steps that were undone are not counted."""

    transferred: int
    sent_back: int
    # Asked for a view: the request stayed where it was. No part of the two above.
    consulted: int


def handovers_between(*, offices: Collection[Office], start: datetime, end: datetime) -> Handovers:
    """Counts for these offices, from `start` to before `end`, in 2 queries."""
    events = RequestEvent.objects.filter(
        ~is_undone(),
        member_request__office__in=offices,
        at__gte=start,
        at__lt=end,
        action__in=[Action.TRANSFER, Action.SEND_BACK],
    )
    moved = events.aggregate(
        transferred=Count("pk", filter=Q(action=Action.TRANSFER)),
        sent_back=Count("pk", filter=Q(action=Action.SEND_BACK)),
    )
    asked = Consultation.objects.filter(
        member_request__office__in=offices, asked_at__gte=start, asked_at__lt=end
    )
    return Handovers(**moved, consulted=asked.count())


def back_and_forth(*, offices: Collection[Office], start: datetime, end: datetime) -> int:
    """How many of the requests that arrived in a period came back to a branch: A to B to A."""
    cohort = MemberRequest.objects.arrived_between(start, end).filter(office__in=offices)
    return cohort.filter(returns()).count()
