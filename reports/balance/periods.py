"""Before and during the pilot, each side as if it were one office and each period one month.

Medians of months cannot be averaged, so these come from the requests themselves: those that
arrived from the first month counted up to the day before the pilot, and those from its first day
up to its last day or the cut-off.
"""

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias

import numpy as np

from branches.models import Office, Pilot
from branches.suppression import Cell
from branches.working_time import BRUSSELS
from reports.cohorts import Cohort, cohort_between
from reports.models import Side
from reports.monthly import offices_of
from reports.months import month_end, month_start, months_between
from reports.response_times import response_times
from reports.shown import RULE, cell_of, hidden_offices

PERIODS = ("before", "during")
Parts: TypeAlias = dict[tuple[str, Side], Cohort]


def parts_of(pilot: Pilot, *, cut_off: datetime) -> Parts:
    """The requests of each side in each period, for sides that have offices.

    None where all its offices together are too few requests or advisers.
    """
    found: Parts = {}
    for side in Side:
        offices = offices_of(pilot, side)
        for period, (start, end) in spans(pilot, cut_off).items() if offices else ():
            part = cohort_between(offices, start=start, end=end, cut_off=cut_off)
            if RULE.allows(cell_of(part.key.size, part.advisers)):
                found[period, side] = part
    return found


def figures_of_periods(pilot: Pilot, parts: Parts) -> list[dict[str, Any]]:
    """One row for each period and side: its figures as JSON holds them."""
    return [
        {"period": period, "side": str(side), "counted": int(part.counts.sum())}
        | asdict(response_times(part, promise_seconds=pilot.promise_seconds))
        for (period, side), part in parts.items()
    ]


def spans(pilot: Pilot, cut_off: datetime) -> dict[str, tuple[datetime, datetime]]:
    """The first moment of each period, and the first moment after it; empty ones are left out."""
    starts = _midnight(pilot.starts_on)
    ends = min(_midnight(pilot.ends_on + timedelta(days=1)), cut_off)
    both = {"before": (_midnight(pilot.baseline_starts_on), min(starts, cut_off))}
    both["during"] = (starts, ends)
    return {period: (start, end) for period, (start, end) in both.items() if start < end}


def hidden_months(pilot: Pilot, *, cut_off: datetime) -> set[tuple[int, date]]:
    """The offices and months whose figures would be about too few requests or advisers.

    The total of each side is shown beside them, so enough others are hidden that none follows by
    subtraction.
    """
    last = min(pilot.ends_on, cut_off.astimezone(BRUSSELS).date())
    return {
        (office, month)
        for side in Side
        for month in months_between(pilot.baseline_starts_on, last)
        for office in _hidden(offices_of(pilot, side), month, cut_off)
    }


def _hidden(offices: list[Office], month: date, cut_off: datetime) -> set[int]:
    if not offices:
        return set()
    requests = cohort_between(
        offices, start=month_start(month), end=month_end(month), cut_off=cut_off
    )
    return hidden_offices({office.pk: _cell(requests, office) for office in offices})


def _cell(requests: Cohort, office: Office) -> Cell:
    here = requests.office == office.pk
    advisers = np.unique(requests.adviser[here])
    return Cell(int(here.sum()), frozenset(int(key) for key in advisers if key > 0))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=BRUSSELS)
