"""Results as tables for a spreadsheet, with a codebook. Hidden figures are empty there too."""

from collections.abc import Iterator, Sequence

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from branches.exports import Cell, Column, Kind, Table
from surveys.enums import Kind as Asked
from surveys.models import Wave
from surveys.results import line_of
from surveys.selectors import progress_of
from surveys.tallies import FEWEST, WaveTallies


def taking_part_table(waves: Sequence[Wave]) -> Table:
    """One line for each wave and stratum: who was drawn, who took part. No answer is needed."""
    columns = [
        Column(_("Month"), Kind.MONTH, definition=_("Month in which the wave was sent.")),
        Column(_("Who is asked"), definition=_("Members or advisers.")),
        Column(_("Side"), definition=_("Pilot offices or comparison offices.")),
        Column(_("Office"), definition=_("Empty: all offices of the side together.")),
        Column(_("Contact"), definition=_("In the month before, with how many branches.")),
        Column(_("Members"), Kind.WHOLE, definition=_("In the frame of the draw.")),
        Column(_("Drawn"), Kind.WHOLE, definition=_("Who was asked.")),
        Column(_("Not reached"), Kind.WHOLE, definition=_("The address was refused.")),
        Column(_("Refused"), Kind.WHOLE, definition=_("Asked never to be asked again.")),
        Column(
            _("No longer members"), Kind.WHOLE, definition=_("Before an answer came; not counted.")
        ),
        Column(_("Took part"), Kind.WHOLE, definition=_("Whose answer came.")),
        Column(
            _("Response rate"),
            Kind.SHARE,
            definition=_("AAPOR RR1: answers among all drawn who are still members."),
        ),
    ]
    rows = [row for wave in waves for row in _took_part(wave)]
    return Table(title=_("Who took part"), columns=columns, rows=rows, notes=[])


def _took_part(wave: Wave) -> Iterator[list[Cell]]:
    for row in progress_of(wave).rows:
        stratum, counts = row.stratum, row.counts
        yield [
            wave.month,
            wave.get_kind_display(),
            stratum.get_side_display(),
            stratum.office.name if stratum.office else "",
            stratum.get_contact_display(),
            stratum.members,
            counts.drawn,
            counts.bounced,
            counts.refused,
            counts.withdrawn,
            counts.answered,
            row.rate,
        ]


def results_table(tallies: Sequence[WaveTallies]) -> Table:
    """One line for each wave, question and group."""
    most = max((len(item.steps) for one in tallies for item in one.form.items), default=0)
    columns = [
        Column(_("Month"), Kind.MONTH, definition=_("Month in which the wave was sent.")),
        Column(_("Who is asked"), definition=_("Members or advisers.")),
        Column(
            pgettext("in a questionnaire", "Question"),
            definition=_("Its code; the codebook has its words."),
        ),
        Column(_("Side"), definition=_("Pilot offices or comparison offices.")),
        Column(_("Office"), definition=_("Empty: all offices of the side together.")),
        Column(
            _("Answers"),
            Kind.WHOLE,
            definition=_("Without “does not apply”. Empty: too few to be shown."),
        ),
        Column(_("Good answers"), Kind.SHARE, definition=_("As they were given.")),
        Column(_("from"), Kind.SHARE, definition=_("Wilson's range, 95 %.")),
        Column(_("to"), Kind.SHARE, definition=_("Wilson's range, 95 %.")),
        Column(
            _("Good answers, weighted"),
            Kind.SHARE,
            definition=_("Each answer counts for as many members as its stratum asks."),
        ),
        Column(_("weighted, from"), Kind.SHARE, definition=_("At the effective size (Kish).")),
        Column(_("weighted, to"), Kind.SHARE, definition=_("At the effective size (Kish).")),
        *(
            Column(
                _("Step %(number)s") % {"number": step},
                Kind.WHOLE,
                definition=_("So many chose it. The codebook has its words."),
            )
            for step in range(1, most + 1)
        ),
        *(
            Column(
                _("Step %(number)s, weighted") % {"number": step},
                Kind.SHARE,
                definition=_("The weighted share that chose it."),
            )
            for step in range(1, most + 1)
        ),
    ]
    rows = [row for one in tallies for row in _rows(one, most)]
    return Table(title=_("Results"), columns=columns, rows=rows, notes=_notes())


def _notes() -> list[str]:
    numbers = {"members": FEWEST[Asked.MEMBER], "advisers": FEWEST[Asked.ADVISER]}
    text = _("Nothing is shown of fewer than %(members)s members or %(advisers)s advisers.")
    return [text % numbers]


def _rows(one: WaveTallies, most: int) -> Iterator[list[Cell]]:
    for item in one.form.items:
        for group in one.groups:
            line = line_of(item, group, one.tally(item.code, group))
            shares = [
                value
                for share in (line.plain, line.weighted)
                for value in ((share.value, share.low, share.high) if share else (None,) * 3)
            ]
            none: list[Cell] = [None] * (most - len(line.parts))
            counts: list[Cell] = [part.count for part in line.parts]
            weighted: list[Cell] = [part.weighted for part in line.parts]
            yield [
                one.wave.month,
                one.wave.get_kind_display(),
                item.code,
                str(group.side.label),
                "" if group.is_side else group.place,
                line.tally.answers if line.tally else None,
                *shares,
                *counts,
                *none,
                *weighted,
                *none,
            ]


def codebook(tallies: Sequence[WaveTallies]) -> Table:
    """What each code and each step stands for, in the language of the page."""
    language = (get_language() or "en")[:2]
    rows: dict[tuple[Cell, ...], None] = {}
    for one in tallies:
        for item in one.form.items:
            for step, label in zip(item.steps, item.scale[language], strict=True):
                is_top = _("yes") if step in item.top_box else _("no")
                text = item.text(language, "pilot")
                version = one.wave.questionnaire.version
                rows[version, item.code, text, step, label, is_top] = None
    columns = [
        Column(_("Version"), Kind.WHOLE, definition=_("Version of the questionnaire.")),
        Column(
            pgettext("in a questionnaire", "Question"), definition=_("Its code in the results.")
        ),
        Column(_("Words"), definition=_("As pilot offices are asked.")),
        Column(_("Step"), Kind.WHOLE, definition=_("Its place on the scale.")),
        Column(_("Answer"), definition=_("The words of the step.")),
        Column(_("Good"), definition=_("Whether it counts as a good answer.")),
    ]
    return Table(title=_("Codebook"), columns=columns, rows=[list(row) for row in rows])
