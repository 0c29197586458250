"""By branch, topic, channel and language: the pilot offices before and during the pilot."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from branches.models import LANGUAGES
from reports.balance.said import Content, Row
from reports.blocks import Block, Grid, Heading, Paragraph, Said
from reports.models import Side
from reports.seal_models import Dimension
from reports.templatetags.figures import cell_figure, whole
from reports.why.groups import group_names

Cells = Mapping[str, Mapping[str, Any]]
# What stands in each row, for each of the two times: the clock and the name of the figure.
SHOWN = (("office", "median"), ("calendar", "median"), ("office", "within_promise"))


def chapter(content: Content) -> list[Block]:
    """Branches, channels and languages; the many topics stand in the annex."""
    rows = _rows(content)
    if not rows:
        return []
    few = [one for one in Dimension if one != Dimension.TOPIC]
    return [
        Heading(_("By branch, topic, channel and language"), level=3, anchor="groups"),
        Paragraph(f"{_which_months(rows)} {_('Topics stand in the annex.')}"),
        *(_grid(dimension, rows, content) for dimension in few),
        *_hidden(rows, few),
    ]


def annex(content: Content) -> list[Block]:
    """The same by topic."""
    rows = _rows(content)
    if not rows:
        return []
    return [
        Heading(_("Annex: by topic"), anchor="topics"),
        Paragraph(_which_months(rows)),
        _grid(Dimension.TOPIC, rows, content),
        *_hidden(rows, [Dimension.TOPIC]),
    ]


def name_of_group(dimension: Dimension, key: str, names: Mapping[str, str]) -> str:
    """How a group is called today: codes stay, names may be put better."""
    if dimension == Dimension.LANGUAGE and key in LANGUAGES:
        return str(get_language_info(key)["name_translated"])
    return names.get(key) or (_("No branch") if dimension == Dimension.BRANCH else _("Not stated"))


def _rows(content: Content) -> dict[str, Row]:
    """The groups of the pilot offices, by period."""
    found = content.get("groups") or []
    return {row["period"]: row for row in found if row["side"] == Side.PILOT}


def _which_months(rows: Mapping[str, Row]) -> str:
    spans = {period: _span(row) for period, row in rows.items()}
    if "during" not in spans:
        return _("The pilot offices in whole months: before the pilot %(before)s.") % spans
    if "before" not in spans:
        return _("The pilot offices in whole months: during the pilot %(during)s.") % spans
    return (
        _(
            "The pilot offices in whole months: before the pilot %(before)s, during it %(during)s. "
            "A month in which the pilot began or ended lies in neither."
        )
        % spans
    )


def _span(row: Row) -> str:
    ends = (date_format(date.fromisoformat(row[end]), "YEAR_MONTH_FORMAT") for end in _ENDS)
    first, last = ends
    return first if first == last else _("%(low)s to %(high)s") % {"low": first, "high": last}


_ENDS = ("first", "last")


def _grid(dimension: Dimension, rows: Mapping[str, Row], content: Content) -> Grid:
    names, hours = group_names(dimension), content["pilot"]["working_day_hours"]
    cells = {
        period: {cell["key"]: cell for cell in row["cells"][dimension]}
        for period, row in rows.items()
    }
    headings = [_("Median, office hours"), _("Median, as lived"), _("Within the promise")]
    # Before the pilot an office worked in teams.
    note = _("Before the pilot requests had no branch.") if dimension == Dimension.BRANCH else ""
    return Grid(
        title=str(dimension.label),
        headings=[
            str(dimension.label),
            _("Requests"),
            *(f"{heading}, {when}" for heading in headings for when in (_("before"), _("during"))),
        ],
        rows=[
            [Said(name_of_group(dimension, key, names)), *_row(key, cells, hours)]
            for key in _in_order(cells)
        ],
        note=note,
        is_folded=dimension != Dimension.BRANCH,
    )


def _in_order(cells: Mapping[str, Cells]) -> list[str]:
    """Every group that had a request in one of the two times, in the order in which they stand."""
    periods = ("during", "before")
    return list(dict.fromkeys(key for period in periods for key in cells.get(period, ())))


def _row(key: str, cells: Mapping[str, Cells], hours: int) -> list[Said]:
    both = [cells.get(period, {}).get(key) for period in ("before", "during")]
    counts = [_count(cell) for cell in both]
    if all(cell is not None and "hidden" in cell for cell in both):
        counts = counts[:1]
    figures = [_figure(cell, clock, name, hours) for clock, name in SHOWN for cell in both]
    return [Said(" → ".join(counts)), *figures]


def _count(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return "0"
    return _("not shown") if "hidden" in cell else whole(cell["counted"])


def _figure(cell: Mapping[str, Any] | None, clock: str, name: str, hours: int) -> Said:
    if cell is None or "hidden" in cell:
        return Said("–", is_soft=True)
    words = cell_figure(dict(cell), clock, name, hours)
    if "unknown" in words:
        return Said(words["unknown"], is_soft=True)
    return Said(words["value"], words["range"])


def _hidden(rows: Mapping[str, Row], dimensions: Sequence[Dimension]) -> list[Block]:
    cells = [cell for row in rows.values() for one in dimensions for cell in row["cells"][one]]
    if not any("hidden" in cell for cell in cells):
        return []
    return [
        Paragraph(
            _(
                "Not shown: fewer than 5 requests or 3 advisers, or a group that would give such a "
                "one away by subtraction."
            ),
            "soft",
        )
    ]
