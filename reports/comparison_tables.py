"""The tables behind the pictures of a comparison, and the cells from which it is computed."""

from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from branches.models import Office
from reports import comparison_words as words
from reports.blocks import Grid, Said
from reports.comparison import Panel
from reports.comparison_findings import short
from reports.models import Side
from reports.plan_models import Measure, PilotComparison
from reports.why.compared import FROM_REQUESTS
from reports.why.registry import address

Found = dict[str, Any]


def cells_address(outcome: str) -> str:
    """Where the cells of an outcome stand; empty for one that rests on no requests."""
    if outcome not in FROM_REQUESTS:
        return ""
    return reverse("reports:comparison_cells", args=[outcome])


def groups(found: Found) -> Grid | None:
    """The strokes of the picture in words: the largest differences first, whatever their sign."""
    outcome, name = found["outcomes"][found["primary"]], found["primary"]
    if outcome["difference"] is None:
        return None
    pilot = Said(words.signed(name, outcome["difference"]), _("pilot offices"))
    others = _largest_first(outcome["differences"])
    others.remove(min(others, key=lambda value: abs(value - outcome["difference"])))
    each = [(abs(value), Said(words.signed(name, value))) for value in others]
    # Of equal ones that of the pilot stands first.
    ordered = sorted([(abs(outcome["difference"]), pilot), *each], key=lambda pair: -pair[0])
    unchanged = [Said(words.signed(name, value)) for value in _largest_first(outcome["placebos"])]
    nothing = Said("")
    columns = zip_longest((said for _size, said in ordered), unchanged, fillvalue=nothing)
    return Grid(
        title=_("How unusual the difference is"),
        headings=[_("Place"), _("All groups of offices"), _("Where nothing changed")],
        rows=[[Said(str(place)), one, other] for place, (one, other) in enumerate(columns, 1)],
    )


def _largest_first(values: list[float]) -> list[float]:
    return sorted(values, key=lambda value: -abs(value))


def weeks(found: Found) -> Grid:
    """The weekly medians on both clocks, with what lies outside the limits or runs on one side."""
    chart, lived = found["weeks"], found["weeks"].get("calendar")
    columns = [(side, chart[side]["points"]) for side in ("pilot", "comparison")]
    columns += [(side, lived[side]) for side in ("pilot", "comparison")] if lived else []
    named = [f"{Side(side).label}, {_('office hours')}" for side, _points in columns[:2]]
    named += [f"{Side(side).label}, {_('as lived')}" for side, _points in columns[2:]]
    return Grid(
        title=_("Week by week"),
        headings=[_("Week from"), *named],
        rows=[
            [
                _week(found, place, monday),
                *(_median(side, points[place], monday) for side, points in columns),
            ]
            for place, monday in enumerate(chart["mondays"])
        ],
    )


def _week(found: Found, place: int, monday: str) -> Said:
    day = date_format(date.fromisoformat(monday), "DATE_FORMAT")
    name = _("%(day)s, before") % {"day": day} if found["weeks"]["is_before"][place] else day
    return Said(name, _signal(found["weeks"]["pilot"], place))


def _median(side: str, hours: float | None, monday: str) -> Said:
    if hours is None:
        return Said("–", is_soft=True)
    return Said(words.level(Measure.HANDLING, hours), why=address("week", side=side, period=monday))


def _signal(chart: Found, place: int) -> str:
    found = []
    if place in chart["outside"]:
        found.append(_("outside the limits"))
    if place in chart["runs"]:
        found.append(_("eight or more on one side"))
    return ", ".join(found)


@dataclass(frozen=True)
class CellsPage:
    """One figure for each office and month, and the difference computed from them once more."""

    name: str
    comparison: PilotComparison
    grid: Grid
    stored: str
    computed: str
    is_equal: bool
    missing: str


def cells_page(stored: PilotComparison, outcome: str) -> CellsPage:
    """The cells of an outcome. Raises KeyError for one that was not compared."""
    found = stored.result
    kept = found["outcomes"][outcome]
    again = short(_panel(found, kept))["difference"]
    return CellsPage(
        name=words.names()[outcome],
        comparison=stored,
        grid=_cells(found, outcome),
        stored=words.signed(outcome, kept["difference"]),
        computed=words.signed(outcome, again),
        is_equal=kept["difference"] == again,
        missing=words.missing(kept["missing"], outcome) if kept["missing"] else "",
    )


def _panel(found: Found, kept: Found) -> Panel:
    frame = found["frame"]
    return Panel(
        np.array(kept["cells"], dtype=np.float64).reshape(len(frame["offices"]), -1),
        np.array([office["is_pilot"] for office in frame["offices"]], dtype=np.bool_),
        np.array(frame["is_after"], dtype=np.bool_),
    )


def _cells(found: Found, outcome: str) -> Grid:
    frame, kept = found["frame"], found["outcomes"][outcome]
    names = dict(Office.objects.values_list("code", "name"))
    months = [date.fromisoformat(month) for month in frame["months"]]
    return Grid(
        title=words.names()[outcome],
        headings=[
            _("Office"),
            *(_month(*both) for both in zip(months, frame["is_after"], strict=True)),
        ],
        rows=[
            [
                _office(office, names, kept["offices_left_out"]),
                *(_cell(outcome, office, *both) for both in zip(months, row, strict=True)),
            ]
            for office, row in zip(frame["offices"], kept["cells"], strict=True)
        ],
        note=_gaps(months, kept["months_with_gaps"]),
    )


def _month(month: date, is_after: bool) -> str:
    name = date_format(month, "YEAR_MONTH_FORMAT").capitalize()
    return name if is_after else _("%(month)s, before") % {"month": name}


def _office(office: Found, names: dict[str, str], left_out: list[str]) -> Said:
    code = str(office["code"])
    name = names.get(code, code)
    if code in left_out:
        return Said(_("%(office)s, left out") % {"office": name})
    return Said(_("%(office)s, pilot") % {"office": name}) if office["is_pilot"] else Said(name)


def _cell(outcome: str, office: Found, month: date, value: float | None) -> Said:
    if value is None:
        return Said("–", is_soft=True)
    if month.isoformat() in office.get("hidden_months", ()):
        return Said(_("not shown"), is_soft=True)
    why = address("compared", office=office["code"], period=f"{month:%Y-%m}", key=outcome)
    return Said(words.level(outcome, value), why=why)


def _gaps(months: list[date], places: list[int]) -> str:
    if not places:
        return ""
    named = ", ".join(date_format(months[place], "YEAR_MONTH_FORMAT") for place in places)
    return _("Left out, with too few requests in one of the offices: %(months)s.") % {
        "months": named
    }
