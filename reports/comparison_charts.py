"""The three pictures of the comparison: the trends, the differences of all groups, the weeks."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from branches.models import LANGUAGES, Pilot
from reports.drawing import COLOURS, DASHES, NARROW, WIDE, Size, config, number_on_axis, render
from reports.models import Chart, Side
from reports.plan_models import IN_HOURS, Measure, PilotComparison

Drawing = dict[str, Any]
Points = Sequence[float | None]
PICTURES = ("trends", "groups", "weeks")


def key_of(pilot: Pilot, name: str, size: Size, language: str) -> str:
    return f"comparison-{name}-{pilot.pk}-{size.name}-{language}"


def shown(pilot: Pilot) -> dict[str, dict[str, str]]:
    """The stored pictures in the language of the page, by name and size."""
    language = get_language() or "fr"
    keys = {
        key_of(pilot, name, size, language): (name, size.name)
        for name in PICTURES
        for size in (WIDE, NARROW)
    }
    pictures: dict[str, dict[str, str]] = {name: {} for name in PICTURES}
    for key, svg in Chart.objects.filter(key__in=keys).values_list("key", "svg"):
        name, size_name = keys[key]
        pictures[name][size_name] = svg
    return pictures


def draw(comparison: PilotComparison, *, at: datetime) -> int:
    """Draw and store the pictures whose data have changed; return how many."""
    known = dict(Chart.objects.values_list("key", "digest"))
    drawn = 0
    for language in LANGUAGES:
        with translation.override(language):
            for name, size, drawing, words in _drawings(comparison):
                key = key_of(comparison.pilot, name, size, language)
                digest = hashlib.sha256(json.dumps([drawing, words]).encode()).hexdigest()
                if known.get(key) != digest:
                    values = {"digest": digest, "svg": render(drawing, words), "drawn_at": at}
                    Chart.objects.update_or_create(key=key, defaults=values)
                    drawn += 1
    return drawn


def _drawings(comparison: PilotComparison) -> list[tuple[str, Size, Drawing, str]]:
    found = comparison.result
    primary = found["outcomes"][found["primary"]]
    makers: dict[str, Callable[[Size], Drawing]] = {}
    if primary["difference"] is not None:
        makers["trends"] = lambda size: trends(found, size)
        makers["groups"] = lambda size: groups(found, size)
    if any(value is not None for value in found["weeks"]["pilot"]["points"]):
        makers["weeks"] = lambda size: weeks(found, size, comparison.pilot.starts_on)
    words = {
        "trends": _("Both sides by month of arrival, before and during the pilot."),
        "groups": _("The difference of the pilot offices among those of all groups of offices."),
        "weeks": _("Weekly median of the pilot offices, with limits from the weeks before."),
    }
    return [
        (name, size, make(size), words[name])
        for name, make in makers.items()
        for size in (WIDE, NARROW)
    ]


def trends(found: dict[str, Any], size: Size) -> Drawing:
    """The mean of the offices of each side by month; the months left out are a gap."""
    outcome, frame = found["outcomes"][found["primary"]], found["frame"]
    scale = _scale(found["primary"])
    months = [date.fromisoformat(frame["months"][place]) for place in outcome["months"]]
    after = [frame["is_after"][place] for place in outcome["months"]]
    places = [_months_apart(months[0], month) for month in months]
    labels = [date_format(month, "M") for month in months]
    first = {side: outcome["sides"][side][0] for side in Side}
    layers = []
    for side in (Side.COMPARISON, Side.PILOT):
        rows = [
            {"x": x, "value": value * scale, "after": is_after}
            for x, value, is_after in zip(places, outcome["sides"][side], after, strict=True)
        ]
        layers += _line(rows, side, group="after")
        layers.append(_name(side, rows[0], size, above=first[side] == max(first.values())))
    start = (places[after.index(True) - 1] + places[after.index(True)]) / 2
    by_place = dict(zip(map(str, places), labels, strict=True))
    axis = {
        "title": None,
        "grid": False,
        "values": places[:: max(1, size.month_step)],
        "labelExpr": f"{json.dumps(by_place)}['' + datum.value]",
    }
    x = _quantitative("x", domain=[-0.4, places[-1] + 0.4], axis=axis)
    y = _quantitative("value", axis=_value_axis(found["primary"]))
    return _drawing(size, x, y, [_start(start), *layers])


def groups(found: dict[str, Any], size: Size) -> Drawing:
    """A stroke for each group of offices, and below them for each case without any change."""
    outcome = found["outcomes"][found["primary"]]
    scale = _scale(found["primary"])
    real, floor = outcome["difference"] * scale, outcome["noise_floor"]
    names = [_("all groups of offices"), _("where nothing changed")]
    rows = [
        {"x": value * scale, "row": names[place]}
        for place, values in enumerate((outcome["differences"], outcome["placebos"]))
        for value in values
    ]
    stroke = {
        "type": "tick",
        "color": "var(--ink-soft)",
        "opacity": 0.7,
        "thickness": 2,
        "size": 28,
    }
    pilot = {"values": [{"x": real, "row": names[0]}]}
    layers: list[Drawing] = [
        {"data": {"values": rows}, "mark": stroke},
        {
            "data": pilot,
            "mark": stroke | {"color": "var(--accent)", "opacity": 1, "thickness": 4, "size": 44},
        },
        {"data": pilot, "mark": _words(size, dy=34, text=_("pilot offices"), weight=600)},
        *(_row_name(name, size) for name in names),
    ]
    if floor is not None:
        layers.insert(0, _band(-floor * scale, floor * scale))
    axis = _value_axis(found["primary"], differs=True) | {"tickCount": 7 if size is WIDE else 4}
    x = _quantitative("x", axis=axis | {"grid": True})
    y = {"field": "row", "type": "nominal", "sort": names, "axis": None}
    return _drawing(size, x, y, layers)


def _words(size: Size, *, text: str, dy: int, weight: int = 400) -> Drawing:
    colour = "var(--accent)" if weight > 400 else "var(--ink-soft)"
    font = {"fontSize": size.font, "fontWeight": weight, "color": colour}
    return {"type": "text", "text": text, "dy": dy} | font


def _row_name(name: str, size: Size) -> Drawing:
    """The name of a row, over its strokes at the left edge."""
    words = _words(size, text=name, dy=-30) | {"align": "left", "dx": 4}
    return {"data": {"values": [{"row": name}]}, "mark": words, "encoding": {"x": {"value": 0}}}


def weeks(found: dict[str, Any], size: Size, starts_on: date) -> Drawing:
    """The individuals chart of the pilot offices, with the comparison offices as a thin line."""
    chart = found["weeks"]
    mondays = [date.fromisoformat(day) for day in chart["mondays"]]
    outside = set(chart["pilot"]["outside"])
    layers: list[Drawing] = []
    if limits := chart["pilot"]["limits"]:
        for name, dash in (("centre", [1, 0]), ("low", [4, 4]), ("high", [4, 4])):
            mark = {"type": "rule", "color": "var(--ink-soft)", "strokeDash": dash}
            level = {"values": [{"value": max(limits[name], 0)}]}
            layers.append(
                {
                    "data": level,
                    "mark": mark,
                    "encoding": {"x": {"value": 0}, "x2": {"value": size.width}},
                }
            )
    for side in (Side.COMPARISON, Side.PILOT):
        rows = [
            {"x": place, "value": value, "outside": place in outside}
            for place, value in enumerate(chart[side]["points"])
            if value is not None
        ]
        layers += _line(rows, side, dots=side == Side.PILOT)
    start = (starts_on - mondays[0]).days / 7 - 0.5
    step = 8 if size is WIDE else 16
    day_and_month = "j. M" if get_language() == "de" else "j M"
    labels = {str(place): date_format(day, day_and_month) for place, day in enumerate(mondays)}
    axis = {
        "title": None,
        "grid": False,
        "values": list(range(0, len(mondays), step)),
        "labelExpr": f"{json.dumps(labels)}['' + datum.value]",
        "labelFlush": True,
    }
    x = _quantitative("x", domain=[-0.5, len(mondays) - 0.5], axis=axis)
    y = _quantitative("value", axis=_value_axis(Measure.HANDLING), zero=True)
    return _drawing(size, x, y, [_start(start), *layers])


def _scale(measure: str) -> float:
    return 1.0 if measure in IN_HOURS else 100.0


def _months_apart(first: date, month: date) -> int:
    return (month.year - first.year) * 12 + month.month - first.month


def _quantitative(field: str, *, axis: Drawing, domain: Any = None, zero: bool = False) -> Drawing:
    scale: Drawing = {"zero": zero, "nice": domain is None}
    if domain is not None:
        scale["domain"] = domain
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def _value_axis(measure: str, *, differs: bool = False) -> Drawing:
    number = number_on_axis()
    if differs:
        number = f"(datum.value > 0 ? '+' : '') + {number}"
    unit = _("h") if measure in IN_HOURS else (_("points") if differs else "%")
    return {"title": None, "tickCount": 5, "labelExpr": f"{number} + ' {unit}'"}


def _line(rows: list[Drawing], side: Side, *, group: str = "", dots: bool = True) -> list[Drawing]:
    width = 2.5 if side == Side.PILOT else 1.5
    mark = {
        "type": "line",
        "color": COLOURS[side],
        "strokeWidth": width,
        "strokeDash": DASHES[side],
    }
    line: Drawing = {"data": {"values": rows}, "mark": mark}
    if group:
        # Nothing is drawn through the months that are left out.
        line["encoding"] = {"detail": {"field": group, "type": "nominal"}}
    if not dots:
        return [line]
    point = {"type": "point", "size": 34, "filled": True, "color": COLOURS[side], "opacity": 1}
    shape = {"condition": {"test": "datum.outside", "value": "diamond"}, "value": "circle"}
    larger = {"condition": {"test": "datum.outside", "value": 140}, "value": 34}
    marked = {"shape": shape, "size": larger}
    return [line, {"data": {"values": rows}, "mark": point, "encoding": marked}]


def _name(side: Side, begin: Drawing, size: Size, *, above: bool) -> Drawing:
    """The name of a line where it begins: over the upper one, under the lower one.

    Behind it lies its own outline in the colour of the paper: the line may rise through it.
    """
    mark: Drawing = {
        "type": "text",
        "text": str(Side(side).label),
        "align": "left",
        "dy": -18 if above else 26,
        "fontSize": size.font,
        "fontWeight": 600 if side == Side.PILOT else 400,
        "color": COLOURS[side],
    }
    outline = mark | {"color": "var(--paper)", "stroke": "var(--paper)", "strokeWidth": 5}
    return {"data": {"values": [begin]}, "layer": [{"mark": outline}, {"mark": mark}]}


def _start(x: float) -> Drawing:
    mark = {"type": "rule", "color": "var(--accent)", "strokeDash": [3, 4]}
    return {
        "data": {"values": [{"x": x}]},
        "mark": mark,
        "encoding": {"y": {"value": 0}, "y2": {"value": "height"}},
    }


def _band(low: float, high: float) -> Drawing:
    mark = {"type": "rect", "color": "var(--accent-wash)", "opacity": 0.7}
    both = {"x2": {"field": "x2"}, "y": {"value": 0}, "y2": {"value": "height"}}
    return {"data": {"values": [{"x": low, "x2": high}]}, "mark": mark, "encoding": both}


def _drawing(size: Size, x: Drawing, y: Drawing, layers: list[Drawing]) -> Drawing:
    return {
        "width": size.width,
        "height": size.height,
        "background": None,
        "padding": 6,
        "config": config(size),
        "encoding": {"x": x, "y": y},
        "layer": layers,
    }
