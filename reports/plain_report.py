"""A monthly report for programs and terminals. The keys are a promise: they only ever grow."""

from collections.abc import Callable
from functools import partial
from typing import Any

from branches.durations import (
    calendar_time,
    calendar_time_range,
    office_hours,
    office_hours_range,
)
from reports.models import Figures, MonthlyReport, Recomputation
from requests_app.enums import NOT_COUNTED

COUNTS = (
    "received",
    "counted",
    "first_answered",
    "still_waiting",
    "closed_unanswered",
    "only_a_question",
)
HEAD = ("office", "month", "definition_version", "cut_off", "is_provisional")
HIDDEN = (
    "hidden: it rests on fewer than 5 requests or 3 advisers, or would give such an office away"
)
Words = Callable[[Any], str]
Range = Callable[[Any, Any], str]


def as_dict(report: MonthlyReport | Recomputation, *, working_day_hours: int) -> dict[str, Any]:
    """The report as JSON holds it: durations in whole seconds, shares from 0 to 1, null: unknown.

    Each figure also has "human", the text a person reads, in which working days have so many hours.
    """
    shown = partial(office_hours, working_day_hours=working_day_hours)
    between = partial(office_hours_range, working_day_hours=working_day_hours)
    oldest = report.oldest_waiting_since
    return {
        "office": report.office.code,
        "month": f"{report.month:%Y-%m}",
        "definition_version": report.definition_version,
        "cut_off": report.cut_off.isoformat(),
        "is_provisional": report.is_provisional,
        **{name: getattr(report, name) for name in COUNTS},
        "excluded": {reason: report.excluded.get(reason, 0) for reason in sorted(NOT_COUNTED)},
        "oldest_waiting_since": oldest and oldest.isoformat(),
        "oldest_waiting_seconds": report.oldest_waiting,
        "promise_seconds": report.promise_seconds,
        "office_clock": _clock(report.office_clock, shown, between),
        "calendar_clock": _clock(report.calendar_clock, calendar_time, calendar_time_range),
    }


def hidden_as_dict(report: MonthlyReport | Recomputation) -> dict[str, Any]:
    """The same where nothing of the office may be shown: which report it is, and why no more."""
    content = as_dict(report, working_day_hours=1)
    return {name: content[name] for name in HEAD} | {"hidden": HIDDEN}


def hidden_as_text(report: MonthlyReport | Recomputation) -> str:
    return f"{_head(report)}\n  {HIDDEN}"


def _clock(clock: dict[str, Any], shown: Words, between: Range) -> dict[str, Any]:
    return {
        "median": _figure(clock["median"], shown, between),
        "ninetieth": _figure(clock["ninetieth"], shown, between),
        "within_promise": _figure(
            clock["within_promise"], "{:.0%}".format, lambda low, high: f"{low:.0%} to {high:.0%}"
        ),
    }


def _figure(figure: dict[str, Any], shown: Words, between: Range) -> dict[str, Any]:
    # The database keeps no order of keys; a reader of diffs wants one.
    value, low, high = figure["value"], figure["low"], figure["high"]
    human = None if value is None else shown(value)
    if low is not None and high is not None:
        human = f"{human} (plausible range {between(low, high)})"
    elif low is not None:
        human = f"{human} (plausible range from {shown(low)})"
    elif high is not None:
        human = f"{human} (plausible range up to {shown(high)})"
    return {"value": value, "low": low, "high": high, "human": human}


def as_text(report: MonthlyReport | Recomputation, *, working_day_hours: int) -> str:
    """The report as a person reads it in a terminal."""
    content = as_dict(report, working_day_hours=working_day_hours)
    shown = partial(office_hours, working_day_hours=working_day_hours)
    excluded = ", ".join(f"{reason} {number}" for reason, number in content["excluded"].items())
    rows = {
        "received": content["received"],
        "of these not counted": excluded,
        "first answers": content["first_answered"],
        "of these only a question": content["only_a_question"],
        "closed without an answer": content["closed_unanswered"],
        "still waiting": _waiting(report, shown),
        f"within {shown(report.promise_seconds)}": _or_unknown(
            content["office_clock"]["within_promise"]
        ),
    }
    for clock in ("office", "calendar"):
        for name, words in (("median", "half answered within"), ("ninetieth", "9 out of 10")):
            rows[f"{words}, {clock} time"] = _or_unknown(content[f"{clock}_clock"][name])
    lines = (f"  {name + ':':37} {value}" for name, value in rows.items())
    return "\n".join([_head(report), *lines])


def _head(report: MonthlyReport | Recomputation) -> str:
    state = "provisional" if report.is_provisional else "final"
    return (
        f"{report.office.name}, {report.month:%Y-%m} ({state}, data until "
        f"{report.cut_off:%Y-%m-%d %H:%M %Z}, definition {report.definition_version})"
    )


def _waiting(report: Figures, shown: Words) -> str:
    if report.oldest_waiting is None:
        return str(report.still_waiting)
    return f"{report.still_waiting}, the oldest for {shown(report.oldest_waiting)}"


def _or_unknown(figure: dict[str, Any]) -> str:
    return figure["human"] or "not known (too few requests, or too many still wait)"
