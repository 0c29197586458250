"""Documents that are followed like requests, and what happened to them. Beside `models`."""

from datetime import date
from typing import TYPE_CHECKING, Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from people.models import User
from requests_app.document_rules import (
    OWED_BY_MEMBER,
    TURNS,
    WITH_A_REASON,
    DocumentAction,
    DocumentKind,
    DocumentState,
    Turn,
)
from requests_app.enums import Status

if TYPE_CHECKING:
    from requests_app.models import Document

LINE_LENGTH = 500


_OWED = Q(state__in=OWED_BY_MEMBER) & ~Q(member_request__status=Status.CLOSED)
_TO_REVIEW = Q(state=DocumentState.RECEIVED)


class AskedDocumentQuerySet(models.QuerySet["AskedDocument"]):
    def visible_to(self, user: User, *, on: date) -> Self:
        """The followed documents of the requests that this user may know of, and no others."""
        # The models import this module, so it can know them only when it runs.
        from requests_app.models import MemberRequest  # noqa: PLC0415

        return self.filter(member_request__in=MemberRequest.objects.visible_to(user, on=on))

    def owed_by_member(self) -> Self:
        """The member's turn. Nobody owes anything for a request that is closed."""
        return self.filter(_OWED)

    def to_review(self) -> Self:
        """The office's turn, also where the request was closed meanwhile: nothing is forgotten."""
        return self.filter(_TO_REVIEW)

    def unsettled(self) -> Self:
        """Somebody owes something: the member the document, or the office its review."""
        return self.filter(_OWED | _TO_REVIEW)


class AskedDocument(models.Model):
    """One document of a request that is followed until it is done: the sum of its events."""

    member_request = models.ForeignKey(
        "requests_app.MemberRequest", on_delete=models.PROTECT, related_name="asked_documents"
    )
    # Its number within the request, which its address carries.
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(_("document"), max_length=15, choices=DocumentKind)
    # What the adviser says to the member: first when asking, later why it is to be corrected.
    line = models.CharField(max_length=LINE_LENGTH, blank=True)
    due_on = models.DateField(_("due on"), null=True)
    state = models.CharField(max_length=10, choices=DocumentState)
    turn_since = models.DateTimeField()
    first_received_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=20, blank=True)
    # The number of its events: who acts on an older one is told what happened meanwhile.
    version = models.PositiveIntegerField(default=1)
    # The form carries this key: a double click asks once.
    submission_key = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = AskedDocumentQuerySet.as_manager()
    documents: "models.Manager[Document]"

    class Meta:
        verbose_name = _("followed document")
        verbose_name_plural = _("followed documents")
        indexes = [
            models.Index(
                "turn_since",
                "id",
                name="documents_to_review",
                condition=Q(state=DocumentState.RECEIVED),
            ),
            models.Index(
                "due_on",
                "id",
                name="documents_owed_by_members",
                condition=Q(state__in=OWED_BY_MEMBER),
            ),
            models.Index("first_received_at", name="cohort_of_documents"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="followed_documents_of_a_request_are_numbered",
                fields=["member_request", "number"],
            ),
            models.CheckConstraint(
                name="kinds_of_documents_are_known", condition=Q(kind__in=DocumentKind.values)
            ),
            models.CheckConstraint(
                name="states_of_documents_are_known", condition=Q(state__in=DocumentState.values)
            ),
            models.CheckConstraint(
                name="what_a_member_owes_has_a_due_date",
                condition=~Q(state__in=OWED_BY_MEMBER) | Q(due_on__isnull=False),
            ),
            models.CheckConstraint(
                name="what_is_sent_back_or_refused_has_a_reason",
                condition=Q(state__in=WITH_A_REASON) & ~Q(reason="")
                | ~Q(state__in=WITH_A_REASON) & Q(reason=""),
            ),
            models.CheckConstraint(
                name="only_what_was_received_is_reviewed",
                condition=Q(state__in=[DocumentState.ASKED, DocumentState.NOT_NEEDED])
                | Q(first_received_at__isnull=False),
            ),
            models.CheckConstraint(
                name="no_turn_before_the_first_receipt",
                condition=Q(first_received_at=None) | Q(first_received_at__lte=F("turn_since")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_request_id}.{self.number} {self.kind}"

    @property
    def turn(self) -> Turn:
        return TURNS[DocumentState(self.state)]


class AskedEvent(models.Model):
    """One step of a followed document. Append only, by a trigger; it holds no free text."""

    asked = models.ForeignKey(AskedDocument, on_delete=models.PROTECT, related_name="events")
    position = models.PositiveIntegerField()
    action = models.CharField(max_length=10, choices=DocumentAction)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    # Empty: the system itself.
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # By when the member is asked to hand it in; empty where the step does not say so.
    due_on = models.DateField(null=True)
    # A code of CorrectionReason, RefusalReason or ReminderReason; empty where none is asked.
    reason = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("step of a document")
        verbose_name_plural = _("steps of documents")
        constraints = [
            models.UniqueConstraint(
                name="steps_of_a_document_are_numbered", fields=["asked", "position"]
            ),
            models.CheckConstraint(
                name="actions_on_documents_are_known",
                condition=Q(action__in=DocumentAction.values),
            ),
            models.CheckConstraint(
                name="corrections_refusals_and_reminders_have_a_reason",
                condition=~Q(
                    action__in=[
                        DocumentAction.CORRECT,
                        DocumentAction.REFUSE,
                        DocumentAction.REMIND,
                    ]
                )
                | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="who_asks_says_until_when",
                condition=~Q(action__in=[DocumentAction.ASK, DocumentAction.CORRECT])
                | Q(due_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_id}.{self.position} {self.action}"
