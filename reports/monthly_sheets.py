"""What the page of one month shows beside its figures, as tables for spreadsheets."""

from django.utils.translation import gettext as _

from branches.exports import Cell, Column, Kind, Table
from reports.models import MonthlyReport
from reports.monthly_tables import (
    cell_columns,
    cell_figures,
    month_cells,
    month_columns,
    monthly_table,
    table_notes,
)
from reports.seal_page import SealPage


def sheets(report: MonthlyReport, seal: SealPage) -> list[Table]:
    """The report itself, then what there is of breakdowns, later versions and words."""
    beside = [_groups(seal), _versions(report, seal), _changes(seal), _words(seal)]
    return [monthly_table([report]), *(table for table in beside if table.rows)]


def _groups(seal: SealPage) -> Table:
    columns = [Column(_("By")), Column(_("Group")), *cell_columns()]
    hidden = {"hidden": True}
    rows = [
        [
            str(divided.dimension.label),
            group.name or _("none"),
            *cell_figures(hidden if group.cell is None else group.cell),
        ]
        for divided in seal.divided
        for group in divided.groups
    ]
    why = _(
        "Not shown: fewer than 5 requests or 3 advisers, or a group that would give such a one "
        "away by subtraction."
    )
    return Table(_("By branch, topic, channel"), columns, rows, notes=[*table_notes(), why])


def _versions(report: MonthlyReport, seal: SealPage) -> Table:
    """Every version in full, the sealed one first; none where there is only that one."""
    columns = [Column(_("Version"), Kind.WHOLE), *month_columns()]
    rows: list[list[Cell]] = []
    if seal.later:
        rows = [[1, *month_cells(report)]]
        rows += [
            [later.version.version, *month_cells(later.version)] for later in reversed(seal.later)
        ]
    return Table(_("Versions"), columns, rows, notes=table_notes())


def _changes(seal: SealPage) -> Table:
    columns = [
        Column(_("Version"), Kind.WHOLE),
        Column(_("What changed since")),
        Column(_("Requests"), Kind.WHOLE),
        Column(_("First day"), Kind.DAY),
        Column(_("Last day"), Kind.DAY),
        Column(_("Days that were edited")),
    ]
    rows: list[list[Cell]] = [
        [
            later.version.version,
            change.cause,
            change.requests,
            change.first,
            change.last,
            ", ".join(day.isoformat() for day in change.days) or None,
        ]
        for later in reversed(seal.later)
        for change in later.changes
    ]
    return Table(_("What changed since"), columns, rows)


def _words(seal: SealPage) -> Table:
    columns = [
        Column(_("Published"), Kind.MOMENT),
        Column(_("By")),
        Column(_("Words of managers")),
    ]
    rows: list[list[Cell]] = [
        [words.published_at, words.published_by.name, words.words] for words in seal.publications
    ]
    return Table(_("Words of managers"), columns, rows)
