"""The requests behind a figure as a table for a file."""

from django.utils.translation import gettext as _

from branches.exports import Cell, Column, Kind, Table
from reports.why import Behind, Row, group_name


def rows_table(found: Behind) -> Table:
    """Every row behind the figure; durations in whole seconds, so that they add up."""
    return Table(
        title=group_name(found.dimension, found.key) or _("Requests"),
        columns=[
            Column(_("Reference")),
            Column(_("Received"), Kind.MOMENT),
            Column(_("Counted until"), Kind.MOMENT),
            Column(_("State at the cut-off")),
            Column(_("Counts"), Kind.WHOLE, definition=_("1: in the figures, 0: left out.")),
            Column(_("Branch"), definition=_("Empty where too few people stand behind it.")),
            Column(_("Office hours"), Kind.WHOLE, unit="s"),
            Column(_("As the member lived it"), Kind.WHOLE, unit="s"),
            Column(_("Of it waiting for the member"), Kind.WHOLE, unit="s"),
        ],
        rows=[_cells(row) for row in found.rows(0, found.order.size)],
        notes=[
            _("Definition version %(version)s.") % {"version": found.version.definition_version}
        ],
    )


def _cells(row: Row) -> list[Cell]:
    return [
        row.reference or _("erased"),
        row.submitted,
        row.until,
        row.state,
        int(row.is_counted),
        row.branch,
        row.office_hours,
        row.calendar_time,
        row.waited_for_member,
    ]
