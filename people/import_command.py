"""What the commands that import a table have in common: their options, the list of bad rows."""

from abc import abstractmethod
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from people.tables import BadRow, UnreadableTable, write_report

M = TypeVar("M")
S = TypeVar("S")


class ImportCommand(BaseCommand, Generic[M, S]):
    """Reads a file by a mapping M and tells the summary S; a subclass says how.

    `faults` are the exceptions of its own that end the import with their text, and `bad_rows` the
    one after which bad rows stand in the report.
    """

    mapping_help = ""
    needs_mapping = False
    skip_help = ""
    bad_rows: type[Exception]
    faults: tuple[type[Exception], ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--mapping", type=Path, required=self.needs_mapping, help=self.mapping_help
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="do everything, then take it back"
        )
        parser.add_argument("--skip-bad", action="store_true", help=self.skip_help)
        parser.add_argument(
            "--report", type=Path, help="where bad rows are listed (default: FILE.bad.csv)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        report = options["report"] or path.with_name(path.name + ".bad.csv")
        mapping = self._mapping(options["mapping"])
        summary = self._imported(path, mapping, report, options)
        for line in self.lines(summary, see_in(report), dry_run=options["dry_run"]):
            self.stdout.write(line)

    @abstractmethod
    def read_mapping(self, text: str | None) -> M:
        """The mapping that a file says; None where none was named."""

    @abstractmethod
    def import_file(
        self, path: Path, mapping: M, *, report: Path, dry_run: bool, skip_bad: bool
    ) -> S:
        """Import the file. Bad rows are listed in the report."""

    @abstractmethod
    def lines(self, summary: S, see_report: str, *, dry_run: bool) -> list[str]:
        """The summary, one line a figure; lines that would say nothing are left out."""

    def _mapping(self, path: Path | None) -> M:
        if path is None:
            return self.read_mapping(None)
        faults: tuple[type[Exception], ...] = (OSError, UnicodeDecodeError, *self.faults)
        try:
            return self.read_mapping(path.read_text(encoding="utf-8"))
        except faults as error:
            raise CommandError(f"{path}: {error}") from None

    def _imported(self, path: Path, mapping: M, report: Path, options: dict[str, Any]) -> S:
        faults: tuple[type[Exception], ...] = (OSError, *self.faults)
        try:
            return self.import_file(
                path,
                mapping,
                report=report,
                dry_run=options["dry_run"],
                skip_bad=options["skip_bad"],
            )
        except UnreadableTable as error:
            write_report(report, [BadRow(error.line, str(error))])
            raise CommandError(f"{path}:{error.line}: {error}") from None
        except self.bad_rows as error:
            raise CommandError(f"{error} {see_in(report)}") from None
        except faults as error:
            raise CommandError(str(error)) from None


def see_in(report: Path) -> str:
    return _("They are listed in %(report)s.") % {"report": report}


def trial() -> str:
    return _("This was a trial run: nothing was stored.")
