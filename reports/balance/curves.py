"""Both sides compared curve against curve, in words: in the annex and as a table."""

from django.utils.translation import gettext as _

from branches.exports import Cell, Column, Kind, Table
from reports.balance.said import Content, Row
from reports.blocks import Block, Grid, Heading, Paragraph, Said
from reports.templatetags.figures import rounded, whole

# A smaller p is only said to be smaller.
SMALLEST_P = 0.001


def annex(content: Content) -> list[Block]:
    """None where there is no comparison office, and in balances of before this was computed."""
    rows = content.get("log_rank")
    if not rows:
        return []
    return [
        Heading(_("Annex: both sides, curve against curve"), anchor="curves"),
        Paragraph(_how()),
        Paragraph(_caution()),
        Grid(
            title=_("Log-rank by topic group"),
            headings=[
                "",
                _("Requests, pilot offices"),
                _("Requests, comparison offices"),
                _("First answers, pilot offices"),
                _("Expected of them"),
                _("Chi-square"),
                _("p (too small)"),
            ],
            rows=[[Said(f"{_period(row)}, {_clock(row)}"), *_figures(row)] for row in rows],
            is_folded=True,
        ),
    ]


def _how() -> str:
    return _(
        "Requests of pilot and comparison offices are compared over their whole waiting time, "
        "those still open included, each only with requests about topics of the same branch. "
        "Expected is how many first answers the pilot offices would have given if both sides had "
        "answered alike. More than expected means sooner."
    )


def _caution() -> str:
    return _(
        "This describes both sides and is no test of the pilot. Requests of the same office, "
        "adviser or member are not independent, so p is too small. Sides that differed before "
        "the pilot may go on differing without it."
    )


def _figures(row: Row) -> list[Said]:
    sizes = [Said(whole(number)) for number in row["requests"]]
    if "answered" not in row:
        return [*sizes, *(Said(_("too few requests"), is_soft=True) for _figure in range(4))]
    return [
        *sizes,
        Said(whole(row["answered"][0])),
        Said(rounded(row["expected"][0], 1)),
        Said(_or_dash(row["chi_square"], 2)),
        Said(_p(row["p"])),
    ]


def _or_dash(value: float | None, decimals: int) -> str:
    return "–" if value is None else rounded(value, decimals)


def _p(value: float | None) -> str:
    if value is not None and value < SMALLEST_P:
        return f"< {rounded(SMALLEST_P, 3)}"
    return _or_dash(value, 3)


def table(title: str, content: Content) -> Table:
    """The same for spreadsheets, with both sides."""
    columns = [
        Column(_("Period")),
        Column(_("Clock")),
        Column(_("Topic groups"), Kind.WHOLE),
        Column(_("Requests, pilot offices"), Kind.WHOLE),
        Column(_("Requests, comparison offices"), Kind.WHOLE),
        Column(_("First answers, pilot offices"), Kind.WHOLE),
        Column(_("First answers, comparison offices"), Kind.WHOLE),
        Column(_("Expected, pilot offices"), Kind.NUMBER),
        Column(_("Expected, comparison offices"), Kind.NUMBER),
        Column(_("Chi-square"), Kind.NUMBER, decimals=3),
        Column(_("p (too small)"), Kind.NUMBER, decimals=6),
    ]
    rows = [_line(row) for row in content["log_rank"]]
    return Table(title, columns, rows, notes=[_how(), _caution()])


def _line(row: Row) -> list[Cell]:
    unknown = [None, None]
    return [
        _period(row),
        _clock(row),
        row.get("strata"),
        *row["requests"],
        *row.get("answered", unknown),
        *row.get("expected", unknown),
        row.get("chi_square"),
        row.get("p"),
    ]


def _period(row: Row) -> str:
    return _("before the pilot") if row["period"] == "before" else _("during the pilot")


def _clock(row: Row) -> str:
    return _("opening hours") if row["clock"] == "office" else _("as lived")
