"""The mailbox of the demo: mail is kept instead of being sent, and can be read by everybody."""

from collections.abc import Iterable, Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet

from demo.models import DemoMail

SUBJECT_LENGTH = 300


class MailboxBackend(BaseEmailBackend):
    """Keeps each mail once for every recipient: all of a batch or none."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        # What cannot be sent by a mail server is refused here too: `message()` checks the headers.
        rows = [row for message in email_messages if message.message() for row in _rows(message)]
        with transaction.atomic():
            DemoMail.objects.bulk_create(rows)
        return len(email_messages)


def _rows(message: EmailMessage) -> Iterable[DemoMail]:
    return (
        DemoMail(
            recipient=recipient,
            subject=str(message.subject)[:SUBJECT_LENGTH],
            body=str(message.body),
        )
        for recipient in message.recipients()
    )


def mails(*, to: str = "") -> QuerySet[DemoMail]:
    """The kept mails, newest first; of one recipient when `to` names an address."""
    kept = DemoMail.objects.order_by("-sent_at", "-id")
    return kept.filter(recipient__iexact=to) if to else kept
