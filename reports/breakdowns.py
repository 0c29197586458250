"""The figures of one month by branch, topic, channel and language, small cells hidden."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from branches.models import LANGUAGES, Branch, Office, Topic
from branches.suppression import ALL, Cell, Key, Suppressed, suppress
from branches.working_time import Seconds
from reports.cohorts import CHANNELS, NONE, Cohort
from reports.models import Breakdown, MonthlyReport, Recomputation, SideReport
from reports.response_times import clock_of
from reports.seal_models import Dimension

# How a cell without a branch or topic is called.
NOTHING = ""
Codes = Mapping[int, str]


def codes_of(dimension: Dimension) -> Codes:
    """How each group is called where it is stored, in the order in which groups are shown."""
    match dimension:
        case Dimension.BRANCH:
            found = dict(Branch.objects.order_by("position").values_list("pk", "code"))
        case Dimension.TOPIC:
            ordered = Topic.objects.order_by("branch__position", "position")
            found = dict(ordered.values_list("pk", "code"))
        case Dimension.CHANNEL:
            found = dict(enumerate(CHANNELS, start=1))
        case Dimension.LANGUAGE:
            found = dict(enumerate(LANGUAGES, start=1))
    return found | {NONE: NOTHING}


def of_office(requests: Cohort, *, promise_seconds: int) -> dict[Dimension, list[dict[str, Any]]]:
    """The cells of each dimension for the requests of one office."""
    found = {}
    for dimension in Dimension:
        codes = codes_of(dimension)
        shown = suppress(_table(requests, dimension, codes))
        cells = _Cells(requests, dimension, shown, above=(), promise_seconds=promise_seconds)
        found[dimension] = cells.of(codes)
    return found


def of_side(
    requests: Cohort, offices: Sequence[Office], stored: Iterable[Breakdown], promise_seconds: int
) -> dict[Dimension, list[dict[str, Any]]]:
    """The cells of each dimension for all requests of a side.

    What is shown of each office is known, so a cell of the side that would give away what is
    hidden of one of its offices is hidden too. `stored` are the breakdowns of its offices.
    """
    hidden = _hidden_in_offices(stored)
    found = {}
    for dimension in Dimension:
        codes = codes_of(dimension)
        table = _table(requests, dimension, codes, requests.office)
        keys = [office.pk for office in offices]
        before = {(key, code) for key in keys for code in hidden.get((key, dimension), ())}
        shown = _suppressed_beside(table, keys, codes, before)
        cells = _Cells(requests, dimension, shown, above=(ALL,), promise_seconds=promise_seconds)
        found[dimension] = cells.of(codes)
    return found


def of_months(
    requests: Cohort,
    months: Seconds,
    hidden: Mapping[Dimension, Collection[Key]],
    promise_seconds: int,
) -> dict[Dimension, list[dict[str, Any]]]:
    """The cells of each dimension for all requests of a side over several whole months.

    `months`, of shape (n,), says in which month each request arrived. The cells of each month are
    known from its own report: what is `hidden` there, as (month, code), stays so here, and a cell
    that would give it away by subtraction is hidden too.
    """
    found = {}
    for dimension in Dimension:
        codes = codes_of(dimension)
        table = _table(requests, dimension, codes, months)
        every = np.unique(months).tolist()
        shown = _suppressed_beside(table, every, codes, hidden.get(dimension, ()))
        cells = _Cells(requests, dimension, shown, above=(ALL,), promise_seconds=promise_seconds)
        found[dimension] = cells.of(codes)
    return found


def of_span(
    requests: Cohort,
    offices: Sequence[Office],
    hidden_before: Mapping[Dimension, Collection[Key]],
    promise_seconds: int,
) -> dict[int | None, dict[Dimension, list[dict[str, Any]]]]:
    """The cells of each office, and with None those of all of them, as in a month.

    `hidden_before` are cells by office (or ALL) and code that must not be shown whatever they hold.
    """
    found: dict[int | None, dict[Dimension, list[dict[str, Any]]]] = {
        key: {} for key in (None, *(office.pk for office in offices))
    }
    for dimension in Dimension:
        codes, hidden = codes_of(dimension), hidden_before[dimension]
        table = _table(requests, dimension, codes, requests.office)
        before: set[Key] = set()
        for office in offices:
            alone: dict[Key, Cell] = {
                key[1:]: cell for key, cell in table.items() if key[0] == office.pk
            }
            here = suppress(alone, hidden_before=[key[1:] for key in hidden if key[0] == office.pk])
            before |= {(office.pk, *key) for key in here.hidden if key != (ALL,)}
            part = requests.where(requests.office == office.pk)
            cells = _Cells(part, dimension, here, (), promise_seconds)
            found[office.pk][dimension] = cells.of(codes)
        known = [(office.pk, code) for office in offices for code in (*codes.values(), ALL)]
        # A sum whose parts are all shown is known: to hide it would only hide others in vain.
        partly = {code for _office, code in before}
        sums = {key for key in hidden if key[0] == ALL and key[1] in partly}
        together = suppress(
            table,
            hidden_before=before | sums,
            shown_before=[key for key in known if key not in before],
        )
        side = _Cells(requests, dimension, together, (ALL,), promise_seconds)
        found[None][dimension] = side.of(codes)
    return found


def store(
    cells: Mapping[Dimension, list[dict[str, Any]]],
    **owner: MonthlyReport | Recomputation | SideReport,
) -> None:
    """Keep these cells with their report, instead of those of before."""
    Breakdown.objects.filter(**owner).delete()
    Breakdown.objects.bulk_create(
        Breakdown(**owner, dimension=dimension, cells=found) for dimension, found in cells.items()
    )


def _suppressed_beside(
    table: Mapping[Key, Cell], places: Sequence[int], codes: Codes, hidden: Collection[Key]
) -> Suppressed:
    """What may be shown of the sums over all places, where the cells of each place are known.

    `hidden` was hidden there already, as (place, code); all others were shown.
    """
    before = set(hidden)
    for place in places:
        alone = {key: cell for key, cell in table.items() if key[0] == place}
        before |= {key for key in suppress(alone).hidden if key[0] != ALL}
    known = [(place, code) for place in places for code in (*codes.values(), ALL)]
    return suppress(
        table, hidden_before=before, shown_before=[key for key in known if key not in before]
    )


def _hidden_in_offices(stored: Iterable[Breakdown]) -> dict[tuple[int, str], Collection[str]]:
    return {
        (breakdown.report.office_id, breakdown.dimension): [
            cell["key"] for cell in breakdown.cells if "hidden" in cell
        ]
        for breakdown in stored
        if breakdown.report is not None
    }


def _table(
    requests: Cohort, dimension: Dimension, codes: Codes, places: Seconds | None = None
) -> dict[Key, Cell]:
    """On how many requests and whom each cell rests; only requests that count, and people.

    `places`, of shape (n,), divides the cells further: by office, or by month.
    """
    kept = requests.where(requests.counts)
    place = np.zeros_like(kept.office) if places is None else places[requests.counts]
    table: dict[Key, Cell] = {}
    for (there, group, adviser), number in _counted(place, getattr(kept, dimension), kept.adviser):
        key = (codes[group],) if places is None else (there, codes[group])
        people = frozenset({adviser} - {NONE})
        table[key] = table.get(key, Cell(0)) + Cell(number, people)
    return table


def _counted(*columns: Seconds) -> Iterator[tuple[tuple[int, ...], int]]:
    """Each combination of whole numbers from 0 on that occurs, in order, and how often.

    As one number each they are sorted twenty times as fast as rows are.
    """
    sizes = [int(column.max(initial=0)) + 1 for column in columns]
    found, numbers = np.unique(np.ravel_multi_index(columns, sizes), return_counts=True)
    parts = np.stack(np.unravel_index(found, sizes), axis=1)
    return zip(map(tuple, parts.tolist()), numbers.tolist(), strict=True)


@dataclass(frozen=True)
class _Cells:
    """Makes what is stored. `above`: the margin in which the cells lie, of all offices or none."""

    requests: Cohort
    dimension: Dimension
    shown: Suppressed
    above: tuple[Hashable, ...]
    promise_seconds: int

    def of(self, codes: Codes) -> list[dict[str, Any]]:
        kept = np.flatnonzero(self.requests.counts)
        groups = getattr(self.requests, self.dimension)[kept]
        # Ordered once, each group is a slice: a mask for each of 50 topics would read all 50 times.
        order = np.argsort(groups, kind="stable")
        kept, groups = kept[order], groups[order]
        return [
            self._cell(code, kept[np.searchsorted(groups, group) :][: self._number(code)])
            if self.shown.shows(*self.above, code)
            else _hidden(code)
            for group, code in codes.items()
            if self._number(code)
        ]

    def _number(self, code: str) -> int:
        return self.shown.of(*self.above, code).requests

    def _cell(self, code: str, places: Seconds) -> dict[str, Any]:
        requests = self.requests
        observed = requests.is_answered[places]
        promise = self.promise_seconds
        return {
            "key": code,
            "counted": places.size,
            "first_answered": int(observed.sum()),
            "still_waiting": int(requests.is_waiting[places].sum()),
            "office_clock": asdict(clock_of(requests.office_hours[places], observed, promise)),
            "calendar_clock": asdict(clock_of(requests.calendar_time[places], observed, None)),
        }


def _hidden(code: str) -> dict[str, Any]:
    return {"key": code, "hidden": True}
