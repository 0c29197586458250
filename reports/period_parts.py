"""The time before or during the pilot by branch, topic, channel and language, small cells hidden.

The months of this time are shown as well. So a cell is hidden here too where the months that are
shown, subtracted from it, would give away the one month in which it is hidden. The month that still
runs is left out: much in it has no branch yet, and what must be hidden in it would hide the rest.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

from branches.calendars import BRUSSELS
from branches.models import Office, Pilot
from branches.suppression import ALL, Cell, Key, Rule
from branches.working_time import Seconds, epoch_seconds
from reports import breakdowns
from reports.breakdowns import codes_of
from reports.cohorts import NONE, Cohort
from reports.models import Breakdown, Side
from reports.months import month_of, month_start, months_between
from reports.period_rows import Span
from reports.seal_models import Dimension

# Cells by dimension, of each office and, with None, of all of them.
Parts = dict[int | None, dict[Dimension, list[dict[str, Any]]]]
# An office (or ALL), a month, and the code of a group that is hidden in it.
Hidden = frozenset[tuple[Any, date, str]]


def parts_of(requests: Cohort, *, pilot: Pilot, side: Side, offices: Sequence[Office]) -> Parts:
    """The cells of all these offices together and of each; 2 queries a dimension."""
    return breakdowns.of_span(
        requests,
        offices,
        {
            dimension: _given_away(requests, dimension, _hidden(pilot, side, offices, dimension))
            for dimension in Dimension
        },
        pilot.promise_seconds,
    )


def divided_until(pilot: Pilot, span: Span) -> datetime:
    """Until which arrival this time is divided: its end, or that of its last whole month."""
    ends = (pilot.starts_on, pilot.ends_on + timedelta(days=1))
    if span.end in {datetime.combine(day, time(), BRUSSELS) for day in ends}:
        return span.end
    return max(span.start, month_start(month_of(span.end)))


def hidden_in_months(offices: Iterable[Office], dimension: Dimension) -> Hidden:
    """What the monthly reports of these offices hide of this dimension; 1 query."""
    stored = Breakdown.objects.filter(
        dimension=dimension, report__office__in=[office.pk for office in offices]
    )
    rows = stored.values_list("report__office_id", "report__month", "cells")
    return frozenset((office, month, key) for office, month, cells in rows for key in _keys(cells))


def _hidden(pilot: Pilot, side: Side, offices: Iterable[Office], dimension: Dimension) -> Hidden:
    """The same, with what is hidden of the side as a whole and not known from its offices."""
    stored = Breakdown.objects.filter(
        dimension=dimension, side_report__pilot=pilot, side_report__side=side
    )
    rows = stored.values_list("side_report__month", "cells")
    of_offices = hidden_in_months(offices, dimension)
    open_ = {(month, key) for _office, month, key in of_offices}
    together = {(month, key) for month, cells in rows for key in _keys(cells)} & open_
    return of_offices | {(ALL, month, key) for month, key in together}


def _keys(cells: list[dict[str, Any]]) -> list[str]:
    return [cell["key"] for cell in cells if "hidden" in cell]


def _given_away(requests: Cohort, dimension: Dimension, hidden: Hidden) -> set[Key]:
    """The cells of this time from which subtraction would give what a month hides.

    What is left after it may be known where it is several months together, and enough of them.
    """
    kept = requests.where(requests.counts)
    groups = {code: group for group, code in codes_of(dimension).items()}
    months, of = _months(kept)
    left: dict[Key, list[Cell]] = defaultdict(list)
    for office, month, code in hidden:
        if month in months and code in groups:
            held = (of == months.index(month)) & (getattr(kept, dimension) == groups[code])
            held &= np.True_ if office == ALL else kept.office == office
            if number := int(held.sum()):
                people = frozenset(kept.adviser[held].tolist()) - {NONE}
                left[office, code].append(Cell(number, people))
    return {key for key, cells in left.items() if not _may_be_known(cells)}


def _months(requests: Cohort) -> tuple[list[date], Seconds]:
    """The months in which these arrived, and the place among them of each request."""
    if not requests.submitted.size:
        return [], requests.submitted
    ends = (int(requests.submitted.min()), int(requests.submitted.max()))
    first, last = (month_of(datetime.fromtimestamp(each, tz=UTC)) for each in ends)
    months = list(months_between(first, last))
    starts = [epoch_seconds(month_start(month)) for month in months]
    return months, np.searchsorted(starts, requests.submitted, side="right") - 1


def _may_be_known(cells: Sequence[Cell]) -> bool:
    together = sum(cells[1:], cells[0])
    return len(cells) > 1 and Rule().allows(together)
