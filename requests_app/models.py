"""Requests, what happened to them, what was said, and what must still be announced."""

import secrets
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from branches.models import LANGUAGES, Branch, Office, Topic
from people.models import Member, User
from requests_app.asked_models import AskedDocument, AskedEvent
from requests_app.consultation_models import Consultation  # noqa: F401
from requests_app.enums import (
    Action,
    Channel,
    ClosingReason,
    MessageKind,
    Status,
)
from requests_app.expectation_models import Expectation  # noqa: F401
from requests_app.opening_models import Opening  # noqa: F401
from requests_app.querysets import DocumentQuerySet, MemberRequestQuerySet, MessageQuerySet
from requests_app.reading_models import Reading  # noqa: F401
from requests_app.routing_models import RoutingModel, Suggestion  # noqa: F401
from requests_app.saved_models import SavedAnswer, SavedAnswerText, SavedView  # noqa: F401
from requests_app.search_models import SearchText, SearchWord  # noqa: F401

SUBJECT_LENGTH = 150
BODY_LENGTH = 20_000


class MemberRequest(models.Model):
    """A member's request. Its state follows from its events; these columns are their sum."""

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="requests"
    )
    office = models.ForeignKey(
        Office, verbose_name=_("office"), on_delete=models.PROTECT, related_name="requests"
    )
    # Empty where an office works by team, or until somebody has routed the request.
    branch = models.ForeignKey(
        Branch,
        verbose_name=_("branch"),
        on_delete=models.PROTECT,
        related_name="requests",
        null=True,
        blank=True,
    )
    topic = models.ForeignKey(
        Topic,
        verbose_name=_("topic"),
        on_delete=models.PROTECT,
        related_name="requests",
        null=True,
        blank=True,
    )
    adviser = models.ForeignKey(
        User,
        verbose_name=_("adviser"),
        on_delete=models.PROTECT,
        related_name="taken_requests",
        null=True,
        blank=True,
    )
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH)
    language = models.CharField(_("language"), max_length=2)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.WEB)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.NEW)
    # Once a request has told something private it stays private, wherever it is sent next.
    is_sensitive = models.BooleanField(_("sensitive"), default=False)
    submitted_at = models.DateTimeField(_("received at"))
    promise_due_at = models.DateTimeField(_("first answer promised by"), null=True, blank=True)
    first_responded_at = models.DateTimeField(_("first answered at"), null=True, blank=True)
    first_response_was_question = models.BooleanField(
        _("the first answer only asked something"), default=False
    )
    # Since when the member has been waiting for us now; empty while it is the member's turn.
    waiting_since = models.DateTimeField(_("member waits since"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closing_reason = models.CharField(
        _("closing reason"), max_length=10, choices=ClosingReason, blank=True
    )
    follows = models.ForeignKey(
        "self",
        verbose_name=_("follows"),
        on_delete=models.PROTECT,
        related_name="followed_by",
        null=True,
        blank=True,
    )
    # The form carries this key: a double click and a retry make one request.
    submission_key = models.UUIDField(unique=True, default=uuid4, editable=False)
    # The number of its events. Who acts on an older version is told what happened meanwhile.
    version = models.PositiveIntegerField(default=1)
    # Where imported history comes from, and its name there: the same file imports once.
    source = models.CharField(max_length=40, blank=True)
    source_key = models.CharField(max_length=200, blank=True)

    objects = MemberRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        indexes = [
            # The desk reads only what is alive; years of closed requests do not slow it down.
            models.Index(
                "office",
                "branch",
                "waiting_since",
                "id",
                name="desk_of_a_branch",
                condition=~Q(status=Status.CLOSED),
            ),
            models.Index(
                "office",
                "waiting_since",
                "id",
                name="desk_of_an_office",
                condition=~Q(status=Status.CLOSED),
            ),
            models.Index("office", "submitted_at", name="cohort_of_an_office"),
            # What was still open in a month is found without reading what had ended before.
            models.Index("office", "closed_at", name="closings_of_an_office"),
            models.Index(fields=["member", "-submitted_at"], name="requests_of_a_member"),
        ]
        constraints = [
            models.CheckConstraint(
                name="closed_requests_have_a_reason_and_a_date",
                condition=Q(status=Status.CLOSED, closed_at__isnull=False) & ~Q(closing_reason="")
                | ~Q(status=Status.CLOSED) & Q(closed_at=None, closing_reason=""),
            ),
            models.CheckConstraint(
                name="no_answer_before_the_question",
                condition=Q(first_responded_at=None) | Q(first_responded_at__gte=F("submitted_at")),
            ),
            models.CheckConstraint(
                name="no_closing_before_the_beginning",
                condition=Q(closed_at=None) | Q(closed_at__gte=F("submitted_at")),
            ),
            models.CheckConstraint(
                name="new_requests_belong_to_nobody",
                condition=~Q(status=Status.NEW) | Q(adviser=None, first_responded_at=None),
            ),
            models.CheckConstraint(
                name="nobody_waits_in_a_closed_request",
                condition=~Q(status=Status.CLOSED) | Q(waiting_since=None),
            ),
            models.CheckConstraint(
                name="a_request_is_written_in_one_of_four_languages",
                condition=Q(language__in=LANGUAGES),
            ),
            models.CheckConstraint(
                name="statuses_are_known", condition=Q(status__in=Status.values)
            ),
            models.UniqueConstraint(
                name="imported_requests_are_imported_once",
                fields=["source", "source_key"],
                condition=~Q(source=""),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class RequestEvent(models.Model):
    """One thing that happened to a request. Append only: a trigger refuses update and delete.

    It holds no free text, so that the timings outlive an erasure of what was said.
    """

    member_request = models.ForeignKey(
        MemberRequest, on_delete=models.PROTECT, related_name="events"
    )
    position = models.PositiveIntegerField()
    action = models.CharField(max_length=15, choices=Action)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    # Empty: the system itself, or somebody whom imported history does not name.
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # Who is accountable after this event.
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, null=True, related_name="+")
    adviser = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # A code of ClosingReason, TransferReason or SendBackReason, or of the branch that is asked for
    # its view; empty where none is asked.
    reason = models.CharField(max_length=20, blank=True)
    # Of an answer: whether it asks the member something instead of answering.
    asks_member = models.BooleanField(default=False)
    message = models.OneToOneField(
        "Message", on_delete=models.PROTECT, null=True, related_name="event"
    )
    # What a routing or a transfer changed besides: an undo gives it back. Empty for other steps.
    was_sensitive = models.BooleanField(null=True)
    topic_before = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            # The figures ask which requests ever waited for their member or were reopened.
            models.Index(
                "member_request",
                name="events_that_begin_a_pause",
                condition=Q(action__in=[Action.WAIT, Action.REOPEN]),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                name="events_of_a_request_are_numbered", fields=["member_request", "position"]
            ),
            models.CheckConstraint(name="actions_are_known", condition=Q(action__in=Action.values)),
            models.CheckConstraint(
                name="moves_and_closings_have_a_reason",
                condition=~Q(action__in=[Action.TRANSFER, Action.SEND_BACK, Action.CLOSE])
                | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="consultations_name_the_branch_that_is_asked",
                condition=~Q(action=Action.CONSULT) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_request_id}.{self.position} {self.action}"


class Message(models.Model):
    """Something a person wrote: the member, an adviser to the member, or a note among advisers."""

    member_request = models.ForeignKey(
        MemberRequest, on_delete=models.PROTECT, related_name="messages"
    )
    kind = models.CharField(max_length=10, choices=MessageKind)
    # Empty where imported history does not name the author.
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    body = models.TextField(max_length=BODY_LENGTH)
    sent_at = models.DateTimeField()
    submission_key = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [models.Index("member_request", "sent_at", "id", name="messages_of_a_request")]
        constraints = [models.CheckConstraint(name="messages_say_something", condition=~Q(body=""))]

    def __str__(self) -> str:
        return f"{self.kind} {self.sent_at:%Y-%m-%d %H:%M}"


class Draft(models.Model):
    """What somebody typed and has not sent: a new request, or a message in a request.

    `place` names another form than these: that of a document or of a saved answer.
    """

    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    member_request = models.ForeignKey(
        MemberRequest, on_delete=models.CASCADE, null=True, related_name="drafts"
    )
    place = models.CharField(max_length=30, default="", db_default="")
    fields = models.JSONField(default=dict)
    submission_key = models.UUIDField(default=uuid4, editable=False)
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            models.UniqueConstraint(
                name="one_draft_a_person_and_form",
                fields=["author", "member_request", "place"],
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.author_id} {self.saved_at:%Y-%m-%d %H:%M}"


def random_key() -> str:
    """192 random bits: the address of a file says nothing and cannot be guessed."""
    return secrets.token_urlsafe(24)


# The folder of all of them in the storage.
FILES = "documents"


def storage_path(document: "Document", _name: str) -> str:
    """The key alone: the name that the file came with lives only in the database."""
    return f"{FILES}/{document.key[:2]}/{document.key}"


class Document(models.Model):
    """A file that came with a draft or a message."""

    key = models.CharField(max_length=32, unique=True, default=random_key, editable=False)
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, null=True, related_name="documents")
    member_request = models.ForeignKey(
        MemberRequest, on_delete=models.PROTECT, null=True, related_name="documents"
    )
    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, related_name="documents"
    )
    # The followed document for which it was handed in, or that it became.
    asked = models.ForeignKey(
        AskedDocument, on_delete=models.PROTECT, null=True, related_name="documents"
    )
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=storage_path, max_length=200)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.CheckConstraint(
                name="a_document_lies_in_a_draft_or_in_a_request",
                condition=Q(draft__isnull=False, member_request=None, message=None)
                | Q(draft=None, member_request__isnull=False, message__isnull=False),
            ),
            models.CheckConstraint(
                name="nothing_in_a_draft_is_followed", condition=Q(asked=None) | Q(draft=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MailKind(models.TextChoices):
    RECEIPT = "receipt", _("Receipt")
    ANSWER = "answer", _("Answer")
    QUESTION = "question", _("Question")
    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("Reopened")
    REMINDER = "reminder", _("Reminder")
    PASSED_ON = "passed_on", _("Passed on")
    DOCUMENT_ASKED = "doc_asked", _("A document is asked for")
    DOCUMENT_TO_CORRECT = "doc_correct", _("A document is to be corrected")
    DOCUMENT_CHECKED = "doc_checked", _("A document is checked")
    DOCUMENT_REFUSED = "doc_refused", _("A document is refused")
    DOCUMENT_DROPPED = "doc_dropped", _("A document is no longer needed")
    DOCUMENT_REMINDER = "doc_reminder", _("Reminder of a document")


class Outbox(models.Model):
    """A mail that is owed, stored with the event that caused it: one commit, both or none."""

    key = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=15, choices=MailKind)
    # What it tells of: a step of the request, or of one of its documents.
    event = models.ForeignKey(
        RequestEvent, on_delete=models.PROTECT, null=True, related_name="mails"
    )
    asked_event = models.ForeignKey(
        AskedEvent, on_delete=models.PROTECT, null=True, related_name="mails"
    )
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("mail to send")
        verbose_name_plural = _("mails to send")
        indexes = [models.Index("due_at", "id", name="mails_to_send", condition=Q(done_at=None))]
        constraints = [
            models.CheckConstraint(
                name="a_mail_tells_of_one_step",
                condition=Q(event__isnull=False, asked_event=None)
                | Q(event=None, asked_event__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.key
