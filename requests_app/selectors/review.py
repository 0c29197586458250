"""The view “documents to review”: what waits for the office at this desk, the oldest first."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from branches.calendars import working_calendar
from branches.durations import office_hours
from branches.models import Branch
from branches.working_time import epoch_seconds
from people.models import initials
from requests_app.asked_models import AskedDocument
from requests_app.models import Document
from requests_app.selectors.asked import title_of
from requests_app.selectors.queue import PAGE, Desk, Place
from requests_app.selectors.rows import Page, Row


def review_page(desk: Desk, *, after: Place | None) -> Page:
    """The rows of the view after this place, in 3 queries, and where the next page begins."""
    found = list(
        _after(desk.to_review, after)
        .select_related("member_request__adviser", "member_request__member__user")
        .order_by("turn_since", "pk")[: PAGE + 1]
    )
    shown = found[:PAGE]
    place = Place(shown[-1].turn_since, shown[-1].pk) if len(found) > PAGE else None
    return Page(_rows(desk, shown), place)


def next_to_review(desk: Desk, *, after: Place | None) -> AskedDocument | None:
    """The first document after this place; None behind the last."""
    found = _after(desk.to_review, after).select_related("member_request")
    return found.order_by("turn_since", "pk").first()


def _after(found: QuerySet[AskedDocument], place: Place | None) -> QuerySet[AskedDocument]:
    if place is None or place.waiting_since is None:
        return found
    return found.filter(turn_since__gte=place.waiting_since).exclude(
        turn_since=place.waiting_since, pk__lte=place.pk
    )


def _rows(desk: Desk, shown: Sequence[AskedDocument]) -> list[Row]:
    branches = {branch.pk: branch for branch in desk.branches}
    names = defaultdict(list)
    files = Document.objects.filter(asked__in=shown).order_by("pk")
    for key, name in files.values_list("asked_id", "name"):
        names[key].append(name)
    waited = _waited(desk, [asked.turn_since for asked in shown])
    return [
        _row(asked, seconds, names[asked.pk], branches.get(asked.member_request.branch_id or 0))
        for asked, seconds in zip(shown, waited, strict=True)
    ]


def _waited(desk: Desk, since: Sequence[datetime]) -> list[int]:
    """Office hours since each moment, in seconds: one calendar for all rows."""
    if not since:
        return []
    first = localdate(min(*since, desk.at)).replace(day=1)
    calendar = working_calendar(desk.office, start=first, end=localdate(desk.at))
    now = epoch_seconds(desk.at)
    starts = np.minimum([epoch_seconds(moment) for moment in since], now)
    seconds: list[int] = calendar.seconds_between(starts, np.full(len(since), now)).tolist()
    return seconds


def _row(asked: AskedDocument, seconds: int, names: Sequence[str], branch: Branch | None) -> Row:
    member_request = asked.member_request
    adviser = member_request.adviser
    files = _("1 file") if len(names) == 1 else _("%(number)s files") % {"number": len(names)}
    return Row(
        url=reverse("requests_app:review", args=[member_request.reference, asked.number]),
        # Two documents of one request are two rows.
        reference=f"{member_request.reference}.{asked.number}",
        subject=title_of(asked.kind, names),
        member=member_request.member.user.name,
        level="again",
        time=office_hours(seconds),
        words=_("waiting for our review, in office hours"),
        used=0,
        branch=branch.css_class if branch else "",
        about=member_request.subject,
        how=f"{member_request.reference} · {files}",
        initials=initials(adviser.name) if adviser else "–",
        adviser=adviser.name if adviser else "",
        tags=(),
        is_sensitive=member_request.is_sensitive,
        is_new=False,
    )
