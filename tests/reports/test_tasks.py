"""The daily job: once a day whatever happens, tried again when it fails, and never in silence."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date
from typing import Any

import pytest
import time_machine
from celery.schedules import crontab
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connections

from branches.models import Office, Pilot
from branches.working_time import NoOpeningHours
from dop_pilot.celery import app
from dop_pilot.health import HEARTBEAT_KEY
from people.models import User
from reports import charts, monthly, tasks, wishes
from reports.models import Chart, JobRun, MonthlyReport, Recomputation
from reports.selectors import is_running
from tests.factories import OfficeFactory
from tests.reports.conftest import Arrive, brussels

AUGUST_2 = brussels("2023-08-02T06:00")
Asked = list[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def _on_the_second_of_august() -> Iterator[None]:
    with time_machine.travel(AUGUST_2, tick=False):
        yield


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What was sent to the broker; nothing leaves the test."""
    sent: Asked = []
    monkeypatch.setattr(tasks.monthly_reports, "delay", lambda *args: sent.append(args))
    monkeypatch.setattr(tasks.period_figures, "delay", lambda *args: sent.append(args))
    monkeypatch.setattr(charts, "wake", lambda *args: sent.append(args))
    return sent


def test_beat_and_a_worker_leave_a_sign_of_life() -> None:
    tasks.heartbeat()
    assert cache.get(HEARTBEAT_KEY) == AUGUST_2.timestamp()


def test_each_report_that_is_due_becomes_a_task(office: Office, asked: Asked) -> None:
    assert tasks.start_monthly_reports() == 1
    assert asked == [(["LIEGE"], "2023-07", "2023-08-02T04:00:00+00:00")]


def test_the_figures_of_the_dashboard_become_a_task(pilot: Pilot, asked: Asked) -> None:
    tasks.start_monthly_reports()
    assert (pilot.pk, "2023-08-02T04:00:00+00:00") in asked


def test_a_second_beat_on_the_same_day_starts_nothing(office: Office, asked: Asked) -> None:
    tasks.start_monthly_reports()
    assert tasks.start_monthly_reports() == 0
    assert len(asked) == 1


def test_the_next_day_starts_again_what_is_provisional(office: Office, asked: Asked) -> None:
    tasks.start_monthly_reports()
    tasks.monthly_reports(*asked[0])
    with time_machine.travel(brussels("2023-08-03T06:00"), tick=False):
        assert tasks.start_monthly_reports() == 1


def test_a_start_that_failed_starts_with_the_next_delivery(
    office: Office, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: str) -> None:
        raise OperationalError("The broker is gone.")

    with monkeypatch.context() as patch:
        patch.setattr(tasks.monthly_reports, "delay", broken)
        with pytest.raises(OperationalError):
            tasks.start_monthly_reports.run()
    assert "The broker is gone." in JobRun.objects.get().error
    assert tasks.start_monthly_reports() == 1
    assert JobRun.objects.get().error == ""


