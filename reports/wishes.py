"""Reports that somebody asked for and of which no worker has heard: the daily job sees to them."""

from dataclasses import dataclass
from datetime import date, datetime

from branches.models import Office
from reports import jobs
from reports.models import MonthlyReport
from reports.months import parse_month

REPORT_JOB = "monthly_report"


@dataclass(frozen=True)
class Wish:
    """The report of an office and month, when it was asked for, and by whom."""

    office: Office
    month: date
    asked_at: datetime
    asked_by: int | None

    @property
    def arguments(self) -> tuple[str, str, str, int | None]:
        """What the task that computes a version beside a sealed report is told."""
        return self.office.code, f"{self.month:%Y-%m}", self.asked_at.isoformat(), self.asked_by


def period_of(office: Office, month: date) -> str:
    """How the record of jobs names the report of this office and month."""
    return f"{office.code} {month:%Y-%m}"


def unheard() -> list[Wish]:
    """What nobody has begun to compute since it was asked for."""
    runs = jobs.unheard(kind=REPORT_JOB)
    offices = {office.code: office for office in Office.objects.all()} if runs else {}
    found = []
    for run in runs:
        code, _space, month = run.period.rpartition(" ")
        if code in offices and run.asked_at is not None:
            found.append(Wish(offices[code], parse_month(month), run.asked_at, run.asked_by_id))
    return found


def beside_sealed_reports() -> list[Wish]:
    """Those of them that are for a version beside a sealed report."""
    stored = MonthlyReport.objects.filter(sealed_at__isnull=False)
    sealed = set(stored.values_list("office_id", "month"))
    return [wish for wish in unheard() if (wish.office.pk, wish.month) in sealed]
