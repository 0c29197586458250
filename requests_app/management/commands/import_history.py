"""python manage.py import_history FILE --mapping MAPPING.toml"""

from collections import Counter
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from people.import_command import ImportCommand, trial
from people.progress import ProgressBar
from requests_app.enums import Action
from requests_app.importing.mapping import Mapping, MappingError, read_mapping
from requests_app.importing.run import BadRows, Summary, import_history


class Command(ImportCommand[Mapping, Summary]):
    help = "Import the history of another system: a CSV file with one row per event."
    mapping_help = "what its words mean here (TOML)"
    needs_mapping = True
    skip_help = "keep the good cases when rows are bad"
    bad_rows, faults = BadRows, (MappingError,)

    def read_mapping(self, text: str | None) -> Mapping:
        # The command asks for one: without it nothing is known about the words of the file.
        return read_mapping(text or "")

    def import_file(
        self, path: Path, mapping: Mapping, *, report: Path, dry_run: bool, skip_bad: bool
    ) -> Summary:
        with path.open("rb") as file, ProgressBar(self.stdout.write, unit="") as progress:
            return import_history(
                file=file,
                mapping=mapping,
                report=report,
                at=timezone.now(),
                dry_run=dry_run,
                skip_bad=skip_bad,
                progress=progress,
            )

    def lines(self, summary: Summary, see_report: str, *, dry_run: bool) -> list[str]:
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
            lines.append(see_report)
        if dry_run:
            lines.append(trial())
        elif not summary.requests:
            lines.append(_("Nothing was changed."))
        return lines


def _line(text: str, count: int) -> list[str]:
    return [text % {"count": count}] if count else []


def _actions(text: str, actions: Counter[Action]) -> list[str]:
    shown = ", ".join(f"{action.label} {count}" for action, count in sorted(actions.items()))
    return [text % {"actions": shown}] if actions else []
