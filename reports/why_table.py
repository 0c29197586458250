"""The requests behind a figure as a table for a file."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from branches.exports import Cell, Column, Kind, Table
from reports.templatetags.why import state_name
from reports.why.rows import Behind, Row


def rows_table(found: Behind, *, title: str) -> Table:
    """Every row behind the figure; durations in whole seconds, so that they add up."""
    columns = _columns(found)
    return Table(
        title=title,
        columns=[column for column, _read in columns],
        rows=[[read(row) for _column, read in columns] for row in found.rows(0, found.size)],
        notes=[_("Definition version %(version)s.") % {"version": found.source.definition_version}],
    )


Read = Callable[[Row], Cell]


def _columns(found: Behind) -> list[tuple[Column, Read]]:
    always: list[tuple[Column, Read]] = [
        (Column(_("Reference")), _reference),
        (Column(_("Received or begun"), Kind.MOMENT), lambda row: row.since),
        (
            Column(_("Counts"), Kind.WHOLE, definition=_("1: in the figures, 0: left out.")),
            lambda row: int(row.is_counted),
        ),
    ]
    return always + [both for name, both in _chosen().items() if name in found.columns]


def _chosen() -> Mapping[str, tuple[Column, Read]]:
    """The columns that some kinds of figures have."""
    return {
        "office": (Column(_("Office")), lambda row: row.office),
        "branch": (
            Column(_("Branch"), definition=_("Empty where too few people stand behind it.")),
            lambda row: row.branch,
        ),
        "until": (Column(_("Counted until"), Kind.MOMENT), lambda row: row.until),
        "state": (Column(_("State at the cut-off")), lambda row: state_name(row.state)),
        "office_hours": (
            Column(_("Office hours"), Kind.WHOLE, unit="s"),
            lambda row: row.office_hours,
        ),
        "calendar_time": (
            Column(_("As the member lived it"), Kind.WHOLE, unit="s"),
            lambda row: row.calendar_time,
        ),
        "waited": (
            Column(_("Of it waiting for the member"), Kind.WHOLE, unit="s"),
            lambda row: row.waited_for_member,
        ),
        "said": (Column(_("Besides")), lambda row: row.said),
    }


def _reference(row: Row) -> str:
    if row.is_withheld:
        return _("not shown")
    return row.reference or _("erased")
