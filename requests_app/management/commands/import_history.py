"""python manage.py import_history FILE --mapping MAPPING.toml"""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from people.progress import ProgressBar
from people.tables import BadRow, UnreadableTable, write_report
from requests_app.enums import Action
from requests_app.importing.mapping import Mapping, MappingError, read_mapping
from requests_app.importing.run import BadRows, Summary, import_history


class Command(BaseCommand):
    help = "Import the history of another system: a CSV file with one row per event."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--mapping", type=Path, required=True, help="what its words mean here (TOML)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="do everything, then take it back"
        )
        parser.add_argument(
            "--skip-bad", action="store_true", help="keep the good cases when rows are bad"
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
        self, path: Path, mapping: Mapping, report: Path, options: dict[str, Any]
    ) -> Summary:
        try:
            with path.open("rb") as file, ProgressBar(self.stdout.write, unit="") as progress:
                return import_history(
                    file=file,
                    mapping=mapping,
                    report=report,
                    at=timezone.now(),
                    dry_run=options["dry_run"],
                    skip_bad=options["skip_bad"],
                    progress=progress,
                )
        except UnreadableTable as error:
            write_report(report, [BadRow(error.line, str(error))])
            raise CommandError(f"{path}:{error.line}: {error}") from None
        except BadRows as error:
            raise CommandError(f"{error} {_see(report)}") from None
        except (MappingError, OSError) as error:
            raise CommandError(str(error)) from None


def _mapping(path: Path) -> Mapping:
    try:
        return read_mapping(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, MappingError) as error:
        raise CommandError(f"{path}: {error}") from None


def _see(report: Path) -> str:
    return _("They are listed in %(report)s.") % {"report": report}


def _lines(summary: Summary, report: Path, *, dry_run: bool) -> list[str]:
    """The summary, one line a figure; lines that would say nothing are left out."""
    lines = [
        _("Rows read: %(count)s") % {"count": summary.rows},
        _("Requests made: %(count)s") % {"count": summary.requests},
        _("Events made: %(count)s") % {"count": summary.events},
        _("Members made: %(count)s") % {"count": summary.members},
        _("Advisers made: %(count)s") % {"count": summary.advisers},
        *_line(_("Requests imported before, unchanged: %(count)s"), summary.known),
        *_line(_("of these with other events in the file: %(count)s"), summary.differing),
        *_line(_("Bad rows: %(count)s"), summary.bad_rows),
        *_line(_("Good rows left out with the bad ones: %(count)s"), summary.left_out_rows),
        *_line(_("Rows ignored by the mapping: %(count)s"), summary.ignored),
        *_actions(_("Put in by the workflow: %(actions)s"), summary.put_in),
        *_actions(_("Passed over by the workflow: %(actions)s"), summary.passed_over),
        _("%(seconds).1f seconds, %(speed).0f events a second")
        % {"seconds": summary.seconds, "speed": summary.events_a_second},
    ]
    if summary.reported:
        lines.append(_see(report))
    if dry_run:
        lines.append(_("This was a trial run: nothing was stored."))
    elif not summary.requests:
        lines.append(_("Nothing was changed."))
    return lines


def _line(text: str, count: int) -> list[str]:
    return [text % {"count": count}] if count else []


def _actions(text: str, actions: Counter[Action]) -> list[str]:
    shown = ", ".join(f"{action.label} {count}" for action, count in sorted(actions.items()))
    return [text % {"actions": shown}] if actions else []
