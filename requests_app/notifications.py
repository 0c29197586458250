"""Mail to members. What is owed is stored with its event; a task sends it.

A mail names the request and links to it, and repeats nothing of what was said: mailboxes are
shared, forwarded and read over the shoulder.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate

from dop_pilot.celery import wake
from requests_app import mail_runs
from requests_app.asked_models import AskedEvent
from requests_app.expectations import expectation_for
from requests_app.models import MailKind, MemberRequest, Outbox, RequestEvent
from requests_app.patience import closes_at

log = structlog.get_logger()

# After this many failures a mail waits for a person; an hour lies between the last tries.
MAX_TRIES = 12
LONGEST_PAUSE = timedelta(hours=1)
# So many receipts go to one person in such a time.
RECEIPTS_WITHIN = timedelta(hours=1)


def owe(event: RequestEvent, *, kind: MailKind, at: datetime) -> None:
    """Note that the member must be told of this event. Part of the caller's transaction."""
    _owe(event.member_request, f"{event.pk}:{kind}", kind=kind, at=at, event=event)


def owe_receipt(event: RequestEvent, *, at: datetime) -> None:
    """Note that the member gets a receipt, unless they had so many in the last hour.

    The page shows a receipt in any case. Somebody who sends fifty requests, or whose machine does,
    makes no storm of mails by it; the mails that people cause are never held back.
    """
    recent = Outbox.objects.filter(
        kind=MailKind.RECEIPT,
        recipient=event.member_request.member.user_id,
        event__at__gt=at - RECEIPTS_WITHIN,
    )
    if recent.count() < settings.RECEIPTS_AN_HOUR:
        owe(event, kind=MailKind.RECEIPT, at=at)


def has_receipt(member_request: MemberRequest) -> bool:
    """Whether a receipt of this request was sent to its member, or will be."""
    return Outbox.objects.filter(
        kind=MailKind.RECEIPT, event__member_request=member_request
    ).exists()


def owe_of_document(event: AskedEvent, *, kind: MailKind, at: datetime) -> None:
    """The same for a step of a followed document."""
    key = f"document {event.pk}:{kind}"
    _owe(event.asked.member_request, key, kind=kind, at=at, asked_event=event)


def _owe(
    member_request: MemberRequest, key: str, *, kind: MailKind, at: datetime, **told_of: Any
) -> None:
    recipient = member_request.member.user
    if not (recipient.is_active and recipient.email):
        return
    Outbox.objects.create(key=key, kind=kind, recipient=recipient, due_at=at, **told_of)
    transaction.on_commit(lambda: wake("requests_app.tasks.send_announcements"))


def withdraw(event: RequestEvent) -> bool:
    """Owe the mails of this event no longer; False when one is sent already."""
    mails = list(Outbox.objects.select_for_update().filter(event=event))
    if any(mail.done_at for mail in mails):
        return False
    Outbox.objects.filter(pk__in=[mail.pk for mail in mails]).delete()
    return True


def send_due(*, now: Callable[[], datetime]) -> int:
    """Send the mails that are due, one transaction each. Returns how many were tried."""
    return mail_runs.send_each(send_next, is_due=lambda at: _due(at).exists(), now=now)


def send_next(*, at: datetime, through: BaseEmailBackend | None = None) -> bool:
    """Send one mail that is due; False when none is.

    Two workers never send the same mail: its row is locked while it is sent, and skipped by the
    other. A crash between sending and commit sends it twice; losing it would be worse.
    Raises OSError, with the try noted, where the mail server is gone and another mail makes no
    sense now.
    """
    with transaction.atomic():
        mail = (
            _due(at)
            .select_related(
                "recipient",
                "event__member_request__office",
                "asked_event__asked__member_request",
            )
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("due_at", "id")
            .first()
        )
        if mail is None:
            return False
        refusal = _try_to_send(mail, at=at, through=through)
    if refusal and mail_runs.is_gone(refusal):
        raise refusal
    return True


def _due(at: datetime) -> QuerySet[Outbox]:
    return Outbox.objects.filter(done_at=None, due_at__lte=at, tries__lt=MAX_TRIES)


def _try_to_send(
    mail: Outbox, *, at: datetime, through: BaseEmailBackend | None
) -> Exception | None:
    """Send it and note how that went; returns what went wrong."""
    refusal = mail_runs.refusal_of(partial(_message, mail), through=through)
    if refusal:
        log.warning("mail_failed", key=mail.key, tries=mail.tries + 1, exc_info=refusal)
        mail.tries += 1
        mail.last_error = mail_runs.words_of(refusal)
        mail.due_at = at + min(timedelta(minutes=2**mail.tries), LONGEST_PAUSE)
    else:
        mail.done_at = at
    mail.save(update_fields=["tries", "last_error", "due_at", "done_at"])
    return refusal


def _message(mail: Outbox) -> EmailMessage:
    """The mail in the language of its reader."""
    with translation.override(mail.recipient.language):
        context = {"mail": mail} | (
            _of_request(mail, mail.event) if mail.event else _of_document(mail)
        )
        subject, _blank, body = render_to_string(
            f"requests_app/mail/{mail.kind}.txt", context
        ).partition("\n\n")
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        to=[str(mail.recipient.email)],
        # Other systems must not answer an automatic mail automatically.
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )


def _of_request(mail: Outbox, event: RequestEvent) -> dict[str, Any]:
    member_request = event.member_request
    return {
        "member_request": member_request,
        "url": _address(member_request),
        "expectation": expectation_for(
            member_request.office, member_request.branch, on=localdate(event.at)
        )
        # Who was answered on the phone waits for nothing any more.
        if mail.kind == MailKind.RECEIPT and member_request.first_responded_at is None
        else None,
        "closes_on": closes_at(office=member_request.office, recalled_at=event.at)
        if mail.kind == MailKind.REMINDER
        else None,
    }


def _of_document(mail: Outbox) -> dict[str, Any]:
    """Which document it is stays untold: a form for unemployment says much about somebody."""
    assert mail.asked_event is not None  # noqa: S101
    asked = mail.asked_event.asked
    return {
        "member_request": asked.member_request,
        "asked": asked,
        "event": mail.asked_event,
        "url": f"{_address(asked.member_request)}#asked-{asked.number}",
    }


def _address(member_request: MemberRequest) -> str:
    page = reverse("requests_app:my_request", args=[member_request.reference])
    return f"{settings.PUBLIC_URL}{page}"
