"""How a picture is drawn: Vega-Lite on the server, an SVG in the page, what all pictures share.

Colours are the custom properties of the style sheet, so a stored picture follows light and dark.
vl-convert hangs when it is used before a fork: only tasks call `render`, and it is imported there.
"""

import json
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.etree import ElementTree

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from branches.models import Pilot
from reports.models import Side

VEGA_LITE = "5.21"
SVG = "http://www.w3.org/2000/svg"
COLOURS = {Side.PILOT: "var(--accent)", Side.COMPARISON: "var(--ink-soft)"}
DASHES = {Side.PILOT: [1, 0], Side.COMPARISON: [5, 4]}
# How far the picture reaches before the first and beyond the last cohort, in months.
LEFT, RIGHT = -0.4, 0.12
# How high above the picture its pilot is named; what names the lines stands above that.
PILOT_LABEL = -8


@dataclass(frozen=True)
class Size:
    """A picture for a kind of screen. `month_step`: every how many months the axis is labelled."""

    name: str
    width: int
    height: int
    month_step: int
    font: int


WIDE = Size("wide", width=780, height=240, month_step=1, font=12)
# On a phone the wide one would have letters of 6 pixels.
NARROW = Size("narrow", width=290, height=190, month_step=3, font=12)


class NotForThePage(ValueError):
    """The drawing holds a script or an inline style, which the pages refuse."""


def render(drawing: dict[str, Any], words: str) -> str:
    """Make the SVG that stands in the page, with `words` as its alternative text.

    Raises NotForThePage if it would need what our content security policy refuses.
    """
    import vl_convert  # noqa: PLC0415 - see the top of this module

    svg = ElementTree.fromstring(  # noqa: S314 - drawn here, from our own numbers
        vl_convert.vegalite_to_svg(drawing, vl_version=VEGA_LITE)
    )
    for element in svg.iter():
        # Vega describes each mark for screen readers; the picture as a whole has better words.
        for name in [name for name in element.attrib if name.startswith(("aria-", "role"))]:
            del element.attrib[name]
        if element.tag in {f"{{{SVG}}}script", f"{{{SVG}}}style"} or "style" in element.attrib:
            raise NotForThePage(element.tag)
    for name in ("width", "height", "version", "class"):
        svg.attrib.pop(name, None)
    svg.attrib |= {"class": "picture", "role": "img", "aria-label": words}
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(svg, encoding="unicode")


def config(size: Size) -> dict[str, Any]:
    return {
        "aria": False,
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "ticks": False,
            "labelColor": "var(--ink-soft)",
            "labelFontSize": size.font,
            "labelPadding": 6,
            "gridColor": "var(--line)",
        },
    }


def month_axis(months: list[date], size: Size) -> dict[str, Any]:
    labels = [_month_label(month, first=month == months[0]) for month in months]
    return {
        "field": "x",
        "type": "quantitative",
        "scale": {"domain": [LEFT, len(months) - 1 + RIGHT], "nice": False, "zero": False},
        "axis": {
            "title": None,
            "grid": False,
            "values": list(range(0, len(months), max(size.month_step, len(months) // 12))),
            "labelExpr": f"{json.dumps(labels)}[datum.value]",
            "labelFlush": False,
        },
    }


def _month_label(month: date, *, first: bool) -> list[str]:
    """The month, and below it the year where the reader needs it."""
    return [date_format(month, "M"), *([str(month.year)] if first or month.month == 1 else [])]


def number_on_axis() -> str:
    """An expression of Vega: the number of a tick as the language writes it."""
    return f"replace('' + datum.value, '.', '{number_format(0.1, 1)[1]}')"


def pilot_span(pilot: Pilot, months: list[date], size: Size) -> list[dict[str, Any]]:
    """The months of the pilot as a tinted field that begins on its first day."""
    starts, ends = _place(pilot.starts_on, months), _place(pilot.ends_on, months)
    left, right = max(starts, LEFT), min(ends, len(months) - 1 + RIGHT)
    if left >= right:
        return []
    data = {"values": [{"x": left, "x2": right}]}
    return [
        {
            "data": data,
            # The lines of the grid stay to be seen through it.
            "mark": {"type": "rect", "color": "var(--accent-wash)", "opacity": 0.6},
            "encoding": {"x2": {"field": "x2"}, "y": {"value": 0}, "y2": {"value": size.height}},
        },
        {
            "data": data,
            "mark": {"type": "rule", "color": "var(--accent)", "strokeDash": [3, 4]},
            "encoding": {"y": {"value": 0}, "y2": {"value": size.height}},
        },
        {
            "data": data,
            "mark": {
                "type": "text",
                "text": _("Pilot"),
                "align": "left",
                "dx": 6,
                "fontSize": size.font,
                "fontWeight": 600,
                "color": "var(--accent)",
            },
            # Above the picture: within it lines would run through the word.
            "encoding": {"y": {"value": PILOT_LABEL}},
        },
    ]


def _place(day: date, months: list[date]) -> float:
    """Where a day lies on the axis on which month 0 reaches from -0.5 to 0.5."""
    whole = (day.year - months[0].year) * 12 + day.month - months[0].month
    return whole - 0.5 + (day.day - 1) / monthrange(day.year, day.month)[1]
