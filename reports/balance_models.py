"""The balance of a pilot: figures frozen at a moment. Beside `models`, which would be too long."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import LANGUAGES, Pilot, in_own_language
from people.models import User


class Balance(models.Model):
    """What was found out about a pilot, as of one cut-off. The row is also the wish for it.

    Whoever asks stores the row, a worker fills in `content` once, and from then on the database
    refuses every change of it. `reports.balance.content` says what it holds.
    """

    pilot = models.ForeignKey(Pilot, on_delete=models.PROTECT, related_name="balances")
    # 1, 2, ... of its pilot: how people name it.
    number = models.PositiveIntegerField(_("number"))
    # Part of the address of the public page: 192 bits that nobody guesses.
    key = models.CharField(max_length=32, unique=True)
    # Whatever happened after this moment is not in it.
    cut_off = models.DateTimeField(_("data cut-off"))
    # Nobody: it was drawn up because the pilot is over.
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # Empty until a worker has computed it.
    content = models.JSONField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    computed_at = models.DateTimeField(null=True)
    is_provisional = models.BooleanField(_("provisional"), default=True)
    # What the manager adds, by language: {"fr": "...", ...}; none needs to be there.
    words = models.JSONField(_("words of the manager"), default=dict, blank=True)
    # Everybody who has the address reads it from then on.
    published_at = models.DateTimeField(_("published at"), null=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[Self]]

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = [
            models.UniqueConstraint(
                name="balances_of_a_pilot_are_numbered", fields=["pilot", "number"]
            ),
            models.UniqueConstraint(
                name="one_balance_of_a_pilot_is_computed_at_a_time",
                fields=["pilot"],
                condition=Q(content__isnull=True),
            ),
            models.CheckConstraint(
                name="a_computed_balance_has_a_date_and_a_digest",
                condition=Q(content__isnull=True, computed_at=None, digest="")
                | Q(content__isnull=False, computed_at__isnull=False) & ~Q(digest=""),
            ),
            models.CheckConstraint(
                name="a_published_balance_is_computed_and_has_a_publisher",
                condition=Q(published_at=None, published_by=None)
                | Q(
                    published_at__isnull=False,
                    published_by__isnull=False,
                    content__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pilot_id} {self.number}"

    @property
    def words_here(self) -> str:
        """The words of the manager in the language of the page; in French where it has none."""
        words: dict[str, str] = self.words
        return in_own_language({"fr": ""} | words)


class BalancePicture(models.Model):
    """A picture as it stood when the balance was drawn up, in one language and for one screen."""

    balance = models.ForeignKey(Balance, on_delete=models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=40)
    size = models.CharField(max_length=10)
    language = models.CharField(max_length=2)
    svg = models.TextField()

    class Meta:
        verbose_name = _("picture of a balance")
        verbose_name_plural = _("pictures of balances")
        constraints = [
            models.UniqueConstraint(
                name="one_picture_a_balance_name_size_and_language",
                fields=["balance", "name", "size", "language"],
            ),
            models.CheckConstraint(
                name="pictures_of_balances_speak_a_language_of_the_house",
                condition=Q(language__in=LANGUAGES),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.balance_id} {self.name} {self.size} {self.language}"


class BalanceFile(models.Model):
    """The balance as a file in one language, made by a worker because it takes a second or two."""

    balance = models.ForeignKey(Balance, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=20)
    ending = models.CharField(max_length=4)
    language = models.CharField(max_length=2)
    # `files.source_of` when it was made: with other words of the manager it is made again.
    source = models.CharField(max_length=64)
    content = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("file of a balance")
        verbose_name_plural = _("files of balances")
        constraints = [
            models.UniqueConstraint(
                name="one_file_a_balance_name_ending_and_language",
                fields=["balance", "name", "ending", "language"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.balance_id} {self.name}-{self.language}.{self.ending}"
