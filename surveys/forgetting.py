"""Three months after a pilot nothing leads from its lists to people any more.

Links, names and the keys of the draw go, and of the known facts what would point to one person.
Counts, response rates and what was answered stay as they are. From then on nobody can draw again:
who wants to check a sample does so before.
"""

import random
import secrets
from datetime import date, datetime

from django.db import transaction

from branches.working_time import BRUSSELS
from surveys.enums import State
from surveys.models import EarlierLink, FrameRow, Wave
from surveys.response import YEARS_LONG, YEARS_NEW, years_since
from surveys.sampling import months_after

MONTHS_KEPT = 3
_BATCH = 2_000
_DICE = random.SystemRandom()


def forget_due(*, at: datetime) -> int:
    """Forget the people of every wave whose pilot ended three months ago; count the waves.

    A wave that is not over yet keeps its links until it is.
    """
    ended = months_after(at.astimezone(BRUSSELS).date(), -MONTHS_KEPT)
    waves = Wave.objects.filter(
        pilot__ends_on__lt=ended, state__in=[State.CLOSED, State.ABANDONED], forgotten_at=None
    )
    due = list(waves.order_by("id"))
    for wave in due:
        forget(wave=wave, at=at)
    return len(due)


@transaction.atomic
def forget(*, wave: Wave, at: datetime) -> None:
    """Destroy the links of this wave, and what leads from its frame to people."""
    EarlierLink.objects.filter(invitation__wave=wave).delete()
    before = list(wave.frame.select_related("wave").order_by("id"))
    # In another order too: that of the keys is the order in which people became members.
    _DICE.shuffle(before)
    after = FrameRow.objects.bulk_create((_nobody(row) for row in before), batch_size=_BATCH)
    row_of = {old.pk: new.pk for old, new in zip(before, after, strict=True)}
    invitations = list(wave.invitations.all())
    for invitation in invitations:
        invitation.row_id = row_of[invitation.row_id]
        invitation.token_hash, invitation.last_error = None, ""
    fields = ["row", "token_hash", "last_error"]
    wave.invitations.bulk_update(invitations, fields, batch_size=_BATCH)
    FrameRow.objects.filter(pk__in=row_of).delete()
    Wave.objects.filter(pk=wave.pk).update(forgotten_at=at)


def _nobody(row: FrameRow) -> FrameRow:
    """The same row without a way to a person."""
    kept = ("wave_id", "stratum_id", "group", "is_drawn", "group_drawn", "group_size", "language")
    return FrameRow(
        key=secrets.token_hex(12),
        member_since=_about(row.member_since, row.wave.month),
        **{name: getattr(row, name) for name in kept},
    )


def _about(since: date | None, month: date) -> date | None:
    """A day that says as much as pages of results show: new, some years, or long a member."""
    if since is None:
        return None
    years = years_since(since, on=month)
    shown = max(bound for bound in (0, YEARS_NEW, YEARS_LONG) if bound <= max(years, 0))
    return date(month.year - shown, month.month, 1)
