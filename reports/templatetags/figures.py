"""How a published figure is shown: its value, its plausible range, or why there is none."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from branches import durations
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


class Told(Protocol):
    """What holds the figures of both clocks: a report, or what is stored about a period."""

    @property
    def received(self) -> int: ...
    @property
    def counted(self) -> int: ...
    @property
    def still_waiting(self) -> int: ...
    @property
    def oldest_waiting(self) -> int | None: ...
    @property
    def oldest_waiting_since(self) -> datetime | None: ...
    @property
    def cut_off(self) -> datetime: ...
    @property
    def office_clock(self) -> Any: ...
    @property
    def calendar_clock(self) -> Any: ...


@register.filter
def percent(share: float) -> str:
    return _("%(number)s%%") % {"number": rounded(100 * share)}


def rounded(value: float, decimals: int = 0) -> str:
    """A number as the language writes it. Django alone cuts decimals off: 33.9 would be 33."""
    return number_format(round(value, decimals), decimals, force_grouping=True)


@register.filter
def whole(number: int) -> str:
    return number_format(number, 0, force_grouping=True)


@register.filter
def listed(names: list[str]) -> str:
    """Names in a sentence: "Liège", "Liège and Charleroi", "Liège, Mons and Eupen"."""
    if len(names) < 2:
        return "".join(names)
    return _("%(names)s and %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}


@register.inclusion_tag("reports/_figure.html")
def figure(report: Told, clock: str, name: str, working_day_hours: int) -> dict[str, str]:
    """One figure of a report: `clock` "office" or "calendar", `name` as in FEWEST."""
    figures = getattr(report, f"{clock}_clock")[name]
    return _shown(figures, report.counted, _Shown(clock, name, working_day_hours))


@register.inclusion_tag("reports/_figure.html")
def cell_figure(
    cell: dict[str, Any], clock: str, name: str, working_day_hours: int
) -> dict[str, str]:
    """The same of one group of a breakdown."""
    figures = cell[f"{clock}_clock"][name]
    return _shown(figures, cell["counted"], _Shown(clock, name, working_day_hours))


@register.inclusion_tag("reports/_figure.html")
def resolution_figure(report: Any, clock: str, name: str, working_day_hours: int) -> dict[str, str]:
    """The same of the time until the closing."""
    figures = report.resolution[f"{clock}_clock"][name]
    return _shown(figures, report.counted, _Shown(clock, name, working_day_hours))


@register.simple_tag
def waited_share(resolution: dict[str, Any]) -> str:
    """Which share of the members' time waited for their own reply; 0 where no time has passed."""
    waited = resolution["waited"]
    return percent(waited["calendar"] / waited["lived"] if waited["lived"] else 0)


def _shown(figures: dict[str, Any], counted: int, shown: "_Shown") -> dict[str, str]:
    if figures["value"] is None:
        return {"unknown": _unknown(counted, shown.name)}
    return {
        "value": shown.text(figures["value"]),
        "range": shown.range(figures["low"], figures["high"]),
    }


@dataclass(frozen=True)
class _Shown:
    """How the values of one figure are written."""

    clock: str
    name: str
    working_day_hours: int

    def text(self, value: float) -> str:
        if self.name == "within_promise":
            return percent(value)
        if self.clock == "calendar":
            return durations.calendar_time(int(value))
        return durations.office_hours(int(value), working_day_hours=self.working_day_hours)

    def range(self, low: float | None, high: float | None) -> str:
        """The plausible range in words; empty where it is not defined."""
        if low is not None and high is not None:
            return self._between(low, high)
        if low is not None:
            return _("from %(low)s") % {"low": self.text(low)}
        return "" if high is None else _("up to %(high)s") % {"high": self.text(high)}

    def _between(self, low: float, high: float) -> str:
        if self.name == "within_promise":
            return _("%(low)s to %(high)s") % {
                "low": rounded(100 * low),
                "high": percent(high),
            }
        if self.clock == "calendar":
            return durations.calendar_time_range(int(low), int(high))
        return durations.office_hours_range(
            int(low), int(high), working_day_hours=self.working_day_hours
        )


def durations_of(working_day_hours: int | None) -> _Shown:
    """How office hours are written; without the hours of a working day, time on the calendar."""
    if working_day_hours is None:
        return _Shown("calendar", "median", 0)
    return _Shown("office", "median", working_day_hours)


def _unknown(counted: int, name: str) -> str:
    if counted < FEWEST[name]:
        return _("too few requests")
    if name == "within_promise":
        return _("not known yet")
    return _("not reached yet")
