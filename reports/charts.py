"""The stored pictures of the pilot, and that of the time until the first response.

A worker draws them (`drawing`); a page shows what is stored.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime
from itertools import product
from typing import Any

from django.db import connection, transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from branches import durations
from branches.durations import HOUR
from branches.models import LANGUAGES, Pilot
from dop_pilot.celery import wake
from reports import jobs
from reports.drawing import (
    COLOURS,
    DASHES,
    NARROW,
    WIDE,
    Size,
    config,
    month_axis,
    number_on_axis,
    pilot_span,
    render,
)
from reports.models import Chart, JobRun, Side, SideReport
from reports.months import months_between
from reports.shown import hidden_sides
from reports.wording import one_after_another

DRAW_JOB = "draw_charts"


# The pictures of a pilot; the second shows the same as the first on the clock of the member.
OFFICE_HOURS, CALENDAR_TIME, FLOW = "first-response", "first-response-as-lived", "flow"
CLOCKS = {OFFICE_HOURS: "office", CALENDAR_TIME: "calendar"}


def key_of(pilot: Pilot, size: Size, language: str, name: str = OFFICE_HOURS) -> str:
    return f"{name}-{pilot.pk}-{size.name}-{language}"


def shown(pilot: Pilot, name: str = OFFICE_HOURS) -> dict[str, str]:
    """The stored pictures in the language of the page, by size; empty when none is drawn yet."""
    return several_shown(pilot, [name])[name]


def several_shown(pilot: Pilot, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """The same for several pictures, by name, from one query."""
    found: dict[str, dict[str, str]] = {name: {} for name in names}
    language = get_language() or "fr"
    keys = {
        key_of(pilot, size, language, name): (name, size.name)
        for name, size in product(found, (WIDE, NARROW))
    }
    for key, svg in Chart.objects.filter(key__in=keys).values_list("key", "svg"):
        name, size = keys[key]
        found[name][size] = svg
    return found


def ask(*, pilot_key: int, at: datetime) -> bool:
    """Have a worker draw what has changed by then; False when none could be reached."""
    return wake("reports.tasks.draw_charts", pilot_key, at.isoformat())


@transaction.atomic
def draw(*, pilot: Pilot, at: datetime, asked_at: datetime) -> int:
    """Draw and store the pictures whose data have changed; return how many.

    Nothing is done when a drawing began after `asked_at`: it saw all that this one would see.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{DRAW_JOB} {pilot.pk}"])
    period = str(pilot.pk)
    if JobRun.objects.filter(
        kind=DRAW_JOB, period=period, started_at__gte=asked_at, finished_at__isnull=False
    ).exists():
        return 0
    run = jobs.begin(kind=DRAW_JOB, period=period, at=at)
    drawn = _draw_changed(pilot, at)
    jobs.finish(run, at=at)
    return drawn


def _draw_changed(pilot: Pilot, at: datetime) -> int:
    stored = list(SideReport.objects.filter(pilot=pilot).order_by("month", "side"))
    hidden = hidden_sides(stored)
    reports = [report for report in stored if report.pk not in hidden]
    if not reports:
        # What was drawn when there was something to show.
        Chart.objects.filter(key__in=_keys(pilot)).delete()
        return 0
    drawn = 0
    for language in LANGUAGES:
        for size, (name, clock) in product((WIDE, NARROW), CLOCKS.items()):
            with translation.override(language):
                drawing = first_response(pilot, reports, size, clock)
                words = alternative(reports, clock, pilot.working_day_hours)
            drawn += keep(key_of(pilot, size, language, name), drawing, words, at=at)
    return drawn


def _keys(pilot: Pilot) -> list[str]:
    every = product((WIDE, NARROW), LANGUAGES, CLOCKS)
    return [key_of(pilot, size, language, name) for size, language, name in every]


def keep(key: str, drawing: dict[str, Any], words: str, *, at: datetime) -> bool:
    """Draw and store a picture, unless it was drawn from the same; whether it was."""
    digest = hashlib.sha256(json.dumps([drawing, words]).encode()).hexdigest()
    if Chart.objects.filter(key=key, digest=digest).exists():
        return False
    values = {"digest": digest, "svg": render(drawing, words), "drawn_at": at}
    Chart.objects.update_or_create(key=key, defaults=values)
    return True


def alternative(
    reports: list[SideReport], clock: str = "office", working_day_hours: int = 8
) -> str:
    """What the picture says, in words: the medians of the last month of each side."""
    last = {
        report.side: (hours, report.month)
        for report in reports
        if (hours := _hours(report, "value", clock)) is not None
    }
    parts = [
        _("%(side)s: %(hours)s in %(month)s")
        % {
            "side": Side(side).label,
            "hours": _in_words(hours, clock, working_day_hours),
            "month": date_format(month, "YEAR_MONTH_FORMAT"),
        }
        for side, (hours, month) in sorted(last.items(), reverse=True)
    ]
    title = {
        "office": _("Median office hours until the first response, by month of arrival."),
        "calendar": _("Median time until the first response as lived, by month of arrival."),
    }[clock]
    return " ".join([title, one_after_another(parts)]).strip()


