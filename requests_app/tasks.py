"""What Celery runs for requests."""

from celery import shared_task
from django.utils import timezone

from requests_app import (
    absences,
    document_reminders,
    learning,
    notifications,
    recalling,
    search_index,
    suggesting,
    sweeping,
)

# Twice as long after each failure, up to ten minutes: a database that starts again.
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS, RETRIES = 30, 600, 5


@shared_task
def send_announcements() -> int:
    """Send the mails that are due, for a minute at most. Returns how many were tried."""
    return notifications.send_due(now=timezone.now)


@shared_task
def recall_and_close() -> int:
    """Recall members who owe a reply, close without one. Returns on how many it acted."""
    return recalling.recall_and_close(at=timezone.now()).total()


@shared_task
def remind_of_documents() -> int:
    """Remind members of the documents that they owe, once a day. Returns how many."""
    return document_reminders.remind_of_documents(at=timezone.now()).total()


@shared_task
def return_requests() -> int:
    """Return what waits with absent advisers to its branch. Returns how many requests."""
    return absences.return_requests(at=timezone.now())


@shared_task
def suggest_branches() -> int:
    """Suggest a branch for the requests that wait for one. Returns how many got a suggestion."""
    return suggesting.suggest_due(at=timezone.now())


@shared_task(
    autoretry_for=(Exception,),
    retry_backoff=FIRST_RETRY_SECONDS,
    retry_backoff_max=LONGEST_RETRY_SECONDS,
    max_retries=RETRIES,
)
def train_routing() -> bool:
    """Learn from the decisions of advisers, once a night. True when a model was made."""
    return learning.train(at=timezone.now()) is not None


@shared_task
def gather_words() -> int:
    """Gather the words that mistyped ones are compared with, once a night. Returns how many."""
    return search_index.gather_words()


@shared_task
def sweep_files() -> int:
    """Delete stored files that no row knows, once a day. Returns how many."""
    return sweeping.sweep(at=timezone.now())
