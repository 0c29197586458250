"""The tables of a balance, for spreadsheets."""

from datetime import date

from django.utils.translation import gettext as _

from branches.exports import Cell, Column, Table
from reports.balance.said import Content, Row, as_report
from reports.balance_models import Balance
from reports.models import Side
from reports.monthly_tables import (
    figure_cells,
    figure_columns,
    month_cells,
    month_columns,
    table_notes,
)


def tables(balance: Balance) -> list[Table]:
    """Every table, those of the results first."""
    return [periods(balance), monthly(balance)]


def periods(balance: Balance) -> Table:
    """Before and during the pilot, of both sides."""
    names = {"before": _("before the pilot"), "during": _("during the pilot")}
    return Table(
        title=_("Before and during"),
        columns=[Column(_("Side")), Column(_("Period")), *figure_columns()],
        rows=[
            (str(Side(row["side"]).label), names[row["period"]], *figure_cells(as_report(row)))
            for row in _content(balance)["periods"]
        ],
        notes=table_notes(),
    )


def monthly(balance: Balance) -> Table:
    """All monthly figures of all offices; those that may not be shown keep their place."""
    columns = [Column(_("Office")), Column(_("Side")), *month_columns()]
    rows = [_office_month(row, len(columns)) for row in _content(balance)["offices"]]
    return Table(_("Monthly figures"), columns, rows, notes=[*table_notes(), _hidden_note()])


def _office_month(row: Row, width: int) -> list[Cell]:
    side = Side.PILOT if row["is_pilot"] else Side.COMPARISON
    head: list[Cell] = [row["office"], str(side.label)]
    if row["is_hidden"]:
        hidden: list[Cell] = [*head, date.fromisoformat(row["month"]), _("not shown")]
        return hidden + [None] * (width - len(hidden))
    return head + month_cells(as_report(row))


def _hidden_note() -> str:
    return _(
        "“Not shown”: the figure would be about fewer than 5 requests or 3 advisers, or would "
        "give such a figure away by subtraction."
    )


def _content(balance: Balance) -> Content:
    content: Content = balance.content or {}
    return content
