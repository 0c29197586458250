"""Stored figures in the words of the language of the page."""

from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from branches import durations
from branches.models import Office
from reports.balance.content import FIGURES
from reports.blocks import Said
from reports.models import MonthlyReport, Side
from reports.templatetags.figures import figure, percent, rounded, whole

Row = dict[str, Any]
Content = dict[str, Any]


def day(stored: str) -> str:
    return date_format(date.fromisoformat(stored), "DATE_FORMAT")


def month(stored: str) -> str:
    return date_format(date.fromisoformat(stored), "YEAR_MONTH_FORMAT")


def moment(at: datetime) -> str:
    return date_format(localtime(at), "DATETIME_FORMAT")


def points(share: float) -> str:
    """A difference of shares without its sign, in percentage points."""
    return rounded(abs(100 * share), 1)


def as_report(row: Row) -> MonthlyReport:
    """The figures of a row as an unsaved report, so that they are shown as on every page."""
    known = {name: row[name] for name in FIGURES if name in row}
    known["month"] = date.fromisoformat(row["month"]) if "month" in row else None
    if "cut_off" in known:
        known["cut_off"] = datetime.fromisoformat(known["cut_off"])
    return MonthlyReport(office=Office(name=row.get("office", "")), **known)


def cell(row: Row | None, clock: str, name: str, hours: int) -> Said:
    """One figure with its range; words in its place where there is none."""
    if row is None or f"{clock}_clock" not in row:
        return Said(_("not shown"), is_soft=True)
    words = figure(as_report(row), clock, name, hours)
    if "unknown" in words:
        return Said(words["unknown"], is_soft=True)
    return Said(words["value"], words["range"])


def count(row: Row | None, name: str) -> Said:
    if row is None or name not in row:
        return Said(_("not shown"), is_soft=True)
    return Said(whole(row[name]))


def office_time(content: Content, seconds: float) -> str:
    hours = content["pilot"]["working_day_hours"]
    return durations.office_hours(round(seconds), working_day_hours=hours)


def of_period(content: Content, period: str, side: Side) -> Row | None:
    """The figures of one side in one period; None where there are none."""
    for row in content["periods"]:
        if row["period"] == period and row["side"] == side:
            found: Row = row
            return found
    return None


def share(part: int, whole_number: int) -> str:
    """A share in percent; with a decimal where it is less than one, because 0 would say never."""
    if not whole_number:
        return "–"
    if 0 < part < 0.01 * whole_number:
        return _("%(number)s%%") % {"number": rounded(100 * part / whole_number, 1)}
    return percent(part / whole_number)
