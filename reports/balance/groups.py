"""Each side before and during the pilot, by branch, topic, channel and language.

Counted over whole months: the figures of each month are known from its own report, and only so can
be said what those of several months together would give away. The month in which the pilot began
belongs to neither time, unless the pilot began on its first day.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from branches.models import Pilot
from branches.suppression import Key
from branches.working_time import BRUSSELS, epoch_seconds
from reports import breakdowns
from reports.cohorts import cohort_between
from reports.models import Breakdown, Side
from reports.monthly import offices_of
from reports.months import month_end, month_start, months_between, next_month
from reports.seal_models import Dimension


def figures_of_groups(pilot: Pilot, *, cut_off: datetime) -> list[dict[str, Any]]:
    """One row for each period and side that has offices, with the cells of each dimension."""
    return [
        {"period": period, "side": str(side), "first": months[0], "last": months[-1]}
        | {"cells": _cells(pilot, side, months, cut_off)}
        for side in Side
        if offices_of(pilot, side)
        for period, months in whole_months(pilot, cut_off).items()
        if months
    ]


def whole_months(pilot: Pilot, cut_off: datetime) -> dict[str, list[date]]:
    """The months that lie before and during the pilot from their first to their last day.

    The one that is running at the cut-off is no whole month: much in it has no branch yet, and what
    must be hidden in it would hide the rest.
    """
    today = cut_off.astimezone(BRUSSELS).date()
    before, during = [], []
    for month in months_between(pilot.baseline_starts_on, today):
        end = next_month(month)
        if end > today:
            break
        if pilot.baseline_starts_on <= month and end <= pilot.starts_on:
            before.append(month)
        elif pilot.starts_on <= month and end <= pilot.ends_on + timedelta(days=1):
            during.append(month)
    return {"before": before, "during": during}


def _cells(
    pilot: Pilot, side: Side, months: list[date], cut_off: datetime
) -> dict[Dimension, list[dict[str, Any]]]:
    start, end = month_start(months[0]), month_end(months[-1])
    requests = cohort_between(offices_of(pilot, side), start=start, end=end, cut_off=cut_off)
    moments = [epoch_seconds(month_start(month)) for month in months]
    places = np.searchsorted(moments, requests.submitted, side="right") - 1
    return breakdowns.of_months(
        requests, places, _hidden(pilot, side, months), pilot.promise_seconds
    )


def _hidden(pilot: Pilot, side: Side, months: list[date]) -> dict[Dimension, set[Key]]:
    """What the reports of these months hide of the side, as the place of the month and the code."""
    stored = Breakdown.objects.filter(
        side_report__pilot=pilot, side_report__side=side, side_report__month__in=months
    ).values_list("side_report__month", "dimension", "cells")
    found: dict[Dimension, set[Key]] = defaultdict(set)
    for month, dimension, cells in stored:
        hidden = {cell["key"] for cell in cells if "hidden" in cell}
        found[Dimension(dimension)] |= {(months.index(month), code) for code in hidden}
    return found
