"""Mails of a survey: the invitation and two reminders, one at a time, each once.

The row of the invitation is the outbox: it says when its next mail is due. It is locked while the
mail is handed over and skipped by other workers, and what was sent is committed at once, so that a
worker killed in the middle of a wave leaves all others untouched. Between the mail server's "yes"
and the commit lie microseconds; a crash exactly there sends that one mail again, with the same
Message-ID, by which mailboxes know it.
"""

from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from surveys.enums import Kind, State
from surveys.models import Invitation, OptOut
from surveys.sealing import hash_of, token_of
from surveys.waves import reminder_due

log = structlog.get_logger()

# After this many failures a mail waits for a person; an hour lies between the last tries.
MAX_TRIES = 12
LONGEST_PAUSE = timedelta(hours=1)


def send_next(*, at: datetime) -> bool:
    """Send one mail that is due in a running wave; False when none is."""
    with transaction.atomic():
        invitation = (
            Invitation.objects.filter(
                due_at__lte=at, tries__lt=MAX_TRIES,
                wave__state=State.RUNNING, wave__closes_at__gt=at,
            )
            .select_related("wave", "row__person")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("due_at", "id")
            .first()
        )  # fmt: skip
        if invitation is None:
            return False
        _handle(invitation, at=at)
        return True


def _handle(invitation: Invitation, *, at: datetime) -> None:
    """Send, or note why nothing is sent to this person any more."""
    person = invitation.row.person
    if invitation.is_spent:
        invitation.due_at = None
    elif person is None or not person.is_active or not person.email:
        invitation.due_at, invitation.is_withdrawn = None, True
    elif OptOut.objects.filter(person=person).exists():
        invitation.due_at, invitation.has_refused = None, True
    else:
        _try_to_send(invitation, to=person.email, name=person.get_short_name(), at=at)
    invitation.save()


def _try_to_send(invitation: Invitation, *, to: str, name: str, at: datetime) -> None:
    token = token_of(invitation.pk)
    # The secret of the product may be another one than when the sample was drawn.
    invitation.token_hash = hash_of(token)
    try:
        message_for(invitation, token=token, to=to, name=name).send()
    except SMTPRecipientsRefused as refused:
        # The only bounce that a sender hears of at once: the server knows no such mailbox.
        invitation.bounced_at, invitation.due_at = at, None
        invitation.last_error = str(refused.recipients)[:200].replace(to, "…")
    # Whatever else a mail server answers, the mail stays due and the next one is tried.
    except Exception as error:
        log.warning("survey_mail_failed", tries=invitation.tries + 1, exc_info=True)
        invitation.tries += 1
        invitation.last_error = type(error).__name__
        invitation.due_at = at + min(timedelta(minutes=2**invitation.tries), LONGEST_PAUSE)
    else:
        invitation.mails_sent += 1
        invitation.tries, invitation.last_error = 0, ""
        invitation.due_at = reminder_due(invitation.wave, invitation.mails_sent)


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
