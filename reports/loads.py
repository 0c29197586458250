"""How much each adviser handled for the time they were there, without names.

The load of an adviser is the number of requests that they closed in the period for each five
weekdays on which they were posted to the office and not absent. Holidays are the same for
everybody and so change nothing in how loads compare.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db.models import Q

from branches.calendars import BRUSSELS
from people.models import Absence, Posting
from reports.period_rows import Span, handled
from reports.workload import Spread, gini, spread

WEEK = 5
# Who was there for less than a week has no load yet.
FEWEST_DAYS = 5
# With fewer people a Gini coefficient jumps with each request.
FEWEST_FOR_GINI = 6
# The smallest group about which something is said, as in `suppression`.
FEWEST_ADVISERS, FEWEST_REQUESTS = 3, 5


@dataclass(frozen=True)
class Load:
    """One adviser in one office. `branch` None: in a team, or in more than one branch meanwhile."""

    office: int
    branch: int | None
    requests: int
    days: int

    @property
    def a_week(self) -> float:
        return self.requests * WEEK / self.days


@dataclass(frozen=True)
class OfficeLoad:
    """The spread over the advisers of some offices; None where they or the requests are few."""

    spread: Spread | None
    gini: float | None


def loads(span: Span) -> list[Load]:
    """The loads of all who were there long enough, in no order that tells who is who."""
    first, last = _days(span)
    postings = Posting.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=first), office__in=span.offices, starts_on__lte=last
    )
    days: dict[tuple[int, int], int] = defaultdict(int)
    branches: dict[tuple[int, int], set[int | None]] = defaultdict(set)
    rows = postings.values_list("office_id", "adviser_id", "branch_id", "starts_on", "ends_on")
    for office, adviser, branch, starts_on, ends_on in rows:
        there = _weekdays(max(starts_on, first), min(ends_on or last, last))
        days[office, adviser] += there
        branches[office, adviser].add(branch)
    for (office, adviser), absent in _absent(days, first, last).items():
        days[office, adviser] -= absent
    closed = handled(span)
    found = [
        Load(key[0], _only(branches[key]), closed.get(key, 0), there)
        for key, there in days.items()
        if there >= FEWEST_DAYS
    ]
    return sorted(found, key=lambda load: (load.office, load.a_week))


def of_office(found: Sequence[Load]) -> OfficeLoad:
    """How evenly the work of an office, or of several together, is spread."""
    each = [load.a_week for load in found]
    shown = _may_be_shown(found)
    return OfficeLoad(
        spread=spread(each) if shown else None,
        gini=gini(each) if shown and len(each) >= FEWEST_FOR_GINI else None,
    )


def of_branches(found: Sequence[Load]) -> dict[int, Spread]:
    """The spread within each branch that may be shown."""
    groups: dict[int, list[Load]] = defaultdict(list)
    for load in found:
        if load.branch is not None:
            groups[load.branch].append(load)
    return {
        branch: shown
        for branch, group in groups.items()
        if _may_be_shown(group) and (shown := spread([load.a_week for load in group]))
    }


def _may_be_shown(found: Sequence[Load]) -> bool:
    requests = sum(load.requests for load in found)
    return len(found) >= FEWEST_ADVISERS and requests >= FEWEST_REQUESTS


def _days(span: Span) -> tuple[date, date]:
    """The first and the last day that the period touches, in Brussels."""
    last = (span.end - timedelta(microseconds=1)).astimezone(BRUSSELS).date()
    return span.start.astimezone(BRUSSELS).date(), last


def _weekdays(first: date, last: date) -> int:
    """Mondays to Fridays from the first to the last day, both included."""
    return max(0, int(np.busday_count(first, last + timedelta(days=1))))


def _absent(
    days: dict[tuple[int, int], int], first: date, last: date
) -> dict[tuple[int, int], int]:
    """Weekdays on which somebody was absent, by (office, adviser); never more than there were."""
    absences = Absence.objects.filter(
        adviser__in={adviser for _office, adviser in days}, starts_on__lte=last, ends_on__gte=first
    )
    absent: dict[int, int] = defaultdict(int)
    for adviser, starts_on, ends_on in absences.values_list("adviser_id", "starts_on", "ends_on"):
        absent[adviser] += _weekdays(max(starts_on, first), min(ends_on, last))
    return {key: min(absent[key[1]], there) for key, there in days.items()}


def _only(branches: set[int | None]) -> int | None:
    return next(iter(branches)) if len(branches) == 1 else None
