"""The response times of a period in words: one figure, a table of sides, the oldest that waits."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from branches import durations
from reports.blocks import Grid, Said
from reports.dashboard.behind import Behind
from reports.dashboard.stored import Waits
from reports.dashboard.tables import Terms, none
from reports.templatetags.figures import Told, figure, percent, whole


def said(waits: Told, clock: str, name: str, terms: Terms, why: str = "") -> Said:
    """One response-time figure with its plausible range, or why there is none."""
    words = figure(waits, clock, name, terms.working_day_hours)
    if "unknown" in words:
        return Said(words["unknown"], is_soft=True)
    return Said(words["value"], words["range"], why=why)


Rows = Sequence[tuple[str, Waits, Behind]]


def times(rows: Rows, terms: Terms) -> Grid:
    """Both clocks side by side; one row for each side, before and during."""
    return Grid(
        title=_("Time until the first answer"),
        headings=[
            "",
            _("Received"),
            _("Median, office hours"),
            _("Median, as lived"),
            _("9 out of 10, office hours"),
            _("9 out of 10, as lived"),
            _("Within the promise"),
        ],
        rows=[_times_row(name, waits, terms, behind) for name, waits, behind in rows],
    )


def _times_row(name: str, waits: Waits, terms: Terms, behind: Behind) -> list[Said]:
    why = behind.list("first-answer")
    return [
        Said(name),
        Said(whole(waits.received), why=why),
        said(waits, "office", "median", terms, why),
        said(waits, "calendar", "median", terms, why),
        said(waits, "office", "ninetieth", terms, why),
        said(waits, "calendar", "ninetieth", terms, why),
        said(waits, "office", "within_promise", terms, why),
    ]


def still_waiting(rows: Rows, terms: Terms) -> Grid:
    """Who waits at the cut-off, what was only a question, and whose turn it was."""
    return Grid(
        title=_("Still waiting"),
        headings=[
            "",
            _("Still waiting"),
            _("The oldest, in office hours"),
            _("The oldest, as lived"),
            _("Only a question"),
            _("Waiting for the member"),
        ],
        rows=[_waiting_row(name, waits, terms, behind) for name, waits, behind in rows],
    )


def _waiting_row(name: str, waits: Waits, terms: Terms, behind: Behind) -> list[Said]:
    why, ages = behind.list("waiting"), _ages(waits, terms)
    return [
        Said(name),
        Said(whole(waits.still_waiting), why=why),
        *(Said(ages[clock], why=why) if ages else none() for clock in ("office", "lived")),
        Said(
            whole(waits.only_a_question),
            _of(waits.only_a_question, waits.first_answered),
            why=behind.list("question"),
        ),
        for_member(waits, behind.list("closing")),
    ]


def for_member(waits: Waits, why: str) -> Said:
    """The slice of the time open in which it was the member's turn."""
    return Said(percent(waits.for_member / waits.lived), why=why) if waits.lived else none()


def oldest(told: Told, terms: Terms) -> str:
    """How long the oldest that still waits has waited, on both clocks; empty where nobody does."""
    words = _ages(told, terms)
    return _("The oldest: %(office)s of office hours, %(lived)s as lived.") % words if words else ""


def _ages(told: Told, terms: Terms) -> dict[str, str]:
    """The age of the oldest at the cut-off, by clock; empty where nobody waits."""
    since = told.oldest_waiting_since
    if told.oldest_waiting is None or since is None:
        return {}
    hours = terms.working_day_hours
    lived = int((told.cut_off - since).total_seconds())
    return {
        "office": durations.office_hours(told.oldest_waiting, working_day_hours=hours),
        "lived": durations.calendar_time(lived),
    }


def _of(part: int, whole: int) -> str:
    return _("%(share)s of the answers") % {"share": percent(part / whole)} if whole else ""
