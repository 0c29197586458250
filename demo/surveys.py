"""Six finished waves of the member survey and one that runs, four adviser pulses.

Frames, draws and mixing are those of the product; only the answers are invented.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from branches.calendars import BRUSSELS
from branches.models import Office, Pilot
from demo import survey_words
from demo.models import DemoMail
from people.models import Member, User
from people.roles import Role
from surveys import mixing, stored_figures, waves
from surveys.enums import Contact, Kind, Screening, Side, State, Step
from surveys.invitations import message_for
from surveys.models import Comment, InboxAnswer, OptOut, Wave, WaveEvent
from surveys.questionnaires import parse
from surveys.sampling import months_after
from surveys.sealing import inbox_secret, seal, token_of
from surveys.waves import OPEN_FOR, WaveRefused

FINISHED, PULSES = 6, 4
# The running wave began so many days ago: the first reminder is out, the second is not.
DAYS_RUNNING = 6
# Fewer members need a coarser survey, or the first wave would ask them all.
_SMALL_DEMO = 1_500
_FINE, _COARSE = Decimal(18), Decimal(25)
_EXPECTED, _EXPECTED_OF_FEW = 38, 90
_ANSWERED_BY_NOW = 0.6
_BOUNCES, _REFUSALS = 0.012, 0.008
_MAILS_TO_TRY = 8


@dataclass(frozen=True)
class _Round:
    """One wave to tell: when it began, and whether it is over."""

    kind: Kind
    month: date
    began_at: datetime
    is_over: bool


def store_surveys(pilot: Pilot, *, now: datetime, members: int, random: Random) -> int:
    """Store every wave with its frame, invitations and answers. Returns how many answered."""
    manager = User.objects.filter(role=Role.MANAGER).order_by("id")[0]
    answered = 0
    for told in _rounds(now):
        answered += _store(pilot, told, manager=manager, now=now, members=members, random=random)
    stored_figures.store_due(at=now)
    return answered


def _rounds(now: datetime) -> Iterable[_Round]:
    """Oldest first, each on the same day of its month, so that two months are two full months."""
    day = (now - timedelta(days=DAYS_RUNNING)).astimezone(BRUSSELS).date()
    running = datetime.combine(day, time(10), tzinfo=BRUSSELS)
    for back in range(FINISHED, 0, -1):
        began = datetime.combine(months_after(day, -back), time(10), tzinfo=BRUSSELS)
        month = began.date().replace(day=1)
        yield _Round(Kind.MEMBER, month, began, is_over=True)
        if back <= PULSES:
            yield _Round(Kind.ADVISER, month, began, is_over=True)
    yield _Round(Kind.MEMBER, day.replace(day=1), running, is_over=False)


def _store(
    pilot: Pilot, told: _Round, *, manager: User, now: datetime, members: int, random: Random
) -> int:
    is_large = members >= _SMALL_DEMO
    wave = waves.plan(
        pilot=pilot,
        kind=told.kind,
        month=told.month,
        offices=_offices(pilot, told.kind),
        margin=_FINE if is_large else _COARSE,
        expected_response=_EXPECTED if is_large else _EXPECTED_OF_FEW,
        by=manager,
        at=told.began_at - timedelta(days=3),
    )
    seed = f"{random.getrandbits(128):032x}"
    try:
        waves.draw_sample(wave=wave, by=manager, at=told.began_at, seed=seed)
    except WaveRefused:
        # A very small demo: everybody rests.
        waves.discard(wave=wave, by=manager, at=told.began_at)
        return 0
    # Set as it would stand: nobody is to be woken for what is long over.
    closes_at = told.began_at + OPEN_FOR
    Wave.objects.filter(pk=wave.pk).update(
        state=State.RUNNING, started_at=told.began_at, closes_at=closes_at
    )
    WaveEvent.objects.create(wave=wave, step=Step.START, by=manager, at=told.began_at)
    wave.closes_at = closes_at
    answered = _answer(wave, told, random)
    if told.is_over:
        Wave.objects.filter(pk=wave.pk).update(state=State.CLOSED, closed_at=closes_at)
        WaveEvent.objects.create(wave=wave, step=Step.CLOSE, by=None, at=closes_at)
        mixing.mix(wave=wave, at=closes_at)
        read_at = closes_at + timedelta(days=2)
        # Those of the last wave are still to be read.
        if read_at < now - timedelta(days=DAYS_RUNNING + 10):
            _screen(wave, by=manager, at=read_at)
    else:
        _mails_to_try(wave)
    return answered


def _offices(pilot: Pilot, kind: Kind) -> list[Office]:
    offices = list(pilot.offices.order_by("id"))
    return (
        offices + list(pilot.comparison_offices.order_by("id")) if kind == Kind.MEMBER else offices
    )


def _answer(wave: Wave, told: _Round, random: Random) -> int:
    """Bounces, mails sent, and sealed answers in the inbox."""
    codes = [item.code for item in parse(wave.questionnaire.content).items]
    progress = _progress(wave.pilot, told.began_at.astimezone(BRUSSELS).date())
    spent, bounced, refused, inbox = [], [], [], []
    rows = wave.invitations.order_by("row__key").values_list(
        "pk", "language", "stratum__code", "stratum__contact", "stratum__side"
    )
    for key, language, code, contact_, side in rows:
        contact = Contact(contact_)
        if random.random() < _BOUNCES and contact != Contact.ALL:
            bounced.append(key)
        elif random.random() < _REFUSALS and contact != Contact.ALL:
            refused.append(key)
        elif survey_words.answers(random, contact=contact, language=language) and (
            told.is_over or random.random() < _ANSWERED_BY_NOW
        ):
            spent.append(key)
            said = survey_words.choices(
                random, codes, contact=contact, side=Side(side), progress=progress
            )
            added = survey_words.comment(random, language=language) if "m1" in codes else ""
            inbox.append(_box(wave, {"stratum": code, "choices": said, "comment": added}))
    _mark(wave, told, spent, bounced)
    _refuse(wave, refused, at=told.began_at + timedelta(hours=5))
    InboxAnswer.objects.bulk_create(inbox, batch_size=500)
    return len(spent)


def _progress(pilot: Pilot, day: date) -> float:
    """How much of the pilot's effect is there: it grows over its first half year."""
    days = (pilot.ends_on - pilot.starts_on).days
    return min(1.0, max(0.0, (day - pilot.starts_on).days / days * 1.3))


