"""A period by branch, topic, channel and language, from what was stored with its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from branches.models import LANGUAGES, Office, Pilot
from reports.blocks import Grid, Said
from reports.dashboard.behind import Behind
from reports.dashboard.tables import Terms, nothing, whole
from reports.dashboard.waits import said
from reports.models import Breakdown, Side
from reports.seal_models import Dimension
from requests_app.enums import Channel

Cells = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Part:
    """The figures of one cell; the same names as in a monthly report."""

    counted: int
    still_waiting: int
    office_clock: Mapping[str, Any]
    calendar_clock: Mapping[str, Any]
    cut_off: datetime
    oldest_waiting: None = None
    oldest_waiting_since: None = None

    @property
    def received(self) -> int:
        return self.counted


@dataclass(frozen=True)
class Divided:
    """The cells of one period by dimension. `when` names it where it stands beside another."""

    cells: Mapping[str, Cells]
    behind: Behind
    cut_off: datetime
    when: str = ""


def of_month(
    pilot: Pilot, side: Side, office: Office | None, month: date, *, cut_off: datetime
) -> Divided:
    """What is stored with the report of this month; 1 query."""
    if office:
        stored = Breakdown.objects.filter(report__office=office, report__month=month)
    else:
        stored = Breakdown.objects.filter(
            side_report__pilot=pilot, side_report__side=side, side_report__month=month
        )
    cells = {breakdown.dimension: breakdown.cells for breakdown in stored.order_by("id")}
    code = office.code if office else ""
    return Divided(cells, Behind(side, code, f"{month:%Y-%m}"), cut_off)


def parts(periods: Sequence[Divided], terms: Terms) -> list[Grid]:
    """One table for each dimension; a group has a row for each period in which it is stored."""
    return [
        _grid(dimension, periods, terms)
        for dimension in Dimension
        if any(dimension in period.cells for period in periods)
    ]


def _grid(dimension: Dimension, periods: Sequence[Divided], terms: Terms) -> Grid:
    names, title = _names(dimension, terms), str(dimension.label)
    cells = [{cell["key"]: cell for cell in each.cells.get(dimension, [])} for each in periods]
    keys = [key for key in (*names, "") if any(key in each for each in cells)]
    return Grid(
        title=title,
        headings=[
            title,
            _("Counted"),
            _("Median, office hours"),
            _("Median, as lived"),
            _("9 out of 10, office hours"),
            _("9 out of 10, as lived"),
            _("Within the promise"),
            _("Still waiting"),
        ],
        rows=[
            [_name(names.get(key) or _("Not stated"), period), *_row(each[key], period, terms, why)]
            for key in keys
            for period, each in zip(periods, cells, strict=True)
            if key in each
            for why in [period.behind.list("first-answer", by=dimension, key=key)]
        ],
    )


def _name(group: str, period: Divided) -> Said:
    return Said(f"{group}, {period.when}" if period.when else group)


def _row(cell: Mapping[str, Any], period: Divided, terms: Terms, why: str) -> list[Said]:
    if "hidden" in cell:
        return [Said(_("hidden"), is_soft=True), *nothing(6)]
    kept = ("counted", "still_waiting", "office_clock", "calendar_clock")
    part = Part(**{name: cell[name] for name in kept}, cut_off=period.cut_off)
    return [
        Said(whole(part.counted), why=why),
        said(part, "office", "median", terms, why),
        said(part, "calendar", "median", terms, why),
        said(part, "office", "ninetieth", terms, why),
        said(part, "calendar", "ninetieth", terms, why),
        said(part, "office", "within_promise", terms, why),
        Said(whole(part.still_waiting), why=why),
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
