"""What the manager's page of the routing suggestion shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q

from branches.models import Branch
from requests_app.routing_models import RoutingModel, Suggestion
from requests_app.routing_scores import precision_and_recall, wilson

# Fewer cases than this, and the page says that the figure is rough.
ENOUGH = 100


@dataclass(frozen=True)
class Share:
    """How many of how many, in whole percent, with its 95 % interval (Wilson)."""

    right: int
    tried: int

    @property
    def percent(self) -> int:
        return round(100 * self.right / self.tried) if self.tried else 0

    @property
    def interval(self) -> tuple[int, int] | None:
        limits = wilson(self.right, self.tried)
        return (round(100 * limits[0]), round(100 * limits[1])) if limits else None

    @property
    def is_rough(self) -> bool:
        return self.tried < ENOUGH


@dataclass(frozen=True)
class BranchRow:
    """One decided branch: how often each branch was suggested for it, and two shares in percent."""

    branch: Branch
    cells: Sequence[tuple[int, bool]]  # the number, and whether suggestion and decision agree
    precision: int | None
    recall: int | None


@dataclass(frozen=True)
class LanguageRow:
    code: str
    share: Share


@dataclass(frozen=True)
class RoutingPage:
    """`model` is None while the one of the topics' keywords is used."""

    model: RoutingModel | None
    # The one of the last night; not the same when it was worse than the one in use.
    latest: RoutingModel | None
    accuracy: Share
    in_two: Share
    calibration_percent: float
    branches: Sequence[Branch]
    rows: Sequence[BranchRow]
    languages: Sequence[LanguageRow]
    followed: Share
    fewest: int = ENOUGH


def routing_page() -> RoutingPage:
    """Everything the page shows; 4 queries."""
    # The weights are a quarter of a megabyte each, and no page needs them.
    rows = RoutingModel.objects.defer("packed")
    model = rows.filter(is_in_use=True).first()
    figures = model.figures if model else {}
    branches = list(Branch.objects.order_by("position"))
    confusion = figures.get("confusion", {})
    shown = [branch for branch in branches if branch.code in confusion]
    return RoutingPage(
        model=model,
        latest=rows.order_by("-trained_at", "-pk").first(),
        accuracy=Share(model.correct, model.unseen) if model else Share(0, 0),
        in_two=Share(figures.get("in_two", 0), figures.get("cases", 0)),
        calibration_percent=100 * figures.get("calibration_error", 0.0),
        branches=shown,
        rows=[_row(branch, shown, confusion) for branch in shown],
        languages=[
            LanguageRow(code, Share(right, tried))
            for code, (tried, right) in sorted(figures.get("languages", {}).items())
        ],
        followed=_followed(),
    )


def _row(
    branch: Branch, branches: Sequence[Branch], confusion: dict[str, dict[str, int]]
) -> BranchRow:
    precision, recall = precision_and_recall(confusion, branch.code)
    return BranchRow(
        branch=branch,
        cells=[(confusion[branch.code].get(one.code, 0), one == branch) for one in branches],
        precision=None if precision is None else round(100 * precision),
        recall=None if recall is None else round(100 * recall),
    )


def _followed() -> Share:
    decided = Suggestion.objects.exclude(decided_at=None)
    counted = decided.aggregate(
        followed=Count("pk", filter=Q(decided_branch=F("first_branch"))), all=Count("pk")
    )
    return Share(counted["followed"], counted["all"])
