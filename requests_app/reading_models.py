"""How far an adviser has read a request. Beside `models`, which would be too long."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import User


class Reading(models.Model):
    """The version of a request that an adviser had on the screen last."""

    reader = models.ForeignKey(User, on_delete=models.CASCADE, related_name="readings")
    member_request = models.ForeignKey(
        "requests_app.MemberRequest", on_delete=models.CASCADE, related_name="readings"
    )
    version = models.PositiveIntegerField()
    read_at = models.DateTimeField()

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        constraints = [
            models.UniqueConstraint(
                name="one_reading_a_person_and_request", fields=["member_request", "reader"]
            ),
            models.CheckConstraint(name="what_was_read_has_a_version", condition=Q(version__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} {self.member_request_id} v{self.version}"
