"""The comparison with the other offices, and the verdict.

What is said here is chosen from what the comparison has stored; where it has stored nothing,
that is said.
"""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from reports import comparison_page
from reports import comparison_words as words
from reports.balance import comparison_tables
from reports.balance.pictures import Pictures, picture
from reports.balance.said import Content
from reports.blocks import Block, Grid, Heading, Paragraph, Said
from reports.comparison_page import OutcomeRow
from reports.plan_models import PilotOutcome
from reports.templatetags.figures import listed
from reports.wording import verdict_sentence


def verdict_key(content: Content) -> str | None:
    """The key of the verdict; None where the comparison has not been computed."""
    stored = content["comparison"]
    return stored["verdict"] if stored else None


def verdict_words(content: Content) -> str:
    key = verdict_key(content)
    if key is None:
        return _(
            "The comparison with the other offices has not been computed yet, so nothing is said "
            "here about the effect of the pilot."
        )
    return verdict_sentence(key, starts_on=date.fromisoformat(content["pilot"]["starts_on"]))


def short(content: Content) -> list[str]:
    """The sentences that carry the verdict; none where there is no difference to tell."""
    if not content["comparison"]:
        return []
    row = _rows(content)[0]
    if row.missing:
        return [f"{row.name} – {row.missing}"]
    told = _(
        "%(outcome)s: in %(offices)s the change from before to during differs from that in the "
        "other offices by %(difference)s."
    ) % {
        "outcome": row.name,
        "offices": listed(content["pilot"]["offices"]),
        "difference": row.difference,
    }
    return [f"{told} {_range(row)}".strip(), _among_all_groups(row)]


def _among_all_groups(row: OutcomeRow) -> str:
    if not row.floor:
        among = _(
            "Among all %(groups)s possible groups of as many offices, %(larger)s show a difference "
            "at least as large, that of the pilot included."
        ) % {"groups": row.groups, "larger": row.larger}
        few = _(
            "There are too few offices or months to say which differences also occur where "
            "nothing changed."
        )
        return f"{among} {few}"
    return _(
        "Of all %(groups)s possible groups of as many offices, %(larger)s show a difference at "
        "least as large, the pilot offices included. Differences up to %(floor)s also occur "
        "without any change."
    ) % {"groups": row.groups, "larger": row.larger, "floor": row.floor}


def _range(row: OutcomeRow) -> str:
    if not row.interval:
        return _("With so few offices no plausible range can be given.")
    return _("Plausible range: %(range)s.") % {"range": row.interval}


def chapter(content: Content, pictures: Pictures) -> list[Block]:
    blocks: list[Block] = [
        Heading(_("Compared with the other offices"), level=3, anchor="compared"),
        Paragraph(verdict_words(content)),
    ]
    if not content["comparison"]:
        return blocks
    blocks += [Paragraph(sentence) for sentence in short(content)]
    blocks.append(_outcomes(_rows(content)))
    return [
        *blocks,
        *picture(pictures, "comparison-trends", title=_("Both sides month by month")),
        *comparison_tables.trends(content),
        *comparison_tables.fake_starts(content),
        *picture(pictures, "comparison-groups", title=_("Every group of offices")),
        *comparison_tables.groups(content),
        *_conditions(content),
        *_checks(content),
        *comparison_tables.offices(content),
        *_months_left_out(content),
        *comparison_tables.weeks(content, pictures),
    ]


def _rows(content: Content) -> list[OutcomeRow]:
    """The outcomes as they were planned at the cut-off, the primary one first."""
    planned = [
        PilotOutcome(place=place, measure=measure, threshold=Decimal(str(threshold)))
        for place, (measure, threshold) in enumerate(content["plan"]["outcomes"])
    ]
    return comparison_page.outcome_rows(content["comparison"]["result"], planned)


def _outcomes(rows: list[OutcomeRow]) -> Grid:
    return Grid(
        title=_("What was compared"),
        headings=[
            _("Outcome"),
            _("Pilot offices, before and during"),
            _("Comparison offices, before and during"),
            _("Difference"),
            _("Groups at least as large"),
            _("Without any change up to"),
        ],
        rows=[_outcome(row) for row in rows],
        note=_(
            "Means of the complete months of each office. The difference is the change in the "
            "pilot offices minus the change in the others."
        ),
    )


def _outcome(row: OutcomeRow) -> list[Said]:
    name = Said(row.name, _("primary") if row.is_primary else "")
    if row.missing:
        empty = [Said("–", is_soft=True) for _column in range(4)]
        return [name, Said(row.missing, is_soft=True), *empty]
    return [
        name,
        Said(" → ".join(row.pilot)),
        Said(" → ".join(row.comparison)),
        Said(row.difference, row.interval),
        Said(_("%(part)s of %(whole)s") % {"part": row.larger, "whole": row.groups}),
        Said(row.floor) if row.floor else Said("–", is_soft=True),
    ]


def _conditions(content: Content) -> list[Block]:
    """Each condition of the rule, and whether it holds: the verdict is no opinion."""
    found = content["comparison"]["result"]["conditions"]
    if not found:
        return []
    rows = [
        [Said(words.condition(key)), Said(_("yes") if holds else _("no"))]
        for key, holds in found.items()
    ]
    return [
        Grid(
            title=_("What the verdict rests on"),
            headings=[_("Condition"), _("Holds")],
            rows=rows,
            note=_("“Faster” or “slower” is said only when all of them hold."),
        )
    ]


def _checks(content: Content) -> list[Block]:
    lines = comparison_page.check_lines(content["comparison"]["result"], content["plan"]["names"])
    if not lines:
        return []
    return [
        Grid(
            title=_("The primary outcome looked at in other ways"),
            headings=["", _("Difference"), _("Groups at least as large")],
            rows=[
                [Said(line.what), Said(line.difference), _place(line.larger, line.groups)]
                for line in lines
            ],
            is_folded=True,
        )
    ]


def _place(larger: int | None, groups: int | None) -> Said:
    if larger is None or groups is None:
        return Said("–", is_soft=True)
    return Said(_("%(part)s of %(whole)s") % {"part": larger, "whole": groups})


def _months_left_out(content: Content) -> list[Block]:
    left_out = comparison_page.months_left_out(content["comparison"]["result"])
    if not left_out:
        return []
    months = ", ".join(f"{month} ({why})" for month, why in left_out)
    return [Paragraph(_("Months left out – %(months)s.") % {"months": months}, "soft")]
