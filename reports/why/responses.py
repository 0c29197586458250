"""Where response times are stored, and the requests from which they were computed.

A month of an office has kept its rows. What is stored of a side, or of the time before or during
the pilot, has not: its requests are read anew as they stood at its cut-off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from branches.models import Office
from branches.suppression import Key
from branches.working_time import Seconds
from reports import sealing, shown
from reports.archives import Archive
from reports.breakdowns import codes_of
from reports.cohorts import Cohort, calendars_between, cohort, cohort_between
from reports.models import Breakdown, MonthlyReport, Recomputation, SideReport
from reports.months import month_end, month_start
from reports.seal_models import Dimension
from reports.why.asked import Asked
from reports.why.rows import NotShown, Openings, Source
from reports.why.told import Told, told_of

Version = MonthlyReport | Recomputation
Cells = Mapping[str, list[dict[str, Any]]]
COLUMNS = (
    "received", "first_answered", "still_waiting", "oldest_waiting", "excluded", "only_a_question",
    "promise_seconds", "office_clock", "calendar_clock", "resolution",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Response:
    """Stored figures, as the columns of a report, and the requests behind them."""

    source: Source
    figures: Mapping[str, Any]
    cells: Cells
    requests: Cohort
    openings: Mapping[int, Openings]
    told: Told

    @property
    def promise_seconds(self) -> int:
        return int(self.figures["promise_seconds"])

    def cell(self, by: str, key: str) -> Mapping[str, Any]:
        """The stored figures of one group. Raises NotShown where it is hidden or there is none."""
        for cell in self.cells.get(by, []):
            if cell["key"] == key and "hidden" not in cell:
                return cell
        raise NotShown(key)

    def places(self, by: str, key: str) -> Seconds:
        """The places of the requests of this group, or of all, first received first."""
        requests = self.requests
        held = np.arange(requests.key.size)
        if by:
            groups = [group for group, code in codes_of(Dimension(by)).items() if code == key]
            held = np.flatnonzero(np.isin(getattr(requests, by), groups))
        order: Seconds = held[np.lexsort((requests.key[held], requests.submitted[held]))]
        return order

    def part(self, places: Seconds) -> Cohort:
        return self.requests.where(np.isin(np.arange(self.requests.key.size), places))


def response_of(asked: Asked) -> Response:
    """What is stored about this, and its requests. Raises NotShown."""
    month = asked.month
    if month is None:
        return _of_span(asked)
    if asked.office:
        report = MonthlyReport.objects.filter(office=asked.office, month=month)
        found = report.select_related("office").first()
        return of_version(found) if found and not shown.is_hidden(found) else _nothing(asked)
    side = SideReport.objects.filter(pilot=asked.pilot, side=asked.side, month=month).first()
    return _of_side(side) if side and not shown.hidden_sides([side]) else _nothing(asked)


def _nothing(asked: Asked) -> Response:
    raise NotShown(asked.period)


def of_version(version: Version) -> Response:
    """A report of an office and month, or a version beside it."""
    owner = "recomputation" if isinstance(version, Recomputation) else "report"
    cells = dict(Breakdown.objects.filter(**{owner: version}).values_list("dimension", "cells"))
    kept = sealing.rows_of(version)
    archive = kept or _read_anew(version)
    requests, office = archive.cohort, version.office
    hidden = [
        (office.pk, cell["key"]) for cell in cells.get(Dimension.BRANCH, []) if "hidden" in cell
    ]
    return Response(
        source=_source(version, is_kept=kept is not None),
        figures={name: getattr(version, name) for name in COLUMNS},
        cells=cells,
        requests=requests,
        openings={office.pk: (archive.opens, archive.closes)},
        # Kept rows do not know who answered: what is hidden was decided when they were kept.
        told=told_of([office], [], more_hidden=hidden),
    )


def _read_anew(version: Version) -> Archive:
    report = version.report if isinstance(version, Recomputation) else version
    rows = cohort([report.office], month=report.month, cut_off=version.cut_off)
    return sealing.archive_of(report, rows, cut_off=version.cut_off)


def _source(stored: Version | SideReport, *, is_kept: bool) -> Source:
    return Source(stored.cut_off, stored.definition_version, stored.code_version, is_kept)


def _of_side(report: SideReport) -> Response:
    offices = list(Office.objects.filter(code__in=report.offices).order_by("code"))
    requests = cohort(offices, month=report.month, cut_off=report.cut_off)
    cells = dict(Breakdown.objects.filter(side_report=report).values_list("dimension", "cells"))
    start, end = month_start(report.month), max(month_end(report.month), report.cut_off)
    calendars = calendars_between(offices, start=start, end=end)
    return Response(
        source=_source(report, is_kept=False),
        figures={name: getattr(report, name) for name in COLUMNS},
        cells=cells,
        requests=requests,
        openings={key: (calendar.opens, calendar.closes) for key, calendar in calendars.items()},
        told=_told(offices, requests, cells),
    )


def _of_span(asked: Asked) -> Response:
    stored, offices = asked.figures, asked.offices
    span = asked.span
    requests = cohort_between(offices, start=span.start, end=span.end, cut_off=span.cut_off)
    if asked.by and (until := stored.content.get("parts_until")):
        # The month that still runs is in the whole and not in its parts.
        until = datetime.fromisoformat(until).timestamp()
        requests = requests.where(requests.submitted < int(until))
    cells = stored.content.get("parts", {})
    calendars = calendars_between(offices, start=span.start, end=span.cut_off)
    return Response(
        source=asked.source,
        figures=stored.content["response"],
        cells=cells,
        requests=requests,
        openings={key: (calendar.opens, calendar.closes) for key, calendar in calendars.items()},
        told=_told(offices, requests, cells),
    )


def _told(offices: Sequence[Office], requests: Cohort, cells: Cells) -> Told:
    """Branches by office, less those that are hidden among the figures of this very list."""
    kept = requests.where(requests.counts)
    columns = (kept.office.tolist(), kept.branch.tolist(), kept.adviser.tolist())
    hidden: list[Key] = [
        (office.pk, cell["key"])
        for cell in cells.get(Dimension.BRANCH, [])
        if "hidden" in cell
        for office in offices
    ]
    return told_of(offices, zip(*columns, strict=True), more_hidden=hidden)
