"""Monthly figures as a table for a spreadsheet: a row for each office and month."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from branches.durations import HOUR
from branches.exports import Cell, Column, Kind, Table
from reports import definitions
from reports.models import Figures, MonthlyReport
from reports.wording import notes

CLOCKS = (
    ("office", ("median", "ninetieth", "within_promise")),
    ("calendar", ("median", "ninetieth")),
)
RESOLUTION_CLOCKS, RESOLUTION = ("calendar", "office"), ("median", "ninetieth")
ENDS = ("value", "low", "high")


def monthly_table(reports: Iterable[MonthlyReport]) -> Table:
    """The stored figures of these reports, in the order given, with what each column means."""
    return Table(
        title=_("Monthly figures"),
        columns=[Column(_("Office")), *month_columns()],
        rows=[(report.office.name, *month_cells(report)) for report in reports],
        notes=table_notes(),
    )


def table_notes() -> list[str]:
    """What a reader of the file must know."""
    return [
        _("An empty cell is a figure that is not known: too few requests, or too many still wait."),
        definitions.cohort(),
        *notes().values(),
    ]


def month_columns() -> list[Column]:
    """The month and its state, the figures, and where they come from."""
    return [
        Column(_("Month"), Kind.MONTH, definition=_("The month in which the requests arrived.")),
        Column(_("State"), definition=definitions.provisional()),
        *figure_columns(),
        Column(
            _("Data cut-off"),
            Kind.MOMENT,
            definition=_("What happened after this moment is not in the figures."),
        ),
        Column(_("Definition version"), definition=_("Which definitions the figures follow.")),
    ]


def month_cells(report: Figures) -> list[Cell]:
    return [
        report.month,
        _("Provisional") if report.is_provisional else _("Final"),
        *figure_cells(report),
        report.cut_off,
        report.definition_version,
    ]


def figure_columns() -> list[Column]:
    """The figures that every period has, whatever its length."""
    return [
        *_counts(),
        *(
            _figure_column(clock, name, end)
            for clock, names in CLOCKS
            for name in names
            for end in ENDS
        ),
        Column(_("Promise"), Kind.NUMBER, _("office hours"), _("What the promise was then.")),
        *_resolution_columns(),
    ]


def figure_cells(report: Figures) -> list[Cell]:
    excluded: dict[str, int] = report.excluded
    return [
        report.received,
        report.first_answered,
        report.only_a_question,
        report.still_waiting,
        report.closed_unanswered,
        *(excluded.get(reason, 0) for reason in ("withdrawn", "duplicate", "spam")),
        _hours(report.oldest_waiting),
        *(
            _value(report, clock, name, end)
            for clock, names in CLOCKS
            for name in names
            for end in ENDS
        ),
        _hours(report.promise_seconds),
        *_resolution_cells(report.resolution),
    ]


def _resolution_columns() -> list[Column]:
    """The time until the closing, with the waiting for the member as a slice of it."""
    return [
        Column(_("Settled"), Kind.WHOLE, definition=_("Closed, with or without an answer.")),
        Column(
            _("Closed without a reply"),
            Kind.WHOLE,
            definition=_("Closed because the member did not reply; that settles nothing."),
        ),
        Column(_("Not closed yet"), Kind.WHOLE),
        *(
            _figure_column(clock, name, end, until=_("until it was closed"))
            for clock in RESOLUTION_CLOCKS
            for name in RESOLUTION
            for end in ENDS
        ),
        Column(
            _("Requests that waited for the member"),
            Kind.WHOLE,
            definition=_("With at least one question to the member before the closing."),
        ),
        Column(
            _("Waited for the member"),
            Kind.NUMBER,
            _("hours on the calendar"),
            _("The sum over all requests. It is shown and never taken off what the member lived."),
        ),
        Column(
            _("Share of the time lived that waited for the member"),
            Kind.SHARE,
            definition=_("Of all the time from arrival to closing, or to the data cut-off."),
        ),
    ]


def _resolution_cells(resolution: dict[str, Any]) -> list[Cell]:
    """Empty cells for reports of before these figures."""
    if not resolution:
        return [None] * len(_resolution_columns())
    waited = resolution["waited"]
    return [
        *(resolution[name] for name in ("resolved", "no_reply", "still_open")),
        *(
            _hours(resolution[f"{clock}_clock"][name][end])
            for clock in RESOLUTION_CLOCKS
            for name in RESOLUTION
            for end in ENDS
        ),
        waited["requests"],
        _hours(waited["calendar"]),
        waited["calendar"] / waited["lived"] if waited["lived"] else None,
    ]


def cell_columns() -> list[Column]:
    """What is told of one group of requests, as of one branch."""
    counted = _("Withdrawn requests, duplicates and spam are not among them.")
    return [
        Column(_("State of the cell"), definition=_("“not shown” where it is hidden.")),
        Column(_("Requests that count"), Kind.WHOLE, definition=counted),
        Column(_("Answered"), Kind.WHOLE, definition=definitions.answered()),
        Column(_("Still waiting"), Kind.WHOLE, definition=definitions.still_waiting()),
        *(
            _figure_column(clock, name, end)
            for clock, names in CLOCKS
            for name in names
            for end in ENDS
        ),
    ]


def cell_figures(cell: Mapping[str, Any]) -> list[Cell]:
    """One stored cell of a breakdown; of a hidden one only that it is."""
    if "hidden" in cell:
        return [_("not shown"), *([None] * (len(cell_columns()) - 1))]
    return [
        _("shown"),
        *(cell[name] for name in ("counted", "first_answered", "still_waiting")),
        *(
            _ended(cell[f"{clock}_clock"][name][end], name)
            for clock, names in CLOCKS
            for name in names
            for end in ENDS
        ),
    ]


def _counts() -> list[Column]:
    meanings = {
        _("Received"): definitions.received(),
        _("Answered"): definitions.answered(),
        _("Only a question"): _("First responses that only asked the member something."),
        _("Still waiting"): definitions.still_waiting(),
        _("Closed without an answer"): _(
            "Requests that were closed before a person answered. They stay in every figure with "
            "their time until the closing."
        ),
        _("Withdrawn requests"): _("Not counted: the member withdrew the request."),
        _("Duplicates"): _("Not counted: the same request had come already."),
        _("Spam"): _("Not counted."),
    }
    oldest = Column(
        _("Oldest waiting"),
        Kind.NUMBER,
        _("office hours"),
        _("How long the oldest request without a first response had waited at the data cut-off."),
    )
    columns = [Column(title, Kind.WHOLE, definition=words) for title, words in meanings.items()]
    return [*columns, oldest]


def _figure_column(clock: str, name: str, end: str, *, until: str = "") -> Column:
    """`until`: the end of the time that is measured, where it is not the first response."""
    titles = {
        "median": _("Median"),
        "ninetieth": _("9 out of 10"),
        "within_promise": _("Within the promise"),
    }
    ends = {
        "value": "%(figure)s",
        "low": _("%(figure)s, low end of the range"),
        "high": _("%(figure)s, high end of the range"),
    }
    units = {"office": _("office hours"), "calendar": _("hours on the calendar")}
    is_share = name == "within_promise"
    title = f"{titles[name]}, {until}" if until else titles[name]
    return Column(
        ends[end] % {"figure": title},
        Kind.SHARE if is_share else Kind.NUMBER,
        "" if is_share else units[clock],
        _until_closed(clock, name) if until else _meaning(name),
    )


def _until_closed(clock: str, name: str) -> str:
    share = _("Half of the requests") if name == "median" else _("9 out of 10 requests")
    if clock == "office":
        return _(
            "%(share)s were closed within this time, without the time in which they waited for "
            "the member."
        ) % {"share": share}
    return _("%(share)s were closed within this time, as the member lived it.") % {"share": share}


def _meaning(name: str) -> str:
    return {
        "median": _("Half of the requests had a first response within this time."),
        "ninetieth": _("9 out of 10 requests had a first response within this time."),
        "within_promise": _("The share of requests with a first response within the promise."),
    }[name]


def _value(report: Figures, clock: str, name: str, end: str) -> float | None:
    figures: dict[str, Any] = getattr(report, f"{clock}_clock")[name]
    return _ended(figures[end], name)


def _ended(value: float | None, name: str) -> float | None:
    """A share as it is, a time in hours."""
    return value if name == "within_promise" else _hours(value)


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / HOUR
