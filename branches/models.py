"""Offices, when they are open, the four branches with their topics, and the pilot."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from branches.working_days import (
    CLOSE_AFTER_DAYS,
    RECALL_AFTER_DAYS,
    REMIND_DAYS_AFTER_DUE,
    REMIND_DAYS_BEFORE_DUE,
)

LANGUAGES = ("fr", "nl", "de", "en")
# Nobody waits longer for a reply than this, in working days.
MOST_DAYS = 100


def in_own_language(texts: dict[str, str]) -> str:
    """The text in the language of the page; French where that language has none."""
    return texts.get(get_language() or "fr") or texts["fr"]


def validate_four_languages(texts: object) -> None:
    """Refuse anything but one non-empty text for each of the four languages."""
    if (
        not isinstance(texts, dict)
        or set(texts) != set(LANGUAGES)
        or not all(isinstance(text, str) and text.strip() for text in texts.values())
    ):
        raise ValidationError(_("Give one text for each of fr, nl, de and en."))


class Office(models.Model):
    """A place where members are helped. Its hours and closures decide what counts as waiting."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    reference_prefix = models.CharField(_("prefix of references"), max_length=4)
    is_active = models.BooleanField(_("active"), default=True)
    # The database has the defaults too: code of before these columns still stores an office.
    recall_after_days = models.PositiveSmallIntegerField(
        _("recall after working days"),
        default=RECALL_AFTER_DAYS,
        db_default=RECALL_AFTER_DAYS,
        help_text=_("A member who does not reply is reminded after so many working days."),
    )
    close_after_days = models.PositiveSmallIntegerField(
        _("close after working days"),
        default=CLOSE_AFTER_DAYS,
        db_default=CLOSE_AFTER_DAYS,
        help_text=_("Without a reply the request is closed after so many working days."),
    )
    remind_days_before_due = models.PositiveSmallIntegerField(
        _("remind of documents, days before they are due"),
        default=REMIND_DAYS_BEFORE_DUE,
        db_default=REMIND_DAYS_BEFORE_DUE,
        help_text=_("Calendar days; 0 sends no reminder before the due date."),
    )
    remind_days_after_due = models.PositiveSmallIntegerField(
        _("remind of documents, days after they were due"),
        default=REMIND_DAYS_AFTER_DUE,
        db_default=REMIND_DAYS_AFTER_DUE,
        help_text=_("Calendar days; 0 sends no reminder after the due date."),
    )

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        constraints = [
            models.CheckConstraint(
                name="reference_prefixes_are_capital_letters",
                condition=Q(reference_prefix__regex=r"^[A-Z]{2,4}$"),
            ),
            models.UniqueConstraint(
                name="no_two_offices_share_a_reference_prefix", fields=["reference_prefix"]
            ),
            models.CheckConstraint(
                name="members_are_recalled_before_their_request_is_closed",
                condition=Q(
                    recall_after_days__gte=1,
                    recall_after_days__lt=F("close_after_days"),
                    close_after_days__lte=MOST_DAYS,
                ),
                violation_error_message=_(
                    "Recall after at least 1 working day, and close later, within 100."
                ),
            ),
            models.CheckConstraint(
                name="members_are_reminded_within_two_months_of_the_due_date",
                condition=Q(remind_days_before_due__lte=60, remind_days_after_due__lte=60),
                violation_error_message=_("Remind at most 60 days before or after."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


def _dates_from_to(first: str, last: str) -> Func:
    """The range of dates of a row, both days included; an empty end is open."""
    return Func(
        F(first),
        F(last),
        Value("[]"),
        function="daterange",
    )


class ClockRange(Func):
    """From one time of day up to another. PostgreSQL has no such range: a fixed day stands in."""

    template = "tsrange('2000-01-01'::date + %(expressions)s)"
    arg_joiner = ", '2000-01-01'::date + "


class OpeningHours(models.Model):
    """One period of a weekday; an office that closes for lunch has two a day."""

    office = models.ForeignKey(
        Office, verbose_name=_("office"), on_delete=models.CASCADE, related_name="opening_hours"
    )
    weekday = models.SmallIntegerField(_("weekday"), choices=Weekday)
    opens = models.TimeField(_("opens at"))
    closes = models.TimeField(_("closes at"))
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(
                name="an_office_opens_before_it_closes", condition=Q(opens__lt=F("closes"))
            ),
            models.CheckConstraint(
                name="opening_hours_end_after_they_begin",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
            ),
            models.CheckConstraint(
                name="opening_hours_lie_on_a_weekday", condition=Q(weekday__range=(0, 6))
            ),
            ExclusionConstraint(
                name="opening_hours_of_an_office_do_not_overlap",
                expressions=[
                    ("office", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (ClockRange(F("opens"), F("closes")), RangeOperators.OVERLAPS),
                    (_dates_from_to("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class ClosureKind(models.TextChoices):
    LEGAL = "legal", _("Legal holiday")
    REPLACEMENT = "replacement", _("Replacement day")
    BRIDGE = "bridge", _("Bridge day")
    OTHER = "other", _("Other closure")


class Closure(models.Model):
    """A day on which an office, or every office, is closed whatever its opening hours say."""

    office = models.ForeignKey(
        Office,
        verbose_name=_("office"),
        on_delete=models.CASCADE,
        related_name="closures",
        null=True,
        blank=True,
        help_text=_("Empty: every office is closed on that day."),
    )
    closed_on = models.DateField(_("closed on"))
    kind = models.CharField(_("kind"), max_length=12, choices=ClosureKind)
    names = models.JSONField(_("names"), validators=[validate_four_languages])

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        constraints = [
            models.UniqueConstraint(
                name="an_office_closes_once_a_day",
                fields=["office", "closed_on"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="closures_are_named_in_four_languages",
                condition=Q(names__has_keys=LANGUAGES),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.closed_on:%Y-%m-%d} {in_own_language(self.names)}"


class Branch(models.Model):
    """One of the disciplines in which advisers of the pilot offices work."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    names = models.JSONField(_("names"), validators=[validate_four_languages])
    invitations = models.JSONField(
        _("what a member would say"),
        validators=[validate_four_languages],
        help_text=_("How the form of the member names this branch, in the member's own words."),
    )
    examples = models.JSONField(_("examples"), validators=[validate_four_languages])
    position = models.PositiveSmallIntegerField(_("position"), unique=True)
    is_confidential = models.BooleanField(
        _("confidential"),
        default=False,
        help_text=_("Only advisers of this branch and the assigned adviser read its requests."),
    )

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        constraints = [
            models.CheckConstraint(
                name="branches_are_named_in_four_languages",
                condition=Q(
                    names__has_keys=LANGUAGES,
                    invitations__has_keys=LANGUAGES,
                    examples__has_keys=LANGUAGES,
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_own_language(self.names)

    @property
    def invitation(self) -> str:
        return in_own_language(self.invitations)

    @property
    def example(self) -> str:
        return in_own_language(self.examples)

    @property
    def css_class(self) -> str:
        return self.code.replace("_", "-")


class Topic(models.Model):
    """What a request is about, within a branch."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    branch = models.ForeignKey(
        Branch, verbose_name=_("branch"), on_delete=models.PROTECT, related_name="topics"
    )
    titles = models.JSONField(_("titles"), validators=[validate_four_languages])
    keywords = models.JSONField(_("keywords"))
    may_contain_sensitive_data = models.BooleanField(_("may contain sensitive data"), default=False)
    is_deadline_bound = models.BooleanField(_("bound to a deadline"), default=False)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        constraints = [
            models.UniqueConstraint(
                name="topics_of_a_branch_have_each_a_position", fields=["branch", "position"]
            ),
            models.CheckConstraint(
                name="topics_are_named_in_four_languages",
                condition=Q(titles__has_keys=LANGUAGES, keywords__has_keys=LANGUAGES),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return in_own_language(self.titles)


class PilotQuerySet(models.QuerySet["Pilot"]):
    def running(self, *, on: date) -> Self:
        return self.filter(starts_on__lte=on, ends_on__gte=on)

    def current(self, *, on: date) -> "Pilot | None":
        """The pilot that runs on this day, else the last one before, else the next one."""
        # A cooperative has a handful of pilots: one query brings them all.
        pilots = list(self.order_by("starts_on", "id"))
        begun = [pilot for pilot in pilots if pilot.starts_on <= on]
        return next(iter(begun[::-1] or pilots), None)

    def works_by_branch(self, office: Office, *, on: date) -> bool:
        """Whether this office is a pilot office on this day; the others work by team."""
        return self.running(on=on).filter(offices=office).exists()


class Pilot(models.Model):
    """The experiment: which offices work by branch, since when, and whom they are compared with."""

    name = models.CharField(_("name"), max_length=80)
    offices = models.ManyToManyField(Office, verbose_name=_("pilot offices"), related_name="pilots")
    comparison_offices = models.ManyToManyField(
        Office, verbose_name=_("comparison offices"), related_name="compared_in", blank=True
    )
    baseline_starts_on = models.DateField(_("months before counted from"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    promise_working_days = models.PositiveSmallIntegerField(_("promise in working days"), default=2)
    working_day_hours = models.PositiveSmallIntegerField(
        _("office hours in a working day"),
        default=8,
        help_text=_("The promise in office hours is the number of working days times this."),
    )

    objects = PilotQuerySet.as_manager()

    class Meta:
        verbose_name = _("pilot")
        verbose_name_plural = _("pilots")
        constraints = [
            models.CheckConstraint(
                name="a_pilot_has_a_before_and_a_during",
                condition=Q(baseline_starts_on__lt=F("starts_on"), starts_on__lt=F("ends_on")),
            ),
            models.CheckConstraint(
                name="a_promise_is_longer_than_nothing",
                condition=Q(promise_working_days__gte=1, working_day_hours__range=(1, 24)),
            ),
            ExclusionConstraint(
                name="two_pilots_do_not_run_at_once",
                expressions=[(_dates_from_to("starts_on", "ends_on"), RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def promise_seconds(self) -> int:
        """The promise as seconds of office hours."""
        return self.promise_working_days * self.working_day_hours * 3600
