"""The plan of a pilot, fixed before the data, each later change, and what the comparison found."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Pilot
from people.models import User
from reports.verdict import Verdict

SECONDARY_OUTCOMES = 3


class Measure(models.TextChoices):
    """What may be fixed as an outcome of a pilot."""

    WITHIN_PROMISE = "within_promise", _("Share with a first answer within the promise")
    RESTRICTED_MEAN = (
        "restricted_mean",
        _("Mean wait for the first answer, counting at most 10 working days"),
    )
    HANDLING = "handling", _("Median time until a request is settled")
    KNEW_MY_SITUATION = (
        "knew_my_situation",
        _("Members: “the person knew my situation well enough”"),
    )
    ADVISER_STRAIN = "adviser_strain", _("Advisers: put under pressure by the number of requests")


# The verdict says who answers faster, so the primary outcome is about answers.
PRIMARY_MEASURES = (Measure.WITHIN_PROMISE, Measure.RESTRICTED_MEAN)
# Waiting times are in office hours; all others are shares, and differ by percentage points.
# These are answers of people, not times of requests.
ASKED = (Measure.KNEW_MY_SITUATION, Measure.ADVISER_STRAIN)
IN_HOURS = (Measure.RESTRICTED_MEAN, Measure.HANDLING)
HIGHER_IS_BETTER = (Measure.WITHIN_PROMISE, Measure.KNEW_MY_SITUATION)


class Planned(models.TextChoices):
    """The parts of a plan that are fixed when it is locked."""

    OFFICES = "offices", _("pilot offices")
    COMPARISON_OFFICES = "comparison_offices", _("comparison offices")
    BASELINE_STARTS_ON = "baseline_starts_on", _("months before counted from")
    STARTS_ON = "starts_on", _("first day")
    ENDS_ON = "ends_on", _("last day")
    PROMISE_WORKING_DAYS = "promise_working_days", _("promise in working days")
    WORKING_DAY_HOURS = "working_day_hours", _("office hours in a working day")
    OUTCOMES = "outcomes", _("outcomes")


class PilotPlan(models.Model):
    """Whether and when the plan of a pilot was fixed. From then on the database guards it."""

    pilot = models.OneToOneField(Pilot, on_delete=models.CASCADE, related_name="plan")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    locked_at = models.DateTimeField(_("locked at"), null=True)
    locked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager[Self]]

    class Meta:
        verbose_name = _("plan of a pilot")
        verbose_name_plural = _("plans of pilots")
        constraints = [
            models.CheckConstraint(
                name="somebody_locks_a_plan_at_some_moment",
                condition=Q(locked_at=None, locked_by=None)
                | Q(locked_at__isnull=False, locked_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_plan_is_locked_after_it_is_entered",
                condition=Q(locked_at=None) | Q(locked_at__gte=F("entered_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pilot}"


class PilotOutcome(models.Model):
    """One thing that the pilot is judged by. Place 0 is the primary outcome, 1 to 3 the others."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="outcomes")
    place = models.PositiveSmallIntegerField()
    measure = models.CharField(_("outcome"), max_length=20, choices=Measure)
    threshold = models.DecimalField(
        _("a change that would matter"),
        max_digits=5,
        decimal_places=1,
    )

    class Meta:
        verbose_name = _("outcome of a pilot")
        verbose_name_plural = _("outcomes of a pilot")
        constraints = [
            models.UniqueConstraint(
                name="a_pilot_has_one_outcome_in_each_place", fields=["pilot", "place"]
            ),
            models.UniqueConstraint(
                name="a_pilot_has_each_outcome_once", fields=["pilot", "measure"]
            ),
            models.CheckConstraint(
                name="a_pilot_has_one_primary_and_three_other_outcomes",
                condition=Q(place__range=(0, SECONDARY_OUTCOMES)),
            ),
            models.CheckConstraint(
                name="a_primary_outcome_is_about_answers",
                condition=~Q(place=0) | Q(measure__in=PRIMARY_MEASURES),
            ),
            models.CheckConstraint(
                name="an_outcome_is_one_that_is_measured", condition=Q(measure__in=Measure.values)
            ),
            models.CheckConstraint(
                name="a_change_that_matters_is_more_than_none", condition=Q(threshold__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.threshold}"


class PilotChange(models.Model):
    """One change of a locked plan: what, from what to what, when, by whom and why. Never edited."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="changes")
    field = models.CharField(max_length=20, choices=Planned)
    # Days as ISO dates, offices as codes, outcomes as [measure, threshold], numbers as they are.
    before = models.JSONField()
    after = models.JSONField()
    reason = models.CharField(_("reason"), max_length=300)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # The database fills it in: a change of the plan is let through only in this transaction.
    transaction_number = models.BigIntegerField(db_default=0, editable=False)

    class Meta:
        verbose_name = _("change of a plan")
        verbose_name_plural = _("changes of a plan")
        constraints = [
            models.CheckConstraint(name="a_change_of_a_plan_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="a_change_of_a_plan_changes_something", condition=~Q(before=F("after"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pilot} {self.field}"


class PilotComparison(models.Model):
    """What the comparison of the offices found at a cut-off. Rows are added, never changed."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="comparisons")
    # Whatever happened after this moment is not in it.
    cut_off = models.DateTimeField(_("data cut-off"))
    computed_at = models.DateTimeField()
    computed_in = models.DurationField()
    definition_version = models.CharField(max_length=10)
    # The first letters of a digest of the modules that computed it.
    code_version = models.CharField(max_length=16)
    verdict = models.CharField(
        max_length=20, choices=[(word.value, word.value) for word in Verdict]
    )
    # Everything that the page shows; `comparison_result` writes it and says what is in it.
    result = models.JSONField()

    class Meta:
        verbose_name = _("comparison")
        verbose_name_plural = _("comparisons")
        constraints = [
            models.UniqueConstraint(
                name="a_pilot_is_compared_once_at_a_cut_off", fields=["pilot", "cut_off"]
            ),
            models.CheckConstraint(
                name="a_verdict_is_one_of_the_agreed_ones",
                condition=Q(verdict__in=[word.value for word in Verdict]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pilot} {self.cut_off:%Y-%m-%d}"
