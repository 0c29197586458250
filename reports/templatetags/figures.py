"""How a published figure is shown: its value, its plausible range, or why there is none."""

from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from branches import durations
from reports.models import Figures
from reports.response_times import (
    FEWEST_FOR_A_MEDIAN,
    FEWEST_FOR_A_NINETIETH,
    FEWEST_FOR_A_SHARE,
)

register = template.Library()

FEWEST = {
    "median": FEWEST_FOR_A_MEDIAN,
    "ninetieth": FEWEST_FOR_A_NINETIETH,
    "within_promise": FEWEST_FOR_A_SHARE,
}


@register.filter
def percent(share: float) -> str:
    return _("%(number)s%%") % {"number": number_format(100 * share, 0)}


@register.inclusion_tag("reports/_figure.html")
def figure(report: Figures, clock: str, name: str, working_day_hours: int) -> dict[str, str]:
    """One figure of a report: `clock` "office" or "calendar", `name` as in FEWEST."""
    figures: dict[str, Any] = getattr(report, f"{clock}_clock")[name]
    if figures["value"] is None:
        return {"unknown": _unknown(report, name)}
    texts = {
        end: None if figures[end] is None else _text(figures[end], clock, name, working_day_hours)
        for end in ("value", "low", "high")
    }
    return {"value": texts["value"] or "", "range": _range(texts["low"], texts["high"])}


def _text(value: float, clock: str, name: str, working_day_hours: int) -> str:
    if name == "within_promise":
        return percent(value)
    if clock == "calendar":
        return durations.calendar_time(int(value))
    return durations.office_hours(int(value), working_day_hours=working_day_hours)


def _range(low: str | None, high: str | None) -> str:
    """The plausible range in words; empty where it is not defined."""
    if low is None and high is None:
        return ""
    if high is None:
        return _("from %(low)s") % {"low": low}
    if low is None:
        return _("up to %(high)s") % {"high": high}
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _unknown(report: Figures, name: str) -> str:
    if report.counted < FEWEST[name]:
        return _("too few requests")
    if name == "within_promise":
        return _("not known yet")
    return _("not reached yet")
