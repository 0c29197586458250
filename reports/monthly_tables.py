"""Monthly figures as a table for a spreadsheet: a row for each office and month."""

from collections.abc import Iterable
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


def _figure_column(clock: str, name: str, end: str) -> Column:
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
    return Column(
        ends[end] % {"figure": titles[name]},
        Kind.SHARE if is_share else Kind.NUMBER,
        "" if is_share else units[clock],
        _meaning(name),
    )


def _meaning(name: str) -> str:
    return {
        "median": _("Half of the requests had a first response within this time."),
        "ninetieth": _("9 out of 10 requests had a first response within this time."),
        "within_promise": _("The share of requests with a first response within the promise."),
    }[name]


def _value(report: Figures, clock: str, name: str, end: str) -> float | None:
    figures: dict[str, Any] = getattr(report, f"{clock}_clock")[name]
    value: float | None = figures[end]
    return value if name == "within_promise" else _hours(value)


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / HOUR
