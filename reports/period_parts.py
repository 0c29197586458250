"""The time before or during the pilot by branch, topic, channel and language, small cells hidden.

The months of this time are shown as well. So a cell is hidden here too where the months that are
shown, subtracted from it, would give away the one month in which it is hidden. The month that still
runs is left out: much in it has no branch yet, and what must be hidden in it would hide the rest.

A month of which only a part lies in this time is known as a whole, and its other part from the
other time. So a cell is hidden as well where either part of such a month is too small to be shown.
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
from reports.cohorts import NONE, Cohort, cohort_between
from reports.models import Breakdown, Side
from reports.months import month_end, month_of, month_start, months_between
from reports.period_rows import Span
from reports.seal_models import Dimension

# Cells by dimension, of each office and, with None, of all of them.
Parts = dict[int | None, dict[Dimension, list[dict[str, Any]]]]
# An office (or ALL), a month, and the code of a group that is hidden in it.
Hidden = frozenset[tuple[Any, date, str]]
# By month the requests of one of its two parts: in this time, and outside it.
Pieces = Sequence[tuple[date, Cohort]]


def parts_of(
    requests: Cohort, *, pilot: Pilot, side: Side, offices: Sequence[Office], span: Span
) -> Parts:
    """The cells of all these offices together and of each; 2 queries a dimension.

    `span` is the time that is divided, whose requests these are.
    """
    pieces, hidden_before = _pieces(offices, span), {}
    for dimension in Dimension:
        hidden = _hidden(pilot, side, offices, dimension)
        hidden_before[dimension] = _given_away(requests, dimension, hidden) | _too_small(
            pieces, dimension, hidden
        )
    return breakdowns.of_span(requests, offices, hidden_before, pilot.promise_seconds)


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


def _pieces(offices: Sequence[Office], span: Span) -> Pieces:
    """Both parts of each month that lies partly in the span; a few reads of one month."""
    found = []
    for month in _cut_months(span):
        start, end = month_start(month), month_end(month)
        whole = cohort_between(offices, start=start, end=end, cut_off=span.cut_off)
        begins, ends = epoch_seconds(span.start), epoch_seconds(span.end)
        inside = (whole.submitted >= begins) & (whole.submitted < ends)
        found += [(month, whole.where(inside)), (month, whole.where(~inside))]
    return found


def _cut_months(span: Span) -> list[date]:
    if span.end <= span.start:
        return []
    ends = (month_of(span.start), month_of(span.end - timedelta(microseconds=1)))
    return [
        month
        for month in dict.fromkeys(ends)
        if month_start(month) < span.start or span.end < month_end(month)
    ]


def _too_small(pieces: Pieces, dimension: Dimension, hidden: Hidden) -> set[Key]:
    """The cells of an office (or ALL) of which one part of a month that is shown is too small."""
    found: set[Key] = set()
    for month, part in pieces:
        kept = part.where(part.counts)
        groups = getattr(kept, dimension)
        for code, group in ((code, group) for group, code in codes_of(dimension).items()):
            of_group = kept.where(groups == group)
            for office in (ALL, *np.unique(of_group.office).tolist()):
                held = of_group if office == ALL else of_group.where(of_group.office == office)
                people = frozenset(held.adviser.tolist()) - {NONE}
                is_small = held.key.size and not Rule().allows(Cell(held.key.size, people))
                if is_small and (office, month, code) not in hidden:
                    found.add((office, code))
    return found


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
