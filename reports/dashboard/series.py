"""What the picture of the response times shows, as a table: both sides, month by month."""

from collections.abc import Mapping
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.blocks import Grid, Said
from reports.dashboard.behind import Behind
from reports.dashboard.tables import Terms, entered_later, none
from reports.dashboard.waits import said
from reports.models import Side, SideReport

Reports = Mapping[tuple[str, date], SideReport]


def table(reports: Reports, terms: Terms) -> Grid | None:
    """The medians of both clocks with their ranges, newest month first; None without any."""
    months = sorted({month for _side, month in reports}, reverse=True)
    if not months:
        return None
    clocks = (("office", _("office hours")), ("calendar", _("as lived")))
    columns = [(side, clock) for side in Side for clock, _words in clocks]
    return Grid(
        title=_("Median until the first answer, by month of arrival"),
        headings=[
            _("Month"),
            *(f"{side.label}, {words}" for side in Side for _clock, words in clocks),
        ],
        rows=[
            [
                _name(reports, month),
                *(_median(reports.get((side, month)), clock, terms) for side, clock in columns),
            ]
            for month in months
        ],
    )


def _name(reports: Reports, month: date) -> Said:
    name = date_format(month, "YEAR_MONTH_FORMAT").capitalize()
    both = [report for side in Side if (report := reports.get((side, month)))]
    if any(report.is_provisional for report in both):
        return Said(_("%(month)s, provisional") % {"month": name})
    moments = (report.recomputed_at for report in both if report.recomputed_at)
    return Said(name, entered_later(max(moments, default=None)))


def _median(report: SideReport | None, clock: str, terms: Terms) -> Said:
    if report is None:
        return none()
    behind = Behind(report.side, "", f"{report.month:%Y-%m}")
    return said(report, clock, "median", terms, behind.list("first-answer"))
