"""A person reads each comment before anybody else does, and takes names out."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from people.models import User
from people.plain_text import clean_text
from surveys.answer_models import COMMENT_LENGTH
from surveys.enums import Screening
from surveys.models import Comment


class ScreeningRefused(Exception):
    """The comment stays as it is. The text says why."""


def waiting_comments() -> QuerySet[Comment]:
    """Comments of finished waves that nobody has read; the order is that of random names."""
    waiting = Comment.objects.filter(state=Screening.WAITING, wave__mixed_at__isnull=False)
    return waiting.select_related("wave").order_by("wave__month", "wave_id", "id")


def release(*, comment: Comment, text: str, by: User, at: datetime) -> None:
    """Show the comment as the reader left it. Raises ScreeningRefused."""
    try:
        text = clean_text(text, limit=COMMENT_LENGTH)
    except ValidationError as error:
        raise ScreeningRefused(" ".join(error.messages)) from error
    if not text:
        raise ScreeningRefused(_("Nothing is left to show. Withhold the comment instead."))
    _settle(comment, Screening.SHOWN, shown_text=text, by=by, at=at)


def withhold(*, comment: Comment, by: User, at: datetime) -> None:
    """Keep the comment from everybody. Raises ScreeningRefused."""
    _settle(comment, Screening.HIDDEN, shown_text="", by=by, at=at)


def _settle(comment: Comment, state: Screening, *, shown_text: str, by: User, at: datetime) -> None:
    # Compare and set: of two readers of one comment, exactly one decides.
    settled = (
        waiting_comments()
        .filter(pk=comment.pk)
        .update(state=state, shown_text=shown_text, screened_by=by, screened_at=at)
    )
    if not settled:
        raise ScreeningRefused(_("Somebody else has read this comment meanwhile."))
