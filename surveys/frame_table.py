"""The archived frame as a table for a spreadsheet: without names, enough to draw again."""

from django.utils.translation import gettext as _

from branches.exports import Column, Kind, Table
from surveys.models import Wave


def frame_table(wave: Wave) -> Table:
    """One line for everybody in the frame, in the order of their keys."""
    rows = wave.frame.order_by("key").values_list(
        "key", "stratum__code", "group", "group_drawn", "group_size", "is_drawn"
    )
    columns = [
        Column("key", definition=_("Stands for a person. SHA-256 of “seed:key” gives the place.")),
        Column("stratum", definition=_("Office and contact in the month before.")),
        Column("group", definition=_("panel: asked two months before; fresh: never asked.")),
        Column("group_drawn", Kind.WHOLE, definition=_("So many of the group were drawn.")),
        Column("group_size", Kind.WHOLE, definition=_("So many people the group had.")),
        Column("drawn", Kind.WHOLE, definition=_("1: was drawn.")),
        # In each line, because a file of values has no other place for it.
        Column("seed", definition=_("What decided the draw together with the keys.")),
    ]
    return Table(
        title=f"frame {wave.month:%Y-%m}",
        columns=columns,
        rows=[(*row[:5], int(row[5]), wave.seed) for row in rows],
    )
