"""The comparison of the offices as tables for spreadsheets.

Shares and their differences are in percent and percentage points, times in hours; the column of the
unit says which.
"""

from datetime import date

from django.utils.translation import gettext as _

from branches.exports import Cell, Column, Kind, Table
from reports import comparison_page
from reports import comparison_words as words
from reports.balance.comparison_tables import level
from reports.balance.said import Content, Row


def outcomes(title: str, content: Content) -> Table:
    """Every outcome: both sides before and during, the difference and how unusual it is."""
    columns = [
        Column(_("Outcome")),
        Column(_("Planned"), definition=_("Primary, secondary, or not fixed in advance.")),
        Column(_("Unit")),
        *(_number(title) for title in _levels()),
        _number(_("Difference"), _difference()),
        _number(_("Difference, low end of the range")),
        _number(_("Difference, high end of the range")),
        Column(
            _("Groups at least as large"),
            Kind.WHOLE,
            definition=_("Of all groups of as many offices, that of the pilot included."),
        ),
        Column(_("Groups of offices"), Kind.WHOLE),
        _number(_("Without any change up to")),
        Column(_("Corrected value (Holm)"), Kind.NUMBER, decimals=3),
    ]
    found = _found(content)
    rows = [_outcome(name, found, content) for name in found["outcomes"]]
    return Table(title, columns, [row for row in rows if row])


def _levels() -> list[str]:
    return [
        _("Pilot offices, before"),
        _("Pilot offices, during"),
        _("Comparison offices, before"),
        _("Comparison offices, during"),
    ]


def _outcome(name: str, found: Row, content: Content) -> list[Cell]:
    outcome = found["outcomes"][name]
    if outcome["difference"] is None:
        return []
    corrected = {row["measure"]: row["holm"] for row in found["secondary"]}
    levels = [
        level
        for side in ("pilot", "comparison")
        for level in comparison_page.means(found, outcome, side)
    ]
    ends = (outcome[end] for end in ("difference", "low", "high"))
    return [
        words.names()[name],
        _place(name, found, content),
        _unit(name),
        *(_scaled(name, level) for level in levels),
        *(_scaled(name, end) for end in ends),
        outcome["larger"],
        outcome["groups"],
        _scaled(name, outcome["noise_floor"]),
        corrected.get(name),
    ]


def _place(name: str, found: Row, content: Content) -> str:
    if name == found["primary"]:
        return _("primary")
    planned = {measure for measure, _threshold in content["plan"]["outcomes"]}
    return _("secondary") if name in planned else _("not planned")


def trends(title: str, content: Content) -> Table:
    """The primary outcome of both sides, month by month."""
    found = _found(content)
    name, outcome = _primary(found)
    rows: list[list[Cell]] = []
    for row, place in enumerate(outcome["months"] if outcome.get("sides") else ()):
        rows.append(
            [
                date.fromisoformat(found["frame"]["months"][place]),
                _time(found["frame"]["is_after"][place]),
                _unit(name),
                *(_scaled(name, outcome["sides"][side][row]) for side in ("pilot", "comparison")),
            ]
        )
    columns = [
        Column(_("Month"), Kind.MONTH),
        Column(_("Period")),
        Column(_("Unit")),
        _number(_("Pilot offices")),
        _number(_("Comparison offices")),
    ]
    mean = _("The mean of the offices of each side; every office counts once, whatever its size.")
    return Table(title, columns, rows, notes=[mean])