def _in_words(hours: float, clock: str, working_day_hours: int) -> str:
    seconds = round(hours * HOUR)
    if clock == "office":
        return durations.office_hours(seconds, working_day_hours=working_day_hours)
    return durations.calendar_time(seconds)


def first_response(
    pilot: Pilot, reports: list[SideReport], size: Size, clock: str = "office"
) -> dict[str, Any]:
    """The Vega-Lite drawing: the median of each side by month, with its plausible range.

    The horizontal axis counts months, so that a cohort stands in the middle of its month and the
    first day of the pilot where it lies in its own.
    """
    months = list(months_between(reports[0].month, reports[-1].month))
    points = [_point(report, months, clock, pilot.working_day_hours) for report in reports]
    sides = [side for side in Side if any(point["side"] == side for point in points)]
    layers = [
        *pilot_span(pilot, months, size),
        *(_band(points, side) for side in sides),
        *(layer for side in reversed(sides) for layer in _line(points, side)),
        *_labels(points, sides, size),
    ]
    return {
        "width": size.width,
        "height": size.height,
        "background": None,
        # The page may have a wider font than the one that is measured here.
        "padding": {"left": 4, "right": 4 if size is NARROW else 24, "top": 4, "bottom": 4},
        "config": config(size),
        "encoding": {"x": month_axis(months, size), "y": _hours_axis()},
        "layer": layers,
    }


def _hours_axis() -> dict[str, Any]:
    return {
        "field": "value",
        "type": "quantitative",
        "scale": {"zero": True, "nice": True},
        "axis": {
            "title": None,
            "tickCount": 4,
            "labelExpr": f"{number_on_axis()} + ' {_('h')}'",
        },
    }


def _hours(report: SideReport, name: str, clock: str) -> float | None:
    seconds = getattr(report, f"{clock}_clock")["median"][name]
    return None if seconds is None else seconds / HOUR


def _point(
    report: SideReport, months: list[date], clock: str, working_day_hours: int
) -> dict[str, Any]:
    hours = _hours(report, "value", clock)
    return {
        "x": months.index(report.month),
        "side": str(report.side),
        "provisional": report.is_provisional,
        "words": "" if hours is None else _in_words(hours, clock, working_day_hours),
        **{name: _hours(report, name, clock) for name in ("value", "low", "high")},
    }


def _of(points: list[dict[str, Any]], side: Side, *needed: str) -> dict[str, Any]:
    rows = [point for point in points if point["side"] == side]
    return {"values": [row for row in rows if all(row[name] is not None for name in needed)]}


def _band(points: list[dict[str, Any]], side: Side) -> dict[str, Any]:
    return {
        "data": _of(points, side, "low", "high"),
        "mark": {"type": "area", "color": COLOURS[side], "opacity": 0.14},
        "encoding": {"y": _hours_axis() | {"field": "low"}, "y2": {"field": "high"}},
    }


def _line(points: list[dict[str, Any]], side: Side) -> list[dict[str, Any]]:
    data, width = _of(points, side, "value"), 2.5 if side == Side.PILOT else 1.5
    line = {"type": "line", "color": COLOURS[side], "strokeWidth": width}
    # A month that may still change is drawn hollow.
    fill = {"condition": {"test": "datum.provisional", "value": "var(--paper)"}}
    return [
        {"data": data, "mark": line | {"strokeDash": DASHES[side]}},
        {
            "data": data,
            "mark": {"type": "point", "size": 30, "stroke": COLOURS[side], "opacity": 1},
            "encoding": {"fill": fill | {"value": COLOURS[side]}},
        },
    ]


def _labels(points: list[dict[str, Any]], sides: list[Side], size: Size) -> list[dict[str, Any]]:
    """The name of each line: at its end, or above the picture where the screen is narrow."""
    ends = {side: rows[-1] for side in sides if (rows := _of(points, side, "value")["values"])}
    tops = sorted(ends, key=lambda side: -ends[side]["value"])
    return [_label(side, ends[side], place, size) for place, side in enumerate(tops)]


def _label(side: Side, end: dict[str, Any], place: int, size: Size) -> dict[str, Any]:
    """`place` 0 is the upper line: it is named upwards, the other downwards, so they never meet."""
    name, hours = str(side.label), end["words"]
    stroke = "\u2501" if side == Side.PILOT else "\u254c"
    mark = {
        "type": "text",
        "text": [name, hours] if size is WIDE else f"{stroke} {name}{_(': ')}{hours}",
        "align": "left",
        "fontSize": size.font,
        "fontWeight": 600 if side == Side.PILOT else 400,
        "color": COLOURS[side],
    }
    above = {"x": {"value": 0}, "y": {"value": -56 + 18 * place}}
    return {
        "data": {"values": [end]},
        "mark": mark | ({"dx": 10, "dy": -16 if place == 0 else 16} if size is WIDE else {}),
        "encoding": {} if size is WIDE else above,
    }
