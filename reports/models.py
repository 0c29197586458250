"""The monthly response-time report of each office, and the runs of periodic jobs."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Office


class MonthlyReport(models.Model):
    """The figures of the requests that an office received in one month (Brussels time).

    Every duration is in whole seconds. `docs/figures.md` defines each figure.
    """

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="monthly_reports")
    # The first day of the month.
    month = models.DateField(_("month"))
    definition_version = models.CharField(max_length=10)
    # Whatever happened after this moment is not in the figures.
    cut_off = models.DateTimeField(_("data cut-off"))
    is_provisional = models.BooleanField(_("provisional"))
    computed_at = models.DateTimeField()
    computed_in = models.DurationField()
    received = models.PositiveIntegerField()
    first_answered = models.PositiveIntegerField()
    still_waiting = models.PositiveIntegerField()
    # Closed without an answer by a person: no reply, or closed before anybody answered.
    closed_unanswered = models.PositiveIntegerField()
    # Withdrawn, duplicate, spam: {"withdrawn": 2, ...}. Not in the durations.
    excluded = models.JSONField(default=dict)
    only_a_question = models.PositiveIntegerField()
    promise_seconds = models.PositiveIntegerField()
    # {"median": {"value", "low", "high"}, "ninetieth": {...}, "within_promise": {...}} for each
    # of the two clocks, "office" (opening hours) and "calendar" (as the member lived it).
    # A value that is not known is null: too few requests, or too many still wait.
    office_clock = models.JSONField()
    calendar_clock = models.JSONField()

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
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.month:%Y-%m}"


class JobRun(models.Model):
    """One period of a periodic job. The unique pair makes it happen once, with any number of beats."""

    kind = models.CharField(max_length=40)
    period = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=1)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("run of a job")
        verbose_name_plural = _("runs of jobs")
        constraints = [
            models.UniqueConstraint(name="a_job_runs_once_a_period", fields=["kind", "period"])
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.period}"


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
