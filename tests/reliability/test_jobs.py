"""Bug 24: a killed worker, a broker that forgets, a second beat, a task that comes thrice."""

import os
import signal
import subprocess
import sys
from datetime import date
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import connection

from dop_pilot.celery import app
from local_services.places import CHECKOUT
from reports import monthly, tasks
from reports.models import JobRun, MonthlyReport
from requests_app import tasks as request_tasks
from requests_app.models import Outbox
from tests.factories import MemberFactory, OfficeFactory, a_request
from tests.reports.conftest import brussels

AUGUST_2 = brussels("2023-08-02T06:00")
# The report of a month, by a process that is killed when the row is stored and not yet committed.
KILLED_IN_A_REPORT = """
import os, signal
import django
django.setup()
from reports import tasks
from reports.models import MonthlyReport

def save_and_die(report, *args, **options):
    stored(report, *args, **options)
    os.kill(os.getpid(), signal.SIGKILL)

stored, MonthlyReport.save = MonthlyReport.save, save_and_die
tasks.monthly_report("LIEGE", "2023-07")
"""


def _database_of_the_tests() -> str:
    own = str(connection.settings_dict["NAME"])
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{own}"))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_bug_24_a_worker_killed_in_a_report_leaves_none_and_the_next_delivery_makes_it() -> None:
    office = OfficeFactory()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_IN_A_REPORT],
        cwd=CHECKOUT,
        env=os.environ | {"DATABASE_URL": _database_of_the_tests(), "DATABASE_POOL": "off"},
        check=False,
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert not MonthlyReport.objects.exists()
    (begun,) = JobRun.objects.filter(kind=monthly.REPORT_JOB)
    assert begun.finished_at is None
    with time_machine.travel(AUGUST_2, tick=False):
        tasks.monthly_report(office.code, "2023-07")
    (report,) = MonthlyReport.objects.all()
    (begun,) = JobRun.objects.filter(kind=monthly.REPORT_JOB)
    assert (report.month, begun.finished_at) == (date(2023, 7, 1), AUGUST_2)


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A broker that takes every task and keeps none, as after FLUSHALL."""
    taken: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda name, *_args, **_options: taken.append(name))
    for task in (tasks.monthly_report, tasks.period_figures):
        monkeypatch.setattr(task, "delay", lambda *_args, name=task.name: taken.append(name))
    return taken


@pytest.mark.django_db
def test_bug_24_mail_whose_task_was_forgotten_is_sent_by_the_sweeper(
    forgotten: list[str], django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        a_request(member=MemberFactory(user__email="aline@example.org"))
    assert "requests_app.tasks.send_announcements" in forgotten
    assert not mail.outbox
    request_tasks.send_announcements()
    assert [message.to for message in mail.outbox] == [["aline@example.org"]]


@pytest.mark.django_db
def test_bug_24_reports_whose_tasks_were_forgotten_are_started_on_the_next_day(
    forgotten: list[str],
) -> None:
    OfficeFactory()
    for day in ("2023-08-02T06:00", "2023-08-03T06:00"):
        with time_machine.travel(brussels(day), tick=False):
            assert tasks.start_monthly_reports() == 1
    assert forgotten.count("reports.tasks.monthly_reports") == 2


@pytest.mark.django_db
def test_bug_24_a_task_delivered_three_times_happens_once() -> None:
    office, key = OfficeFactory(), uuid4()
    member = MemberFactory(office=office, user__email="aline@example.org")
    a_request(member=member, key=key)
    for _delivery in range(3):
        request_tasks.send_announcements()
        with time_machine.travel(AUGUST_2, tick=False):
            tasks.monthly_report(office.code, "2023-07", AUGUST_2.isoformat())
    assert len(mail.outbox) == Outbox.objects.count() == 1
    assert MonthlyReport.objects.count() == 1


def test_bug_24_a_task_that_runs_is_not_handed_out_again() -> None:
    """Neither lost with its worker nor given to a second one while the first still works."""
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    options = app.conf.broker_transport_options
    assert options["visibility_timeout"] >= 2 * app.conf.task_time_limit
    assert options["unacked_restore_interval"] * options["unacked_restore_throttle"] <= 10
    assert options["socket_timeout"]
    assert options["socket_connect_timeout"]


def test_bug_24_no_task_waits_in_the_broker_for_longer_than_it_remembers() -> None:
    longest = app.conf.broker_transport_options["visibility_timeout"]
    retries = [
        task.retry_backoff_max for task in app.tasks.values() if getattr(task, "retry_backoff", 0)
    ]
    assert retries
    assert max(retries) < longest
