"""How long the office waits for a member's reply, counted in its working days. Reads, never writes.

A spell of waiting counts from what was last said to the member in it: the step that made it the
member's turn, or an answer since. A recall is due when the fifth working day after that one
begins, the closing when the tenth after the day of the recall does (fifteen less five; both are
settings of the office). So nobody is closed who was not recalled, and the date that the recall
announces holds, even where recalls were late.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

import numpy as np
from django.utils.timezone import localdate

from branches.calendars import working_calendar, working_calendars
from branches.models import Office
from branches.working_days import working_day_after, working_days_between
from branches.working_time import epoch_seconds
from requests_app.enums import Action, Status
from requests_app.models import MemberRequest, RequestEvent

# An office that opens one day a week has its hundredth working day within two years.
_WEEK, _HOLIDAYS = timedelta(weeks=1), timedelta(days=60)


@dataclass(frozen=True)
class Due:
    """One request whose member has been silent for too long, and what is to happen now."""

    member_request: MemberRequest
    action: Action


def due_requests(*, at: datetime) -> Iterator[Due]:
    """The requests to recall or to close at this moment, the longest silent first; 2 queries.

    Imported history and offices that are not active are left alone, and so are members to whom
    nothing can be announced.
    """
    last_said = list(_last_said(at=at))
    if not last_said:
        return
    calendars = working_calendars(
        {event.member_request.office for event in last_said},
        start=localdate(min(event.at for event in last_said)),
        end=localdate(at),
    )
    found: list[tuple[datetime, Due]] = []
    for office, events in _by_office(last_said):
        said_at = np.array([epoch_seconds(event.at) for event in events])
        passed = working_days_between(calendars[office.pk], said_at, at).tolist()
        for event, days in zip(events, passed, strict=True):
            if days >= _days_allowed(office, event):
                action = Action.CLOSE if event.action == Action.REMIND else Action.REMIND
                found.append((event.at, Due(event.member_request, action)))
    yield from (
        due for _at, due in sorted(found, key=lambda one: (one[0], one[1].member_request.pk))
    )


def _last_said(*, at: datetime) -> Iterable[RequestEvent]:
    """Of each request that waits for its member, what was last said: the question or the recall."""
    return (
        RequestEvent.objects.filter(
            member_request__status=Status.WAITING,
            member_request__source="",
            member_request__office__is_active=True,
            member_request__member__user__is_active=True,
            member_request__member__user__email__isnull=False,
            action__in=[Action.WAIT, Action.ANSWER, Action.REMIND],
            at__lte=at,
        )
        .select_related("member_request__office", "member_request__member__user")
        .order_by("member_request_id", "-position")
        .distinct("member_request_id")
    )


def _by_office(events: Sequence[RequestEvent]) -> Iterator[tuple[Office, list[RequestEvent]]]:
    offices = {event.member_request.office_id: event.member_request.office for event in events}
    ordered = sorted(events, key=lambda event: event.member_request.office_id)
    for key, group in groupby(ordered, key=lambda event: event.member_request.office_id):
        yield offices[key], list(group)


def _days_allowed(office: Office, event: RequestEvent) -> int:
    if event.action == Action.REMIND:
        return office.close_after_days - office.recall_after_days
    return office.recall_after_days


def closes_at(*, office: Office, recalled_at: datetime) -> datetime | None:
    """When a request that was recalled then is closed without a reply; None: nobody can say."""
    days = office.close_after_days - office.recall_after_days
    start = localdate(recalled_at)
    calendar = working_calendar(office, start=start, end=start + days * _WEEK + _HOLIDAYS)
    return working_day_after(calendar, recalled_at, days)


def reply_expected_by(*, office: Office, at: datetime) -> date | None:
    """The day on which a request that waits for its member from now on is closed without a reply.

    None when it lies beyond every calendar of the office.
    """
    horizon = _WEEK * office.close_after_days + _HOLIDAYS
    calendar = working_calendar(office, start=localdate(at), end=localdate(at) + horizon)
    closing = working_day_after(calendar, at, office.close_after_days)
    return localdate(closing) if closing else None
