"""Why a figure is so: the requests behind it, and the figure computed from them once more.

What is listed are the kept rows of the report, as they stood at its cut-off. No text, no member, no
adviser; the branch of a row is left out where the figures of that branch are hidden.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from branches.models import LANGUAGES, Branch, Topic
from branches.working_time import Seconds, epoch_seconds
from reports import sealing
from reports.archives import Archive
from reports.breakdowns import NOTHING, codes_of
from reports.cohorts import REASONS, Cohort, cohort
from reports.columns import NEVER
from reports.models import Breakdown, MonthlyReport, Recomputation
from reports.response_times import both_clocks
from reports.seal_models import Dimension
from requests_app.enums import Channel, ClosingReason
from requests_app.models import MemberRequest

Version = MonthlyReport | Recomputation
# A request that waited for months was counted on more days than anybody reads.
PERIODS_SHOWN = 40
NAMES = ("median", "ninetieth", "within_promise")


class NotShown(LookupError):
    """There is no such figure, or it is hidden because it rests on too few requests or advisers."""


@dataclass(frozen=True)
class Row:
    """One request. Durations in seconds, until the first response or what ended the wait."""

    reference: str  # empty: erased since
    submitted: datetime
    until: datetime
    state: str  # "answered", "waiting", "closed", or why it is left out
    branch: str | None  # its code; None: not shown
    office_hours: int
    calendar_time: int
    waited_for_member: int
    periods: tuple[tuple[datetime, datetime], ...]  # the openings that were counted
    more_periods: int

    @property
    def is_counted(self) -> bool:
        return self.state not in REASONS


@dataclass(frozen=True)
class Check:
    """A stored figure and the same one computed from the rows of this page."""

    clock: str
    name: str
    stored: float | None
    computed: float | None

    @property
    def is_equal(self) -> bool:
        return self.stored == self.computed


@dataclass(frozen=True)
class Behind:
    """Everything behind one figure. `order` are the places of its rows, first received first."""

    version: Version
    dimension: Dimension | None
    key: str
    kept: Archive
    is_kept: bool  # False: of before rows were kept, read anew as of the cut-off
    order: Seconds
    hidden_branches: frozenset[str]
    checks: tuple[Check, ...]
    counted: int
    stored_counted: int

    @property
    def is_equal(self) -> bool:
        return self.counted == self.stored_counted and all(each.is_equal for each in self.checks)

    @property
    def left_out(self) -> dict[str, int]:
        """How many rows are in no duration, by reason."""
        excluded = self.kept.cohort.excluded[self.order]
        return {reason: int((excluded == place).sum()) for place, reason in enumerate(REASONS)}

    def rows(self, first: int, last: int) -> list[Row]:
        """The rows from place `first` up to `last`, with their references, from one query."""
        places = self.order[first:last]
        keys = self.kept.cohort.key[places].tolist()
        references = dict(MemberRequest.objects.filter(pk__in=keys).values_list("pk", "reference"))
        branches = codes_of(Dimension.BRANCH)
        return [self._row(int(place), references, branches) for place in places]

    def _row(self, place: int, references: Mapping[int, str], branches: Mapping[int, str]) -> Row:
        requests = self.kept.cohort
        start = int(requests.submitted[place])
        until = start + int(requests.calendar_time[place])
        code = branches.get(int(requests.branch[place]), NOTHING)
        periods = list(_periods(self.kept, start, until))
        return Row(
            reference=references.get(int(requests.key[place]), ""),
            submitted=_moment(start),
            until=_moment(until),
            state=_state(requests, place),
            branch=None if code in self.hidden_branches else code,
            office_hours=int(requests.office_hours[place]),
            calendar_time=int(requests.calendar_time[place]),
            waited_for_member=int(requests.waited[place]),
            periods=tuple(periods[:PERIODS_SHOWN]),
            more_periods=max(len(periods) - PERIODS_SHOWN, 0),
        )


def behind(version: Version, *, dimension: Dimension | None, key: str) -> Behind:
    """What is behind the figures of this version, of all its requests or of one group.

    Raises NotShown for a group that has no requests or is hidden.
    """
    breakdowns = _breakdowns(version)
    stored = _stored(version, breakdowns, dimension, key)
    kept = sealing.rows_of(version)
    archive = kept or _read_anew(version)
    places = _places(archive.cohort, dimension, key)
    order = places[np.lexsort((archive.cohort.key[places], archive.cohort.submitted[places]))]
    part = archive.cohort.where(np.isin(np.arange(archive.cohort.key.size), places))
    return Behind(
        version=version,
        dimension=dimension,
        key=key,
        kept=archive,
        is_kept=kept is not None,
        order=order,
        hidden_branches=frozenset(
            cell["key"] for cell in breakdowns.get(Dimension.BRANCH, []) if "hidden" in cell
        ),
        checks=tuple(_checks(stored, part, version.promise_seconds)),
        counted=int(part.counts.sum()),
        stored_counted=stored["counted"],
    )


def group_names(dimension: Dimension) -> dict[str, str]:
    """What the groups of a dimension are called in the language of the page; no branch: empty."""
    match dimension:
        case Dimension.BRANCH:
            return {branch.code: branch.name for branch in Branch.objects.all()}
        case Dimension.TOPIC:
            return {topic.code: topic.title for topic in Topic.objects.all()}
        case Dimension.CHANNEL:
            return {channel.value: str(channel.label) for channel in Channel}
        case Dimension.LANGUAGE:
            return {language: language.upper() for language in LANGUAGES}


def group_name(dimension: Dimension | None, key: str) -> str:
    """How a group is called; empty for all requests and for those without a group."""
    return "" if dimension is None else group_names(dimension).get(key, "")


def _breakdowns(version: Version) -> dict[str, list[dict[str, Any]]]:
    owner = "recomputation" if isinstance(version, Recomputation) else "report"
    return dict(Breakdown.objects.filter(**{owner: version}).values_list("dimension", "cells"))


def _stored(
    version: Version,
    breakdowns: Mapping[str, list[dict[str, Any]]],
    dimension: Dimension | None,
    key: str,
) -> dict[str, Any]:
    if dimension is None:
        return {
            "counted": version.counted,
            "office_clock": version.office_clock,
            "calendar_clock": version.calendar_clock,
        }
    for cell in breakdowns.get(dimension, []):
        if cell["key"] == key and "hidden" not in cell:
            return cell
    raise NotShown(key)


def _read_anew(version: Version) -> Archive:
    report = version.report if isinstance(version, Recomputation) else version
    rows = cohort([report.office], month=report.month, cut_off=version.cut_off)
    return sealing.archive_of(report, rows, cut_off=version.cut_off)


def _places(requests: Cohort, dimension: Dimension | None, key: str) -> Seconds:
    if dimension is None:
        return np.arange(requests.key.size)
    groups = [group for group, code in codes_of(dimension).items() if code == key]
    return np.flatnonzero(np.isin(getattr(requests, dimension), groups))


def _checks(stored: Mapping[str, Any], part: Cohort, promise_seconds: int) -> Iterator[Check]:
    clocks = both_clocks(part, promise_seconds=promise_seconds)
    for clock, found in zip(("office", "calendar"), clocks, strict=True):
        computed = asdict(found)
        for name in NAMES:
            value = stored[f"{clock}_clock"][name]["value"]
            yield Check(clock, name, value, computed[name]["value"])


def _state(requests: Cohort, place: int) -> str:
    if requests.excluded[place] >= 0:
        return str(ClosingReason(REASONS[int(requests.excluded[place])]))
    if requests.is_answered[place]:
        return "answered"
    return "waiting" if requests.closed[place] == NEVER else "closed"


def _periods(kept: Archive, start: int, until: int) -> Iterator[tuple[datetime, datetime]]:
    """When the office was open between two moments."""
    first = int(np.searchsorted(kept.closes, start, side="right"))
    last = int(np.searchsorted(kept.opens, until, side="left"))
    for opens, closes in zip(kept.opens[first:last], kept.closes[first:last], strict=True):
        yield _moment(max(int(opens), start)), _moment(min(int(closes), until))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


def seconds_of(periods: Sequence[tuple[datetime, datetime]]) -> int:
    """The seconds in these openings together."""
    return sum(epoch_seconds(end) - epoch_seconds(start) for start, end in periods)
