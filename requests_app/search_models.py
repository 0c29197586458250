"""What the search looks into. Beside `models`, which would be too long."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchText(models.Model):
    """The words of one request: its reference, member, subject and messages, in stems.

    Triggers keep it true in the transaction that changes any of them, an erasure included.
    """

    member_request = models.OneToOneField(
        "requests_app.MemberRequest",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="search_text",
    )
    words = SearchVectorField()

    class Meta:
        verbose_name = _("words of a request")
        verbose_name_plural = _("words of requests")
        # A short list of pending rows: writing stays quick, and each search reads that list.
        indexes = [
            GinIndex(
                fields=["words"],
                name="words_of_requests",
                fastupdate=True,
                gin_pending_list_limit=128,
            )
        ]

    def __str__(self) -> str:
        return str(self.member_request_id)


class SearchWord(models.Model):
    """A word that some request holds, for those who mistype it. Gathered anew each night."""

    word = models.CharField(max_length=40, primary_key=True)
    requests = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("known word")
        verbose_name_plural = _("known words")
        indexes = [
            GinIndex(OpClass("word", name="gin_trgm_ops"), name="known_words_by_their_letters")
        ]

    def __str__(self) -> str:
        return self.word
