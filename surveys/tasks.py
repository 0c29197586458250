"""What Celery runs for surveys. A task may be delivered twice, or to two workers at once."""

from contextlib import suppress

from celery import shared_task
from django.utils import timezone

from surveys import forgetting, invitations, mixing, stored_figures, waves

# One run ends after so many, so that a pause is heard and other work has its turn.
MOST_MAILS_A_RUN = 500


@shared_task
def send_mails() -> int:
    """Send what is due, one transaction each. Returns how many invitations were handled.

    A run ends at once when the mail server cannot be reached; the next one finds what is due.
    """
    invitations.settle_lost(at=timezone.now())
    handled = 0
    with suppress(OSError):
        while handled < MOST_MAILS_A_RUN and invitations.send_next(at=timezone.now()):
            handled += 1
    return handled


@shared_task
def close_waves() -> int:
    """Close the waves whose two weeks are over. Returns how many."""
    return waves.close_due(at=timezone.now())


@shared_task
def forget_links() -> int:
    """Destroy what leads from finished waves to people. Returns how many waves."""
    return forgetting.forget_due(at=timezone.now())


@shared_task
def mix_answers() -> int:
    """Move answers out of the inbox, in batches and at random. Returns how many."""
    return mixing.mix_due(at=timezone.now())


@shared_task
def store_figures() -> int:
    """Store the figures of waves whose answers were mixed since. Returns of how many waves."""
    return stored_figures.store_due(at=timezone.now())
