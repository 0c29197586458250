"""Both sides compared curve against curve, before and during the pilot: a log-rank by topic group.

A description, not the test of the pilot: see `survival.log_rank` and docs/figures.md. Comparison
offices work by team and have no branches, so on both sides the stratum is the branch of the topic;
requests without a topic are one of their own.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from branches.models import Topic
from branches.working_time import Seconds
from reports.balance.periods import PERIODS, Parts
from reports.cohorts import NONE, Cohort, Mask
from reports.models import Side
from reports.response_times import FEWEST_FOR_A_MEDIAN
from reports.survival import Group, stratified_log_rank

CLOCKS = {"office": "office_hours", "calendar": "calendar_time"}


def log_ranks(parts: Parts) -> list[dict[str, Any]]:
    """One row for each period in which both sides may be shown, and each clock."""
    branches = dict(Topic.objects.values_list("pk", "branch_id"))
    return [
        row
        for period in PERIODS
        if (period, Side.PILOT) in parts and (period, Side.COMPARISON) in parts
        for row in _rows(
            period,
            _counted(parts[period, Side.PILOT]),
            _counted(parts[period, Side.COMPARISON]),
            branches,
        )
    ]


def _counted(part: Cohort) -> Cohort:
    return part.where(part.counts)


def _rows(
    period: str, pilot: Cohort, comparison: Cohort, branches: Mapping[int, int]
) -> list[dict[str, Any]]:
    requests = [pilot.key.size, comparison.key.size]
    rows: list[dict[str, Any]] = []
    for clock, column in CLOCKS.items():
        row: dict[str, Any] = {"period": period, "clock": clock, "requests": requests}
        if min(requests) >= FEWEST_FOR_A_MEDIAN:
            row |= _compared(pilot, comparison, branches, column)
        rows.append(row)
    return rows


def _compared(
    pilot: Cohort, comparison: Cohort, branches: Mapping[int, int], column: str
) -> dict[str, Any]:
    groups = _strata(pilot, branches), _strata(comparison, branches)
    every = np.unique(np.concatenate(groups)).tolist()
    found = stratified_log_rank(
        (
            _waits(pilot, groups[0] == stratum, column),
            _waits(comparison, groups[1] == stratum, column),
        )
        for stratum in every
    )
    return {
        "strata": len(every),
        "answered": [found.observed1, found.observed2],
        "expected": [found.expected1, found.expected2],
        "chi_square": found.chi_square,
        "p": found.p,
    }


def _waits(side: Cohort, held: Mask, column: str) -> Group:
    return getattr(side, column)[held], side.is_answered[held]


def _strata(side: Cohort, branches: Mapping[int, int]) -> Seconds:
    """The branch of the topic of each request, of shape (n,)."""
    topics, places = np.unique(side.topic, return_inverse=True)
    of_topic = [branches.get(topic, NONE) for topic in topics.tolist()]
    return np.array(of_topic, dtype=np.int64)[places]
