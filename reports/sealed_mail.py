"""Managers are told by mail when months are sealed: one mail for all that were sealed together.

What is owed is stored in the transaction that seals; a task sends it. The mail holds figures of
whole offices and a link, nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from people.models import User
from people.roles import Role
from reports import monthly, shown
from reports.mail_models import SealedMail
from reports.models import MonthlyReport
from reports.monthly_document import clock_words
from requests_app import mail_runs

# Offices are sealed one after the other; by then all of one morning are.
GATHERED_FOR = timedelta(minutes=10)
MAX_TRIES = 12
LONGEST_PAUSE = timedelta(hours=1)
# A mail lists so many reports at most; the page has them all.
MOST_LINES = 40

log = structlog.get_logger()


@dataclass(frozen=True)
class Line:
    """One report in the words of the reader's language."""

    report: MonthlyReport
    # Each on both clocks: in office hours, and as the members lived it.
    median: tuple[str, str]
    ninetieth: tuple[str, str]
    url: str
    # Whether it rests on too few requests or advisers: then no figure is told.
    is_hidden: bool = False


def announce_sealed(report: MonthlyReport, at: datetime) -> int:
    """Note that each manager must be told of this sealed report; return how many are told.

    Part of the transaction that seals. A second call changes nothing.
    """
    managers = User.objects.filter(role=Role.MANAGER, is_active=True, email__isnull=False)
    owed = [
        SealedMail(recipient=manager, report=report, due_at=at + GATHERED_FOR)
        for manager in managers.exclude(email="").order_by("pk")
    ]
    SealedMail.objects.bulk_create(owed, ignore_conflicts=True)
    return len(owed)


def send_due(*, now: Callable[[], datetime]) -> int:
    """Send each manager what is due, one transaction each. Returns how many mails were tried."""
    return mail_runs.send_each(send_next, is_due=lambda at: _due(at).exists(), now=now)


def send_next(*, at: datetime, through: BaseEmailBackend | None = None) -> bool:
    """Send one manager everything that is due; False when nothing is.

    The rows are locked while they are sent and skipped by others. A crash between sending and
    commit sends the mail twice; losing it would be worse. Raises OSError, with the try noted, where
    the mail server is gone.
    """
    with transaction.atomic():
        due = _due(at)
        first = due.select_for_update(skip_locked=True).order_by("due_at", "id").first()
        if first is None:
            return False
        owed = due.filter(recipient=first.recipient_id).select_related(
            "recipient", "report__office"
        )
        mails = list(
            owed.select_for_update(skip_locked=True, of=("self",)).order_by(
                "report__month", "report__office__name", "id"
            )
        )
        refusal = _try_to_send(mails, at=at, through=through)
    if refusal and mail_runs.is_gone(refusal):
        raise refusal
    return True


def _due(at: datetime) -> QuerySet[SealedMail]:
    return SealedMail.objects.filter(done_at=None, due_at__lte=at, tries__lt=MAX_TRIES)


def _try_to_send(
    mails: list[SealedMail], *, at: datetime, through: BaseEmailBackend | None
) -> Exception | None:
    """Send them as one and note how that went; returns what went wrong."""
    refusal = mail_runs.refusal_of(partial(_message, mails), through=through)
    changed: dict[str, object] = {"done_at": at}
    if refusal:
        tries = mails[0].tries + 1
        log.warning("sealed_mail_failed", recipient=mails[0].recipient_id, exc_info=refusal)
        pause = min(timedelta(minutes=2**tries), LONGEST_PAUSE)
        changed = {
            "tries": tries,
            "last_error": mail_runs.words_of(refusal),
            "due_at": at + pause,
        }
    SealedMail.objects.filter(pk__in=[mail.pk for mail in mails]).update(**changed)
    return refusal


def _message(mails: list[SealedMail]) -> EmailMessage:
    recipient = mails[0].recipient
    with translation.override(recipient.language):
        reports = [mail.report for mail in mails[-MOST_LINES:]]
        hidden = shown.hidden_months(reports)
        context = {
            "recipient": recipient,
            "lines": [
                _line(report, is_hidden=(report.office_id, report.month) in hidden)
                for report in reports
            ],
            "more": max(len(mails) - MOST_LINES, 0),
            "url": settings.PUBLIC_URL + reverse("reports:pilot"),
        }
        text = render_to_string("reports/mail/sealed.txt", context)
    subject, _blank, body = text.partition("\n\n")
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        to=[str(recipient.email)],
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )


def _line(report: MonthlyReport, *, is_hidden: bool) -> Line:
    address = reverse("reports:monthly_report", args=[report.office.code, report.month])
    url = settings.PUBLIC_URL + address
    if is_hidden:
        return Line(report, ("", ""), ("", ""), url, is_hidden=True)
    hours = monthly.working_day_hours_of(monthly.pilot_of(report.month))
    return Line(
        report,
        _both(report, "median", hours),
        _both(report, "ninetieth", hours),
        url,
    )


def _both(report: MonthlyReport, name: str, hours: int) -> tuple[str, str]:
    office, calendar = (clock_words(report, clock, name, hours) for clock in ("office", "calendar"))
    return office, calendar
