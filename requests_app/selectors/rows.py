"""The rows of a queue: fifty at a time, each ready to be shown, for a constant number of queries.

What a row shows is fetched as plain values and put into words here, once: the template only
prints it. Building models and asking each of them is what makes long lists slow.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any, NamedTuple, TypedDict

import numpy as np
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from branches.calendars import working_calendar
from branches.models import Branch, in_own_language
from branches.working_time import epoch_seconds
from people.models import initials
from requests_app.enums import Action, Channel, Status
from requests_app.history import what_stands
from requests_app.models import Document, RequestEvent
from requests_app.querysets import MemberRequestQuerySet
from requests_app.reading import unread_by
from requests_app.selectors.queue import PAGE, Desk, Place, View
from requests_app.whereabouts import BETWEEN_BRANCHES, came_back

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
    "topic__titles",
    "is_new",
)


@dataclass(frozen=True, slots=True)
class Clock:
    """How long the member has waited, in office hours, and how near the promise is."""

    # late, soon, ok; again: answered once and waiting anew; none: it is the member's turn.
    level: str
    text: str = ""
    words: str = ""
    used: int = 0


class Row(TypedDict):
    """What the template prints; a dictionary, because that is what templates look into first."""

    url: str
    reference: str
    subject: str
    member: str
    level: str
    time: str
    words: str
    used: int
    branch: str
    about: str
    how: str
    initials: str
    adviser: str
    tags: tuple[str, ...]
    is_sensitive: bool
    is_new: bool


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    next: Place | None


def page_of(desk: Desk, view: View, *, after: Place | None) -> Page:
    """The rows of a view after this place, and the place after which the next page begins."""
    found = _ordered(desk, view, after, PAGE + 1)
    shown = found[:PAGE]
    place = None
    if len(found) > PAGE:
        place = Place(shown[-1].waiting_since, shown[-1].pk)
    return Page(_rows(desk, shown), place)


def next_of(desk: Desk, view: View, *, after: Place | None) -> str | None:
    """The reference of the first request of a view after this place; None behind the last."""
    found = _ordered(desk, view, after, 1)
    return found[0].reference if found else None


def _ordered(desk: Desk, view: View, after: Place | None, wanted: int) -> list[Any]:
    """The next rows in two stretches, each read straight from the index of the desk.

    First those in which the member waits, the oldest first; then, if there is room, the others.
    One condition over both would make PostgreSQL walk through all rows before the place.
    """
    requests = desk.holding(view).annotate(is_new=unread_by(desk.user))
    waits = requests.filter(waiting_since__isnull=False)
    rests = requests.filter(waiting_since=None)
    found: list[Any] = []
    if after is None or after.waiting_since is not None:
        if after is not None:
            waits = waits.filter(waiting_since__gte=after.waiting_since).exclude(
                waiting_since=after.waiting_since, pk__lte=after.pk
            )
        found = list(_first(waits, wanted))
    else:
        rests = rests.filter(pk__gt=after.pk)
    if len(found) < wanted and not view.members_wait:
        found += _first(rests, wanted - len(found))
    return found


def _first(requests: MemberRequestQuerySet, wanted: int) -> Any:
    # By both columns even where one is empty: the order of the index, not that of the table.
    return requests.order_by("waiting_since", "pk").values_list(*FIELDS, named=True)[:wanted]


def _rows(desk: Desk, found: Sequence[Any]) -> list[Row]:
    branches = {branch.pk: branch for branch in desk.branches}
    channels = {channel.value: str(channel.label) for channel in Channel}
    tags, documents = _tags(found, branches), _documents(found)
    address = reverse("requests_app:detail", args=["-"])
    return [
        _row(
            one,
            clock,
            branches.get(one.branch_id),
            how=" · ".join(filter(None, (channels[one.channel], documents.get(one.pk)))),
            tags=tags[one.pk],
            address=address,
        )
        for one, clock in zip(found, _clocks(desk, found), strict=True)
    ]


def _row(
    one: Any, clock: Clock, branch: Branch | None, *, how: str, tags: list[str], address: str
) -> Row:
    return Row(
        url=address.replace("-", one.reference),
        reference=one.reference,
        subject=one.subject,
        member=one.member__user__name,
        level=clock.level,
        time=clock.text,
        words=clock.words,
        used=clock.used,
        branch=branch.css_class if branch else "",
        about=_about(one.topic__titles, branch),
        how=how,
        initials=initials(one.adviser__name) if one.adviser__name else "–",
        adviser=one.adviser__name or "",
        tags=tuple(tags),
        is_sensitive=one.is_sensitive,
        is_new=one.is_new,
    )


def _about(titles: dict[str, str] | None, branch: Branch | None) -> str:
    if titles:
        return in_own_language(titles)
    return branch.name if branch else _("No topic")


def _documents(found: Sequence[Any]) -> dict[int, str]:
    """How many documents came with each request, in words; nothing where there is none."""
    keys = [one.pk for one in found]
    files = Document.objects.filter(member_request__in=keys).values_list(
        "member_request_id", flat=True
    )
    one, many = _("1 document"), _("%(number)s documents")
    numbers = Counter(files)
    return {key: one if n == 1 else many % {"number": n} for key, n in numbers.items()}


def _tags(found: Sequence[Any], branches: dict[int, Branch]) -> dict[int, list[str]]:
    """What a row must say beside its subject: waiting, reopened, moved from another branch."""
    tags: dict[int, list[str]] = defaultdict(list)
    waiting = str(Status.WAITING.label)
    for one in found:
        if one.status == Status.WAITING:
            tags[one.pk].append(waiting)
    events = RequestEvent.objects.filter(member_request__in=[one.pk for one in found])
    history = events.order_by("member_request", "position").values_list(
        "member_request_id", "action", "branch_id"
    )
    for key, steps in groupby(history, key=itemgetter(0)):
        stands = what_stands([_Step(action, branch) for _key, action, branch in steps])
        tags[key] += _moves(stands, branches)
    return tags


class _Step(NamedTuple):
    action: str
    branch_id: int | None


def _moves(steps: Sequence[_Step], branches: dict[int, Branch]) -> list[str]:
    """Whether it was reopened, whether it came back, and which branch handed it over last."""
    moved = [
        before.branch_id for before, step in pairwise(steps) if step.action in BETWEEN_BRANCHES
    ]
    words = [_("reopened")] if any(step.action == Action.REOPEN for step in steps) else []
    words += [_("came back")] if came_back(steps) else []
    giver = branches.get(moved[-1] or 0) if moved else None
    return [*words, _("moved from %(branch)s") % {"branch": giver.name}] if giver else words


def _clocks(desk: Desk, found: Sequence[Any]) -> list[Clock]:
    """How long each member has waited: one calendar for all rows, and one look-up in it."""
    starts = {
        one.pk: one.waiting_since if one.first_responded_at else one.submitted_at
        for one in found
        if one.waiting_since
    }
    if not starts:
        return [Clock("none", "–") for _one in found]
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
        return Clock("none", "–")
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
    return Clock(level, text, getattr(words, level), max(1, min(round(share * 100), 100)))
