"""A period by branch, topic, channel and language, from what was stored with its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from branches.models import LANGUAGES, Office, Pilot
from reports.blocks import Grid, Said
from reports.dashboard.behind import Behind
from reports.dashboard.tables import Terms, nothing
from reports.dashboard.waits import said
from reports.models import Breakdown, Side
from reports.seal_models import Dimension
from reports.templatetags.figures import whole
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


def part(dimension: Dimension, periods: Sequence[Divided], terms: Terms) -> Grid | None:
    """A row for each group and each period in which it is stored; None where nothing is stored."""
    if not any(dimension in period.cells for period in periods):
        return None
    names, title = _names(dimension, terms), str(dimension.label)
    found = [
        (names.get(cell["key"]) or _("Not stated"), period, cell)
        for key in (*names, "")
        for period in periods
        for cell in period.cells.get(dimension, [])
        if cell["key"] == key
    ]
    # There are many topics: those that are hidden are only counted.
    is_long = dimension == Dimension.TOPIC
    shown = [each for each in found if not (is_long and "hidden" in each[2])]
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
            [
                Said(f"{group}, {period.when}" if period.when else group),
                *_row(dimension, cell, period, terms),
            ]
            for group, period, cell in shown
        ],
        note=_hidden(len(found) - len(shown)),
    )


def _hidden(number: int) -> str:
    if not number:
        return ""
    return ngettext(
        "%(number)s more row is hidden.", "%(number)s more rows are hidden.", number
    ) % {"number": number}


def _row(
    dimension: Dimension, cell: Mapping[str, Any], period: Divided, terms: Terms
) -> list[Said]:
    """All its figures rest on the same requests, so one link leads behind them: their number."""
    if "hidden" in cell:
        return [Said(_("hidden"), is_soft=True), *nothing(6)]
    why = period.behind.list("first-answer", by=dimension, key=cell["key"])
    kept = ("counted", "still_waiting", "office_clock", "calendar_clock")
    part = Part(**{name: cell[name] for name in kept}, cut_off=period.cut_off)
    return [
        Said(whole(part.counted), why=why),
        said(part, "office", "median", terms),
        said(part, "calendar", "median", terms),
        said(part, "office", "ninetieth", terms),
        said(part, "calendar", "ninetieth", terms),
        said(part, "office", "within_promise", terms),
        Said(whole(part.still_waiting)),
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
