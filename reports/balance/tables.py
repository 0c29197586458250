"""The tables of a balance, for spreadsheets: each of them a sheet, and a CSV by its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.exports import Cell, Column, Kind, Table
from reports.balance import comparison_sheets, curves, work_sheets
from reports.balance.divided import name_of_group
from reports.balance.said import Content, Row, as_report
from reports.balance_models import Balance
from reports.models import Side
from reports.monthly_tables import (
    cell_columns,
    cell_figures,
    figure_cells,
    figure_columns,
    month_cells,
    month_columns,
    table_notes,
)
from reports.seal_models import Dimension
from reports.why.groups import group_names


@dataclass(frozen=True)
class Sheet:
    """A table by its title; `part` names what of the content it is made from."""

    title: str | Promise
    part: str
    make: Callable[[str, Content], Table]

    def of(self, content: Content) -> Table:
        return self.make(str(self.title), content)


def tables(balance: Balance) -> list[Table]:
    """Every table that holds something, those of the results first."""
    content = _content(balance)
    found = [sheet.of(content) for sheet in SHEETS.values() if content.get(sheet.part)]
    return [table for table in found if table.rows]


def table(balance: Balance, name: str) -> Table:
    """One of them. Raises LookupError where there is none or it was not computed."""
    content, sheet = _content(balance), SHEETS[name]
    if not content.get(sheet.part):
        raise LookupError(name)
    return sheet.of(content)


def named(balance: Balance) -> list[tuple[str, str]]:
    """Name and title of those that were computed."""
    content = _content(balance)
    return [(name, str(sheet.title)) for name, sheet in SHEETS.items() if content.get(sheet.part)]


def periods(title: str, content: Content) -> Table:
    """Before and during the pilot, of both sides."""
    names = {"before": _("before the pilot"), "during": _("during the pilot")}
    return Table(
        title=title,
        columns=[Column(_("Side")), Column(_("Period")), *figure_columns()],
        rows=[
            (str(Side(row["side"]).label), names[row["period"]], *figure_cells(as_report(row)))
            for row in content["periods"]
        ],
        notes=table_notes(),
    )


def sides(title: str, content: Content) -> Table:
    """The months of each side, as if it were one office."""
    columns = [Column(_("Side")), *month_columns()]
    return Table(
        title=title,
        columns=columns,
        rows=[
            _month(row, [str(Side(row["side"]).label)], len(columns)) for row in content["sides"]
        ],
        notes=[*table_notes(), _hidden_note()],
    )


def monthly(title: str, content: Content) -> Table:
    """All monthly figures of all offices; those that may not be shown keep their place."""
    columns = [Column(_("Office")), Column(_("Side")), *month_columns()]
    rows = [_office_month(row, len(columns)) for row in content["offices"]]
    return Table(title, columns, rows, notes=[*table_notes(), _hidden_note()])


def _office_month(row: Row, width: int) -> list[Cell]:
    side = Side.PILOT if row["is_pilot"] else Side.COMPARISON
    return _month(row, [row["office"], str(side.label)], width)


def _month(row: Row, head: list[Cell], width: int) -> list[Cell]:
    """A month of an office or side. Balances of before know no hidden months of sides."""
    if row.get("is_hidden"):
        hidden: list[Cell] = [*head, date.fromisoformat(row["month"]), _("not shown")]
        return hidden + [None] * (width - len(hidden))
    return head + month_cells(as_report(row))


def groups(title: str, content: Content) -> Table:
    """Both sides before and during, by branch, topic, channel and language."""
    columns = [
        Column(_("Side")),
        Column(_("Period")),
        Column(_("First month"), Kind.MONTH),
        Column(_("Last month"), Kind.MONTH),
        Column(_("By")),
        Column(_("Group")),
        *cell_columns(),
    ]
    names = {dimension: group_names(dimension) for dimension in Dimension}
    rows = [line for row in content["groups"] for line in _group_lines(row, names)]
    return Table(
        title=title,
        columns=columns,
        rows=rows,
        notes=[*table_notes(), _hidden_note()],
    )


def _group_lines(row: Row, called: Mapping[Dimension, dict[str, str]]) -> list[list[Cell]]:
    times = {"before": _("before the pilot"), "during": _("during the pilot")}
    first, last = (date.fromisoformat(row[end]) for end in ("first", "last"))
    head: list[Cell] = [str(Side(row["side"]).label), times[row["period"]], first, last]
    lines: list[list[Cell]] = []
    for dimension in Dimension:
        for cell in row["cells"].get(dimension, ()):
            name = name_of_group(dimension, cell["key"], called[dimension])
            lines.append([*head, str(dimension.label), name, *cell_figures(cell)])
    return lines


def _hidden_note() -> str:
    return _(
        "“Not shown”: the figure would be about fewer than 5 requests or 3 advisers, or would "
        "give such a figure away by subtraction."
    )


SHEETS = {
    "periods": Sheet(gettext_lazy("Before and during"), "periods", periods),
    "sides": Sheet(gettext_lazy("Both sides month by month"), "sides", sides),
    "monthly": Sheet(gettext_lazy("Monthly figures"), "offices", monthly),
    "groups": Sheet(gettext_lazy("By branch, topic, channel"), "groups", groups),
    "curves": Sheet(gettext_lazy("Curve against curve"), "log_rank", curves.table),
    "outcomes": Sheet(gettext_lazy("Outcomes"), "comparison", comparison_sheets.outcomes),
    "trends": Sheet(
        gettext_lazy("Primary outcome by month"), "comparison", comparison_sheets.trends
    ),
    "differences": Sheet(
        gettext_lazy("Every difference"), "comparison", comparison_sheets.differences
    ),
    "checks": Sheet(
        gettext_lazy("Looked at in other ways"), "comparison", comparison_sheets.checks
    ),
    "weeks": Sheet(gettext_lazy("Week by week"), "comparison", comparison_sheets.weeks),
    "flow": Sheet(gettext_lazy("Received, closed and open"), "work", work_sheets.flow),
    "ways": Sheet(gettext_lazy("The way through the branches"), "work", work_sheets.ways),
    "handovers": Sheet(gettext_lazy("Hand-overs"), "work", work_sheets.handovers),
    "continuity": Sheet(gettext_lazy("The same person again"), "work", work_sheets.continuity),
    "documents": Sheet(gettext_lazy("How long documents wait"), "work", work_sheets.documents),
}


def _content(balance: Balance) -> Content:
    content: Content = balance.content or {}
    return content
