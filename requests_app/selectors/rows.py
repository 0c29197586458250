"""The rows of a queue: fifty at a time, each ready to be shown, for a constant number of queries.

What a row shows is fetched as plain values and put into words here, once: the template only
prints it. Building models and asking each of them is what makes long lists slow.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Count, OuterRef, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from branches.calendars import working_calendar
from branches.models import Branch
from branches.working_time import epoch_seconds
from people.models import initials
from requests_app.enums import Action, Channel, Status
from requests_app.models import Document, RequestEvent
from requests_app.querysets import MemberRequestQuerySet
from requests_app.selectors.queue import PAGE, Desk, Place, View

# From this share of the promise on, a row says that its time is nearly over.
SOON = 0.75

FIELDS = (
    "pk",
    "reference",
    "subject",
    "status",
    "channel",
    "is_sensitive",
    "branch_id",
    "submitted_at",
    "waiting_since",
    "promise_due_at",
    "first_responded_at",
    "adviser__name",
    "member__user__name",
    "topic_title",
    "documents_count",
)


@dataclass(frozen=True, slots=True)
class Clock:
    """How long the member has waited, in office hours, and how near the promise is."""

    # late, soon, ok; again: answered once and waiting anew; none: it is the member's turn.
    level: str
    text: str = ""
    words: str = ""
    used: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    url: str
    reference: str
    subject: str
    member: str
    clock: Clock
    branch: str
    about: str
    how: str
    documents: str
    initials: str
    adviser: str
    tags: tuple[str, ...]
    is_sensitive: bool


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next: Place | None


def page_of(desk: Desk, view: View, *, after: Place | None) -> Page:
    """The rows of a view after this place, and the place after which the next page begins."""
    found = _ordered(desk.living.filter(view.condition), after, PAGE + 1)
    shown = found[:PAGE]
    place = None
    if len(found) > PAGE:
        place = Place(shown[-1].waiting_since, shown[-1].pk)
    return Page(_rows(desk, shown), place)


def _ordered(requests: MemberRequestQuerySet, after: Place | None, wanted: int) -> list[Any]:
    """The next rows in two stretches, each read straight from the index of the desk.

    First those in which the member waits, the oldest first; then, if there is room, the others.
    One condition over both would make PostgreSQL walk through all rows before the place.
    """
    waits = requests.filter(waiting_since__isnull=False)
    rests = requests.filter(waiting_since=None)
    found: list[Any] = []
    if after is None or after.waiting_since is not None:
        if after is not None:
            waits = waits.filter(waiting_since__gte=after.waiting_since).exclude(
                waiting_since=after.waiting_since, pk__lte=after.pk
            )
        found = list(_values(waits).order_by("waiting_since", "pk")[:wanted])
    else:
        rests = rests.filter(pk__gt=after.pk)
    if len(found) < wanted:
        found += _values(rests).order_by("pk")[: wanted - len(found)]
    return found


def _values(requests: MemberRequestQuerySet) -> Any:
    documents = (
        Document.objects.filter(member_request=OuterRef("pk"))
        .values("member_request")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return requests.annotate(
        topic_title=Coalesce(
            KeyTextTransform(get_language() or "fr", "topic__titles"),
            KeyTextTransform("fr", "topic__titles"),
        ),
        documents_count=Subquery(documents),
    ).values_list(*FIELDS, named=True)


def _rows(desk: Desk, found: Sequence[Any]) -> list[Row]:
    branches = {branch.pk: branch for branch in desk.branches}
    channels = {channel.value: str(channel.label) for channel in Channel}
    tags = _tags(found, branches)
    address = reverse("requests_app:detail", args=["-"])
    return [
        _row(
            one,
            clock,
            branches.get(one.branch_id),
            channel=channels[one.channel],
            tags=tags[one.pk],
            address=address,
        )
        for one, clock in zip(found, _clocks(desk, found), strict=True)
    ]


def _row(
    one: Any, clock: Clock, branch: Branch | None, *, channel: str, tags: list[str], address: str
) -> Row:
    return Row(
        url=address.replace("-", one.reference),
        reference=one.reference,
        subject=one.subject,
        member=one.member__user__name,
        clock=clock,
        branch=branch.css_class if branch else "",
        about=one.topic_title or (branch.name if branch else _("No topic")),
        how=channel,
        documents=_documents(one.documents_count or 0),
        initials=initials(one.adviser__name) if one.adviser__name else "–",
        adviser=one.adviser__name or "",
        tags=tuple(tags),
        is_sensitive=one.is_sensitive,
    )


def _documents(number: int) -> str:
    if not number:
        return ""
    return _("1 document") if number == 1 else _("%(number)s documents") % {"number": number}


def _tags(found: Sequence[Any], branches: dict[int, Branch]) -> dict[int, list[str]]:
    """What a row must say beside its subject: waiting, reopened, moved from another branch."""
    tags: dict[int, list[str]] = defaultdict(list)
    waiting = str(Status.WAITING.label)
    for one in found:
        if one.status == Status.WAITING:
            tags[one.pk].append(waiting)
    giver: dict[int, Branch | None] = {}
    reopened = set()
    for key, action, before in _moves(found):
        if action == Action.REOPEN:
            reopened.add(key)
        else:
            giver[key] = branches.get(before)
    for key in sorted(reopened):
        tags[key].append(_("reopened"))
    for key, branch in giver.items():
        if branch:
            tags[key].append(_("moved from %(branch)s") % {"branch": branch.name})
    return tags


def _moves(found: Sequence[Any]) -> Any:
    """Transfers and reopenings of these requests, with the branch that was accountable before."""
    before = RequestEvent.objects.filter(
        member_request=OuterRef("member_request"), position=OuterRef("position") - 1
    )
    moves = [Action.TRANSFER, Action.SEND_BACK, Action.REOPEN]
    events = RequestEvent.objects.filter(
        member_request__in=[one.pk for one in found], action__in=moves
    ).order_by("member_request", "position")
    return events.values_list("member_request", "action", Subquery(before.values("branch")[:1]))


def _clocks(desk: Desk, found: Sequence[Any]) -> list[Clock]:
    """How long each member has waited: one calendar for all rows, and one look-up in it."""
    starts = {
        one.pk: one.waiting_since if one.first_responded_at else one.submitted_at
        for one in found
        if one.waiting_since
    }
    if not starts:
        return [Clock("none") for _one in found]
    calendar = working_calendar(
        # Whole months, so that the same calendar serves all pages of a morning.
        desk.office,
        start=localdate(min(*starts.values(), desk.at)).replace(day=1),
        end=localdate(desk.at),
    )
    now = epoch_seconds(desk.at)
    # What another server's clock dated a moment ahead has waited no time at all.
    since = np.minimum([epoch_seconds(moment) for moment in starts.values()], now)
    used = calendar.seconds_between(since, np.full_like(since, now)).tolist()
    seconds = dict(zip(starts, used, strict=True))
    words = _Words.now()
    return [_clock(desk, words, one, seconds.get(one.pk)) for one in found]


@dataclass(frozen=True, slots=True)
class _Words:
    """The constant words of all clocks, translated once."""

    minutes: str
    hours: str
    late: str
    soon: str
    ok: str
    again: str

    @classmethod
    def now(cls) -> "_Words":
        return cls(
            minutes=_("%(number)s min"),
            hours=_("%(number)s h"),
            late=_("past the promise"),
            soon=_("nearly due"),
            ok=_("within the promise"),
            again=_("the member wrote again"),
        )


def _clock(desk: Desk, words: _Words, one: Any, seconds: int | None) -> Clock:
    if seconds is None:
        return Clock("none")
    minutes = seconds // 60
    text = (
        words.minutes % {"number": minutes}
        if minutes < 60
        else words.hours % {"number": minutes // 60}
    )
    if one.first_responded_at or one.promise_due_at is None or desk.pilot is None:
        return Clock("again", text, words.again if one.first_responded_at else "")
    if one.promise_due_at < desk.at:
        return Clock("late", text, words.late, 100)
    share = seconds / desk.pilot.promise_seconds
    level = "soon" if share >= SOON else "ok"
    return Clock(level, text, getattr(words, level), min(round(share * 100), 100))
