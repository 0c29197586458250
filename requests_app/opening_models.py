"""The rows that say who opened a private request. Beside `models`, which would be too long."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import User


class OpenedPart(models.TextChoices):
    REQUEST = "request", _("The request")
    DOCUMENT = "document", _("A document")


class Opening(models.Model):
    """An adviser opened a sensitive request, or a document in it. Append only, by a trigger."""

    member_request = models.ForeignKey(
        "requests_app.MemberRequest", on_delete=models.PROTECT, related_name="openings"
    )
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # Which document is not kept: its erasure must not wait for this list.
    part = models.CharField(max_length=10, choices=OpenedPart, default=OpenedPart.REQUEST)
    opened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("opening")
        verbose_name_plural = _("openings")
        indexes = [
            models.Index(
                fields=["member_request", "-opened_at", "-id"], name="openings_of_a_request"
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="opened_parts_are_known", condition=Q(part__in=OpenedPart.values)
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_request_id} {self.opened_at:%Y-%m-%d %H:%M}"
