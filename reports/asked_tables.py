"""What members and advisers said, in tables and sentences, in the language that is active.

They are made of the plain figures of `reports.asked`; the dashboard reads those of today, a balance
the ones that it has frozen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from reports.asked import Plain
from reports.blocks import Grid, Said
from reports.templatetags.figures import percent, whole
from reports.wording import one_after_another
from surveys.enums import Kind, Side
from surveys.templatetags.shares import points


def name(kind: Kind) -> str:
    return _("What members said") if kind == Kind.MEMBER else _("What advisers said")


@dataclass(frozen=True)
class Section:
    """What one kind of people said: who answered comes first."""

    kind: Kind
    name: str
    who_answered: Sequence[str]
    answers: Grid


def sections(asked: Mapping[str, Plain] | None) -> list[Section]:
    """A section for members and one for advisers, of those who were asked."""
    return [
        Section(kind, name(kind), who_answered(kind, part), answers(kind, part))
        for kind in Kind
        if asked and (part := asked[kind])["rounds"]
    ]


def who_answered(kind: Kind, part: Plain) -> list[str]:
    """Who took part and who is missing: sentences that stand before every answer."""
    rates = [
        _("%(side)s: %(answered)s of %(asked)s (%(rate)s)")
        % {
            "side": Side(side).label,
            "answered": whole(counts["answered"]),
            "asked": whole(counts["asked"]),
            "rate": percent(counts["rate"]),
        }
        for side, counts in part["took_part"].items()
        if counts["rate"] is not None
    ]
    number = part["rounds"]
    if kind == Kind.MEMBER:
        words = ngettext(
            "Members were asked in %(number)s round. Answered have: %(rates)s.",
            "Members were asked in %(number)s rounds. Answered have: %(rates)s.",
            number,
        )
    else:
        words = ngettext(
            "Advisers were asked in %(number)s round. Answered have: %(rates)s.",
            "Advisers were asked in %(number)s rounds. Answered have: %(rates)s.",
            number,
        )
    rounds = words % {"number": number, "rates": one_after_another(rates)}
    return [rounds, _silent(part)]


def _silent(part: Plain) -> str:
    if not part["differ"]:
        return _(
            "On what is known of everybody, those who answered do not differ clearly from those "
            "who stayed silent."
        )
    return ngettext(
        "In %(number)s round those who answered differ clearly from those who stayed silent: "
        "read these figures with care.",
        "In %(number)s rounds those who answered differ clearly from those who stayed silent: "
        "read these figures with care.",
        part["differ"],
    ) % {"number": part["differ"]}


def answers(kind: Kind, part: Plain) -> Grid:
    """The good answers to each question, all rounds together: a row for each question."""
    sides = _sides(part)
    headings = [pgettext("in a questionnaire", "Question"), *(str(side.label) for side in sides)]
    if len(sides) > 1:
        headings.append(_("Pilot less comparison, in points"))
    rows = [
        [
            Said(_in_language(question["texts"])),
            *(_good(question["said"].get(side)) for side in sides),
            *([_difference(question["difference"])] if len(sides) > 1 else []),
        ]
        for question in part["questions"]
    ]
    return Grid(name(kind), headings, rows, note=_note(part))


def _note(part: Plain) -> str:
    return _(
        "Share of good answers, all rounds together, weighted so that it stands for everybody "
        "where that may be shown, with Wilson's range. Nothing is shown of fewer than %(fewest)s "
        "answers."
    ) % {"fewest": part["fewest"]}


def distributions(kind: Kind, part: Plain) -> list[Grid]:
    """How the answers to each question are spread over its scale."""
    found = []
    for question in part["questions"]:
        labels = _in_language(question["scale"])
        rows = [
            [Said(str(side.label)), Said(str(said["answers"])), *map(_step, said["steps"])]
            for side in _sides(part)
            if (said := question["said"].get(side))
        ]
        title = _in_language(question["texts"])
        if rows:
            found.append(Grid(title, [name(kind), _("Answers"), *labels], rows, is_folded=True))
    return found


def _step(share: float) -> Said:
    return Said(percent(share))


def by_month(kind: Kind, part: Plain) -> Grid:
    """Each question month by month, both sides: for the annex."""
    sides = _sides(part)
    rows = [
        [
            Said(f"{_in_language(question['texts'])} · {_month(month['month'])}"),
            *(_good(month.get(side)) for side in sides),
            *([_difference(month["difference"])] if len(sides) > 1 else []),
        ]
        for question in part["questions"]
        for month in question["months"]
    ]
    headings = [_("Question and month"), *(str(side.label) for side in sides)]
    if len(sides) > 1:
        headings.append(_("Pilot less comparison, in points"))
    return Grid(name(kind), headings, rows, note=_note(part), is_folded=True)


def _sides(part: Plain) -> Sequence[Side]:
    return [side for side in Side if part["took_part"][side]["rate"] is not None]


def _good(said: Plain | None) -> Said:
    if said is None:
        return Said(_("not shown"), is_soft=True)
    value, low, high = said["weighted"] or said["plain"]
    return Said(percent(value), f"{percent(low)}–{percent(high)}")


def _difference(share: list[float] | None) -> Said:
    if share is None:
        return Said("–", is_soft=True)
    value, low, high = share
    words = _("%(low)s to %(high)s") % {"low": points(low), "high": points(high)}
    return Said(points(value), words)


def _month(stored: str) -> str:
    return date_format(date.fromisoformat(stored), "YEAR_MONTH_FORMAT")


def _in_language(texts: dict[str, Any]) -> Any:
    language = (get_language() or "fr")[:2]
    return texts.get(language) or texts["fr"]
