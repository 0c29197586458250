"""The report of one office and month as a document: what its page shows, to print and to send."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from branches import durations
from reports import definitions
from reports.blocks import Block, Document, Facts, Grid, Heading, Paragraph, Said
from reports.models import MonthlyReport
from reports.templatetags.figures import figure
from reports.wording import notes


def monthly_document(report: MonthlyReport, *, working_day_hours: int) -> Document:
    """Everything that the page of this month says, in the language that is active."""
    month = date_format(report.month, "YEAR_MONTH_FORMAT")
    title = f"{report.office.name}, {month}"
    return Document(
        title=title,
        language=get_language() or "fr",
        subtitle=_("How long members waited for a first answer"),
        state=_state(report),
        footer=f"{title} · {_source(report)}",
        blocks=[
            *_counts(report, working_day_hours),
            *_clocks(report, working_day_hours),
            *_definitions(report, working_day_hours),
        ],
    )


def moment(at: datetime) -> str:
    return date_format(localtime(at), "DATETIME_FORMAT")


def clock_words(report: MonthlyReport, name: str, hours: int) -> str:
    """One figure of the office clock in a sentence, with its range: "6 h (5 to 8 h)"."""
    words = figure(report, "office", name, hours)
    if "unknown" in words:
        return words["unknown"]
    return f"{words['value']} ({words['range']})" if words["range"] else words["value"]


def _state(report: MonthlyReport) -> str:
    return _("Provisional: these figures may still change.") if report.is_provisional else ""


def _source(report: MonthlyReport) -> str:
    return _("data until %(moment)s, definition version %(version)s") % {
        "moment": moment(report.cut_off),
        "version": report.definition_version,
    }


def _counts(report: MonthlyReport, hours: int) -> list[Block]:
    questions = ngettext(
        "%(number)s only a question", "%(number)s only questions", report.only_a_question
    ) % {"number": report.only_a_question}
    rows = [
        (_("Received"), report.received, ""),
        (_("Answered"), report.first_answered, questions if report.only_a_question else ""),
        (_("Still waiting"), report.still_waiting, _oldest(report, hours)),
        (_("Closed without an answer"), report.closed_unanswered, ""),
        (_("Not counted"), report.not_counted, _excluded(report)),
    ]
    grid = Grid(
        title=_("Requests of this month"),
        headings=[_("Requests"), _("Number")],
        rows=[[Said(name), Said(str(number), beside)] for name, number, beside in rows],
    )
    return [Heading(_("How many requests")), grid, Paragraph(notes()["open_counted"], "soft")]


def _oldest(report: MonthlyReport, hours: int) -> str:
    if report.oldest_waiting is None or report.oldest_waiting_since is None:
        return ""
    return _("The oldest since %(day)s: %(time)s.") % {
        "day": date_format(localtime(report.oldest_waiting_since), "DATE_FORMAT"),
        "time": durations.office_hours(report.oldest_waiting, working_day_hours=hours),
    }


def _excluded(report: MonthlyReport) -> str:
    names = {"withdrawn": _("withdrawn"), "duplicate": _("duplicates"), "spam": _("spam")}
    return ", ".join(f"{name} {report.excluded.get(reason, 0)}" for reason, name in names.items())


def _clocks(report: MonthlyReport, hours: int) -> list[Block]:
    def said(clock: str, name: str) -> Said:
        words = figure(report, clock, name, hours)
        if "unknown" in words:
            return Said(words["unknown"], is_soft=True)
        return Said(words["value"], words["range"])

    rows = [
        [Said(title), *(said(clock, name) for name in ("median", "ninetieth"))]
        for clock, title in (
            ("office", _("In office hours")),
            ("calendar", _("As the member lived it")),
        )
    ]
    promise = said("office", "within_promise")
    within = _("Within the promise of %(promise)s") % {
        "promise": durations.office_hours(report.promise_seconds, working_day_hours=hours)
    }
    return [
        Heading(_("How long members waited")),
        Grid(
            title=_("Time until the first answer"),
            headings=["", _("Median"), _("9 out of 10")],
            rows=rows,
            note=notes()["range_note"],
        ),
        Grid(
            title=_("The promise"),
            headings=[_("Share of requests"), within],
            rows=[[Said(_("With a first answer in time")), promise]],
            note=_(
                "The promise is made in working days, so no share within it is given for "
                "calendar time."
            ),
        ),
    ]


def _definitions(report: MonthlyReport, hours: int) -> list[Block]:
    promise = durations.office_hours(report.promise_seconds, working_day_hours=hours)
    return [
        Heading(_("How each figure is defined")),
        Paragraph(definitions.cohort()),
        Facts(definitions.of_all(promise)),
    ]
