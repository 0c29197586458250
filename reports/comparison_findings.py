"""What a table of offices by months says about a pilot, as plain values that JSON can hold. Pure.

Every value is in the unit of the outcome: shares between 0 and 1, times in hours.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from reports.comparison import (
    Panel,
    balanced,
    changes,
    difference_of_medians,
    fake_starts,
    noise_floor,
    placebos,
    randomisation,
    with_effects,
)
from reports.control_charts import FEWEST_BEFORE, individuals, outside, runs
from reports.interrupted_series import TRANSITION_WEEKS, level_change
from reports.many_tests import holm
from reports.survival import Floats

Found = dict[str, Any]


def findings(panel: Panel, codes: Sequence[str]) -> Found:
    """The difference-in-differences of one outcome with everything that stands beside it.

    `codes` name the offices. `difference` is None, and `missing` says why, without data before,
    without offices to compare with, or when a pilot office has too many gaps.
    """
    offices, months = balanced(panel)
    kept = panel.only(offices, months)
    named = [code for code, keep in zip(codes, offices, strict=True) if keep]
    found: Found = {
        "offices": named,
        "offices_left_out": [code for code in codes if code not in named],
        "months": np.flatnonzero(months).tolist(),
        "months_with_gaps": np.flatnonzero(~months).tolist(),
        "cells": plain(panel.values),
        "difference": None,
        "missing": _missing(panel, kept),
    }
    if found["missing"]:
        return found
    return found | _compared(kept) | _unchanged(kept) | {"sides": _sides(kept)}


def _missing(panel: Panel, kept: Panel) -> str:
    if (~panel.is_pilot).sum() == 0 or (~kept.is_pilot).sum() == 0:
        return "no_comparison"
    if panel.is_pilot.sum() != kept.is_pilot.sum() or not kept.is_pilot.any():
        return "pilot_office_with_gaps"
    if not (~kept.is_after).any():
        return "no_before"
    return "" if kept.is_after.any() else "no_after"


def _compared(panel: Panel) -> Found:
    changed = changes(panel)
    found = randomisation(changed, panel.is_pilot)
    return {
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "level": found.level,
        "larger": found.larger,
        "groups": found.groups,
        "p": found.p,
        "differences": plain(np.sort(found.differences)),
        "changes": plain(changed),
        "difference_of_medians": difference_of_medians(panel),
        "with_effects": with_effects(panel),
    }


def _unchanged(panel: Panel) -> Found:
    """What the same arithmetic gives where nothing changed."""
    found = list(placebos(panel))
    return {
        "noise_floor": noise_floor(found),
        "placebos": plain(np.sort([placebo.difference for placebo in found])),
        "fake_starts": [list(pair) for pair in fake_starts(panel)],
    }


def _sides(panel: Panel) -> Found:
    """The mean of the offices of each side by month: what the picture of the trends shows."""
    return {
        "pilot": plain(panel.values[panel.is_pilot].mean(axis=0)),
        "comparison": plain(panel.values[~panel.is_pilot].mean(axis=0)),
    }


def short(panel: Panel) -> Found:
    """Only the difference and its place among all groups; None where it cannot be computed."""
    kept = panel.only(*balanced(panel))
    if _missing(panel, kept):
        return {"difference": None, "larger": None, "groups": None}
    found = randomisation(changes(kept), kept.is_pilot)
    return {"difference": found.difference, "larger": found.larger, "groups": found.groups}


def without_each_office(panel: Panel, codes: Sequence[str]) -> list[Found]:
    """The same with each office left out in turn, as long as both sides keep one."""
    found = []
    for place, code in enumerate(codes):
        rest = np.arange(len(codes)) != place
        if panel.is_pilot[rest].any() and (~panel.is_pilot[rest]).any():
            every = np.ones_like(panel.is_after)
            found.append({"office": code} | short(panel.only(rest, every)))
    return found


def without_months(panel: Panel, left_out: Sequence[bool]) -> Found:
    held = ~np.asarray(left_out, dtype=np.bool_)
    return short(panel.only(np.ones_like(panel.is_pilot), held))


def control_chart(points: Floats, is_before: Sequence[bool]) -> Found:
    """Limits from the weeks before, frozen, and what lies outside them or runs on one side.

    Without 12 known weeks before there are no limits, and nothing is called a signal.
    """
    before = points[np.asarray(is_before, dtype=np.bool_)]
    known = before[np.isfinite(before)]
    values = plain(points)
    if known.size < FEWEST_BEFORE:
        return {"points": values, "limits": None, "outside": [], "runs": []}
    limits = individuals(known)
    return {
        "points": values,
        "limits": asdict(limits),
        "outside": outside(values, limits),
        "runs": runs(values, limits),
    }


def controlled_series(
    pilot: Floats, comparison: Floats, weeks_since_start: Sequence[int]
) -> Found | None:
    """The change of level in the weekly difference of both sides; None with too few weeks.

    `weeks_since_start` is negative before; the first four weeks of the pilot are left out.
    """
    weeks = np.asarray(weeks_since_start)
    held = (weeks < 0) | (weeks >= TRANSITION_WEEKS)
    difference = (pilot - comparison)[held]
    found = level_change(weeks[held], difference, weeks[held] >= 0)
    return None if found is None else asdict(found)


def corrected(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's values over all planned outcomes. One that is not known yet counts as planned."""
    values = holm([1.0 if p is None else p for p in p_values]).tolist() if p_values else []
    return [None if p is None else value for p, value in zip(p_values, values, strict=True)]


def plain(values: Floats) -> list[Any]:
    """As lists of numbers, None where a value is not known."""
    return [
        plain(value)
        if isinstance(value, np.ndarray)
        else (None if np.isnan(value) else float(value))
        for value in np.asarray(values, dtype=np.float64)
    ]
