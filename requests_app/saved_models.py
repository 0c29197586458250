"""Answers that are written once and used often, and lists that an adviser has named."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from branches.models import LANGUAGES, Branch
from people.models import User

TITLE_LENGTH = 80
NAME_LENGTH = 40
VIEWS_A_PERSON = 12


class SavedAnswer(models.Model):
    """An answer of a branch, the same in all offices; its texts stand beside it, by language."""

    branch = models.ForeignKey(
        Branch, verbose_name=_("branch"), on_delete=models.PROTECT, related_name="saved_answers"
    )
    # Of two who edit the same answer, the second is told: compared and set with each change.
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(_("changed at"))
    # Empty: it came with the product.
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("saved answer")
        verbose_name_plural = _("saved answers")

    def __str__(self) -> str:
        return f"{self.branch_id}.{self.pk}"


class SavedAnswerText(models.Model):
    """A saved answer in one language. A language that is missing is shown as missing."""

    saved_answer = models.ForeignKey(SavedAnswer, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=2)
    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    body = models.TextField(_("text"))

    class Meta:
        verbose_name = _("text of a saved answer")
        verbose_name_plural = _("texts of saved answers")
        constraints = [
            models.UniqueConstraint(
                name="one_text_an_answer_and_language", fields=["saved_answer", "language"]
            ),
            models.CheckConstraint(
                name="saved_answers_say_something", condition=~Q(title="") & ~Q(body="")
            ),
            models.CheckConstraint(
                name="saved_answers_are_in_four_languages", condition=Q(language__in=LANGUAGES)
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SavedView(models.Model):
    """A list that an adviser comes back to: a view of the desk with its filters, under a name."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    # The place in the list of views; so many places there are, and no more.
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    # As the address of the list has it: `answer~lang-de~who-mine`.
    key = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(
                Lower("name"), "owner", name="saved_views_of_a_person_have_names_of_their_own"
            ),
            models.UniqueConstraint(name="one_saved_view_a_place", fields=["owner", "position"]),
            models.CheckConstraint(
                name="a_person_has_so_many_saved_views",
                condition=Q(position__range=(1, VIEWS_A_PERSON)),
            ),
            models.CheckConstraint(
                name="saved_views_have_a_name", condition=~Q(name="") & ~Q(key="")
            ),
        ]

    def __str__(self) -> str:
        return self.name
