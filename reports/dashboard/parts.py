"""One month by branch, topic, channel and language, from what was stored with its report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from branches.models import LANGUAGES, Office, Pilot
from reports.blocks import Grid, Said
from reports.dashboard.tables import Terms, said
from reports.models import Breakdown, Side
from reports.seal_models import Dimension
from requests_app.enums import Channel


@dataclass(frozen=True)
class Part:
    """The figures of one cell; the same names as in a monthly report."""

    counted: int
    still_waiting: int
    office_clock: Mapping[str, Any]
    calendar_clock: Mapping[str, Any]
    oldest_waiting: None = None

    @property
    def received(self) -> int:
        return self.counted


def parts(
    pilot: Pilot, side: Side, office: Office | None, month: date, *, clock: str, terms: Terms
) -> list[Grid]:
    """One table for each dimension that is stored of this month; 1 query."""
    if office:
        stored = Breakdown.objects.filter(report__office=office, report__month=month)
    else:
        stored = Breakdown.objects.filter(
            side_report__pilot=pilot, side_report__side=side, side_report__month=month
        )
    found = {breakdown.dimension: breakdown.cells for breakdown in stored.order_by("id")}
    return [
        _grid(dimension, found[dimension], clock, terms)
        for dimension in Dimension
        if dimension in found
    ]


def _grid(
    dimension: Dimension, cells: Sequence[Mapping[str, Any]], clock: str, terms: Terms
) -> Grid:
    names, title = _names(dimension, terms), str(dimension.label)
    return Grid(
        title=title,
        headings=[
            title,
            _("Counted"),
            _("Still waiting"),
            _("Median"),
            _("9 out of 10"),
            _("Within the promise"),
        ],
        rows=[
            [Said(names.get(cell["key"]) or _("Not stated")), *_row(cell, clock, terms)]
            for cell in cells
        ],
    )


def _row(cell: Mapping[str, Any], clock: str, terms: Terms) -> list[Said]:
    if "hidden" in cell:
        return [Said(_("hidden"), is_soft=True), *[Said("–", is_soft=True) for _column in range(4)]]
    kept = ("counted", "still_waiting", "office_clock", "calendar_clock")
    part = Part(**{name: cell[name] for name in kept})
    return [
        Said(str(part.counted)),
        Said(str(part.still_waiting)),
        said(part, clock, "median", terms),
        said(part, clock, "ninetieth", terms),
        said(part, "office", "within_promise", terms),
    ]


def _names(dimension: Dimension, terms: Terms) -> Mapping[str, str]:
    match dimension:
        case Dimension.BRANCH:
            return terms.branches
        case Dimension.TOPIC:
            return terms.topics
        case Dimension.CHANNEL:
            return {value: str(label) for value, label in Channel.choices}
        case Dimension.LANGUAGE:
            return {code: get_language_info(code)["name_translated"] for code in LANGUAGES}
