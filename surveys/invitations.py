"""Mails of a survey: the invitation and two reminders, one at a time, each once.

The row of the invitation is the outbox: it says when its next mail is due. Each mail takes two
short transactions. The first finds the row, skipped by other workers, reaches the mail server and
notes that the mail is being handed over; the second notes what the mail server said. A worker that
is killed before the first is committed leaves the mail due. One that is killed between them leaves
the note: nobody can know whether that mail went out, so it counts as sent and is not sent again.
Its reader is no worse off than the others: the reminder with the same link follows. What the mail
server refuses, or a connection that breaks, is no doubt: that mail stays due.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from people.models import Member, User
from requests_app import mail_runs
from surveys.enums import Kind, State
from surveys.models import EarlierLink, Invitation, OptOut
from surveys.sealing import hash_of, token_of
from surveys.waves import reminder_due

log = structlog.get_logger()

# The first tries come quickly; after a night of failures one is made every six hours, until the
# wave closes or a manager asks for it.
QUICK_TRIES = 12
HOUR, LONG_PAUSE = timedelta(hours=1), timedelta(hours=6)
# No living worker hands one mail over for so long: its task would have been ended.
LOST_AFTER = timedelta(minutes=15)
# In `last_error`: a worker was killed while it handed this mail over.
PERHAPS_SENT = "perhaps sent"
REFUSED_FOR_GOOD = 500


@dataclass(frozen=True)
class _OnTheWay:
    """A mail that is noted as being handed over, with the open connection to the mail server."""

    invitation: UUID
    message: EmailMessage
    connection: Any


def send_next(*, at: datetime) -> bool:
    """Send one mail that is due in a running wave; False when none is.

    Raises OSError, with the try noted, where the mail server cannot be reached.
    """
    with transaction.atomic():
        invitation = (
            Invitation.objects.filter(
                due_at__lte=at, handed_at=None,
                wave__state=State.RUNNING, wave__closes_at__gt=at,
            )
            .select_related("wave", "row__person")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("due_at", "id")
            .first()
        )  # fmt: skip
        if invitation is None:
            return False
        prepared = _prepare(invitation, at=at)
        invitation.save()
    if isinstance(prepared, _OnTheWay):
        _note(prepared.invitation, _hand_over(prepared), at=at)
    elif prepared and mail_runs.is_gone(prepared):
        raise prepared
    return True


def _prepare(invitation: Invitation, *, at: datetime) -> _OnTheWay | Exception | None:
    """Note that the mail is on its way, or why nothing is sent to this person now or any more.

    Returns what went wrong where the mail could not be brought on its way.
    """
    person = invitation.row.person
    if invitation.is_spent:
        invitation.due_at = None
    elif person is None or not person.is_active or not person.email:
        invitation.due_at, invitation.is_withdrawn = None, True
    elif _may_not_be_asked(person):
        invitation.due_at, invitation.has_refused = None, True
    else:
        return _reach_the_server(invitation, person.email, person.get_short_name(), at=at)
    return None


def _may_not_be_asked(person: User) -> bool:
    """Refused by a link, or by word to the office, also since the draw."""
    refused = OptOut.objects.filter(person=person)
    barred = Member.objects.filter(user=person, may_be_surveyed=False)
    return refused.exists() or barred.exists()


def _reach_the_server(
    invitation: Invitation, to: str, name: str, *, at: datetime
) -> _OnTheWay | Exception:
    token = token_of(invitation.pk)
    _keep_earlier_link(invitation, token)
    try:
        connection = get_connection()
        message = message_for(invitation, token=token, to=to, name=name)
        message.connection = connection
        connection.open()
    except SoftTimeLimitExceeded:
        # The job has to end, and no mail is to blame: it stays due as it was.
        raise
    # Whatever is wrong, the mail stays due and the next one is tried.
    except Exception as error:
        _failed(invitation, error, at=at)
        return error
    invitation.handed_at = at
    return _OnTheWay(invitation.pk, message, connection)


def _keep_earlier_link(invitation: Invitation, token: str) -> None:
    """The secret of the product may be another one than for the mails before: both links work."""
    hashed = hash_of(token)
    if invitation.token_hash not in (hashed, None):
        EarlierLink.objects.get_or_create(
            token_hash=invitation.token_hash, defaults={"invitation": invitation}
        )
    invitation.token_hash = hashed


def _hand_over(mail: _OnTheWay) -> Exception | None:
    """Hand the mail over; what went wrong, or None once the mail server has taken it."""
    try:
        mail.message.send()
    except SoftTimeLimitExceeded:
        # As if the worker had been killed: nobody can know whether the server had taken it.
        raise
    except Exception as error:
        return error
    finally:
        # Taken is taken, however the server takes leave.
        with suppress(OSError, SMTPException):
            mail.connection.close()
    return None


@transaction.atomic
def _note(key: UUID, error: Exception | None, *, at: datetime) -> None:
    """What became of the mail. The answer may have come, or the wave ended, meanwhile."""
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("wave")
    invitation = rows.get(pk=key)
    if invitation.handed_at is None:
        # Taken for lost meanwhile, and counted as sent.
        return
    invitation.handed_at = None
    if error is None:
        _sent(invitation, at=at)
    elif isinstance(error, SMTPRecipientsRefused) and _is_for_good(error):
        # The only bounce that a sender hears of at once: the server knows no such mailbox.
        invitation.bounced_at, invitation.due_at = at, None
        invitation.last_error = _without_addresses(error)
    else:
        _failed(invitation, error, at=at)
    invitation.save()


def _is_for_good(refused: SMTPRecipientsRefused) -> bool:
    """Codes from 500 on are final; below, the server asks to come back, as greylisting does."""
    return all(code >= REFUSED_FOR_GOOD for code, _words in refused.recipients.values())


def _without_addresses(refused: SMTPRecipientsRefused) -> str:
    text = str(list(refused.recipients.values()))
    for address in refused.recipients:
        text = text.replace(address, "…")
    return text[:200]


def _sent(invitation: Invitation, *, at: datetime) -> None:
    invitation.mails_sent += 1
    invitation.tries, invitation.last_error = 0, ""
    if invitation.due_at is not None:
        invitation.due_at = reminder_due(invitation.wave, invitation.mails_sent, sent_at=at)


def _failed(invitation: Invitation, error: Exception, *, at: datetime) -> None:
    invitation.tries += 1
    log.warning("survey_mail_failed", tries=invitation.tries, exc_info=error)
    invitation.last_error = type(error).__name__
    if invitation.due_at is not None:
        invitation.due_at = at + _pause_after(invitation.tries)


def _pause_after(tries: int) -> timedelta:
    return LONG_PAUSE if tries > QUICK_TRIES else min(timedelta(minutes=2**tries), HOUR)


def settle_lost(*, at: datetime) -> int:
    """Count as sent what a killed worker was handing over. Returns how many."""
    lost = Invitation.objects.filter(handed_at__lte=at - LOST_AFTER)
    settled = 0
    for key in list(lost.order_by("id").values_list("pk", flat=True)):
        with transaction.atomic():
            rows = lost.select_for_update(of=("self",)).select_related("wave")
            invitation = rows.filter(pk=key).first()
            if invitation is None:
                continue
            _sent(invitation, at=invitation.handed_at or at)
            invitation.handed_at, invitation.last_error = None, PERHAPS_SENT
            invitation.save()
            settled += 1
    return settled


def message_for(invitation: Invitation, *, token: str, to: str, name: str) -> EmailMessage:
    """The mail that is next for this invitation, in the language it was made in."""
    wave = invitation.wave
    link = settings.PUBLIC_URL + reverse("surveys:answer", args=[token])
    refuse = settings.PUBLIC_URL + reverse("surveys:refuse", args=[token])
    with translation.override(invitation.language):
        text = render_to_string(
            "surveys/mail/invitation.txt",
            {
                "name": name,
                "wave": wave,
                "is_reminder": invitation.mails_sent > 0,
                "is_last": invitation.mails_sent > 1,
                "is_for_advisers": wave.kind == Kind.ADVISER,
                "link": link,
                "refuse": refuse,
            },
        )
    subject, _blank, body = text.partition("\n\n")
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        to=[to],
        headers={
            "Message-ID": f"<survey.{invitation.pk.hex}.{invitation.mails_sent}@{host}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            # One click in the mail program (RFC 8058): it sends a POST, a scanner only a GET.
            "List-Unsubscribe": f"<{refuse}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
