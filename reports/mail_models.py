"""The mails that managers are owed about figures. Beside `models`, which would be too long."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import User


class SealedMail(models.Model):
    """That one manager is to be told of one sealed report; the unique pair makes it happen once."""

    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(
        "reports.MonthlyReport", on_delete=models.CASCADE, related_name="mails"
    )
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("mail about a sealed month")
        verbose_name_plural = _("mails about sealed months")
        constraints = [
            models.UniqueConstraint(
                name="a_manager_is_told_once_of_a_sealed_report", fields=["recipient", "report"]
            )
        ]
        indexes = [
            models.Index("due_at", "id", name="sealed_mails_to_send", condition=Q(done_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.recipient_id}"
