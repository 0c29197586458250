"""The rows of consultations. Beside `models`, which would be too long."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from people.models import User
from requests_app.enums import ConsultOutcome


class ConsultationQuerySet(models.QuerySet["Consultation"]):
    def open(self) -> Self:
        return self.filter(ended_at=None)

    def readable_by(self, user: User, *, on: date) -> Self:
        """Those by which this adviser may read the request: their branch is asked, and still is."""
        posting = user.posting_on(day=on)
        if posting is None or posting.branch_id is None:
            return self.none()
        return self.open().filter(branch=posting.branch_id)


class Consultation(models.Model):
    """Another branch is asked for its view. The request stays where it is, and so do its clocks."""

    member_request = models.ForeignKey(
        "requests_app.MemberRequest", on_delete=models.PROTECT, related_name="consultations"
    )
    # Who is asked, and who was accountable when it was asked.
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="consultations")
    asking_branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    # Both are internal notes: whatever finds or erases a text finds these.
    question = models.OneToOneField(
        "requests_app.Message", on_delete=models.PROTECT, related_name="asks"
    )
    answer = models.OneToOneField(
        "requests_app.Message", on_delete=models.PROTECT, null=True, related_name="advises"
    )
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=ConsultOutcome, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = ConsultationQuerySet.as_manager()

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        indexes = [
            models.Index("branch", name="open_consultations", condition=Q(ended_at=None)),
            models.Index("asked_at", "id", name="consultations_by_date"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="a_branch_is_asked_once_at_a_time",
                fields=["member_request", "branch"],
                condition=Q(ended_at=None),
            ),
            models.CheckConstraint(
                name="no_branch_asks_itself", condition=~Q(branch=F("asking_branch"))
            ),
            models.CheckConstraint(
                name="consultations_end_with_an_outcome",
                condition=Q(ended_at=None, outcome="")
                | Q(
                    ended_at__isnull=False,
                    ended_at__gte=F("asked_at"),
                    outcome__in=ConsultOutcome.values,
                ),
            ),
            models.CheckConstraint(
                name="an_answered_consultation_has_an_answer_and_a_person",
                condition=Q(
                    outcome=ConsultOutcome.ANSWERED,
                    answer__isnull=False,
                    answered_by__isnull=False,
                )
                | ~Q(outcome=ConsultOutcome.ANSWERED) & Q(answer=None, answered_by=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_request_id}: {self.branch_id} {self.outcome}"
