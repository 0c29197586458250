"""A run of mails: one after the other, through one connection, until the mail server is gone.

For every outbox of the product. What is owed is stored elsewhere; the next run finds it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import (
    SMTPDataError,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
)
from typing import Protocol

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

log = structlog.get_logger()

# The sweeper begins another run each minute.
LONGEST_RUN = timedelta(minutes=1)
# What a mail server says of one mail, to which it goes on listening.
_OF_ONE_MAIL = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError, SMTPNotSupportedError)


class SendNext(Protocol):
    """Sends what is due next; False when nothing is. Raises OSError where the server is gone."""

    def __call__(self, *, at: datetime, through: BaseEmailBackend) -> bool: ...


def send_each(
    send_next: SendNext, *, is_due: Callable[[datetime], bool], now: Callable[[], datetime]
) -> int:
    """Send what is due, until nothing is. Returns how many were tried.

    A run ends after a while, and at once when the mail server cannot be reached: other jobs need
    the worker, and the next run finds what is owed. All mails of a run go through one connection,
    so a server that does not answer is waited for once.
    """
    begun, tried = now(), 0
    if not is_due(begun):
        return tried
    try:
        with get_connection() as server:
            while (at := now()) < begun + LONGEST_RUN and send_next(at=at, through=server):
                tried += 1
    except OSError as error:
        log.warning("mail_server_unreachable", error=words_of(error))
    return tried


def refusal_of(
    make: Callable[[], EmailMessage], *, through: BaseEmailBackend | None
) -> Exception | None:
    """Make and send a mail; returns what went wrong, None where it was taken.

    Whatever a mail server answers, the mail stays owed and the next one is tried. Only the end of
    the job itself is raised: no mail is to blame, and each stays owed as it was.
    """
    try:
        message = make()
        message.connection = through
        message.send()
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        return error
    return None


def is_gone(refusal: Exception | None) -> bool:
    """Whether the mail server is gone, so that another mail makes no sense now."""
    return isinstance(refusal, OSError) and not isinstance(refusal, _OF_ONE_MAIL)


def words_of(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
