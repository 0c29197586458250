"""How an answer loses its way back: moved later, together with others, in random order.

While a wave runs, answers wait sealed in the inbox. Of a stratum that has twenty there, all but ten
are moved at a time; ten drawn at random stay, so that the last batch is never small. With each move
every answer of the wave is written anew under new random identifiers, in random order and in one
transaction, and every invitation of the wave is touched in the same one: transaction numbers,
identifiers and physical places of both then say nothing. `rewrite_tables` removes what PostgreSQL
keeps of deleted rows.

A stratum in which fewer than ten answered would give its people away by itself: when the wave is
closed it is put together with its neighbours, within its side (`surveys.cells`). Where a whole side
is too small for that, what its people said is not kept: only that so many answered.
"""

import random
from collections import defaultdict
from datetime import datetime
from typing import Any

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import Count, F, Q

from surveys.cells import FEWEST, JOIN, Answered, StoredCell, cells_of
from surveys.enums import UNSENT_STATES, Kind, Screening, Side, State
from surveys.models import Answer, Comment, InboxAnswer, Wave
from surveys.questionnaires import parse
from surveys.sealing import SealBroken, inbox_secret, unseal

log = structlog.get_logger()

FEWEST_IN_A_BATCH = 10
# How often, and for how long each time, a table is waited for before it is rewritten.
TRIES, PATIENCE = 3, "2s"
_DICE = random.SystemRandom()
_MIXED = (
    "surveys_inboxanswer",
    "surveys_answer",
    "surveys_comment",
    "surveys_answerdraft",
    "surveys_invitation",
)

Opened = tuple[InboxAnswer, dict[str, Any]]


def mix_due(*, at: datetime) -> int:
    """Move what may be moved in every wave. Returns how many answers left the inbox."""
    moved = 0
    for wave in Wave.objects.exclude(state__in=UNSENT_STATES).order_by("id"):
        if wave.mixed_at is None or wave.inbox.exists():
            moved += mix(wave=wave, at=at)
    if moved:
        rewrite_tables()
    return moved


@transaction.atomic
def mix(*, wave: Wave, at: datetime) -> int:
    """Move answers of this wave out of the inbox, all of them once it is closed; count them."""
    wave = Wave.objects.select_for_update().get(pk=wave.pk)
    is_last = wave.state == State.CLOSED
    opened = _opened(wave)
    chosen = opened if is_last else _all_but_a_pool(opened)
    if chosen:
        _move(wave, chosen)
    if is_last:
        _settle_cells(wave)
        Wave.objects.filter(pk=wave.pk).update(mixed_at=at)
    return len(chosen)


def _opened(wave: Wave) -> list[Opened]:
    opened, closed = [], 0
    for row in wave.inbox.select_for_update().order_by("id"):
        try:
            opened.append((row, unseal(row.sealed, secret=inbox_secret())))
        except SealBroken:
            closed += 1
    if closed:
        # The secret was changed while answers waited: they stay, and somebody must know.
        log.error("survey_answers_cannot_be_opened", wave=wave.pk, answers=closed)
    return opened


def _all_but_a_pool(opened: list[Opened]) -> list[Opened]:
    by_stratum: dict[str, list[Opened]] = defaultdict(list)
    for row, content in opened:
        by_stratum[content["stratum"]].append((row, content))
    chosen = []
    for waiting in by_stratum.values():
        if len(waiting) >= 2 * FEWEST_IN_A_BATCH:
            chosen += _DICE.sample(waiting, len(waiting) - FEWEST_IN_A_BATCH)
    return chosen


def _move(wave: Wave, chosen: list[Opened]) -> None:
    sides = dict(wave.strata.values_list("code", "side"))
    form = parse(wave.questionnaire.content)
    answers = [
        Answer(
            wave=wave,
            cell=content["stratum"],
            choices=content["choices"],
            is_complete=form.is_complete(content["choices"]),
        )
        for _row, content in chosen
    ]
    comments = [
        Comment(wave=wave, side=sides[content["stratum"]], text=content["comment"])
        for _row, content in chosen
        if content["comment"]
    ]
    wave.inbox.filter(pk__in=[row.pk for row, _content in chosen]).delete()
    _write_anew(wave, answers, comments)


def _write_anew(wave: Wave, answers: list[Answer], comments: list[Comment]) -> None:
    """All answers and unread comments of the wave in one transaction, shuffled, with new names."""
    answers += [_again(answer) for answer in wave.answers.all()]
    unread = wave.comments.filter(state=Screening.WAITING)
    comments += [Comment(wave=wave, side=c.side, text=c.text) for c in unread]
    wave.answers.all().delete()
    unread.delete()
    _DICE.shuffle(answers)
    _DICE.shuffle(comments)
    Answer.objects.bulk_create(answers, batch_size=1_000)
    Comment.objects.bulk_create(comments, batch_size=1_000)
    wave.invitations.update(touched=F("touched") + 1)


def _again(answer: Answer) -> Answer:
    """The same answer under a new random identifier."""
    return Answer(
        wave_id=answer.wave_id,
        cell=answer.cell,
        choices=answer.choices,
        is_complete=answer.is_complete,
    )


def _settle_cells(wave: Wave) -> None:
    """Give each answer its cell, and empty those of a side in which too few took part.

    Participation decides: answers that a broken seal held back find the same cell when they come.
    """
    cells = {code: cell for cell in _cells(wave) for code in cell.codes}
    answers = [_again(answer) for answer in wave.answers.all()]
    for answer in answers:
        cell = cells[answer.cell.split(JOIN)[0]]
        answer.cell = cell.name
        if not cell.is_enough:
            answer.choices = {}
    too_few = {cell.side for cell in cells.values() if not cell.is_enough}
    wave.comments.filter(side__in=too_few).delete()
    _DICE.shuffle(answers)
    wave.answers.all().delete()
    Answer.objects.bulk_create(answers, batch_size=1_000)


def _cells(wave: Wave) -> list[StoredCell]:
    strata = wave.strata.annotate(
        answered=Count("invitations", filter=Q(invitations__is_spent=True))
    ).order_by("side", "office_id", "id")
    answered = [Answered(s.code, Side(s.side), str(s.office_id or ""), s.answered) for s in strata]
    return cells_of(answered, fewest=FEWEST[Kind(wave.kind)])


def rewrite_tables() -> None:
    """Write the tables anew in the order of their random keys, without what was deleted.

    After the move is committed, never in its transaction: rows that it deleted would be kept, as
    are those that another session may still see; the next move takes them along. Whoever reads a
    table for long, such as a backup, is not waited for: pages would queue up behind us.
    """
    for table in _MIXED:
        for _try in range(TRIES):
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
                    cursor.execute(f"CLUSTER {table} USING {table}_pkey")
            except OperationalError:
                log.warning("survey_table_not_rewritten", table=table)
            else:
                break
