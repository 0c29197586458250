"""python manage.py import_members FILE"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from people.importing import (
    BadRows,
    MappingError,
    MemberMapping,
    Summary,
    import_members,
    read_member_mapping,
)
from people.tables import BadRow, UnreadableTable, write_report


class Command(BaseCommand):
    help = "Import the list of members: a CSV file with one row per member."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--mapping", type=Path, help="other names of columns and offices")
        parser.add_argument(
            "--dry-run", action="store_true", help="do everything, then take it back"
        )
        parser.add_argument(
            "--skip-bad", action="store_true", help="keep the good rows when others are bad"
        )
        parser.add_argument(
            "--report", type=Path, help="where bad rows are listed (default: FILE.bad.csv)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        report = options["report"] or path.with_name(path.name + ".bad.csv")
        summary = self._import(path, _mapping(options["mapping"]), report, options)
        for line in _lines(summary, report, dry_run=options["dry_run"]):
            self.stdout.write(line)

    def _import(
        self, path: Path, mapping: MemberMapping, report: Path, options: dict[str, Any]
    ) -> Summary:
        try:
            with path.open("rb") as file:
                return import_members(
                    file=file,
                    mapping=mapping,
                    report=report,
                    dry_run=options["dry_run"],
                    skip_bad=options["skip_bad"],
                )
        except UnreadableTable as error:
            write_report(report, [BadRow(error.line, str(error))])
            raise CommandError(f"{path}:{error.line}: {error}") from None
        except BadRows as error:
            raise CommandError(f"{error} {_see(report)}") from None
        except (MappingError, OSError) as error:
            raise CommandError(str(error)) from None


def _mapping(path: Path | None) -> MemberMapping:
    if path is None:
        return MemberMapping()
    try:
        return read_member_mapping(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, MappingError) as error:
        raise CommandError(f"{path}: {error}") from None


def _see(report: Path) -> str:
    return _("They are listed in %(report)s.") % {"report": report}


def _lines(summary: Summary, report: Path, *, dry_run: bool) -> list[str]:
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
        lines += [_("Bad rows: %(count)s") % {"count": len(summary.bad)}, _see(report)]
    if dry_run:
        lines.append(_("This was a trial run: nothing was stored."))
    return lines
