"""The stored figures of the dashboard. Beside `models`, which would be too long."""

from typing import Any, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Office, Pilot

# The names of the two long periods; every other one is a month, as "2023-07".
BEFORE, DURING = "before", "during"


# What is stored of an office, or a side, that is too small to be shown in a period.
NOT_SHOWN: dict[str, Any] = {}


class PeriodFiguresQuerySet(models.QuerySet["PeriodFigures"]):
    def shown(self) -> Self:
        """Without those of which nothing may be shown: they hold no figures."""
        return self.exclude(content=NOT_SHOWN)


class PeriodFigures(models.Model):
    """How work went in one period, in one office or in all offices of one side of a pilot.

    `content` is what `period_content` makes, NOT_SHOWN where that would be about one or two
    people; docs/figures.md defines each figure in it.
    """

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="period_figures")
    # As in `Side`; of an office, the side that it belongs to.
    side = models.CharField(max_length=12)
    # Empty: all offices of the side together.
    office = models.ForeignKey(
        Office, on_delete=models.CASCADE, null=True, related_name="period_figures"
    )
    period = models.CharField(max_length=7)
    starts_at = models.DateTimeField()
    # The first moment after the period, or the cut-off where that was earlier.
    ends_at = models.DateTimeField()
    # The codes of the offices of the side, in order: other offices make other figures.
    offices = models.JSONField()
    content = models.JSONField(encoder=DjangoJSONEncoder)
    definition_version = models.CharField(max_length=10)
    # What the figures rest on, as one number, and the version of the code that computed them.
    inputs_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    code_version = models.CharField(max_length=60, blank=True, default="", db_default="")
    cut_off = models.DateTimeField(_("data cut-off"))
    is_provisional = models.BooleanField(_("provisional"))
    # When a final one was computed again, because something was entered later. Empty: never.
    recomputed_at = models.DateTimeField(null=True)
    computed_in = models.DurationField()

    objects = PeriodFiguresQuerySet.as_manager()

    class Meta:
        verbose_name = _("figures of a period")
        verbose_name_plural = _("figures of periods")
        constraints = [
            models.UniqueConstraint(
                name="one_row_of_figures_an_office_and_period",
                fields=["pilot", "side", "office", "period"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="a_period_is_a_month_or_one_of_two_spans",
                condition=Q(period__regex=r"^\d{4}-\d{2}$") | Q(period__in=[BEFORE, DURING]),
            ),
            models.CheckConstraint(
                name="a_period_of_figures_ends_after_it_begins",
                condition=Q(starts_at__lt=F("ends_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.office_id or ''} {self.period}"
