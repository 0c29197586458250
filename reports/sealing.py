"""What is kept with the figures of an office and month, and the seal that ends all change.

Sealing happens in the transaction that stores the figures, under the lock of that report: a worker
that dies leaves nothing, and a second one finds the seal. The database refuses what comes after.
"""

from datetime import datetime
from functools import cache

from django.conf import settings

from branches.working_time import epoch_seconds
from reports import breakdowns
from reports.archives import Archive, archive, packed, unpacked
from reports.cohorts import Cohort, calendars_of_month
from reports.models import MonthlyReport, Recomputation, ReportRows

UNKNOWN = "unknown"


@cache
def code_version() -> str:
    """Which code computed: what the build or the environment says, else that it is not known."""
    return settings.DOP_VERSION or UNKNOWN


def archive_of(report: MonthlyReport, requests: Cohort, *, cut_off: datetime) -> Archive:
    """The rows of this office and month as they are kept."""
    calendar = calendars_of_month([report.office], month=report.month, cut_off=cut_off)
    return archive(requests, calendar[report.office_id], cut_off=epoch_seconds(cut_off))


def keep(report: MonthlyReport, requests: Cohort, kept: Archive) -> None:
    """Keep the rows and breakdowns of a report that is not sealed yet, instead of earlier ones."""
    ReportRows.objects.filter(report=report).delete()
    ReportRows.objects.create(report=report, requests=requests.key.size, content=packed(kept))
    cells = breakdowns.of_office(requests, promise_seconds=report.promise_seconds)
    breakdowns.store(cells, report=report)


def seal(report: MonthlyReport, *, at: datetime) -> None:
    """End all change of this report, its rows and its breakdowns."""
    MonthlyReport.objects.filter(pk=report.pk, sealed_at=None).update(sealed_at=at)
    report.sealed_at = at


def rows_of(figures: MonthlyReport | Recomputation) -> Archive | None:
    """The rows these figures rest on; None for a report of before rows were kept."""
    if isinstance(figures, Recomputation):
        kept = ReportRows.objects.filter(recomputation=figures).first()
        office = figures.report.office_id
    else:
        kept = ReportRows.objects.filter(report=figures).first()
        office = figures.office_id
    return None if kept is None else unpacked(kept.content, office=office)
