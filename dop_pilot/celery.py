"""Celery: PostgreSQL is the queue of record, Celery wakes the work up."""

import os

import structlog
from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dop_pilot.settings")

app = Celery("dop_pilot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()

log = structlog.get_logger()


LAST = 9  # the priority of what may wait: with this broker 0 comes first


def wake(task: str, *args: object, may_wait: bool = False) -> bool:
    """Ask a worker to run the task now; False when the broker cannot be reached.

    What `may_wait` is begun when nothing else waits for a worker.

    PostgreSQL is the queue of record: a sweeper does later what this could not start, so a web
    request neither fails nor waits for a broker that is down.
    """
    try:
        app.send_task(task, args=args, retry=False, priority=LAST if may_wait else None)
    except (OSError, OperationalError) as error:
        log.warning("broker_unreachable", task=task, error=str(error))
        return False
    return True


@beat_init.connect
def first_heartbeat(**_told: object) -> None:
    """Beat says at once that it lives, so that nobody waits a minute for the first heartbeat."""
    wake("reports.tasks.heartbeat")


app.conf.beat_schedule = {
    # The sweeper sends what a wake-up missed: a broker that was down, a worker that was killed.
    "send-announcements": {"task": "requests_app.tasks.send_announcements", "schedule": 60.0},
    "suggest-branches": {"task": "requests_app.tasks.suggest_branches", "schedule": 60.0},
    # Each hour, because a working day begins when its office opens; most runs find nothing to do.
    "recall-and-close": {
        "task": "requests_app.tasks.recall_and_close",
        "schedule": crontab(minute="10"),
    },
    "return-requests": {
        "task": "requests_app.tasks.return_requests",
        "schedule": crontab(minute="5"),
    },
    "send-sealed-mails": {"task": "reports.tasks.send_sealed_mails", "schedule": 60.0},
    "beat-heartbeat": {"task": "reports.tasks.heartbeat", "schedule": 60.0},
    "count-new-pilots": {"task": "reports.tasks.count_new_pilots", "schedule": 60.0},
    # The sweeper draws up what a wake-up missed; most runs find nothing to do.
    "draw-up-balances": {"task": "reports.tasks.draw_up_balances", "schedule": 60.0},
    # Every day: the task itself knows the first working day, and catches up when beat was down.
    "monthly-reports": {
        "task": "reports.tasks.start_monthly_reports",
        "schedule": crontab(hour="6", minute="0"),
    },
    # In the morning, when a mail disturbs nobody's sleep and somebody answers the phone.
    "remind-of-documents": {
        "task": "requests_app.tasks.remind_of_documents",
        "schedule": crontab(hour="8", minute="15"),
    },
    "send-survey-mails": {"task": "surveys.tasks.send_mails", "schedule": 60.0},
    "close-waves": {"task": "surveys.tasks.close_waves", "schedule": crontab(minute="20")},
    # Seldom enough that a batch is a batch, and once more before the nightly backup.
    "mix-answers": {"task": "surveys.tasks.mix_answers", "schedule": crontab(minute="40")},
    "store-survey-figures": {
        "task": "surveys.tasks.store_figures",
        "schedule": crontab(minute="43"),
    },
    "forget-survey-links": {
        "task": "surveys.tasks.forget_links",
        "schedule": crontab(hour="5", minute="10"),
    },
    # After the reports of the day: it reads the same requests, and nobody waits for it.
    "compare-offices": {
        "task": "reports.tasks.compare_offices",
        "schedule": crontab(hour="6", minute="30"),
    },
    # Never between two and three: Celery is wrong there in the nights when summer time changes.
    "train-routing": {
        "task": "requests_app.tasks.train_routing",
        "schedule": crontab(hour="4", minute="30"),
    },
    "gather-words": {
        "task": "requests_app.tasks.gather_words",
        "schedule": crontab(hour="4", minute="50"),
    },
    "sweep-files": {
        "task": "requests_app.tasks.sweep_files",
        "schedule": crontab(hour="5", minute="10"),
    },
}
