"""The monthly response-time report of each office, and the runs of periodic jobs."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from branches.models import Office, Pilot
from people.models import User
from reports.balance_models import Balance, BalanceFile, BalancePicture  # noqa: F401
from reports.mail_models import SealedMail  # noqa: F401
from reports.period_models import PeriodFigures  # noqa: F401
from reports.plan_models import PilotPlan  # noqa: F401


class Figures(models.Model):
    """The stored figures of the requests of one month (of arrival, Brussels time).

    Every duration is in whole seconds. `docs/figures.md` defines each figure.
    """

    # The first day of the month.
    month = models.DateField(_("month"))
    definition_version = models.CharField(max_length=10)
    # Whatever happened after this moment is not in the figures.
    cut_off = models.DateTimeField(_("data cut-off"))
    is_provisional = models.BooleanField(_("provisional"))
    computed_at = models.DateTimeField()
    computed_in = models.DurationField()
    # All that arrived; the figures rest on those that are not excluded.
    received = models.PositiveIntegerField()
    first_answered = models.PositiveIntegerField()
    still_waiting = models.PositiveIntegerField()
    # When the oldest that still waits arrived, and the office hours it had waited at the cut-off.
    oldest_waiting_since = models.DateTimeField(null=True)
    oldest_waiting = models.PositiveIntegerField(null=True)
    # Closed without an answer by a person: no reply, or closed before anybody answered.
    closed_unanswered = models.PositiveIntegerField()
    # Withdrawn, duplicate, spam: {"withdrawn": 2, ...}. Not in the durations.
    excluded = models.JSONField(default=dict)
    only_a_question = models.PositiveIntegerField()
    promise_seconds = models.PositiveIntegerField()
    # How many people had these requests last: fewer than three, and the figures are about them.
    # Empty in reports of before this was kept.
    advisers = models.PositiveIntegerField(null=True)
    # {"median": {"value", "low", "high"}, "ninetieth": {...}, "within_promise": {...}} for each
    # of the two clocks, "office" (opening hours) and "calendar" (as the member lived it).
    # A value that is not known is null: too few requests, or too many still wait.
    office_clock = models.JSONField()
    calendar_clock = models.JSONField()
    # From arrival to the last closing, with the time that waited for the member as a slice of it:
    # `response_times.Resolution` as JSON. Empty in reports of before these figures.
    resolution = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    # What the figures rest on, as one number, and the version of the code that computed them.
    inputs_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    code_version = models.CharField(max_length=60, blank=True, default="", db_default="")

    objects: ClassVar[models.Manager[Self]]

    class Meta:
        abstract = True

    @property
    def counted(self) -> int:
        """On how many requests the figures rest."""
        return self.received - self.not_counted

    @property
    def oldest_waiting_lived(self) -> int | None:
        """How long the oldest had waited at the cut-off, in seconds of the calendar."""
        if self.oldest_waiting_since is None:
            return None
        return int((self.cut_off - self.oldest_waiting_since).total_seconds())

    @property
    def not_counted(self) -> int:
        """How many were withdrawn, duplicates or spam."""
        excluded: dict[str, int] = self.excluded
        return sum(excluded.values())


class MonthlyReport(Figures):
    """The figures of the requests that an office received in one month.

    Once its horizon has passed it is sealed: a trigger refuses every change. What is computed
    later stands beside it as a `Recomputation`.
    """

    sealed_at = models.DateTimeField(_("sealed at"), null=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="monthly_reports")

    class Meta:
        verbose_name = _("monthly report")
        verbose_name_plural = _("monthly reports")
        constraints = [
            models.UniqueConstraint(
                name="one_report_an_office_and_month", fields=["office", "month"]
            ),
            models.CheckConstraint(
                name="a_month_is_named_by_its_first_day", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="answered_and_waiting_were_received",
                condition=Q(received__gte=F("first_answered") + F("still_waiting")),
            ),
            models.CheckConstraint(
                name="only_final_reports_are_sealed",
                condition=Q(sealed_at=None) | Q(is_provisional=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.month:%Y-%m}"


class Side(models.TextChoices):
    PILOT = "pilot", _("Pilot offices")
    COMPARISON = "comparison", _("Comparison offices")


class SideReport(Figures):
    """The figures of all requests of one side of the pilot, as if it were one office.

    Medians cannot be averaged, so these are computed from the requests, not from the reports.
    """

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="side_reports")
    side = models.CharField(max_length=12, choices=Side)
    # The codes of the offices, in order: other offices make another report.
    offices = models.JSONField()
    # When a final one was computed again, because something was entered later. Empty: never.
    recomputed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("report of one side of the pilot")
        verbose_name_plural = _("reports of the sides of the pilot")
        constraints = [
            models.UniqueConstraint(
                name="one_report_a_side_and_month", fields=["pilot", "side", "month"]
            ),
            models.CheckConstraint(
                name="a_month_of_a_side_is_named_by_its_first_day", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="a_side_is_pilot_or_comparison", condition=Q(side__in=Side.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.month:%Y-%m}"


class JobRun(models.Model):
    """One period of a periodic job. The unique pair makes it happen once, however many beats."""

    kind = models.CharField(max_length=40)
    period = models.CharField(max_length=40)
    # When somebody asked for it again by hand; a run that starts later answers that.
    asked_at = models.DateTimeField(null=True)
    # Who asked; empty for the product itself and for commands.
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # Empty while it has only been asked for.
    started_at = models.DateTimeField(null=True)
    # When it last succeeded. It is older than the start while it runs, and after a failure.
    finished_at = models.DateTimeField(null=True)
    # How often it was tried since it last succeeded.
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("run of a job")
        verbose_name_plural = _("runs of jobs")
        constraints = [
            models.UniqueConstraint(name="a_job_runs_once_a_period", fields=["kind", "period"])
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.period}"

    @property
    def seconds(self) -> float | None:
        """How long the last success took; None while it runs and before any."""
        if self.started_at is None or self.finished_at is None:
            return None
        took = (self.finished_at - self.started_at).total_seconds()
        return took if took >= 0 else None


class Chart(models.Model):
    """A picture that a worker has drawn; the page shows it as it is."""

    key = models.CharField(max_length=80, unique=True)
    # What it was drawn from: the same data are not drawn twice.
    digest = models.CharField(max_length=64)
    svg = models.TextField()
    drawn_at = models.DateTimeField()

    class Meta:
        verbose_name = _("chart")
        verbose_name_plural = _("charts")

    def __str__(self) -> str:
        return self.key


# The models of a seal need those above; whoever imports the models of this app gets all.
from reports.seal_models import (  # noqa: E402
    Breakdown,
    Publication,
    Recomputation,
    ReportRows,
)

__all__ = [
    "Breakdown",
    "Chart",
    "Figures",
    "JobRun",
    "MonthlyReport",
    "Publication",
    "Recomputation",
    "ReportRows",
    "Side",
    "SideReport",
]
