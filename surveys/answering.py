"""What somebody does with the link of an invitation: read, keep a draft, send, refuse.

The link alone opens the form; no account is asked for. What is sent goes sealed into the inbox, and
the invitation only learns that it is spent.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from django.db import transaction
from django.utils.translation import gettext as _

from people.models import Member
from surveys.models import AnswerDraft, InboxAnswer, Invitation, OptOut, Wave
from surveys.sealing import (
    SealBroken,
    draft_key_of,
    draft_secret_of,
    hash_of,
    inbox_secret,
    seal,
    unseal,
)
from surveys.waves import takes_answers

Typed: TypeAlias = Mapping[str, Any]


class Standing(StrEnum):
    """What can be done with a link now."""

    OPEN = "open"
    SPENT = "spent"
    CLOSED = "closed"


class AnswerRefused(Exception):
    """The answer was not stored. The text says why; `standing` says what the link is now."""

    def __init__(self, message: str, standing: Standing) -> None:
        super().__init__(message)
        self.standing = standing


def find(token: str) -> Invitation | None:
    """The invitation of this link; None for one that was altered or never existed."""
    known = Invitation.objects.select_related("wave__questionnaire", "stratum")
    hashed = hash_of(token)
    return (
        known.filter(token_hash=hashed).first()
        or known.filter(earlier_links__token_hash=hashed).first()
    )


def standing(invitation: Invitation, *, at: datetime) -> Standing:
    if invitation.is_spent:
        return Standing.SPENT
    is_open = takes_answers(invitation.wave, at=at)
    return Standing.OPEN if is_open else Standing.CLOSED


def draft_of(token: str) -> dict[str, Any]:
    """What was chosen by this link and not yet sent; nothing when there is none."""
    draft = AnswerDraft.objects.filter(key=draft_key_of(token)).first()
    if draft is None:
        return {}
    try:
        return unseal(draft.sealed, secret=draft_secret_of(token))
    except SealBroken:
        # Only who changed the row in the database sees this: the form starts empty.
        return {}


@transaction.atomic
def keep_draft(*, token: str, typed: Typed, at: datetime) -> None:
    """Keep what was chosen so far. Raises AnswerRefused when the link takes nothing any more."""
    invitation = _locked(token, at=at)
    AnswerDraft.objects.update_or_create(
        key=draft_key_of(token),
        defaults={
            "wave_id": invitation.wave_id,
            "sealed": seal(typed, secret=draft_secret_of(token)),
        },
    )


@transaction.atomic
def send(*, token: str, choices: Typed, comment: str, at: datetime) -> None:
    """Store the answer, once. Of two tabs one sends; the other is told so by AnswerRefused."""
    invitation = _locked(token, at=at)
    stratum = invitation.stratum
    content = {"stratum": stratum.code, "choices": dict(choices), "comment": comment}
    InboxAnswer.objects.create(
        wave_id=invitation.wave_id, sealed=seal(content, secret=inbox_secret())
    )
    Invitation.objects.filter(pk=invitation.pk).update(is_spent=True, due_at=None)
    AnswerDraft.objects.filter(key=draft_key_of(token)).delete()


def _locked(token: str, *, at: datetime) -> Invitation:
    """The invitation, and before it its wave, locked: nothing comes in while a wave is closed."""
    found = find(token)
    if found is None:
        raise AnswerRefused(_("This link does not exist."), Standing.CLOSED)
    wave = Wave.objects.select_for_update().get(pk=found.wave_id)
    invitation = Invitation.objects.select_for_update().get(pk=found.pk)
    invitation.wave, invitation.stratum = wave, found.stratum
    now = standing(invitation, at=at)
    if now == Standing.SPENT:
        raise AnswerRefused(_("An answer was sent with this link already."), now)
    if now == Standing.CLOSED:
        raise AnswerRefused(_("This survey has closed."), now)
    return invitation


@transaction.atomic
def refuse(*, token: str, at: datetime) -> bool:
    """Never ask this person again; False for an unknown link. Works after the end, and twice."""
    found = find(token)
    if found is None:
        return False
    invitation = Invitation.objects.select_for_update().get(pk=found.pk)
    person = invitation.row.person_id
    Invitation.objects.filter(pk=invitation.pk).update(has_refused=True, due_at=None)
    if person is not None:
        OptOut.objects.get_or_create(person_id=person, defaults={"at": at})
        Member.objects.filter(user=person).update(may_be_surveyed=False)
    AnswerDraft.objects.filter(key=draft_key_of(token)).delete()
    return True
