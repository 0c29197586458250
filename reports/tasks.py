"""What Celery runs for the reports. A task may be delivered twice, or to two workers at once."""

from datetime import date, datetime, timedelta
from itertools import groupby

import structlog
from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from branches.models import Office, Pilot
from branches.working_time import NoOpeningHours
from dop_pilot.health import HEARTBEAT_KEY
from people.models import User
from reports import (
    charts,
    comparison_charts,
    comparison_result,
    flow_picture,
    jobs,
    monthly,
    periods,
    sealed_mail,
    wishes,
)
from reports.balance import drawing_up, files
from reports.cohorts import Cohort, cohorts
from reports.models import JobRun
from reports.months import parse_month
from reports.recomputing import NotSealed, recompute

START_JOB = "start_monthly_reports"
# Twice as long after each failure, up to ten minutes: a database that starts again.
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS, RETRIES = 30, 600, 5

log = structlog.get_logger()

ASK_AGAIN_AFTER = timedelta(minutes=10)


@shared_task
def heartbeat() -> None:
    """Beat and a worker live: `/readyz` and the manager's page read this."""
    cache.set(HEARTBEAT_KEY, timezone.now().timestamp(), timeout=None)


@shared_task(
    autoretry_for=(Exception,),
    retry_backoff=FIRST_RETRY_SECONDS,
    retry_backoff_max=LONGEST_RETRY_SECONDS,
    max_retries=RETRIES,
)
def start_monthly_reports() -> int:
    """Each day, start the reports that are due, a task a month; return how many are due.

    Due is also what somebody asked for while no worker could be reached.
    The row of the day is locked meanwhile: of two beats one starts them, and after a crash the
    next delivery does.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    run = jobs.begin_once(kind=START_JOB, period=today.isoformat(), at=now)
    if run is None:
        return 0
    try:
        return _start_due(run, today=today, asked_at=now)
    except Exception as error:
        jobs.fail(run, error=error)
        raise


@transaction.atomic
def _start_due(run: JobRun, *, today: date, asked_at: datetime) -> int:
    if JobRun.objects.select_for_update().get(pk=run.pk).finished_at is not None:
        return 0
    pairs = monthly.due(on=today)
    for month, of_month in groupby(pairs, key=lambda pair: pair[1]):
        codes = [office.code for office, _month in of_month]
        monthly_reports.delay(codes, f"{month:%Y-%m}", asked_at.isoformat())
    sealed = wishes.beside_sealed_reports()
    for wish in sealed:
        recompute_report.delay(*wish.arguments)
    pilot = Pilot.objects.current(on=today)
    if pilot is not None:
        period_figures.delay(pilot.pk, asked_at.isoformat())
    jobs.finish(run, at=timezone.now())
    return len(pairs) + len(sealed)


@shared_task(
    autoretry_for=(Exception,),
    retry_backoff=FIRST_RETRY_SECONDS,
    retry_backoff_max=LONGEST_RETRY_SECONDS,
    max_retries=RETRIES,
    dont_autoretry_for=(ValueError,),
)
def monthly_reports(office_codes: list[str], month: str, asked_at: str | None = None) -> int:
    """Compute the reports of these offices for one month, whose requests are read once for all.

    Then those of the sides. Return how many offices were done: one that fails keeps no other from
    its report, and is left to a task of its own, which is tried again.
    """
    offices = list(Office.objects.filter(code__in=office_codes).order_by("code"))
    first_day, now = parse_month(month), timezone.now()
    wish = datetime.fromisoformat(asked_at) if asked_at else None
    try:
        requests = cohorts(offices, month=first_day, cut_off=now)
    except NoOpeningHours:
        requests = {}  # Each is read by itself, and only that one fails.
    done = []
    for office in offices:
        try:
            _report(office, first_day, now, wish, requests.get(office.pk))
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception("report_left_to_itself", office=office.code, month=month)
            monthly_report.delay(office.code, month, asked_at)
        else:
            done.append(office)
    _sides(done, first_day, now, wish)
    return len(done)


@shared_task(
    autoretry_for=(Exception,),
    retry_backoff=FIRST_RETRY_SECONDS,
    retry_backoff_max=LONGEST_RETRY_SECONDS,
    max_retries=RETRIES,
    # Another try would fail in the same way.
    dont_autoretry_for=(Office.DoesNotExist, NoOpeningHours, ValueError),
)
def monthly_report(office_code: str, month: str, asked_at: str | None = None) -> None:
    """Compute the report of one office and month, and of the sides of the pilot it belongs to."""
    office = Office.objects.get(code=office_code)
    first_day = parse_month(month)
    wish = datetime.fromisoformat(asked_at) if asked_at else None
    now = timezone.now()
    _report(office, first_day, now, wish)
    _sides([office], first_day, now, wish)


def _report(
    office: Office,
    month: date,
    at: datetime,
    asked_at: datetime | None,
    requests: Cohort | None = None,
) -> None:
    """Compute the report of one office, and record the try."""
    run = jobs.begin(kind=wishes.REPORT_JOB, period=wishes.period_of(office, month), at=at)
    try:
        with transaction.atomic():
            report = monthly.compute_report(
                office=office, month=month, at=at, asked_at=asked_at, requests=requests
            )
            # Sealed and owed to the managers in one commit; what was sealed before has been told.
            if report.sealed_at == at:
                sealed_mail.announce_sealed(report, at)
    except Exception as error:
        jobs.fail(run, error=error)
        raise
    jobs.finish(run, at=timezone.now())


def _sides(offices: list[Office], month: date, at: datetime, asked_at: datetime | None) -> None:
    for side in monthly.compute_sides(offices=offices, month=month, at=at, asked_at=asked_at):
        charts.ask(pilot_key=side.pilot_id, at=timezone.now())


@shared_task(
    autoretry_for=(Exception,),
    retry_backoff=FIRST_RETRY_SECONDS,
    retry_backoff_max=LONGEST_RETRY_SECONDS,
    max_retries=RETRIES,
    dont_autoretry_for=(Office.DoesNotExist, NoOpeningHours, NotSealed, ValueError),
)
def recompute_report(
    office_code: str, month: str, _asked_at: str, asked_by: int | None
) -> int | None:
    """Compute a sealed month beside itself; return the new version, None if nothing changed."""
    office = Office.objects.get(code=office_code)
    first_day, now = parse_month(month), timezone.now()
    run = jobs.begin(kind=wishes.REPORT_JOB, period=wishes.period_of(office, first_day), at=now)
    try:
        by = User.objects.filter(pk=asked_by).first() if asked_by else None
        found = recompute(office=office, month=first_day, at=now, by=by)
    except Exception as error:
        jobs.fail(run, error=error)
        raise
    jobs.finish(run, at=timezone.now())
    return None if found is None else found.version


@shared_task(
    autoretry_for=(Exception,),
    retry_backoff=FIRST_RETRY_SECONDS,
    retry_backoff_max=LONGEST_RETRY_SECONDS,
    max_retries=RETRIES,
)
def draw_charts(pilot_key: int, asked_at: str | None = None) -> int:
    """Draw the pictures of this pilot whose data have changed; return how many were drawn."""
    pilot = Pilot.objects.filter(pk=pilot_key).first()
    now = timezone.now()
    if pilot is None:
        return 0
    try:
        return _draw(pilot, datetime.fromisoformat(asked_at) if asked_at else now)
    except Exception as error:
        run = jobs.begin(kind=charts.DRAW_JOB, period=str(pilot.pk), at=now)
        jobs.fail(run, error=error)
        raise


def _draw_all(pilot: Pilot) -> None:
    _draw(pilot)
    if (found := comparison_result.latest(pilot)) is not None:
        comparison_charts.draw(found, at=timezone.now())


def _draw(pilot: Pilot, asked_at: datetime | None = None) -> int:
    now = timezone.now()
    drawn = charts.draw(pilot=pilot, at=now, asked_at=asked_at or now)
    return drawn + flow_picture.draw(pilot=pilot, at=now)


@shared_task(
    autoretry_for=(Exception,),
    retry_backoff=FIRST_RETRY_SECONDS,
    retry_backoff_max=LONGEST_RETRY_SECONDS,
    max_retries=RETRIES,
    dont_autoretry_for=(NoOpeningHours,),
)
def period_figures(pilot_key: int, asked_at: str | None = None) -> int:
    """Compute what the dashboard shows of this pilot; return how many rows of work were stored.

    Also the final months of its sides of which something was entered later, as imported history.
    """
    pilot = Pilot.objects.filter(pk=pilot_key).first()
    if pilot is None:
        return 0
    now = timezone.now()
    wish = datetime.fromisoformat(asked_at) if asked_at else None
    run = jobs.begin(kind=periods.PERIOD_JOB, period=str(pilot.pk), at=now)
    try:
        stored = periods.compute(pilot=pilot, at=now, asked_at=wish)
        monthly.refresh_sides(pilot=pilot, at=now)
    except Exception as error:
        jobs.fail(run, error=error)
        raise
    jobs.finish(run, at=timezone.now())
    charts.ask(pilot_key=pilot.pk, at=timezone.now())
    return stored


@shared_task
def count_new_pilots() -> int:
    """Have what the manager's pages show of a pilot counted for the first time.

    A page that is opened before changes nothing; this runs each minute. What has begun or failed
    is left to its retries and to the daily run. Returns how many jobs were started.
    """
    now = timezone.now()
    pilot = Pilot.objects.current(on=timezone.localdate(now))
    if pilot is None:
        return 0
    begun = set(
        JobRun.objects.filter(
            # A worker that was asked may still be busy with something else.
            Q(started_at__isnull=False) | Q(asked_at__gt=now - ASK_AGAIN_AFTER),
            kind__in=[periods.PERIOD_JOB, comparison_result.JOB],
            period=str(pilot.pk),
        ).values_list("kind", flat=True)
    )
    started = 0
    if periods.PERIOD_JOB not in begun:
        started += periods.ask(pilot_key=pilot.pk, at=now)
    if comparison_result.JOB not in begun:
        jobs.ask(kind=comparison_result.JOB, period=str(pilot.pk), at=now)
        started += comparison_result.ask(pilot=pilot, at=now)
    return started


@shared_task
def draw_up_balances() -> int:
    """Compute the balances that somebody waits for, and that of each pilot that is over.

    Then makes the files that are missing. Returns how many balances were computed. The fault of one
    keeps no other from being computed; each is recorded, stays asked for, and is tried again.
    """
    now = timezone.now()
    drawing_up.ask_for_final_ones(at=now)
    computed, faults = 0, []
    for key in drawing_up.waiting():
        try:
            computed += drawing_up.draw_up(key, at=timezone.now(), draw=_draw_all)
        except Exception as error:
            faults.append(error)
    files.make_missing(at=timezone.now())
    if faults:
        raise faults[0]
    return computed


@shared_task(
    autoretry_for=(Exception,),
    retry_backoff=FIRST_RETRY_SECONDS,
    retry_backoff_max=LONGEST_RETRY_SECONDS,
    max_retries=RETRIES,
    dont_autoretry_for=(NoOpeningHours,),
)
def compare_offices(pilot_key: int | None = None, asked_at: str | None = None) -> str:
    """Compare the offices of this pilot, else of the current one; return the verdict."""
    now = timezone.now()
    pilots = Pilot.objects
    pilot = (
        pilots.current(on=timezone.localdate(now))
        if pilot_key is None
        else pilots.filter(pk=pilot_key).first()
    )
    if pilot is None:
        return ""
    wish = datetime.fromisoformat(asked_at) if asked_at else None
    run = jobs.begin(kind=comparison_result.JOB, period=str(pilot.pk), at=now)
    try:
        found = comparison_result.compare(pilot=pilot, at=now, asked_at=wish)
        comparison_charts.draw(found, at=now)
    except Exception as error:
        jobs.fail(run, error=error)
        raise
    jobs.finish(run, at=timezone.now())
    return found.verdict


@shared_task
def send_sealed_mails() -> int:
    """Tell managers of sealed months. Returns how many mails were tried."""
    return sealed_mail.send_due(now=timezone.now)
