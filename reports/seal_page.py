"""What the page of one month shows beyond its figures: breakdowns, later versions, publications."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from reports.changes import Cause
from reports.models import Breakdown, MonthlyReport, Publication, Recomputation
from reports.seal_models import Dimension
from reports.why.groups import group_names


@dataclass(frozen=True)
class Group:
    """One line of a breakdown; `cell` is None where it is hidden."""

    key: str
    name: str
    cell: dict[str, Any] | None


@dataclass(frozen=True)
class Divided:
    dimension: Dimension
    groups: list[Group]

    @property
    def hides_something(self) -> bool:
        return any(group.cell is None for group in self.groups)


@dataclass(frozen=True)
class NamedChange:
    """One line of "what changed since"."""

    cause: str
    requests: int
    first: date | None
    last: date | None
    days: list[date]


@dataclass(frozen=True)
class Later:
    """A version beside the sealed one."""

    version: Recomputation
    changes: list[NamedChange]


@dataclass(frozen=True)
class SealPage:
    divided: list[Divided]
    later: list[Later]
    publications: list[Publication]


def seal_page(report: MonthlyReport) -> SealPage:
    """Three queries for the parts, and those for the names of branches and topics."""
    later = report.recomputations.select_related("asked_by").order_by("-version")
    words = report.publications.select_related("published_by", "recomputation")
    return SealPage(
        divided=_divided(report),
        later=[Later(version, _changes(version)) for version in later],
        publications=list(words.order_by("-published_at", "-id")),
    )


def _divided(report: MonthlyReport) -> list[Divided]:
    stored = dict(Breakdown.objects.filter(report=report).values_list("dimension", "cells"))
    return [
        Divided(dimension, _groups(dimension, stored[dimension]))
        for dimension in Dimension
        if stored.get(dimension)
    ]


def _groups(dimension: Dimension, cells: list[dict[str, Any]]) -> list[Group]:
    names = group_names(dimension)
    return [
        Group(cell["key"], names.get(cell["key"], ""), None if "hidden" in cell else cell)
        for cell in cells
    ]


def _changes(version: Recomputation) -> list[NamedChange]:
    return [
        NamedChange(
            cause=str(Cause(change["cause"]).label),
            requests=change["requests"],
            first=_day(change["first"]),
            last=_day(change["last"]),
            days=[date.fromisoformat(day) for day in change["days"]],
        )
        for change in version.changes
    ]


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
