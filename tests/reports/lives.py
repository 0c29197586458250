"""Requests told by their events, for figures that are counted from events."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from branches.models import Branch, Office
from people.models import Member, User
from requests_app.enums import Action, ClosingReason, TransferReason
from requests_app.history import rebuild
from requests_app.models import MemberRequest, RequestEvent
from tests.factories import MemberFactory
from tests.reports.conftest import brussels

REASONS = {
    Action.TRANSFER: TransferReason.OTHER_EXPERTISE,
    Action.SEND_BACK: "not_ours",
    Action.CLOSE: ClosingReason.ANSWERED,
}
_numbers: Iterator[int] = count(1)


@dataclass(frozen=True)
class Step:
    """One event. What is None stays as it was before."""

    action: Action
    at: str
    actor: User | None = None
    branch: Branch | None = None
    reason: str = ""


def lived(
    office: Office, *steps: Step, member: Member | None = None, **changes: Any
) -> MemberRequest:
    """Store a request with these events, and the columns that follow from them."""
    number = next(_numbers)
    events = list(_events(steps))
    state = rebuild(events)
    kept = vars(replace(state))
    stored = MemberRequest.objects.create(
        reference=f"LI-{90_000 + number}",
        member=member or MemberFactory(office=office),
        office=office,
        subject="Facture",
        language="fr",
        **(kept | changes),
    )
    for event in events:
        event.member_request = stored
    RequestEvent.objects.bulk_create(events)
    return stored


def _events(steps: tuple[Step, ...]) -> Iterator[RequestEvent]:
    branch: Branch | None = None
    adviser: User | None = None
    for position, step in enumerate(steps, start=1):
        branch = step.branch or branch
        if step.action in {Action.TAKE, Action.ANSWER}:
            adviser = step.actor
        if step.action in {Action.TRANSFER, Action.SEND_BACK}:
            adviser = None
        yield RequestEvent(
            position=position,
            action=step.action,
            at=brussels(step.at),
            actor=step.actor,
            branch=branch,
            adviser=adviser,
            reason=step.reason or REASONS.get(step.action, ""),
        )
