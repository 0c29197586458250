"""The record of periodic jobs: when each was asked for, tried, done, and what went wrong."""

from contextlib import suppress
from datetime import datetime

from django.db.models import Case, F, Q, When

from people.models import User
from reports.models import JobRun

ERROR_LENGTH = 300


def ask(*, kind: str, period: str, at: datetime, by: User | None = None) -> JobRun:
    """Record that somebody wants this done, whether or not a worker hears of it now."""
    run, _created = JobRun.objects.update_or_create(
        kind=kind, period=period, defaults={"asked_at": at, "asked_by": by}
    )
    return run


def unheard(*, kind: str) -> list[JobRun]:
    """What was asked for and never begun since, because no worker heard of it; oldest first."""
    asked = JobRun.objects.filter(kind=kind, asked_at__isnull=False)
    never = asked.filter(Q(started_at=None) | Q(started_at__lt=F("asked_at")))
    return list(never.order_by("asked_at", "id"))


def begin(*, kind: str, period: str, at: datetime) -> JobRun:
    """Record one more try. After a success the tries count from 1 again."""
    JobRun.objects.bulk_create([JobRun(kind=kind, period=period)], ignore_conflicts=True)
    runs = JobRun.objects.filter(kind=kind, period=period)
    runs.update(
        started_at=at,
        tries=Case(When(finished_at__gte=F("started_at"), then=1), default=F("tries") + 1),
    )
    return runs.get()


def begin_once(*, kind: str, period: str, at: datetime) -> JobRun | None:
    """The same for what happens once: None when it has succeeded already."""
    done = JobRun.objects.filter(kind=kind, period=period, finished_at__isnull=False)
    return None if done.exists() else begin(kind=kind, period=period, at=at)


def finish(run: JobRun, *, at: datetime) -> None:
    JobRun.objects.filter(pk=run.pk).update(finished_at=at, error="")


def fail(run: JobRun, *, error: BaseException) -> None:
    """Keep what went wrong where the manager sees it. Never hides the error itself."""
    text = f"{type(error).__name__}: {error}".replace("\0", "")[:ERROR_LENGTH]
    # A database that is down can record nothing; the caller raises the first error again.
    with suppress(Exception):
        JobRun.objects.filter(pk=run.pk).update(error=text)
