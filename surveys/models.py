"""Questionnaires, waves with their archived frame, and who was asked. What was said: answer_models.

Participation and answers share no key: nothing here leads to an answer, and nothing there leads
back. docs/adr says how and why.
"""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import LANGUAGES, Office, Pilot
from people.models import User
from surveys.answer_models import Answer, AnswerDraft, Comment, InboxAnswer
from surveys.enums import OPEN_STATES, UNSENT_STATES, Contact, Kind, Side, State, Step
from surveys.sampling import Group

__all__ = ["Answer", "AnswerDraft", "Comment", "InboxAnswer"]

# The invitation and two reminders.
MOST_MAILS = 3


class Questionnaire(models.Model):
    """One version of the questions, in four languages: a draft until it is released.

    A trigger keeps a released version as it is: what was asked, and what it meant, stays readable.

    `surveys.questionnaires` says what stands in `content`, and checks it.
    """

    kind = models.CharField(max_length=10, choices=Kind)
    version = models.PositiveSmallIntegerField()
    content = models.JSONField()
    # Counts the savings of a draft: of two people who change it at once, one is told.
    revision = models.PositiveIntegerField(default=1)
    # Complete, and asked by the waves planned from then on; nothing of it changes any more.
    released_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Since its first wave was drawn.
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        constraints = [
            models.UniqueConstraint(
                name="versions_of_a_questionnaire_are_numbered", fields=["kind", "version"]
            ),
            models.CheckConstraint(
                name="questionnaires_are_for_members_or_advisers", condition=Q(kind__in=Kind.values)
            ),
            models.UniqueConstraint(
                name="one_draft_of_each_questionnaire",
                fields=["kind"],
                condition=Q(released_at=None),
            ),
            models.CheckConstraint(
                name="questionnaires_in_use_were_released",
                condition=Q(frozen_at=None) | Q(released_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"


class Wave(models.Model):
    """One round of a survey: planned, drawn from a frame, sent, closed."""

    pilot = models.ForeignKey(Pilot, on_delete=models.PROTECT, related_name="waves")
    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="waves")
    kind = models.CharField(max_length=10, choices=Kind)
    # The first day of the month in which it is sent.
    month = models.DateField()
    offices = models.ManyToManyField(Office, related_name="waves")
    # Half the width of the range that each office should get, in points: 10 is ± 10 %.
    margin = models.DecimalField(max_digits=3, decimal_places=1)
    # What share is expected to answer, in percent.
    expected_response = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    # Thirty-two hexadecimal digits, recorded before the draw that they decide.
    seed = models.CharField(max_length=32, blank=True)
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # When the last answers were moved out of the inbox; results exist from then on.
    mixed_at = models.DateTimeField(null=True)
    # When the way from its lists to people was destroyed: nothing is drawn again after that.
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        constraints = [
            models.UniqueConstraint(
                name="one_wave_a_pilot_kind_and_month",
                fields=["pilot", "kind", "month"],
                condition=~Q(state=State.ABANDONED),
            ),
            models.CheckConstraint(
                name="waves_are_named_by_the_first_of_a_month", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="waves_are_in_a_known_state",
                condition=Q(state__in=State.values, kind__in=Kind.values),
            ),
            models.CheckConstraint(
                name="waves_are_drawn_with_a_seed",
                condition=Q(state=State.PLANNED, seed="", drawn_at=None)
                | ~Q(state=State.PLANNED)
                & Q(seed__regex=r"^[0-9a-f]{32}$", drawn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="waves_that_were_sent_have_a_beginning_and_an_end",
                condition=Q(state__in=UNSENT_STATES, started_at=None, closes_at=None)
                | Q(state__in=[*OPEN_STATES, State.CLOSED], started_at__lt=F("closes_at")),
            ),
            models.CheckConstraint(
                name="only_paused_waves_are_paused",
                condition=Q(state=State.PAUSED, paused_at__isnull=False)
                | ~Q(state=State.PAUSED) & Q(paused_at=None),
            ),
            models.CheckConstraint(
                name="closed_waves_were_closed_and_then_mixed",
                condition=Q(state=State.CLOSED, closed_at__isnull=False)
                | ~Q(state=State.CLOSED) & Q(closed_at=None, mixed_at=None),
            ),
            models.CheckConstraint(
                name="a_precision_and_a_response_can_be_reached",
                condition=Q(margin__gte=1, margin__lte=30, expected_response__range=(1, 100)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.month:%Y-%m}"


class WaveFigures(models.Model):
    """What may be shown of a finished wave, as `surveys.stored_figures` reads it. No answers."""

    wave = models.OneToOneField(Wave, on_delete=models.CASCADE, related_name="figures")
    content = models.JSONField()
    # Which version of the rule of what may be shown.
    rule = models.PositiveSmallIntegerField()
    # When the answers were mixed that these figures count.
    mixed_at = models.DateTimeField()
    stored_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.wave_id)


class WaveEvent(models.Model):
    """Who took which step of a wave, and when. That of the plan stands in the wave itself."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="events")
    step = models.CharField(max_length=10, choices=Step)
    # Empty when time did it.
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="waves_take_known_steps", condition=Q(step__in=Step.values)
            ),
            models.CheckConstraint(
                name="time_only_closes_waves", condition=Q(by__isnull=False) | Q(step=Step.CLOSE)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wave_id} {self.step}"


class Stratum(models.Model):
    """One part of the frame, and how many of it were drawn."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="strata")
    # Unique in its wave, such as "LIEGE.one": answers name their strata by it.
    code = models.CharField(max_length=40)
    # Empty for advisers, of whom no office is ever told apart.
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, related_name="+")
    side = models.CharField(max_length=10, choices=Side)
    contact = models.CharField(max_length=10, choices=Contact)
    members = models.PositiveIntegerField()
    eligible = models.PositiveIntegerField()
    drawn = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="strata_of_a_wave_have_each_a_code", fields=["wave", "code"]
            ),
            models.CheckConstraint(
                name="no_more_are_drawn_than_there_are",
                condition=Q(drawn__lte=F("eligible"), eligible__lte=F("members")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class FrameRow(models.Model):
    """Somebody as they stood on the list on the day of the draw: to draw again, and to compare."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="frame")
    stratum = models.ForeignKey(Stratum, on_delete=models.CASCADE, related_name="rows")
    # What decides the draw, together with the seed. It outlives the person.
    key = models.CharField(max_length=24)
    # Empty when the person was erased since.
    person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    group = models.CharField(max_length=10, choices=[(group, group) for group in Group])
    is_drawn = models.BooleanField()
    # The chance to be drawn was group_drawn / group_size, exactly.
    group_drawn = models.PositiveIntegerField()
    group_size = models.PositiveIntegerField()
    # Known facts, to compare those who answered with those who did not.
    language = models.CharField(max_length=2)
    member_since = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="everybody_stands_once_in_a_frame", fields=["wave", "key"]
            ),
            models.CheckConstraint(
                name="chances_are_shares",
                condition=Q(group_drawn__lte=F("group_size"), group_size__gte=1),
            ),
            models.CheckConstraint(
                name="who_was_drawn_could_be_drawn",
                condition=Q(is_drawn=False) | Q(group_drawn__gte=1) & ~Q(group=Group.RESTING),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Invitation(models.Model):
    """Somebody who was asked, and whether they took part. Never what they said, nor when."""

    # Random, so that sorting by it tells nothing; the token of the link is derived from it.
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="invitations")
    row = models.OneToOneField(FrameRow, on_delete=models.CASCADE, related_name="invitation")
    stratum = models.ForeignKey(Stratum, on_delete=models.CASCADE, related_name="invitations")
    # Empty once the link is destroyed.
    token_hash = models.CharField(max_length=64, unique=True, null=True)
    language = models.CharField(max_length=2)
    is_spent = models.BooleanField(default=False)
    # Counted up for the whole wave whenever answers move: all its rows are then equally old.
    touched = models.PositiveIntegerField(default=0)
    mails_sent = models.PositiveSmallIntegerField(default=0)
    # Of the next mail; empty when none will follow.
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    # Committed before a mail is handed to the mail server: whoever finds it later does not know
    # whether that mail went out, and does not send it again.
    handed_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)
    bounced_at = models.DateTimeField(null=True)
    # The account was closed or erased before an answer came: out of the response rate.
    is_withdrawn = models.BooleanField(default=False)
    # Asked, by the link of this invitation, never to be asked again.
    has_refused = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                "due_at", "id", name="survey_mails_to_send", condition=Q(due_at__isnull=False)
            ),
            models.Index(
                "handed_at", name="survey_mails_on_the_way", condition=Q(handed_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="an_invitation_and_two_reminders",
                condition=Q(mails_sent__lte=MOST_MAILS),
            ),
            models.CheckConstraint(
                name="nothing_follows_a_bounce_or_a_refusal",
                condition=Q(bounced_at=None, is_withdrawn=False, has_refused=False)
                | Q(due_at=None),
            ),
            models.CheckConstraint(
                name="invitations_are_written_in_one_of_four_languages",
                condition=Q(language__in=LANGUAGES),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class EarlierLink(models.Model):
    """A link that was mailed when the product had another secret. It opens the same invitation."""

    token_hash = models.CharField(primary_key=True, max_length=64)
    invitation = models.ForeignKey(
        Invitation, on_delete=models.CASCADE, related_name="earlier_links"
    )

    def __str__(self) -> str:
        return self.token_hash[:8]


class OptOut(models.Model):
    """Somebody who does not want to be asked again, in any survey."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="opt_out")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.person_id)
