"""What the manager's pages show. They read stored rows only: no figure is computed here."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import F, Q

from branches.models import Office, Pilot
from branches.working_time import BRUSSELS
from reports.models import JobRun, MonthlyReport, Side
from reports.monthly import first_working_days, offices_of
from reports.months import next_month
from reports.shown import hidden_months
from reports.wishes import REPORT_JOB

START_HOUR = time(6)
START_JOB = "start_monthly_reports"
FAILURES_SHOWN = 10
AVERAGE_MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True)
class OfficesOfMonth:
    """One month of the table: a row for each office, those of the pilot first."""

    month: date
    rows: list[MonthlyReport]
    # The primary keys of the offices of which nothing may be shown.
    hidden: frozenset[int]

    @property
    def received(self) -> int:
        """Of the offices that are shown: the sum of all would tell of the others."""
        return sum(report.received for report in self.rows if report.office_id not in self.hidden)

    @property
    def is_provisional(self) -> bool:
        return any(report.is_provisional for report in self.rows)


@dataclass(frozen=True)
class JobState:
    """What the manager sees of the monthly job."""

    started_at: datetime | None  # the last daily run; None: there was none
    last: MonthlyReport | None  # the report that was computed last, by whomever
    waiting: int  # asked for or begun, and neither done nor failed
    next_at: datetime
    failures: list[JobRun]


@dataclass(frozen=True)
class MonthsPage:
    pilot: Pilot
    offices: list[Office]
    months: list[OfficesOfMonth]
    job: JobState


def months_page(pilot: Pilot, *, at: datetime, office: Office | None = None) -> MonthsPage:
    """The reports of all months, office by office; with `office`, of that one alone."""
    sides = [offices_of(pilot, side) for side in Side]
    return MonthsPage(
        pilot=pilot,
        offices=sides[0],
        months=_by_month([office] if office else sides[0] + sides[1]),
        job=job_state([office for side in sides for office in side], at=at),
    )


def offices_with_reports() -> list[Office]:
    """What the manager may choose from: every active office, and every other one with figures."""
    reported = MonthlyReport.objects.values("office")
    return list(Office.objects.filter(Q(is_active=True) | Q(pk__in=reported)).order_by("name"))


def job_state(offices: Iterable[Office], *, at: datetime) -> JobState:
    starts = JobRun.objects.filter(kind=START_JOB).order_by("-period")
    reports = JobRun.objects.filter(kind=REPORT_JOB)
    computed = MonthlyReport.objects.select_related("office")
    failures = JobRun.objects.exclude(error="").order_by("-started_at", "-id")
    return JobState(
        started_at=starts.values_list("started_at", flat=True).first(),
        last=computed.order_by("-computed_at", "-id").first(),
        waiting=reports.filter(_not_done(), error="").count(),
        next_at=_next_start(offices, at),
        failures=list(failures[:FAILURES_SHOWN]),
    )


def _not_done() -> Q:
    asked_anew = Q(asked_at__gt=F("started_at"))
    return Q(finished_at=None) | Q(finished_at__lt=F("started_at")) | asked_anew


def is_running(run: JobRun | None) -> bool:
    """Whether somebody has asked for this and it has neither succeeded nor failed since."""
    if run is None:
        return False
    began = run.started_at
    if run.asked_at and (began is None or began < run.asked_at):
        return True
    return (
        began is not None and not run.error and (run.finished_at is None or run.finished_at < began)
    )


def _next_start(offices: Iterable[Office], at: datetime) -> datetime:
    """06:00 on the next first working day of a month, that of the office that opens first."""
    month = at.astimezone(BRUSSELS).date().replace(day=1)
    offices = list(offices)
    for first in (month, next_month(month)):
        days = first_working_days(offices, first).values()
        start = datetime.combine(min(days, default=first), START_HOUR, tzinfo=BRUSSELS)
        if start > at:
            return start
    raise AssertionError("The first working day of the next month lies in the future.")


def _by_month(offices: list[Office]) -> list[OfficesOfMonth]:
    """Newest month first; in each, the offices in the order given."""
    places = {office.pk: place for place, office in enumerate(offices)}
    months: dict[date, list[MonthlyReport]] = defaultdict(list)
    reports = MonthlyReport.objects.filter(office__in=places).select_related("office")
    for report in reports.order_by("-month", "id"):
        months[report.month].append(report)
    hidden = hidden_months(report for rows in months.values() for report in rows)
    return [
        OfficesOfMonth(
            month,
            sorted(rows, key=lambda report: places[report.office_id]),
            frozenset(office for office, hidden_month in hidden if hidden_month == month),
        )
        for month, rows in months.items()
    ]


def month_number(pilot: Pilot, today: date) -> int | None:
    """The month of the pilot on this day, from 1; 0 before it and None after it."""
    if today < pilot.starts_on:
        return 0
    if today > pilot.ends_on:
        return None
    start = pilot.starts_on
    whole = (today.year - start.year) * 12 + today.month - start.month
    # A month of the pilot begins on the day of the month on which the pilot began.
    return min(whole + (1 if today.day >= start.day else 0), month_count(pilot))


def month_count(pilot: Pilot) -> int:
    return max(1, round((pilot.ends_on - pilot.starts_on).days / AVERAGE_MONTH_DAYS))