def test_a_month_of_several_offices_is_one_task_and_is_read_once(
    office: Office, asked: Asked, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive("2023-07-03T09:00", "2023-07-03T10:00")
    OfficeFactory(code="EUPEN", name="Eupen")
    assert tasks.start_monthly_reports() == 2
    assert asked == [(["EUPEN", "LIEGE"], "2023-07", "2023-08-02T04:00:00+00:00")]
    monkeypatch.setattr(monthly, "cohort", None)  # No report reads for itself.
    assert tasks.monthly_reports(*asked[0]) == 2
    received = MonthlyReport.objects.values_list("office__code", "received")
    assert dict(received) == {"EUPEN": 0, "LIEGE": 1}
    assert set(JobRun.objects.values_list("period", "error")) == {
        ("EUPEN 2023-07", ""),
        ("LIEGE 2023-07", ""),
        ("2023-08-02", ""),
    }


@pytest.mark.parametrize("fault", ["no opening hours", "anything else"])
def test_one_office_that_fails_keeps_no_other_from_its_report(
    office: Office, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    left: Asked = []
    monkeypatch.setattr(tasks.monthly_report, "delay", lambda *args: left.append(args))
    other = OfficeFactory(code="EUPEN", name="Eupen")
    if fault == "no opening hours":
        other.opening_hours.all().delete()
    else:
        real = monthly.compute_report

        def broken(*, office: Office, **options: Any) -> MonthlyReport:
            if office == other:
                raise OperationalError("The disk is full.")
            return real(office=office, **options)

        monkeypatch.setattr(monthly, "compute_report", broken)
    assert tasks.monthly_reports(["EUPEN", "LIEGE"], "2023-07", AUGUST_2.isoformat()) == 1
    assert MonthlyReport.objects.get().office == office
    assert left == [("EUPEN", "2023-07", AUGUST_2.isoformat())]
    assert JobRun.objects.get(period="EUPEN 2023-07").error
    assert JobRun.objects.get(period="LIEGE 2023-07").finished_at == AUGUST_2


def test_ten_deliveries_make_one_report(office: Office, asked: Asked) -> None:
    for _ in range(10):
        tasks.monthly_report("LIEGE", "2023-07", AUGUST_2.isoformat())
    run = JobRun.objects.get()
    assert MonthlyReport.objects.count() == 1
    assert (run.period, run.finished_at, run.error) == ("LIEGE 2023-07", AUGUST_2, "")


def test_the_task_computes_the_sides_and_asks_for_the_pictures(
    pilot: Pilot, office: Office, asked: Asked
) -> None:
    tasks.monthly_report("LIEGE", "2023-07")
    assert pilot.side_reports.count() == 1
    assert [(task, key) for task, key, _at in asked] == [("reports.tasks.draw_charts", pilot.pk)]


def test_a_failure_is_kept_where_the_manager_sees_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_options: object) -> None:
        raise OperationalError("The database is starting up.")

    monkeypatch.setattr(monthly, "compute_report", broken)
    for tries in (1, 2):
        with pytest.raises(OperationalError):
            tasks.monthly_report("LIEGE", "2023-07")
        run = JobRun.objects.get()
        assert (run.tries, run.finished_at) == (tries, None)
        assert run.error == "OperationalError: The database is starting up."


def test_a_success_after_a_failure_clears_it(office: Office, asked: Asked) -> None:
    JobRun.objects.create(
        kind=wishes.REPORT_JOB, period="LIEGE 2023-07", started_at=AUGUST_2, tries=2, error="!"
    )
    tasks.monthly_report("LIEGE", "2023-07")
    run = JobRun.objects.get()
    assert (run.tries, run.error, run.seconds) == (3, "", 0)


@pytest.mark.parametrize("task", [tasks.start_monthly_reports, tasks.monthly_report])
def test_a_failure_is_tried_again_more_slowly_each_time(task: Any) -> None:
    assert (task.autoretry_for, task.retry_backoff, task.max_retries) == ((Exception,), 30, 5)


def test_what_cannot_succeed_is_not_tried_again() -> None:
    task: Any = tasks.monthly_report
    assert set(task.dont_autoretry_for) == {Office.DoesNotExist, NoOpeningHours, ValueError}


def test_a_killed_worker_loses_no_task() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    longest = settings.CELERY_TASK_TIME_LIMIT
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] >= 2 * longest


def test_beat_asks_every_day_at_six_in_brussels() -> None:
    entry = app.conf.beat_schedule["monthly-reports"]
    assert entry["task"] == tasks.start_monthly_reports.name
    assert entry["schedule"] == crontab(hour="6", minute="0")
    assert str(app.conf.timezone) == "Europe/Brussels"


def test_the_pictures_are_drawn_once_for_the_same_data(pilot: Pilot, asked: Asked) -> None:
    for office in (*pilot.offices.all(), *pilot.comparison_offices.all()):
        monthly.compute_sides(offices=[office], month=date(2023, 7, 1), at=AUGUST_2)
    assert tasks.draw_charts(pilot.pk, AUGUST_2.isoformat()) == 16
    later = brussels("2023-08-02T07:00").isoformat()
    assert tasks.draw_charts(pilot.pk, later) == 0
    assert Chart.objects.count() == 16


def test_a_picture_of_a_pilot_that_is_gone_is_not_drawn(db: None) -> None:
    assert tasks.draw_charts(4711) == 0


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_ten_beats_at_once_start_each_report_once(asked: Asked) -> None:
    OfficeFactory()

    def one(_number: int) -> int:
        try:
            return tasks.start_monthly_reports()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(one, range(10))) == [0] * 9 + [1]
    assert len(asked) == 1


def test_a_version_asked_for_while_no_worker_could_be_reached_comes_with_the_daily_run(
    office: Office, manager: User, arrive: Arrive, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the page promises then; and it does not say for ever that it is being computed."""
    monkeypatch.setattr(tasks.recompute_report, "delay", lambda *args: asked.append(args))
    monkeypatch.setattr(monthly, "wake", lambda *_args: False)
    month, wish = date(2023, 5, 1), brussels("2023-08-01T15:00")
    monthly.compute_report(office=office, month=month, at=brussels("2023-07-01T06:00"))
    arrive("2023-05-02T09:00", "2023-05-02T10:00")
    monthly.ask_again(office=office, month=month, at=wish, by=manager)
    assert tasks.start_monthly_reports() == 2
    (sent,) = [args for args in asked if args[1] == "2023-05"]
    assert sent == ("LIEGE", "2023-05", wish.astimezone(UTC).isoformat(), manager.pk)
    assert tasks.recompute_report(*sent) == 2
    run = JobRun.objects.get(period="LIEGE 2023-05")
    assert not is_running(run)
    assert Recomputation.objects.get().asked_by == manager
    assert wishes.unheard() == []


def test_a_month_asked_for_while_no_worker_could_be_reached_is_due(
    office: Office, manager: User, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monthly, "wake", lambda *_args: False)
    monthly.ask_again(office=office, month=date(2023, 2, 1), at=AUGUST_2, by=manager)
    assert tasks.start_monthly_reports() == 2
    assert [month for _office, month, _at in asked] == ["2023-02", "2023-07"]
