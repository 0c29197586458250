"""What Celery runs for requests."""

from celery import shared_task
from django.utils import timezone

from requests_app import notifications


@shared_task
def send_announcements() -> int:
    """Send the mails that are due, one transaction each. Returns how many were tried."""
    tried = 0
    while notifications.send_next(at=timezone.now()):
        tried += 1
    return tried
