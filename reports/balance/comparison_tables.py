"""The tables behind the pictures of the comparison, and what stands beside the difference."""

from collections.abc import Sequence
from dataclasses import replace
from math import floor, log10

from django.utils.translation import gettext as _

from reports import comparison_page
from reports import comparison_words as words
from reports.balance.pictures import Pictures, picture
from reports.balance.said import Content, Row
from reports.blocks import Block, Grid, Heading, Paragraph, Said
from reports.templatetags.figures import whole

# Into about so many steps the differences of all groups are counted.
STEPS = 12
ROUNDING = 1e-9


def trends(content: Content) -> list[Block]:
    """Both sides month by month, as a table and as a picture would show it."""
    rows = comparison_page.trend(_found(content))
    if not rows:
        return []
    return [
        Grid(
            title=_("Both sides month by month, as a table"),
            headings=[_("Month"), _("Pilot offices"), _("Comparison offices")],
            rows=[
                [Said(month, "" if is_after else _("before")), Said(ours), Said(others)]
                for month, is_after, ours, others in rows
            ],
            is_folded=True,
        )
    ]


def groups(content: Content) -> list[Block]:
    """How many groups of offices, and cases without any change, show which difference."""
    found = _found(content)
    name, outcome = found["primary"], found["outcomes"][found["primary"]]
    if outcome["difference"] is None:
        return []
    return [
        Grid(
            title=_("Every group of offices, as a table"),
            headings=[_("Difference"), _("All groups of offices"), _("Where nothing changed")],
            rows=_steps(name, outcome),
            note=_("Every single difference stands in the tables for spreadsheets."),
            is_folded=True,
        )
    ]


def _steps(name: str, outcome: Row) -> list[list[Said]]:
    every, unchanged = outcome["differences"], outcome["placebos"]
    step = step_of([*every, *unchanged], scale=1.0 if words.is_in_hours(name) else 100.0)
    places = [floor(value / step) for value in (*every, *unchanged)]
    real = floor(outcome["difference"] / step)
    return [
        [
            Said(
                words.interval(name, place * step, (place + 1) * step),
                _("pilot offices") if place == real else "",
            ),
            *(
                Said(whole(sum(floor(value / step) == place for value in values)))
                for values in (every, unchanged)
            ),
        ]
        for place in range(min(places), max(places) + 1)
    ]


def step_of(values: Sequence[float], *, scale: float) -> float:
    """A round step, as 1, 2 or 5 of a power of ten, that divides the values into about STEPS.

    `scale` makes the values into the unit in which they are written; the step is in theirs.
    """
    reach = (max(values) - min(values)) * scale / STEPS
    if reach <= 0:
        return 1 / scale
    power = 10.0 ** floor(log10(reach))
    factor = next(each for each in (1, 2, 5, 10) if each * power > reach * (1 - ROUNDING))
    # Differences are written with one decimal.
    return float(max(factor * power, 0.1)) / scale


def fake_starts(content: Content) -> list[Block]:
    """What the same arithmetic gives with first days on which nothing began."""
    rows = comparison_page.fake_starts(_found(content))
    if not rows:
        return []
    return [
        Grid(
            title=_("As if the pilot had begun earlier"),
            headings=[_("As if begun in"), _("Difference")],
            rows=[[Said(month), Said(difference)] for month, difference in rows],
            note=_(
                "Computed from the months before the pilot alone, in which nothing began. If "
                "differences as large as that of the pilot stand here, both sides drifted apart "
                "without it."
            ),
            is_folded=True,
        )
    ]


def offices(content: Content) -> list[Block]:
    """How much each office changed: what the groups are made of."""
    lines = comparison_page.office_lines(_found(content), content["plan"]["names"])
    return [
        Grid(
            title=_("The offices and their change"),
            headings=[_("Office"), _("Requests"), _("After, less before")],
            rows=[
                [
                    Said(line.name, _("pilot") if line.is_pilot else ""),
                    Said(_("not shown") if line.requests is None else whole(line.requests)),
                    Said(line.change),
                ]
                for line in lines
            ],
            note=_(
                "Every office counts once, whatever its size. Where the pilot offices are much "
                "larger or smaller than the others, the share of groups can mislead."
            ),
            is_folded=True,
        )
    ]


def weeks(content: Content, pictures: Pictures) -> list[Block]:
    """The weekly chart with its limits from before, what it signals, and the change of level."""
    if not content["comparison"]:
        return []
    told = comparison_page.weeks(_found(content))
    if not told.grid.rows:
        return []
    return [
        Heading(_("Week by week"), level=3, anchor="weeks"),
        Paragraph(_signals(told)),
        *picture(
            pictures,
            "comparison-weeks",
            title=_("Office hours until the first answer, by week"),
            caption=" ".join([_caption(), _limits(told), _("Its table stands in the annex.")]),
        ),
        Paragraph(level(told)),
    ]


def annex(content: Content) -> list[Block]:
    """The table behind the weekly picture: too long to stand beside it."""
    told = comparison_page.weeks(_found(content)) if content["comparison"] else None
    if told is None or not told.grid.rows:
        return []
    return [
        Heading(_("Annex: week by week"), anchor="weeks-table"),
        Paragraph(f"{_caption()} {_limits(told)}"),
        replace(told.grid, is_folded=True),
    ]


def _caption() -> str:
    return _(
        "Median office hours until the first answer, by week of arrival. Solid: pilot offices; "
        "dashed: comparison offices."
    )


def _limits(told: comparison_page.Weeks) -> str:
    if told.limits is None:
        return _(
            "There are fewer than 12 known weeks before the pilot, so no limits are drawn and "
            "nothing is called a signal."
        )
    low, centre, high = told.limits
    return _(
        "The limits, %(low)s and %(high)s around %(centre)s, come from the weeks before the pilot "
        "and do not move."
    ) % {"low": low, "centre": centre, "high": high}


def _signals(told: comparison_page.Weeks) -> str:
    """What a chart of single values calls a signal; without limits nothing is one."""
    if told.limits is None:
        return _limits(told)
    outside = _("No week lies outside the limits.")
    if told.outside:
        outside = f"{_('Outside the limits, weeks from:')} {', '.join(told.outside)}."
    runs = _("There is no run of eight weeks on one side.")
    if told.runs:
        beginning = _("Eight or more in a row on one side, until the week from:")
        runs = f"{beginning} {', '.join(told.runs)}."
    return f"{outside} {runs}"


def level(told: comparison_page.Weeks) -> str:
    """The change of level as a series of weeks, and what it cannot tell."""
    if told.series is None:
        return _("There are too few weeks for a change of level.")
    change, reach = told.series
    return _(
        "As a series of weeks, the share answered within the promise changed its level by "
        "%(change)s more than in the comparison offices (%(range)s). The first four weeks are "
        "left out. This describes and does not decide: it cannot tell the pilot from anything "
        "else that began in that week."
    ) % {"change": change, "range": reach}


def _found(content: Content) -> Row:
    found: Row = content["comparison"]["result"]
    return found
