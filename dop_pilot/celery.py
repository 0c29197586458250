"""Celery: PostgreSQL is the queue of record, Celery wakes the work up."""

import os

from celery import Celery
from celery.schedules import crontab
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dop_pilot.settings")

app = Celery("dop_pilot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # The sweeper sends what a wake-up missed: a broker that was down, a worker that was killed.
    "send-announcements": {"task": "requests_app.tasks.send_announcements", "schedule": 60.0},
    "beat-heartbeat": {"task": "reports.tasks.heartbeat", "schedule": 60.0},
    # Every day: the task itself knows the first working day, and catches up when beat was down.
    "monthly-reports": {
        "task": "reports.tasks.start_monthly_reports",
        "schedule": crontab(hour="6", minute="0"),
    },
}
