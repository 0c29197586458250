"""What stores the monthly figures: of one office, and of each side of the pilot together."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from time import perf_counter
from typing import Any, TypeVar
from zlib import crc32

import structlog
from django.db import connection, transaction

from branches.calendars import working_calendars
from branches.models import Branch, Office, Pilot
from branches.working_time import BRUSSELS, NoOpeningHours, OutsideCalendar, WorkingCalendar
from dop_pilot.celery import wake
from people.models import User
from reports import breakdowns, inputs, jobs, sealing, shown, wishes
from reports.models import Breakdown, Figures, JobRun, MonthlyReport, Side, SideReport
from reports.months import month_end, month_of, month_start, months_between, previous_month
from reports.response_times import (
    DEFINITION_VERSION,
    Cohort,
    ResponseTimes,
    both_clocks,
    cohort,
    is_provisional,
    response_times,
)
from reports.wishes import REPORT_JOB, Wish, period_of
from requests_app.expectation_models import Expectation

# Where no pilot says otherwise: two working days of eight hours.
PROMISE_WORKING_DAYS, WORKING_DAY_HOURS = 2, 8
LOCK = crc32(b"reports") - 2**31

Stored = TypeVar("Stored", bound=Figures)
log = structlog.get_logger()


@transaction.atomic
def compute_report(
    *,
    office: Office,
    month: date,
    at: datetime,
    by: User | None = None,
    asked_at: datetime | None = None,
    requests: Cohort | None = None,
) -> MonthlyReport:
    """Compute and store the figures of one office and month as they are at `at`; return them.

    Once the horizon of the month has passed they are sealed, and a sealed report is returned as
    it is. A provisional one is computed again if its cut-off lies before `asked_at` (default:
    `at`), so that ten deliveries of one wish compute once. Also stores what members of this
    office are told to expect. `requests` are its cohort where that was read already, with `at` as
    its cut-off. Raises NoOpeningHours.
    """
    one_at_a_time(period_of(office, month))
    known = MonthlyReport.objects.filter(office=office, month=month).first()
    if known and _is_good(known, asked_at or at):
        return known
    began = perf_counter()
    pilot = pilot_of(month)
    if requests is None:
        requests = cohort([office], month=month, cut_off=at)
    report = MonthlyReport(office=office, month=month)
    kept = sealing.archive_of(report, requests, cut_off=at)
    _store(
        report,
        ["office", "month"],
        response_times(requests, promise_seconds=promise_seconds_of(pilot)),
        cut_off=at,
        is_provisional=_is_provisional([office], pilot, month=month, cut_off=at),
        inputs_digest=kept.digest,
        advisers=requests.advisers,
        began=began,
    )
    sealing.keep(report, requests, kept)
    _store_expectations(office, month, requests)
    if not report.is_provisional:
        sealing.seal(report, at=at)
    log.info("report_computed", period=period_of(office, month), by=by and by.pk)
    return report


def compute_sides(
    *,
    offices: Collection[Office],
    month: date,
    at: datetime,
    asked_at: datetime | None = None,
    again: bool = False,
) -> list[SideReport]:
    """Compute the figures of the sides of the pilot to which these offices belong.

    None for a month that lies neither before nor during a pilot, as that of imported history.
    """
    pilot = _covering(month)
    if pilot is None:
        return []
    return [
        compute_side(pilot=pilot, side=side, month=month, at=at, asked_at=asked_at, again=again)
        for side in Side
        if set(offices) & set(offices_of(pilot, side))
    ]


@transaction.atomic
def compute_side(
    *,
    pilot: Pilot,
    side: Side,
    month: date,
    at: datetime,
    asked_at: datetime | None = None,
    again: bool = False,
) -> SideReport:
    """Compute and store the figures of one side of the pilot, from the requests of its offices.

    The rules are those of `compute_report`; other offices than last time are a reason as well,
    and so is another digest of what a final one rests on.
    """
    one_at_a_time(f"{pilot.pk} {side} {month}")
    offices = offices_of(pilot, side)
    codes = [office.code for office in offices]
    known = SideReport.objects.filter(pilot=pilot, side=side, month=month).first()
    recomputed_at = None
    if known and not again and known.offices == codes and _is_good(known, asked_at or at):
        if known.is_provisional or known.inputs_digest == _digest(offices, month, known.cut_off):
            return known
        # Something was entered later: as of the same cut-off as the sealed months beside it.
        recomputed_at, at = at if known.inputs_digest else None, known.cut_off
    began = perf_counter()
    digest = _digest(offices, month, at)
    requests = cohort(offices, month=month, cut_off=at)
    side_report = _store(
        SideReport(pilot=pilot, side=side, offices=codes, month=month),
        ["pilot", "side", "month"],
        response_times(requests, promise_seconds=pilot.promise_seconds),
        cut_off=at,
        is_provisional=_is_provisional(offices, pilot, month=month, cut_off=at),
        inputs_digest=digest,
        advisers=requests.advisers,
        recomputed_at=recomputed_at,
        began=began,
    )
    stored = Breakdown.objects.filter(report__office__in=offices, report__month=month)
    cells = breakdowns.of_side(
        requests, offices, stored.select_related("report"), pilot.promise_seconds
    )
    breakdowns.store(cells, side_report=side_report)
    return side_report


def refresh_sides(*, pilot: Pilot, at: datetime) -> int:
    """Compute anew the final reports of sides whose inputs have changed; return how many.

    Reports of offices are sealed and stay; a later version stands beside them when somebody asks.
    """
    final = SideReport.objects.filter(pilot=pilot, is_provisional=False).order_by("month", "side")
    computed = 0
    for known in final:
        now = compute_side(pilot=pilot, side=Side(known.side), month=known.month, at=at)
        computed += now.inputs_digest != known.inputs_digest
    return computed


def _digest(offices: list[Office], month: date, cut_off: datetime) -> str:
    start, end = month_start(month), month_end(month)
    return inputs.digest(offices, start=start, end=end, seen_from=cut_off)


def ask_again(*, office: Office, month: date, at: datetime, by: User) -> bool:
    """Have a worker compute a month again; False when no worker could be reached.

    What is sealed is computed beside the sealed report. The wish is recorded either way.
    """
    period, name = period_of(office, month), f"{month:%Y-%m}"
    sealed = MonthlyReport.objects.filter(office=office, month=month, sealed_at__isnull=False)
    jobs.ask(kind=REPORT_JOB, period=period, at=at, by=by)
    log.info("report_asked", period=period, by=by.pk)
    if sealed.exists():
        return wake("reports.tasks.recompute_report", *Wish(office, month, at, by.pk).arguments)
    return wake("reports.tasks.monthly_report", office.code, name, at.isoformat())


def due(*, on: date) -> list[tuple[Office, date]]:
    """Which reports the daily job must compute: new, missing and provisional ones, oldest first.

    The month before is due from the first working day of each office on. Earlier months that are
    missing are those in which nobody started the job. The month that still runs is computed only
    if somebody has asked for it once.
    """
    offices = {office.pk: office for office in Office.objects.filter(is_active=True)}
    stored = MonthlyReport.objects.filter(office__in=offices)
    final = set(stored.filter(is_provisional=False).values_list("office_id", "month"))
    provisional = set(stored.filter(is_provisional=True).values_list("office_id", "month"))
    asked = {(wish.office.pk, wish.month) for wish in wishes.unheard() if wish.office.pk in offices}
    wanted = (_months_wanted(offices.values(), on) | provisional | asked) - final
    pairs = [(offices[key], month) for key, month in wanted]
    return sorted(pairs, key=lambda pair: (pair[1], pair[0].code))


def first_working_days(offices: Iterable[Office], month: date) -> dict[int, date]:
    """The first day of the month on which each office opens, by primary key.

    The first day of all for an office that does not open: its report then fails where it is seen.
    """
    calendars = working_calendars(offices, start=month, end=month + timedelta(days=62))
    return {key: _first_opening(calendar, month) for key, calendar in calendars.items()}


def _first_opening(calendar: WorkingCalendar, month: date) -> date:
    try:
        return calendar.next_opening(month_start(month)).astimezone(BRUSSELS).date()
    except (NoOpeningHours, OutsideCalendar):
        return month


def pilot_of(month: date) -> Pilot | None:
    """The pilot to which the month belongs, before or during; else the one nearest to it."""
    return _covering(month) or Pilot.objects.current(on=month)


def _covering(month: date) -> Pilot | None:
    covering = Pilot.objects.filter(
        baseline_starts_on__lt=month_end(month).date(), ends_on__gte=month
    )
    return covering.order_by("-starts_on", "-id").first()


def offices_of(pilot: Pilot, side: Side) -> list[Office]:
    offices = pilot.offices if side == Side.PILOT else pilot.comparison_offices
    return list(offices.order_by("code"))


def _months_wanted(offices: Iterable[Office], on: date) -> set[tuple[int, date]]:
    """Every month of the pilot that is over, for its offices; for the others, the last month."""
    pilot = Pilot.objects.current(on=on)
    in_pilot = {office.pk for side in Side for office in offices_of(pilot, side)} if pilot else ()
    last = previous_month(on)
    return {
        (key, month)
        for key, day in first_working_days(offices, on.replace(day=1)).items()
        for month in months_between(
            pilot.baseline_starts_on if pilot and key in in_pilot else last,
            last if on >= day else previous_month(last),
        )
    }


def one_at_a_time(what: str) -> None:
    """Wait until nobody else computes the same, and keep others waiting until the commit.

    Waiting, not skipping: who asks by hand wants the figures, and the second one finds the report
    of the first, so it computes nothing. The lock ends with the connection of a killed worker.
    """
    with connection.cursor() as cursor:
        key = crc32(what.encode()) - 2**31
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, key])


def _is_good(known: Figures, asked_at: datetime) -> bool:
    return not known.is_provisional or known.cut_off >= asked_at


def promise_seconds_of(pilot: Pilot | None) -> int:
    return pilot.promise_seconds if pilot else PROMISE_WORKING_DAYS * WORKING_DAY_HOURS * 3600


def working_day_hours_of(pilot: Pilot | None) -> int:
    return pilot.working_day_hours if pilot else WORKING_DAY_HOURS


def _is_provisional(
    offices: list[Office], pilot: Pilot | None, *, month: date, cut_off: datetime
) -> bool:
    hours = working_day_hours_of(pilot)
    return is_provisional(offices, month=month, cut_off=cut_off, working_day_hours=hours)


def _store(
    row: Stored,
    key: list[str],
    figures: ResponseTimes,
    *,
    cut_off: datetime,
    began: float,
    **more: Any,
) -> Stored:
    """Store the figures, and `more`, in the row that the key names, new or known."""
    values = figures_as_columns(figures, cut_off=cut_off, began=began) | more
    for name, value in values.items():
        setattr(row, name, value)
    known = type(row).objects.filter(**{name: getattr(row, name) for name in key})
    row.pk = known.values_list("pk", flat=True).first()
    # The lock keeps others from storing between the question and this; so does the constraint.
    row.save()
    return row


def figures_as_columns(
    figures: ResponseTimes, *, cut_off: datetime, began: float
) -> dict[str, Any]:
    """What the columns of `Figures` hold, but for the month and whether it may still change."""
    values: dict[str, Any] = {name: getattr(figures, name) for name in vars(figures)}
    as_json = ("office_clock", "calendar_clock", "resolution")
    return (
        values
        | {name: asdict(values[name]) for name in as_json}
        | {
            "cut_off": cut_off,
            "computed_at": cut_off,
            "definition_version": DEFINITION_VERSION,
            "code_version": sealing.code_version(),
            "computed_in": timedelta(seconds=perf_counter() - began),
        }
    )


def _store_expectations(office: Office, month: date, requests: Cohort) -> None:
    """What a member may expect next month: of the whole office, and of each branch in it."""
    branches = Branch.objects.filter(pk__in=set(requests.branch.tolist())).order_by("pk")
    parts = [(None, requests), *((branch, requests.of_branch(branch.pk)) for branch in branches)]
    Expectation.objects.filter(office=office, month=month).delete()
    Expectation.objects.bulk_create(
        _expectation(office, branch, month, part) for branch, part in parts
    )


def _expectation(
    office: Office, branch: Branch | None, month: date, requests: Cohort
) -> Expectation:
    counted = requests.where(requests.counts)
    found = Expectation(office=office, branch=branch, month=month, requests=counted.key.size)
    # What rests on two advisers is about them; a median gives nothing away by subtraction.
    if shown.RULE.allows(shown.cell_of(counted.key.size, counted.advisers)):
        clock, _calendar = both_clocks(requests, promise_seconds=0)
        found.median, found.ninetieth = clock.median.value, clock.ninetieth.value
    return found


def run_of(office: Office, month: date) -> JobRun | None:
    """The record of the job that computes this report."""
    return JobRun.objects.filter(kind=REPORT_JOB, period=period_of(office, month)).first()


def may_be_computed(month: date, *, at: datetime) -> bool:
    """Whether the month has begun."""
    return month <= month_of(at)
