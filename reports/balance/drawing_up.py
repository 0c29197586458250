"""What writes a balance: the wish, its figures, the manager's words, its publication."""

import secrets
from collections.abc import Callable
from datetime import datetime

import structlog
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from branches.models import LANGUAGES, Pilot
from branches.working_time import BRUSSELS
from dop_pilot.celery import wake
from people.models import User
from people.plain_text import clean_text
from reports import jobs, periods
from reports.balance.content import digest_of, gathered
from reports.balance.pictures import keep_pictures
from reports.balance_models import Balance
from reports.comparison_result import compare
from reports.models import Side
from reports.monthly import offices_of
from reports.response_times import is_provisional

BALANCE_JOB = "balance"
KEY_BYTES = 24
WORDS_LENGTH = 4_000

log = structlog.get_logger()


class PublishingRefused(Exception):
    """The balance cannot be changed like this. The text says why."""


def ask(*, pilot: Pilot, at: datetime, by: User | None) -> tuple[Balance, bool]:
    """Ask for a balance as of `at`; also says whether a worker could be told now.

    While one of this pilot is being computed it is returned instead: pressing twice asks once.
    """
    balance = _wish(pilot, at, by)
    return balance, wake("reports.tasks.draw_up_balances")


@transaction.atomic
def _wish(pilot: Pilot, at: datetime, by: User | None) -> Balance:
    # Numbers follow each other, so of two who ask at once the second waits here.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{BALANCE_JOB} {pilot.pk}"])
    balances = Balance.objects.filter(pilot=pilot)
    balance = balances.filter(content__isnull=True).first()
    if balance is None:
        last = balances.aggregate(last=Max("number"))["last"] or 0
        balance = Balance.objects.create(
            pilot=pilot,
            number=last + 1,
            key=secrets.token_urlsafe(KEY_BYTES),
            cut_off=at,
            asked_by=by,
        )
        log.info("balance_asked", pilot=pilot.pk, number=balance.number, by=by and by.pk)
    return balance


def ask_for_final_ones(*, at: datetime) -> int:
    """Ask for the balance of each pilot that is over and all of whose months are final.

    Returns for how many. Each pilot gets one final balance by itself; a manager may ask for more.
    """
    today = at.astimezone(BRUSSELS).date()
    over = Pilot.objects.filter(ends_on__lt=today).exclude(
        pk__in=Balance.objects.filter(is_provisional=False, content__isnull=False).values("pilot")
    )
    asked = 0
    for pilot in over.order_by("pk"):
        waits = Balance.objects.filter(pilot=pilot, content__isnull=True).exists()
        if not waits and not may_still_change(pilot, at=at):
            _wish(pilot, at, by=None)
            asked += 1
    return asked


def may_still_change(pilot: Pilot, *, at: datetime) -> bool:
    """Whether the last month of the pilot is provisional at this moment."""
    offices = [office for side in Side for office in offices_of(pilot, side)]
    return is_provisional(
        offices,
        month=pilot.ends_on.replace(day=1),
        cut_off=at,
        working_day_hours=pilot.working_day_hours,
    )


def waiting() -> list[int]:
    """The balances that somebody waits for, the oldest first."""
    return list(
        Balance.objects.filter(content__isnull=True).order_by("pk").values_list("pk", flat=True)
    )


def draw_up(key: int, *, at: datetime, draw: Callable[[Pilot], object] | None = None) -> bool:
    """Compute this balance; False when another worker does or has done it.

    `draw` is told the pilot before its pictures are copied: only tasks may draw. A fault is
    recorded where the manager sees it, and raised; the balance still waits then.
    """
    run = jobs.begin(kind=BALANCE_JOB, period=str(key), at=at)
    try:
        is_done = _fill(key, at=at, draw=draw)
    except Exception as error:
        jobs.fail(run, error=error)
        raise
    jobs.finish(run, at=at)
    return is_done


@transaction.atomic
def _fill(key: int, *, at: datetime, draw: Callable[[Pilot], object] | None) -> bool:
    rows = Balance.objects.filter(pk=key, content__isnull=True)
    balance = rows.select_for_update(skip_locked=True, of=("self",)).first()
    if balance is None:
        return False
    # What other pages show is brought up to the cut-off where it is older.
    periods.compute(pilot=balance.pilot, at=balance.cut_off, asked_at=balance.cut_off)
    compare(pilot=balance.pilot, at=balance.cut_off, asked_at=balance.cut_off)
    if draw is not None:
        draw(balance.pilot)
    balance.content = gathered(balance.pilot, cut_off=balance.cut_off)
    balance.digest = digest_of(balance.content)
    balance.computed_at = at
    balance.is_provisional = may_still_change(balance.pilot, at=balance.cut_off)
    balance.save(update_fields=["content", "digest", "computed_at", "is_provisional"])
    keep_pictures(balance)
    log.info("balance_drawn_up", pilot=balance.pilot_id, number=balance.number)
    return True


@transaction.atomic
def write_words(*, balance: Balance, words: dict[str, str], by: User) -> Balance:
    """Store what the manager adds, by language. Raises PublishingRefused or ValidationError."""
    held = Balance.objects.select_for_update().get(pk=balance.pk)
    if held.published_at is not None:
        raise PublishingRefused(
            _("The balance is published: its words stay as they are. Withdraw it first.")
        )
    if unknown := set(words) - set(LANGUAGES):
        raise ValidationError(f"Unknown languages: {sorted(unknown)}.")
    cleaned = {code: clean_text(text, limit=WORDS_LENGTH) for code, text in words.items()}
    held.words = {code: text for code, text in cleaned.items() if text}
    held.save(update_fields=["words"])
    # Its files are made again with these words; until then they are made when asked for.
    transaction.on_commit(lambda: wake("reports.tasks.draw_up_balances"))
    log.info("balance_words", balance=held.pk, languages=sorted(held.words), by=by.pk)
    return held


@transaction.atomic
def publish(*, balance: Balance, by: User, at: datetime) -> Balance:
    """Let everybody who has the address read it. Raises PublishingRefused."""
    held = Balance.objects.select_for_update().get(pk=balance.pk)
    if held.content is None:
        raise PublishingRefused(_("The balance is still being computed."))
    if held.published_at is None:
        held.published_at, held.published_by = at, by
        held.save(update_fields=["published_at", "published_by"])
        log.info("balance_published", balance=held.pk, by=by.pk)
    return held


@transaction.atomic
def withdraw(*, balance: Balance, by: User) -> Balance:
    """Close the public page again; the address stays the same should it be published once more."""
    held = Balance.objects.select_for_update().get(pk=balance.pk)
    if held.published_at is not None:
        held.published_at = held.published_by = None
        held.save(update_fields=["published_at", "published_by"])
        log.info("balance_withdrawn", balance=held.pk, by=by.pk)
    return held