def differences(title: str, content: Content) -> Table:
    """Every single difference: of all groups, where nothing changed, and with fake first days."""
    name, outcome = _primary(_found(content))
    columns = [
        Column(_("Of what")),
        Column(_("As if begun in"), Kind.MONTH),
        Column(_("Unit")),
        _number(_("Difference"), _difference()),
    ]
    rows: list[list[Cell]] = []
    if outcome.get("sides"):
        months = [date.fromisoformat(day) for day in _found(content)["frame"]["months"]]
        begun = [(months[outcome["months"][place]], value) for place, value in _fakes(outcome)]
        told: list[tuple[str, date | None, float]] = [
            (_("pilot offices"), None, outcome["difference"]),
            *((_("all groups of offices"), None, value) for value in outcome["differences"]),
            *((_("where nothing changed"), None, value) for value in outcome["placebos"]),
            *((_("as if the pilot had begun earlier"), month, value) for month, value in begun),
        ]
        rows = [
            [what, month, _unit_of_difference(name), _scaled(name, value)]
            for what, month, value in told
        ]
    return Table(title, columns, rows)


def _fakes(outcome: Row) -> list[tuple[int, float]]:
    return [(place, value) for place, value in outcome.get("fake_starts", ())]


def checks(title: str, content: Content) -> Table:
    """The primary outcome looked at in other ways."""
    found = _found(content)
    columns = [
        Column(_("How")),
        Column(_("Unit")),
        _number(_("Difference"), _difference()),
        Column(_("Groups at least as large"), Kind.WHOLE),
        Column(_("Groups of offices"), Kind.WHOLE),
    ]
    lines = comparison_page.check_lines(found, content["plan"]["names"])
    name = found["primary"]
    rows: list[list[Cell]] = [
        [line.what, _unit_of_difference(name), _scaled(name, line.value), line.larger, line.groups]
        for line in lines
    ]
    return Table(title, columns, rows)


def weeks(title: str, content: Content) -> Table:
    """The weekly medians of both sides, with the frozen limits and what lies outside them."""
    columns = [
        Column(_("Week from"), Kind.DAY, definition=_("The Monday of the week of arrival.")),
        Column(_("Period")),
        _number(_("Pilot offices"), _median(), _("office hours")),
        _number(_("Comparison offices"), _median(), _("office hours")),
        *(
            _number(title, _("From the weeks before the pilot; it does not move."))
            for title in (_("Low limit"), _("Centre"), _("High limit"))
        ),
        Column(_("Signal"), definition=_("Of the pilot offices.")),
    ]
    found = _found(content)
    chart = found["weeks"]
    rows = [_week(place, chart) for place in range(len(chart["mondays"]))]
    return Table(title, columns, rows, notes=[level(comparison_page.weeks(found))])


def _week(place: int, chart: Row) -> list[Cell]:
    pilot = chart["pilot"]
    limits = pilot["limits"] or {"low": None, "centre": None, "high": None}
    signals = [
        _("outside the limits") if place in pilot["outside"] else "",
        _("end of a run of eight") if place in pilot["runs"] else "",
    ]
    return [
        date.fromisoformat(chart["mondays"][place]),
        _time(is_during=not chart["is_before"][place]),
        pilot["points"][place],
        chart["comparison"]["points"][place],
        *(limits[end] for end in ("low", "centre", "high")),
        ", ".join(filter(None, signals)) or None,
    ]


def _median() -> str:
    return _("Half of the requests had a first response within this time.")


def _difference() -> str:
    return _(
        "The change in the pilot offices (mean of the months after, less mean of the months "
        "before) less the same change in the comparison offices."
    )


def _time(is_during: bool) -> str:
    return _("during the pilot") if is_during else _("before the pilot")


def _number(title: str, definition: str = "", unit: str = "") -> Column:
    return Column(title, Kind.NUMBER, unit, definition)


def _unit(name: str) -> str:
    return _("office hours") if words.is_in_hours(name) else "%"


def _unit_of_difference(name: str) -> str:
    return _("office hours") if words.is_in_hours(name) else _("points")


def _scaled(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    return value if words.is_in_hours(name) else 100 * value


def _primary(found: Row) -> tuple[str, Row]:
    """The name and the figures of the outcome that decides."""
    name = found["primary"]
    return name, found["outcomes"][name]


def _found(content: Content) -> Row:
    found: Row = content["comparison"]["result"]
    return found
