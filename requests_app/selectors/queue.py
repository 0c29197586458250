"""What an adviser's desk shows: the views with their counts, and the rows of one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from branches.models import Branch, Office, Pilot, Topic
from people.models import User
from requests_app.asked_models import AskedDocument, AskedDocumentQuerySet
from requests_app.consultation_models import Consultation
from requests_app.enums import Status
from requests_app.models import MemberRequest
from requests_app.querysets import MemberRequestQuerySet
from requests_app.saved_models import SavedView

PAGE = 50

# The view whose rows are documents that wait for their review, not requests.
REVIEW = "documents"

# The key that opens a view after the letter g; the branches have their numbers.
LETTERS = {
    "answer": "a",
    "triage": "t",
    "unassigned": "u",
    "mine": "m",
    "waiting": "w",
    "late": "l",
    REVIEW: "d",
    "all": "e",
    "asked": "v",
}

# Which view opens by itself: the first of these that a desk has.
HOME = ("answer", "unassigned", "triage")


@dataclass(frozen=True)
class View:
    """One line of the left list: what holds of its requests, by branch and by `flags_of`."""

    key: str
    title: str
    where: Mapping[str, object]
    branch: Branch | None = None
    is_urgent: bool = False
    # In every request of this view the member waits for us: no second stretch to look into.
    members_wait: bool = False
    count: int = 0

    @property
    def letter(self) -> str:
        """Which key opens this view; empty for a view that has none."""
        return str(self.branch.position) if self.branch else LETTERS.get(self.key, "")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where an adviser works at this moment, and the promise that holds there."""

    user: User
    at: datetime
    office: Office
    branch: Branch | None
    team: str
    works_by_branch: bool
    pilot: Pilot | None
    branches: Sequence[Branch]
    # The views that the adviser has named, as values; None where they were not asked for.
    named: Sequence[Mapping[str, Any]] | None = None

    @cached_property
    def living(self) -> MemberRequestQuerySet:
        return MemberRequest.objects.visible_to(self.user, on=localdate(self.at)).alive()

    @cached_property
    def to_review(self) -> AskedDocumentQuerySet:
        """The documents that wait for the office, also in requests that were closed meanwhile."""
        visible = AskedDocument.objects.visible_to(self.user, on=localdate(self.at))
        return visible.to_review()

    @cached_property
    def flags(self) -> dict[str, Q]:
        """What a view may ask of a request beside its branch."""
        asked = Consultation.objects.open().filter(branch=self.branch)
        return {
            "is_asked": Q(pk__in=asked.values("member_request")),
            "is_mine": Q(adviser=self.user),
            "is_taken": Q(adviser__isnull=False),
            "is_waiting": Q(status=Status.WAITING),
            "member_waits": Q(waiting_since__isnull=False),
            "is_late": Q(first_responded_at=None, promise_due_at__lt=self.at),
        }

    def holding(self, view: View) -> MemberRequestQuerySet:
        """The living requests of a view; of the documents to review, those that hold one."""
        if view.key == REVIEW:
            waiting = AskedDocument.objects.to_review().filter(member_request=OuterRef("pk"))
            return self.living.filter(Exists(waiting))
        return self.living.filter(self.condition(view))

    def condition(self, view: View) -> Q:
        """What holds of each request of a view that lists requests."""
        asked = Q()
        for name, wanted in view.where.items():
            flag = self.flags.get(name)
            asked &= Q((name, wanted)) if flag is None else flag if wanted else ~flag
        return asked

    @cached_property
    def topics(self) -> Mapping[str, Topic]:
        """All topics by their code, in the order of branches."""
        found = Topic.objects.order_by("branch__position", "position", "pk")
        return {topic.code: topic for topic in found}

    @cached_property
    def saved(self) -> Sequence[SavedView]:
        """The views that this adviser has named, in their order."""
        if self.named is None:
            return list(self.user.saved_views.order_by("position"))
        return [SavedView(**one) for one in self.named]


