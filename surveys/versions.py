"""The versions of a questionnaire: a draft is copied, changed, released; what is released stays.

Every function is keyword-only and raises `QuestionnaireRefused`, whose text the person may read;
nothing is stored then.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from people.models import User
from surveys import questions
from surveys.models import Questionnaire
from surveys.questionnaires import gaps


class QuestionnaireRefused(Exception):
    """The version stays as it is. The text says why."""


class Overtaken(QuestionnaireRefused):
    """Somebody else has saved the draft since this person opened it."""


def copy(*, questionnaire: Questionnaire, by: User, at: datetime) -> Questionnaire:  # noqa: ARG001
    """Begin a draft with the content of this version. There is one draft of each at a time."""
    newest = Questionnaire.objects.filter(kind=questionnaire.kind).order_by("-version").first()
    version = 1 + (newest or questionnaire).version
    try:
        with transaction.atomic():
            return Questionnaire.objects.create(
                kind=questionnaire.kind, version=version, content=questionnaire.content
            )
    except IntegrityError as error:
        raise QuestionnaireRefused(
            _("There is a draft already: change that one, or throw it away first.")
        ) from error


def change(
    *,
    questionnaire: Questionnaire,
    content: Mapping[str, Any],
    revision: int,
    by: User,  # noqa: ARG001
    at: datetime,  # noqa: ARG001
) -> None:
    """Store a draft, with or without gaps. `revision` is the one that the person was looking at."""
    drafts = Questionnaire.objects.filter(pk=questionnaire.pk, released_at=None)
    if drafts.filter(revision=revision).update(content=dict(content), revision=F("revision") + 1):
        questionnaire.refresh_from_db()
        return
    if drafts.exists():
        raise Overtaken(
            _(
                "Somebody else has saved this draft meanwhile. What you typed stands below; "
                "saving again puts it in the place of theirs."
            )
        )
    raise QuestionnaireRefused(_("This version is not a draft any more."))


@transaction.atomic
def release(*, questionnaire: Questionnaire, by: User, at: datetime) -> None:  # noqa: ARG001
    """Let the waves planned from now on ask this version. Refused while a text is missing."""
    draft = Questionnaire.objects.select_for_update().filter(pk=questionnaire.pk).first()
    if draft is None or draft.released_at is not None:
        raise QuestionnaireRefused(_("This version is not a draft any more."))
    missing = gaps(draft.content)
    if missing:
        raise QuestionnaireRefused(" ".join(missing))
    draft.content = questions.without_unused_scales(draft.content)
    draft.released_at = at
    draft.save(update_fields=["content", "released_at"])


def discard(*, questionnaire: Questionnaire, by: User, at: datetime) -> None:  # noqa: ARG001
    """Throw a draft away. What was released stays."""
    deleted, _rows = Questionnaire.objects.filter(pk=questionnaire.pk, released_at=None).delete()
    if not deleted:
        raise QuestionnaireRefused(_("This version is not a draft any more."))


def codes_ever_used(kind: str) -> set[str]:
    """The codes of all versions: a new question never continues the figures of an old one."""
    contents = Questionnaire.objects.filter(kind=kind).values_list("content", flat=True)
    return {item["code"] for content in contents for item in content["items"]}
