"""python manage.py import_members FILE"""

from pathlib import Path

from django.utils.translation import gettext as _

from people.import_command import ImportCommand, trial
from people.importing import (
    BadRows,
    MappingError,
    MemberMapping,
    Summary,
    import_members,
    read_member_mapping,
)


class Command(ImportCommand[MemberMapping, Summary]):
    help = "Import the list of members: a CSV file with one row per member."
    mapping_help = "other names of columns and offices"
    skip_help = "keep the good rows when others are bad"
    bad_rows, faults = BadRows, (MappingError,)

    def read_mapping(self, text: str | None) -> MemberMapping:
        return MemberMapping() if text is None else read_member_mapping(text)

    def import_file(
        self, path: Path, mapping: MemberMapping, *, report: Path, dry_run: bool, skip_bad: bool
    ) -> Summary:
        with path.open("rb") as file:
            return import_members(
                file=file, mapping=mapping, report=report, dry_run=dry_run, skip_bad=skip_bad
            )

    def lines(self, summary: Summary, see_report: str, *, dry_run: bool) -> list[str]:
        lines = [
            _("Rows read: %(count)s") % {"count": summary.rows},
            _("Members made: %(count)s") % {"count": summary.made},
            _("Members changed: %(count)s") % {"count": summary.changed},
            _("Members unchanged: %(count)s") % {"count": summary.unchanged},
        ]
        if summary.refusals_kept:
            text = _("Not surveyed, because they said so here: %(count)s")
            lines.append(text % {"count": summary.refusals_kept})
        if summary.bad:
            lines += [_("Bad rows: %(count)s") % {"count": len(summary.bad)}, see_report]
        return [*lines, trial()] if dry_run else lines
