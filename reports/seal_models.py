"""What belongs to a sealed report: its rows, its breakdowns, later recomputations, publications.

Rows of a sealed report, recomputations and publications are never changed: triggers see to it.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Office
from people.models import User
from reports.models import Figures, MonthlyReport, SideReport

WORDS_LENGTH = 4000


class Recomputation(Figures):
    """The figures of a sealed month as they would be later, beside the report and never instead."""

    report = models.ForeignKey(
        MonthlyReport, on_delete=models.PROTECT, related_name="recomputations"
    )
    # The sealed report is version 1.
    version = models.PositiveSmallIntegerField()
    # Since the sealed report: [{"cause", "requests", "first", "last", "days"}], as `changes` says.
    changes = models.JSONField()
    # Empty: a command.
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("recomputation")
        verbose_name_plural = _("recomputations")
        constraints = [
            models.UniqueConstraint(
                name="recomputations_of_a_report_are_numbered", fields=["report", "version"]
            ),
            models.CheckConstraint(
                name="the_sealed_report_is_the_first_version", condition=Q(version__gte=2)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.version}"

    @property
    def office(self) -> Office:
        """Whose figures these are. Take the report and its office along in the query."""
        return self.report.office


def belongs_to_one(name: str, *owners: str) -> models.CheckConstraint:
    """Exactly one of these foreign keys is set."""
    condition = Q()
    for owner in owners:
        others = {f"{other}__isnull": other != owner for other in owners}
        condition |= Q(**others)
    return models.CheckConstraint(name=name, condition=condition)


class ReportRows(models.Model):
    """The requests that figures rest on, as they stood at the cut-off: `archives` reads them.

    No text, no member and no adviser: keys, moments, durations and groups.
    """

    report = models.OneToOneField(
        MonthlyReport, on_delete=models.CASCADE, null=True, related_name="rows"
    )
    recomputation = models.OneToOneField(
        Recomputation, on_delete=models.CASCADE, null=True, related_name="rows"
    )
    requests = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        verbose_name = _("rows of a report")
        verbose_name_plural = _("rows of reports")
        constraints = [
            belongs_to_one("rows_belong_to_one_version", "report", "recomputation"),
        ]

    def __str__(self) -> str:
        return f"{self.requests} rows of {self.report_id or self.recomputation_id}"


class Dimension(models.TextChoices):
    BRANCH = "branch", _("Branch")
    TOPIC = "topic", _("Topic")
    CHANNEL = "channel", _("Channel")
    LANGUAGE = "language", _("Language")


class Breakdown(models.Model):
    """The figures of one report by branch, topic, channel or language, small cells hidden.

    `cells` is a list in a fixed order; of a hidden cell only its key is stored: nobody who reads
    the database reads what the page does not show.
    """

    report = models.ForeignKey(
        MonthlyReport, on_delete=models.CASCADE, null=True, related_name="breakdowns"
    )
    recomputation = models.ForeignKey(
        Recomputation, on_delete=models.CASCADE, null=True, related_name="breakdowns"
    )
    side_report = models.ForeignKey(
        SideReport, on_delete=models.CASCADE, null=True, related_name="breakdowns"
    )
    dimension = models.CharField(max_length=10, choices=Dimension)
    cells = models.JSONField()

    class Meta:
        verbose_name = _("breakdown")
        verbose_name_plural = _("breakdowns")
        constraints = [
            belongs_to_one(
                "a_breakdown_belongs_to_one_report", "report", "recomputation", "side_report"
            ),
            models.UniqueConstraint(
                name="one_breakdown_a_report_and_dimension",
                fields=["report", "recomputation", "side_report", "dimension"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="breakdowns_are_by_something_known",
                condition=Q(dimension__in=Dimension.values),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dimension} of {self.report_id or self.recomputation_id}"


class Publication(models.Model):
    """A manager's own words to a sealed month, dated. Later words stand beside the earlier ones."""

    report = models.ForeignKey(MonthlyReport, on_delete=models.PROTECT, related_name="publications")
    # Empty: the words are about the sealed report itself.
    recomputation = models.ForeignKey(
        Recomputation, on_delete=models.PROTECT, null=True, related_name="publications"
    )
    words = models.TextField(_("your words"), max_length=WORDS_LENGTH)
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        constraints = [
            models.CheckConstraint(name="publications_say_something", condition=~Q(words=""))
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.published_at:%Y-%m-%d}"
