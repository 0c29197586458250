"""The picture of what came, went and stood open in the pilot offices, month by month.

As in `charts`: drawn by a worker, stored, and coloured by the style sheet. The three lines differ
in dash and in the shape of their points as well, so no colour has to be told apart.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.formats import date_format, get_format, number_format
from django.utils.translation import gettext as _

from branches.models import LANGUAGES, Pilot
from reports import charts
from reports.charts import FLOW
from reports.drawing import NARROW, WIDE, Size, config, month_axis, pilot_span
from reports.models import Side
from reports.months import parse_month
from reports.period_models import BEFORE, DURING, PeriodFigures
from reports.wording import one_after_another


@dataclass(frozen=True)
class Line:
    """One line: which count it shows, and how it is told from the others."""

    name: str
    colour: str
    dash: list[int]
    shape: str


LINES = (
    Line("received", "var(--accent)", [1, 0], "circle"),
    Line("closed", "var(--ink-soft)", [6, 3], "square"),
    Line("open_at_end", "var(--support)", [2, 3], "triangle-up"),
)


def draw(*, pilot: Pilot, at: datetime) -> int:
    """Draw and store the pictures that have changed; return how many."""
    rows = list(
        PeriodFigures.objects.shown()
        .filter(pilot=pilot, side=Side.PILOT, office=None)
        .exclude(period__in=[BEFORE, DURING])
        .order_by("period")
    )
    drawn = 0
    for language in LANGUAGES if rows else ():
        for size in (WIDE, NARROW):
            with translation.override(language):
                drawing, words = flow(pilot, rows, size), alternative(rows)
            key = charts.key_of(pilot, size, language, FLOW)
            drawn += charts.keep(key, drawing, words, at=at)
    return drawn


def title_of(line: Line) -> str:
    return {
        "received": _("Received"),
        "closed": _("Closed"),
        "open_at_end": _("Open at the end"),
    }[line.name]


def alternative(rows: list[PeriodFigures]) -> str:
    """What the picture says, in words: the counts of the last month."""
    last = rows[-1]
    counts = one_after_another(f"{title_of(line)}{_(': ')}{_count(last, line)}" for line in LINES)
    title = _("Requests received, closed and open at the end, by month, in the pilot offices.")
    month = date_format(parse_month(last.period), "YEAR_MONTH_FORMAT")
    return f"{title} {month.capitalize()}{_(': ')}{counts}."


def _count(row: PeriodFigures, line: Line) -> str:
    return number_format(row.content["flow"][line.name], 0, force_grouping=True)


def flow(pilot: Pilot, rows: list[PeriodFigures], size: Size) -> dict[str, Any]:
    """The Vega-Lite drawing: three lines over the months."""
    months = [parse_month(row.period) for row in rows]
    layers = [layer for place, line in enumerate(LINES) for layer in _line(rows, line, place, size)]
    return {
        "width": size.width,
        "height": size.height,
        "background": None,
        "padding": {"left": 4, "right": 4 if size is NARROW else 24, "top": 4, "bottom": 4},
        "config": config(size),
        "encoding": {
            "x": month_axis(months, size),
            "y": {
                "field": "value",
                "type": "quantitative",
                "scale": {"zero": True, "nice": True},
                "axis": {"title": None, "tickCount": 4, "labelExpr": _whole()},
            },
        },
        "layer": [*pilot_span(pilot, months, size), *layers],
    }


def _whole() -> str:
    """An expression that writes a number of the axis as the language of the picture does."""
    separator = get_format("THOUSAND_SEPARATOR")
    return f"replace(format(datum.value, ','), regexp(',', 'g'), {json.dumps(separator)})"


def _line(rows: list[PeriodFigures], line: Line, place: int, size: Size) -> list[dict[str, Any]]:
    points = [
        {"x": x, "value": row.content["flow"][line.name], "provisional": row.is_provisional}
        for x, row in enumerate(rows)
    ]
    data = {"values": points}
    fill = {"condition": {"test": "datum.provisional", "value": "var(--paper)"}}
    drawn = {"type": "line", "color": line.colour, "strokeWidth": 2, "strokeDash": line.dash}
    mark = {"type": "point", "shape": line.shape, "size": 40, "stroke": line.colour, "opacity": 1}
    return [
        {"data": data, "mark": drawn},
        {"data": data, "mark": mark, "encoding": {"fill": fill | {"value": line.colour}}},
        *_legend(line, place, size),
    ]


def _legend(line: Line, place: int, size: Size) -> list[dict[str, Any]]:
    """The names stand above the picture with the sign of their line: lines may cross.

    The sign is drawn: the font of the paper has no such letter.
    """
    x, y = (190 * place, -30) if size is WIDE else (0, -62 + 16 * place)
    sign = {
        "type": "point",
        "shape": line.shape,
        "size": 40,
        "filled": True,
        "color": line.colour,
        "opacity": 1,
    }
    name = {
        "type": "text",
        "text": title_of(line),
        "align": "left",
        "baseline": "middle",
        "fontSize": size.font,
        "fontWeight": 600,
        "color": line.colour,
    }
    return [
        {
            "data": {"values": [{}]},
            "mark": mark,
            "encoding": {"x": {"value": x + right}, "y": {"value": y}},
        }
        for mark, right in ((sign, 4), (name, 14))
    ]
