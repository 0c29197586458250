"""What was said, apart from who said it: no key, no time and no order lead back to a person."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from people.models import User
from surveys.enums import Screening, Side

COMMENT_LENGTH = 1_000


class AnswerDraft(models.Model):
    """What somebody chose and has not sent, sealed with the token of the link itself.

    Only the link opens it: the database holds neither the token nor another name of the person.
    """

    key = models.CharField(primary_key=True, max_length=64)
    wave = models.ForeignKey("surveys.Wave", on_delete=models.CASCADE, related_name="drafts")
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return self.key[:8]


class InboxAnswer(models.Model):
    """An answer that has just come in, sealed with the secret of the product, until it is mixed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    wave = models.ForeignKey("surveys.Wave", on_delete=models.CASCADE, related_name="inbox")
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return str(self.pk)


class Answer(models.Model):
    """The choices of one unknown person of these strata."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    wave = models.ForeignKey("surveys.Wave", on_delete=models.CASCADE, related_name="answers")
    # The codes of its strata, joined by "+": several where few answered.
    cell = models.CharField(max_length=400)
    # {"m1": 4, "m2": "na", ...}: the place on the scale from 1, "na", or null for no answer.
    # Nothing at all where too few of a side answered to keep what they said.
    choices = models.JSONField()
    # Enough of its questions are answered to count in the response rate. It follows from the
    # choices: noted with the person, it would tell which answer is theirs.
    is_complete = models.BooleanField(default=True)

    class Meta:
        constraints = [models.CheckConstraint(name="answers_name_a_cell", condition=~Q(cell=""))]

    def __str__(self) -> str:
        return self.cell


class Comment(models.Model):
    """What an unknown person added in words. A person reads it before anybody else sees it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    wave = models.ForeignKey("surveys.Wave", on_delete=models.CASCADE, related_name="comments")
    side = models.CharField(max_length=10, choices=Side)
    language = models.CharField(max_length=2, blank=True)
    text = models.TextField(max_length=COMMENT_LENGTH)
    state = models.CharField(max_length=10, choices=Screening, default=Screening.WAITING)
    # The text without names, as the reader left it.
    shown_text = models.TextField(max_length=COMMENT_LENGTH, blank=True)
    screened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    screened_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="comments_are_shown_after_a_person_read_them",
                condition=Q(state=Screening.WAITING, screened_by=None, shown_text="")
                | Q(state=Screening.HIDDEN, screened_by__isnull=False, shown_text="")
                | Q(state=Screening.SHOWN, screened_by__isnull=False) & ~Q(shown_text=""),
            ),
            models.CheckConstraint(name="comments_say_something", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return f"{self.wave_id} {self.side}"
