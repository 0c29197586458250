"""What an adviser sees of one request beside its conversation."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils.timezone import localdate

from branches.calendars import working_calendar
from branches.models import Branch, Pilot
from people.models import User
from requests_app.consultation_models import Consultation
from requests_app.enums import RULES, Action, Status
from requests_app.models import MemberRequest
from requests_app.querysets import MemberRequestQuerySet
from requests_app.selectors.rows import SOON
from requests_app.suggesting import suggest
from requests_app.whereabouts import Path, is_undoable, only_reads, path_of

OTHERS_SHOWN = 10


@dataclass(frozen=True)
class Promise:
    """How the first answer stands against the promise, in seconds of office hours.

    kind: "answered" (seconds it took), "due" (seconds left), "late" (seconds over), or "none".
    """

    kind: str
    seconds: int = 0
    promised: int = 0
    working_day_hours: int = 8

    @property
    def level(self) -> str:
        if self.kind != "due":
            return self.kind
        return "soon" if self.seconds <= (1 - SOON) * self.promised else "ok"


def promise_of(member_request: MemberRequest, *, at: datetime) -> Promise:
    """The promise of this request, in at most 3 queries."""
    received, due = member_request.submitted_at, member_request.promise_due_at
    answered = member_request.first_responded_at
    if answered:
        return _promise("answered", member_request, received, answered)
    if due is None or member_request.status == Status.CLOSED:
        return Promise("none")
    return _promise("late" if due < at else "due", member_request, at, due)


def _promise(kind: str, member_request: MemberRequest, one: datetime, other: datetime) -> Promise:
    start, end = sorted([one, other])
    calendar = working_calendar(member_request.office, start=localdate(start), end=localdate(end))
    seconds = int(calendar.working_time(start, end).total_seconds())
    pilot = Pilot.objects.current(on=localdate(member_request.submitted_at))
    if pilot is None:
        return Promise(kind, seconds)
    return Promise(kind, seconds, pilot.promise_seconds, pilot.working_day_hours)


def possible_actions(
    member_request: MemberRequest, *, works_by_branch: bool, path: Path
) -> Collection[Action]:
    """What the page offers: what the workflow allows in this status and what makes sense now."""
    allowed = {action for action, moves in RULES.items() if member_request.status in moves}
    has_branch = member_request.branch_id is not None
    makes_sense = {
        Action.TAKE: member_request.adviser_id is None,
        Action.RELEASE: member_request.adviser_id is not None,
        Action.ROUTE: works_by_branch and not has_branch,
        Action.TRANSFER: works_by_branch and has_branch,
        Action.SEND_BACK: works_by_branch and path.giver is not None,
        Action.CONSULT: works_by_branch and has_branch,
        Action.WAIT: path.asks_member,
        # None is an adviser's to do: the system recalls, the member writes, a dropped debt resumes.
        Action.REMIND: False,
        Action.MEMBER_WRITES: False,
        Action.RESUME: False,
        # These belong to a transfer and to a question that stands: they have their own forms.
        Action.TELL: False,
        Action.ADVISE: False,
        Action.CONSULT_ENDS: False,
    }
    return {action for action in allowed if makes_sense.get(action, True)}


@dataclass(frozen=True)
class Suggested:
    """One of the two likeliest branches: its share of confidence in whole percent, and why."""

    branch: Branch
    percent: int
    # Words of the member's text, in the language of the member.
    words: Sequence[str]


def _suggested(member_request: MemberRequest, *, at: datetime) -> list[Suggested]:
    found = suggest(member_request=member_request, at=at)
    if found is None:
        return []
    return [
        Suggested(found.first_branch, round(100 * found.first_share), found.first_words),
        Suggested(found.second_branch, round(100 * found.second_share), found.second_words),
    ]


@dataclass(frozen=True)
class Offer:
    """What the page offers to one adviser, and what it says of the way of the request."""

    actions: Collection[Action]
    # The branch to which it could be sent back.
    giver: Branch | None
    came_back: bool
    # Another branch acts on it: this adviser reads.
    only_reads: bool
    # The likeliest first; none where nothing is to be routed, or no model can say anything.
    suggested: Sequence[Suggested]
    consultations: Sequence[Consultation]


def offer_of(member_request: MemberRequest, *, reader: User, at: datetime) -> Offer:
    """What this adviser may do with the request now, and what is asked about it."""
    works_by_branch = Pilot.objects.works_by_branch(member_request.office, on=localdate(at))
    path = path_of(member_request)
    asked = list(
        Consultation.objects.open()
        .filter(member_request=member_request)
        .select_related("branch", "asked_by", "question")
        .order_by("asked_at", "pk")
    )
    reads = only_reads(member_request, by=reader, at=at, path=path)
    actions = possible_actions(member_request, works_by_branch=works_by_branch, path=path)
    if reads:
        actions = set()
    if is_undoable(path.last, by=reader, at=at):
        actions = {*actions, Action.UNDO}
    return Offer(
        actions=actions,
        giver=path.giver,
        came_back=path.came_back,
        only_reads=reads,
        suggested=_suggested(member_request, at=at) if Action.ROUTE in actions else [],
        consultations=asked,
    )


@dataclass(frozen=True)
class Acquaintance:
    """What the desk knows of a member, within what this adviser may see."""

    others: list[MemberRequest]
    usual_adviser: str
    by_usual_adviser: int
    taken: int


def acquaintance(member_request: MemberRequest, *, reader: User, at: datetime) -> Acquaintance:
    """The member's other open requests, and who usually helps; counted over visible requests."""
    visible = MemberRequest.objects.visible_to(reader, on=localdate(at)).filter(
        member=member_request.member_id
    )
    others = visible.alive().exclude(pk=member_request.pk).order_by("-submitted_at", "-pk")
    name, most, taken = usual_adviser(visible)
    return Acquaintance(
        others=list(others[:OTHERS_SHOWN]),
        usual_adviser=name,
        by_usual_adviser=most,
        taken=taken,
    )


def usual_adviser(visible: MemberRequestQuerySet) -> tuple[str, int, int]:
    """Who took most of these requests ("": nobody), how many, and how many were taken at all."""
    advisers = list(
        visible.filter(adviser__isnull=False)
        .values_list("adviser__name")
        .annotate(number=Count("pk"))
        .order_by("-number", "adviser__name")
    )
    name, most = advisers[0] if advisers else ("", 0)
    return name, most, sum(number for _name, number in advisers)
