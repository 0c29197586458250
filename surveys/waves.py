"""The life of a wave: the only module that changes its state."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from branches.models import Office, Pilot
from branches.working_time import BRUSSELS
from dop_pilot.celery import wake
from people.models import User
from surveys import planning
from surveys.enums import OPEN_STATES, RULES, Kind, State, Step
from surveys.frames import Candidate, frame_of
from surveys.models import FrameRow, Invitation, Questionnaire, Stratum, Wave, WaveEvent
from surveys.sampling import Group, Person, chances_before, draw
from surveys.sealing import hash_of, token_of

OPEN_FOR = timedelta(days=14)
# A wave that nobody lets go on closes after so long, with what was answered until then.
PAUSED_AT_MOST = timedelta(days=30)
# How long before the end the two reminders go out: five and ten days after the beginning.
REMINDERS_BEFORE_END = (timedelta(days=9), timedelta(days=4))
ANY = Q()
BETWEEN_MAILS = timedelta(days=2)
SEND_TASK = "surveys.tasks.send_mails"


class WaveRefused(Exception):
    """The wave stays as it is. The text says why."""


def plan(
    *,
    pilot: Pilot,
    kind: Kind,
    month: date,
    offices: Sequence[Office],
    margin: Decimal,
    expected_response: int,
    by: User,
    at: datetime,
) -> Wave:
    """Plan a wave with the newest released questionnaire.

    Raises WaveRefused when there is none, or when the month has a wave already.
    """
    released = Questionnaire.objects.filter(kind=kind, released_at__isnull=False)
    questionnaire = released.order_by("-version").first()
    if questionnaire is None:
        raise WaveRefused(_("There is no questionnaire yet."))
    try:
        with transaction.atomic():
            wave = Wave.objects.create(
                pilot=pilot, questionnaire=questionnaire, kind=kind, month=month, margin=margin,
                expected_response=expected_response, planned_by=by, planned_at=at,
            )  # fmt: skip
    except IntegrityError as error:
        raise WaveRefused(_("There is a wave for this month already.")) from error
    wave.offices.set(offices)
    return wave


def discard(*, wave: Wave, by: User, at: datetime) -> None:  # noqa: ARG001
    """Take back a plan. What was drawn stays: a second draw would be a chosen one."""
    deleted, _rows = Wave.objects.filter(pk=wave.pk, state=State.PLANNED).delete()
    if not deleted:
        raise WaveRefused(_("Only a plan can be taken back; this wave is drawn already."))


@transaction.atomic
def _move(
    wave: Wave, step: Step, *, by: User | None, at: datetime, only: Q = ANY, **changes: Any
) -> None:
    """Compare and set: of two managers who press at once, exactly one acts, and is noted."""
    sources, target = RULES[step]
    found = Wave.objects.filter(only, pk=wave.pk, state__in=sources)
    if not found.update(state=target, **changes):
        raise WaveRefused(_("The wave has moved on meanwhile. This is how it stands now."))
    WaveEvent.objects.create(wave=wave, step=step, by=by, at=at)
    wave.refresh_from_db()


@transaction.atomic
def draw_sample(*, wave: Wave, by: User, at: datetime, seed: str = "") -> int:
    """Draw who is asked, and archive the frame with the seed. Returns how many were drawn.

    `seed` is for demonstrations and tests; by itself each wave gets 128 random bits.
    """
    seed = seed or secrets.token_hex(16)
    _move(wave, Step.DRAW, by=by, at=at, seed=seed, drawn_at=at)
    frame = frame_of(wave, on=at.astimezone(BRUSSELS).date())
    plan_ = planning.plan_for(wave, frame)
    if not sum(plan_.quotas.values()):
        raise WaveRefused(_("Nobody of these offices can be asked now."))
    people = [Person(c.key, c.stratum.code, c.group) for c in frame]
    drawn = draw(people, plan_.quotas, seed=seed)
    rows = _archive(wave, frame, plan_.quotas, set(drawn.chances))
    _invite(wave, [row for row in rows if row.is_drawn])
    Questionnaire.objects.filter(pk=wave.questionnaire_id, frozen_at=None).update(frozen_at=at)
    return len(drawn.chances)


def _archive(
    wave: Wave, frame: list[Candidate], quotas: Mapping[str, int], drawn: set[str]
) -> list[FrameRow]:
    keys = {candidate.stratum.code: candidate.stratum for candidate in frame}
    sizes = {code: Counter(c.group for c in frame if c.stratum.code == code) for code in keys}
    chances = {code: chances_before(sizes[code], quotas[code]) for code in keys}
    members = Counter(candidate.stratum.code for candidate in frame)
    eligible = planning.eligible_of(frame)
    taken = Counter(c.stratum.code for c in frame if c.key in drawn)
    strata = Stratum.objects.bulk_create(
        Stratum(
            wave=wave, code=code, office=key.office, side=key.side, contact=key.contact,
            members=members[code], eligible=eligible[code], drawn=taken[code],
        )
        for code, key in sorted(keys.items())
    )  # fmt: skip
    of_code = {stratum.code: stratum for stratum in strata}
    return FrameRow.objects.bulk_create(
        (
            _row(wave, c, of_code[c.stratum.code], sizes, chances, is_drawn=c.key in drawn)
            for c in frame
        ),
        batch_size=2_000,
    )


def _row(
    wave: Wave,
    candidate: Candidate,
    stratum: Stratum,
    sizes: Mapping[str, Counter[Group]],
    chances: Mapping[str, Mapping[Group, Fraction]],
    *,
    is_drawn: bool,
) -> FrameRow:
    group, size = candidate.group, sizes[stratum.code][candidate.group]
    return FrameRow(
        wave=wave,
        stratum=stratum,
        key=candidate.key,
        person_id=candidate.person_id,
        group=group,
        is_drawn=is_drawn,
        group_drawn=int(chances[stratum.code][group] * size),
        group_size=size,
        language=candidate.language,
        member_since=candidate.member_since,
    )


def _invite(wave: Wave, rows: list[FrameRow]) -> None:
    invitations = []
    for row in rows:
        key = uuid4()
        invitations.append(
            Invitation(
                id=key, wave=wave, row=row, stratum_id=row.stratum_id, language=row.language,
                token_hash=hash_of(token_of(key)),
            )
        )  # fmt: skip
    # By their random keys: the order of the rows repeats nothing of the frame.
    Invitation.objects.bulk_create(sorted(invitations, key=lambda i: i.id), batch_size=2_000)


@transaction.atomic
def start(*, wave: Wave, by: User, at: datetime) -> None:
    """Let the invitations go out, for two weeks."""
    _move(wave, Step.START, by=by, at=at, started_at=at, closes_at=at + OPEN_FOR)
    wave.invitations.update(due_at=at)
    transaction.on_commit(lambda: wake(SEND_TASK))


@transaction.atomic
def abandon(*, wave: Wave, by: User, at: datetime) -> None:
    """Never send a drawn wave. Nobody counts as asked; list and seed stay for everybody to see."""
    _move(wave, Step.ABANDON, by=by, at=at)
    wave.invitations.all().delete()
    wave.frame.update(person=None)


def pause(*, wave: Wave, by: User, at: datetime) -> None:
    """Send nothing more for now. Links go on working, and the clock of the wave stands still."""
    _move(wave, Step.PAUSE, by=by, at=at, only=Q(closes_at__gt=at), paused_at=at)


@transaction.atomic
def resume(*, wave: Wave, by: User, at: datetime) -> None:
    """Go on sending; reminders and the end come later by as long as the pause was."""
    paused_at = Wave.objects.select_for_update().get(pk=wave.pk).paused_at
    pause_ = at - paused_at if paused_at else timedelta()
    _move(wave, Step.RESUME, by=by, at=at, paused_at=None, closes_at=F("closes_at") + pause_)
    # What was due before the pause is still due now.
    wave.invitations.filter(due_at__gt=paused_at).update(due_at=F("due_at") + pause_)
    transaction.on_commit(lambda: wake(SEND_TASK))


@transaction.atomic
def try_again(*, wave: Wave, by: User, at: datetime) -> int:
    """Try now what could not be delivered, instead of at its next turn. Returns how many."""
    now = Wave.objects.select_for_update().get(pk=wave.pk)
    if now.state != State.RUNNING:
        raise WaveRefused(_("The wave has moved on meanwhile. This is how it stands now."))
    waiting = wave.invitations.filter(tries__gte=1, due_at__isnull=False)
    number = waiting.update(due_at=at, tries=1)
    WaveEvent.objects.create(wave=wave, step=Step.RETRY, by=by, at=at)
    transaction.on_commit(lambda: wake(SEND_TASK))
    return number


def close(*, wave: Wave, at: datetime, by: User | None = None, only: Q = ANY) -> None:
    """Take no more answers. Nobody gets another mail; drafts that were not sent are deleted."""
    with transaction.atomic():
        _move(wave, Step.CLOSE, by=by, at=at, only=only, closed_at=at, paused_at=None)
        wave.invitations.filter(due_at__isnull=False).update(due_at=None)
        _withdraw_closed_accounts(wave)
        wave.drafts.all().delete()
    wake("surveys.tasks.mix_answers")


def _withdraw_closed_accounts(wave: Wave) -> None:
    """Who left or was erased before answering is no longer asked: out of the response rate.

    Sending sees it only where a mail was still due; this also finds who left after the last one.
    """
    silent = wave.invitations.filter(is_spent=False)
    gone = Q(row__person=None) | Q(row__person__is_active=False) | Q(row__person__email=None)
    silent.filter(gone).update(is_withdrawn=True)


def close_due(*, at: datetime) -> int:
    """Close the waves whose two weeks are over, or which were paused for too long; count them."""
    is_due = Q(state=State.RUNNING, closes_at__lte=at)
    is_due |= Q(state=State.PAUSED, paused_at__lte=at - PAUSED_AT_MOST)
    closed = 0
    for wave in Wave.objects.filter(is_due).order_by("id"):
        try:
            close(wave=wave, at=at, only=is_due)
        except WaveRefused:
            # A manager or another worker was quicker.
            continue
        closed += 1
    return closed


def open_until(wave: Wave, *, at: datetime) -> datetime | None:
    """When a wave that was sent ends. While it is paused its clock stands still, so that moves."""
    if wave.paused_at is None or wave.closes_at is None:
        return wave.closes_at
    return wave.closes_at + (at - wave.paused_at)


def takes_answers(wave: Wave, *, at: datetime) -> bool:
    """Whether the links of this wave still take an answer."""
    if wave.state not in OPEN_STATES:
        return False
    if wave.paused_at is not None and at >= wave.paused_at + PAUSED_AT_MOST:
        return False
    until = open_until(wave, at=at)
    return until is not None and at < until


def reminder_due(
    wave: Wave, mails_sent: int, *, sent_at: datetime | None = None
) -> datetime | None:
    """When the next mail goes to somebody who got so many; None after the last reminder.

    Whoever got the last one late, at `sent_at`, is left in peace for two days, or to the end.
    """
    assert wave.closes_at is not None  # noqa: S101  # It was sent: a constraint holds this.
    if not 1 <= mails_sent <= len(REMINDERS_BEFORE_END):
        return None
    due = wave.closes_at - REMINDERS_BEFORE_END[mails_sent - 1]
    if sent_at is not None:
        due = max(due, sent_at + BETWEEN_MAILS)
    return due if due < wave.closes_at else None


def draws_again(wave: Wave) -> tuple[set[str], set[str]]:
    """The keys that the archived frame, quotas and seed draw now, and those drawn then."""
    rows = list(wave.frame.values_list("key", "stratum__code", "group", "is_drawn"))
    quotas = dict(wave.strata.values_list("code", "drawn"))
    people = [Person(key, code, Group(group)) for key, code, group, _drawn in rows]
    now = draw(people, quotas, seed=wave.seed)
    return set(now.chances), {key for key, _code, _group, was_drawn in rows if was_drawn}
