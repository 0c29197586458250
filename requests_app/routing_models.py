"""The rows of the routing suggestion. Beside `models`, which would be too long."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from people.models import User


class RoutingModel(models.Model):
    """What was learnt in one night from the decisions of advisers, and how well it did."""

    # The night, as a date: of two workers in one night, one stores its model.
    version = models.CharField(max_length=20, unique=True)
    trained_at = models.DateTimeField()
    # It learnt from requests received up to this moment, and was measured on later ones.
    trained_until = models.DateTimeField()
    decisions = models.PositiveIntegerField()
    unseen = models.PositiveIntegerField()
    correct = models.PositiveIntegerField()
    # What `routing_scores.Scores` holds besides.
    figures = models.JSONField(default=dict)
    is_in_use = models.BooleanField(default=False)
    # As `routing.encode` packs it; empty where it never was, or is no longer, in use.
    packed = models.BinaryField(default=bytes)

    class Meta:
        verbose_name = _("routing model")
        verbose_name_plural = _("routing models")
        constraints = [
            models.UniqueConstraint(
                name="one_routing_model_is_in_use",
                fields=["is_in_use"],
                condition=Q(is_in_use=True),
            ),
            models.CheckConstraint(
                name="no_more_correct_than_tried", condition=Q(correct__lte=F("unseen"))
            ),
        ]

    def __str__(self) -> str:
        return self.version


class Suggestion(models.Model):
    """Which branch a request seemed to belong to, and which one an adviser then decided on."""

    member_request = models.OneToOneField(
        "requests_app.MemberRequest", on_delete=models.PROTECT, related_name="suggestion"
    )
    model_version = models.CharField(max_length=20)
    first_branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    first_share = models.FloatField()
    second_branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    second_share = models.FloatField()
    # Words of the member's text: whatever erases the text empties these as well.
    first_words = models.JSONField(default=list)
    second_words = models.JSONField(default=list)
    suggested_at = models.DateTimeField()
    decided_branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        constraints = [
            models.CheckConstraint(
                name="two_different_branches_are_suggested",
                condition=~Q(first_branch=F("second_branch")),
            ),
            models.CheckConstraint(
                name="suggested_shares_are_shares",
                condition=Q(second_share__gte=0, first_share__gte=F("second_share"))
                # Rounding may lift two shares that make up the whole a little above it.
                & Q(first_share__lte=1.000001 - F("second_share")),
            ),
            models.CheckConstraint(
                name="a_decision_has_a_branch_a_person_and_a_date",
                condition=Q(decided_branch=None, decided_at=None, decided_by=None)
                | Q(
                    decided_branch__isnull=False, decided_at__isnull=False, decided_by__isnull=False
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_request_id}: {self.first_branch_id}"