def desk_of(user: User, *, at: datetime) -> Desk | None:
    """The desk of this adviser today, in 3 queries; None without a posting."""
    day = localdate(at)
    posting = user.posting_on(day=day)
    if posting is None:
        return None
    here = Pilot.offices.through.objects.filter(pilot=OuterRef("pk"), office=posting.office_id)
    # The page has a budget of queries: what an adviser has named comes along with the pilot.
    views = SavedView.objects.filter(owner=user).order_by("position")
    named = ArraySubquery(views.values(one=JSONObject(id="id", name="name", key="key")))
    pilot: Any = Pilot.objects.annotate(is_here=Exists(here), named=named).current(on=day)
    runs_here = pilot is not None and pilot.is_here and pilot.starts_on <= day <= pilot.ends_on
    return Desk(
        user=user,
        at=at,
        office=posting.office,
        branch=posting.branch,
        team=posting.team,
        works_by_branch=runs_here,
        pilot=pilot,
        branches=list(Branch.objects.order_by("position")),
        named=pilot.named if pilot else None,
    )


def views_of(desk: Desk) -> list[View]:
    """The views of this desk in their order, without counts."""
    mine = View("mine", _("Mine"), {"is_mine": True})
    waiting = View("waiting", _("Waiting for the member"), {"is_waiting": True})
    late = View("late", _("Past the promise"), {"is_late": True}, is_urgent=True, members_wait=True)
    documents = View(REVIEW, _("Documents to review"), {})
    if not desk.works_by_branch:
        nobody = {"is_taken": False, "member_waits": True}
        unassigned = View("unassigned", _("Nobody has it yet"), nobody, members_wait=True)
        return [unassigned, mine, waiting, late, documents, View("all", _("All"), {})]
    # What other branches want to know of this one: there is no such view without a branch.
    asked = View("asked", _("Asked for our view"), {"is_asked": True})
    views = [*_of_own_branch(desk), mine, waiting, late, documents]
    return [*views, *([asked] if desk.branch else []), *_of_branches(desk)]


def _of_own_branch(desk: Desk) -> list[View]:
    triage = View("triage", _("No branch yet"), {"branch_id": None}, is_urgent=True)
    if desk.branch is None:
        return [triage]
    to_answer = {"branch_id": desk.branch.pk, "member_waits": True}
    nobody = to_answer | {"is_taken": False}
    return [
        triage,
        View("unassigned", _("My branch, unassigned"), nobody, members_wait=True),
        View("answer", _("To answer in my branch"), to_answer, members_wait=True),
    ]


def home_of(views: Sequence[View]) -> View:
    """The one of a desk's views that opens by itself."""
    return next(view for key in HOME for view in views if view.key == key)


def _of_branches(desk: Desk) -> list[View]:
    return [
        View(branch.code, branch.name, {"branch_id": branch.pk}, branch=branch)
        for branch in desk.branches
    ]


def counted(desk: Desk, views: Sequence[View]) -> list[View]:
    """The same views with how many each holds: requests from one query, documents from another.

    The database counts each combination of branch and flags that occurs, a few dozen at most;
    a view is the sum of those that it asks for.
    """
    groups = list(
        desk.living.annotate(**desk.flags)
        .values("branch_id", *desk.flags)
        .annotate(number=Count("pk"))
        .order_by()
    )
    return [
        replace(
            view,
            count=desk.to_review.count() if view.key == REVIEW else _total(groups, view.where),
        )
        for view in views
    ]


def _total(groups: Sequence[dict[str, Any]], where: Mapping[str, object]) -> int:
    # A comparison with an empty column is neither true nor false: it does not hold.
    return sum(
        group["number"]
        for group in groups
        if all(
            bool(group[name]) == wanted if isinstance(wanted, bool) else group[name] == wanted
            for name, wanted in where.items()
        )
    )


@dataclass(frozen=True)
class Place:
    """After which row a page begins: the key of its order, so that no page is ever counted off.

    Requests in which nobody waits for us come last, ordered by their number alone.
    """

    waiting_since: datetime | None
    pk: int

    def __str__(self) -> str:
        if self.waiting_since is None:
            return f"-{self.pk}"
        return f"{_microseconds(self.waiting_since)}-{self.pk}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """The place that an address names; None, the beginning, when it names none."""
        since, dash, pk = text.partition("-")
        try:
            return cls(_moment(int(since)) if since else None, int(pk)) if dash else None
        except (ValueError, OverflowError):
            return None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND
