"""A monthly report for programs and terminals. The keys are a promise: they only ever grow."""

from collections.abc import Callable
from typing import Any

from branches.durations import calendar_time, office_hours
from reports.models import MonthlyReport

COUNTS = (
    "received",
    "counted",
    "first_answered",
    "still_waiting",
    "closed_unanswered",
    "only_a_question",
)
Duration = Callable[[int], str]


def as_dict(report: MonthlyReport) -> dict[str, Any]:
    """The report as JSON holds it: durations in whole seconds, shares from 0 to 1, null: unknown.

    Each figure also has "human", the text a person reads.
    """
    oldest = report.oldest_waiting_since
    return {
        "office": report.office.code,
        "month": f"{report.month:%Y-%m}",
        "definition_version": report.definition_version,
        "cut_off": report.cut_off.isoformat(),
        "is_provisional": report.is_provisional,
        **{name: getattr(report, name) for name in COUNTS},
        "excluded": report.excluded,
        "oldest_waiting_since": oldest and oldest.isoformat(),
        "oldest_waiting_seconds": report.oldest_waiting,
        "promise_seconds": report.promise_seconds,
        "office_clock": _clock(report.office_clock, office_hours),
        "calendar_clock": _clock(report.calendar_clock, calendar_time),
    }


def _clock(clock: dict[str, Any], shown: Duration) -> dict[str, Any]:
    return {
        "median": clock["median"] | {"human": _human(clock["median"], shown)},
        "ninetieth": clock["ninetieth"] | {"human": _human(clock["ninetieth"], shown)},
        "within_promise": clock["within_promise"] | {"human": _human(clock["within_promise"])},
    }


def _human(figure: dict[str, Any], shown: Duration | None = None) -> str | None:
    if figure["value"] is None:
        return None
    text = shown or (lambda share: f"{share:.0%}")
    low, high = (None if figure[end] is None else text(figure[end]) for end in ("low", "high"))
    limits = {
        (True, True): f" (plausible range {low} to {high})",
        (True, False): f" (plausible range from {low})",
        (False, True): f" (plausible range up to {high})",
    }
    return text(figure["value"]) + limits.get((low is not None, high is not None), "")


def as_text(report: MonthlyReport) -> str:
    """The report as a person reads it in a terminal."""
    content = as_dict(report)
    excluded = ", ".join(f"{reason} {number}" for reason, number in content["excluded"].items())
    state = "provisional" if report.is_provisional else "final"
    rows = {
        "received": content["received"],
        "of these not counted": excluded,
        "first answers": content["first_answered"],
        "of these only a question": content["only_a_question"],
        "closed without an answer": content["closed_unanswered"],
        "still waiting": _waiting(report),
        f"within {office_hours(report.promise_seconds)}": _or_unknown(
            content["office_clock"]["within_promise"]
        ),
    }
    for clock in ("office", "calendar"):
        for name, words in (("median", "half answered within"), ("ninetieth", "9 out of 10")):
            rows[f"{words}, {clock} time"] = _or_unknown(content[f"{clock}_clock"][name])
    head = (
        f"{report.office.name}, {content['month']} ({state}, data until "
        f"{report.cut_off:%Y-%m-%d %H:%M %Z}, definition {report.definition_version})"
    )
    return "\n".join([head, *(f"  {name + ':':34} {value}" for name, value in rows.items())])


def _waiting(report: MonthlyReport) -> str:
    if report.oldest_waiting is None:
        return str(report.still_waiting)
    return f"{report.still_waiting}, the oldest for {office_hours(report.oldest_waiting)}"


def _or_unknown(figure: dict[str, Any]) -> str:
    return figure["human"] or "not known (too few requests, or too many still wait)"
