"""Saved answers are written, changed and thrown away here, and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from branches.models import LANGUAGES, Branch
from people.models import User
from people.roles import Role
from requests_app import drafts
from requests_app.saved_models import SavedAnswer, SavedAnswerText


class SavedAnswerRefused(Exception):
    """Nothing was changed. The text says why, in the person's language."""


@dataclass(frozen=True)
class Words:
    """A saved answer in one language."""

    title: str
    body: str


def branches_to_edit(user: User, *, at: datetime) -> list[Branch]:
    """Whose answers this person writes: managers and administrators all, advisers their branch's.

    Who knows the subject keeps its answers good; an adviser of a team has no branch and reads them.
    """
    if user.role in {Role.MANAGER, Role.ADMINISTRATOR}:
        return list(Branch.objects.order_by("position"))
    posting = user.posting_on(day=localdate(at)) if user.role == Role.ADVISER else None
    return [posting.branch] if posting and posting.branch else []


def _refuse_foreign(branch: Branch, *, by: User, at: datetime) -> None:
    if branch not in branches_to_edit(by, at=at):
        raise SavedAnswerRefused(_("The answers of this branch are written by others."))


def _write(saved_answer: SavedAnswer, texts: Mapping[str, Words]) -> None:
    if not texts:
        raise SavedAnswerRefused(_("Write the answer in at least one language."))
    saved_answer.texts.exclude(language__in=texts).delete()
    SavedAnswerText.objects.bulk_create(
        [
            SavedAnswerText(
                saved_answer=saved_answer, language=language, title=words.title, body=words.body
            )
            for language, words in texts.items()
            if language in LANGUAGES
        ],
        update_conflicts=True,
        unique_fields=["saved_answer", "language"],
        update_fields=["title", "body"],
    )


@transaction.atomic
def write_new(*, branch: Branch, texts: Mapping[str, Words], by: User, at: datetime) -> SavedAnswer:
    """Store a new answer of a branch. Raises SavedAnswerRefused."""
    _refuse_foreign(branch, by=by, at=at)
    saved_answer = SavedAnswer.objects.create(branch=branch, changed_at=at, changed_by=by)
    _write(saved_answer, texts)
    _done(None, by=by)
    return saved_answer


@transaction.atomic
def change(
    *,
    saved_answer: SavedAnswer,
    branch: Branch,
    texts: Mapping[str, Words],
    version: int,
    by: User,
    at: datetime,
) -> None:
    """Replace texts and branch. Of two who changed the same version, the second is refused."""
    _refuse_foreign(saved_answer.branch, by=by, at=at)
    _refuse_foreign(branch, by=by, at=at)
    changed = SavedAnswer.objects.filter(pk=saved_answer.pk, version=version).update(
        branch=branch, version=F("version") + 1, changed_at=at, changed_by=by
    )
    if not changed:
        raise SavedAnswerRefused(
            _("Somebody has changed this answer meanwhile. Open it again in another tab.")
        )
    _write(saved_answer, texts)
    _done(saved_answer.pk, by=by)


@transaction.atomic
def throw_away(*, saved_answer: SavedAnswer, by: User, at: datetime) -> None:
    """Delete an answer. What was sent with its words stays as it was sent."""
    _refuse_foreign(saved_answer.branch, by=by, at=at)
    _done(saved_answer.pk, by=by)
    saved_answer.delete()


def _done(key: int | None, *, by: User) -> None:
    """What was typed for this answer is in it now, or not wanted any more."""
    place = drafts.saved_answer_of(key)
    drafts.discard_draft(author=by, member_request=None, place=place)
