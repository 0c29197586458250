"""The comparison as if every office, before and after, had had the same mix of requests."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from branches.working_time import Seconds
from reports.comparison import Panel, changes, randomisation
from reports.comparison_cells import Read, Requests, Waits, table
from reports.comparison_findings import Found, plain
from reports.comparison_frame import Frame
from reports.months import month_end
from reports.standardisation import merged, standardised

REST = 0
PERIODS = 2


def standardised_findings(
    requests: Requests, frame: Frame, branches: Mapping[int, int], *, read: Read
) -> Found:
    """Crude and standardised difference over the same requests, each period taken as a whole.

    `branches` holds the branch of each topic. The weights are the mix of the pilot offices before.
    Topics with fewer than 10 requests in some office and period are counted by branch, and
    branches that are still too small together. `difference` is None where nothing is left.
    """
    ends = [month_end(month).date() for month in frame.months]
    month = requests.period(frame.months, ends)
    period = np.where(month >= 0, frame.is_after[month].astype(np.int64), -1)
    groups, names = _groups(requests, frame, period, branches)
    waits = Waits(requests.wait, requests.is_answered)
    cells = requests.office * PERIODS + np.maximum(period, 0)
    columns = np.where(period >= 0, groups, -1)
    shape = (len(frame.offices) * PERIODS, len(names))
    rates = table(waits, cells, columns, shape, read).reshape(len(frame.offices), PERIODS, -1)
    weights = _weights(requests, frame, period, groups, len(names))
    weights = np.where(np.isfinite(rates).all(axis=(0, 1)), weights, 0)
    crude = table(waits, requests.office, period, (len(frame.offices), PERIODS), read)
    if not weights.sum() > 0 or not np.isfinite(crude).all() or not _has_sides(frame):
        return {"difference": None, "crude": None, "groups_kept": 0, "weight_kept": 0.0}
    all_requests = _weights(requests, frame, period, groups, len(names)).sum()
    return _both(crude, standardised(rates, weights), frame) | {
        "groups_kept": int((weights > 0).sum()),
        "weight_kept": float(weights.sum() / all_requests),
    }


def _both(crude: Any, same_mix: Any, frame: Frame) -> Found:
    found: Found = {}
    for name, values in (("crude", crude), ("difference", same_mix)):
        panel = Panel(values, frame.is_pilot, np.array([False, True]))
        result = randomisation(changes(panel), panel.is_pilot)
        found |= {name: result.difference, f"{name}_larger": result.larger}
        found[f"{name}_sides"] = {
            "pilot": plain(values[frame.is_pilot].mean(axis=0)),
            "comparison": plain(values[~frame.is_pilot].mean(axis=0)),
        }
    return found | {"groups": result.groups}


def _has_sides(frame: Frame) -> bool:
    return bool(frame.is_pilot.any() and (~frame.is_pilot).any())


def _groups(
    requests: Requests, frame: Frame, period: Seconds, branches: Mapping[int, int]
) -> tuple[Seconds, list[int]]:
    """The place of each request's group, and the names: topics, minus branches, or the rest."""
    held = period >= 0
    topics, place = np.unique(requests.topic, return_inverse=True)
    cell = requests.office * PERIODS + np.maximum(period, 0)
    shape = (topics.size, len(frame.offices) * PERIODS)
    counts = np.zeros(shape, np.int64)
    np.add.at(counts, (place[held], cell[held]), 1)
    by_topic = {topic: counts[row] for row, topic in enumerate(topics.tolist())}
    parents = {topic: -branch for topic, branch in branches.items()}
    joined = merged(by_topic, parents, rest=REST)
    names = sorted(set(joined.values()))
    of_topic = np.array([names.index(joined[topic]) for topic in topics.tolist()], dtype=np.int64)
    return of_topic[place], names


def _weights(
    requests: Requests, frame: Frame, period: Seconds, groups: Seconds, number: int
) -> Seconds:
    before = frame.is_pilot[requests.office] & (period == 0)
    return np.bincount(groups[before], minlength=number)
