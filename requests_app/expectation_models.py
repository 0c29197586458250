"""How long members waited last month. Beside `models`, which would be too long."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Office


class Expectation(models.Model):
    """How long members waited last month, for the receipt. The reports above fill it in."""

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="expectations")
    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, null=True, related_name="+")
    month = models.DateField()
    # Office hours in seconds. Empty: too few requests or advisers, or not yet known.
    median = models.PositiveIntegerField(null=True)
    ninetieth = models.PositiveIntegerField(null=True)
    requests = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("expectation")
        verbose_name_plural = _("expectations")
        constraints = [
            models.UniqueConstraint(
                name="one_expectation_an_office_branch_and_month",
                fields=["office", "branch", "month"],
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.office_id} {self.branch_id} {self.month:%Y-%m}"