def _box(wave: Wave, content: dict[str, Any]) -> InboxAnswer:
    return InboxAnswer(wave=wave, sealed=seal(content, secret=inbox_secret()))


def _mark(wave: Wave, told: _Round, spent: list[Any], bounced: list[Any]) -> None:
    """Every mail that was due has gone out: three in a finished wave, two in the running one."""
    everybody = wave.invitations.all()
    everybody.filter(pk__in=bounced).update(bounced_at=told.began_at, due_at=None)
    mails = 3 if told.is_over else 2
    due = None if told.is_over else waves.reminder_due(wave, mails)
    everybody.exclude(pk__in=bounced).update(mails_sent=mails, due_at=due)
    everybody.filter(pk__in=spent).update(
        is_spent=True, mails_sent=2 if mails > 2 else 1, due_at=None
    )


def _refuse(wave: Wave, keys: list[Any], *, at: datetime) -> None:
    """Some press the link below the mail: they are never asked again."""
    invitations = wave.invitations.filter(pk__in=keys)
    people = list(invitations.values_list("row__person", flat=True))
    invitations.update(has_refused=True, due_at=None, mails_sent=1)
    OptOut.objects.bulk_create(OptOut(person_id=person, at=at) for person in people)
    Member.objects.filter(user__in=people).update(may_be_surveyed=False)


def _screen(wave: Wave, *, by: User, at: datetime) -> None:
    """Somebody has read the comments, and took the names out."""
    comments = list(wave.comments.order_by("id"))
    for comment in comments:
        comment.state, comment.shown_text = Screening.SHOWN, comment.text.replace("Aïcha", "[…]")
        comment.screened_by, comment.screened_at = by, at
    Comment.objects.bulk_update(
        comments, ["state", "shown_text", "screened_by", "screened_at"], batch_size=500
    )


def _mails_to_try(wave: Wave) -> None:
    """Some invitations of the running wave in the mailbox, so that one may answer."""
    waiting = wave.invitations.filter(is_spent=False, bounced_at=None).select_related(
        "wave", "row__person"
    )
    chosen = [*waiting.filter(language="de").order_by("row__key")[:2]]
    chosen += waiting.exclude(language="de").order_by("row__key")[: _MAILS_TO_TRY - len(chosen)]
    mails = []
    for invitation in chosen:
        person = invitation.row.person
        if person is not None and person.email:
            name, token = person.get_short_name(), token_of(invitation.pk)
            mail = message_for(invitation, token=token, to=person.email, name=name)
            mails.append(
                DemoMail(recipient=person.email, subject=str(mail.subject), body=str(mail.body))
            )
    DemoMail.objects.bulk_create(mails)
