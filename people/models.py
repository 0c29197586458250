"""Who signs in, who is a member of which office, and which adviser works where and when."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, OuterRef, Q, Value
from django.db.models.functions import JSONArray, Lower, Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from branches.models import LANGUAGES, Branch, Office
from people.roles import Role


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> "User":
        """Store one person; the address is kept in small letters so that it is found again."""
        user = self.model(email=email.lower() if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """The administrator whom `manage.py createsuperuser` makes."""
        return self.create_user(email, password, role=Role.ADMINISTRATOR, **fields)


def initials(name: str) -> str:
    """The first letters of the first and the last word: "Inès de la Tour" is IT."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if words[1:] else words)).upper()


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Staff sign in with a password and a second factor, members with a mailed code."""

    # Kept in small letters, so that an address written in another way is still the same person.
    email = models.EmailField(_("e-mail address"), unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=15, choices=Role, default=Role.MEMBER)
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=[("fr", "Français"), ("nl", "Nederlands"), ("de", "Deutsch"), ("en", "English")],
        default="fr",
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    joined_at = models.DateTimeField(_("joined at"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                name="addresses_are_in_small_letters", condition=Q(email=Lower("email"))
            ),
            # People known from imported history have no address and can never sign in.
            models.CheckConstraint(
                name="who_may_sign_in_has_an_address",
                condition=Q(is_active=False) | Q(email__isnull=False) & ~Q(email=""),
            ),
            models.CheckConstraint(name="a_role_is_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="a_language_is_one_of_four", condition=Q(language__in=LANGUAGES)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower() if self.email else None

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def initials(self) -> str:
        return initials(self.name)

    def posting_on(self, *, day: date) -> "Posting | None":
        """Where this adviser works on that day, and with whom. Asked once a day and object."""
        known: dict[date, Posting | None] = self.__dict__.setdefault("_postings", {})
        if day not in known:
            found = self.postings.on(day).select_related("office", "branch")
            known[day] = found.with_staff(day).first()
        return known[day]

    @property
    def is_staff(self) -> bool:
        """Django's admin asks this: the configuration belongs to administrators alone."""
        return self.role == Role.ADMINISTRATOR

    @property
    def works_here(self) -> bool:
        return self.role != Role.MEMBER

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session has to agree with: it ends with the password, and with the role as well.

        A session of an adviser who becomes a manager would go on with what was begun before.
        """
        known = f"{self.role}:{self.password}"
        return salted_hmac(
            "people.models.User", known, secret=secret, algorithm="sha256"
        ).hexdigest()

    # Django's own flag and permission rows stay unused: the role decides.
    def has_perm(self, perm: str, obj: Any = None) -> bool:  # noqa: ARG002
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002
        return self.is_active and self.is_staff


class Member(models.Model):
    """What the cooperative knows of a member beside the person: number, office, and consent."""

    user = models.OneToOneField(
        User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="member"
    )
    number = models.CharField(_("member number"), max_length=40, unique=True)
    office = models.ForeignKey(
        Office, verbose_name=_("office"), on_delete=models.PROTECT, related_name="members"
    )
    may_be_surveyed = models.BooleanField(_("may be surveyed"), default=True)
    joined_on = models.DateField(_("member since"), null=True, blank=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")

    def __str__(self) -> str:
        return f"{self.user.name} ({self.number})"


class PostingQuerySet(models.QuerySet["Posting"]):
    def on(self, day: date) -> Self:
        """The postings that hold on this day, first and last day included."""
        return self.filter(Q(starts_on__lte=day), Q(ends_on__isnull=True) | Q(ends_on__gte=day))

    def with_staff(self, day: date) -> Self:
        """The same, each with the `colleagues` in its office that day."""
        here = Posting.objects.on(day).filter(office=OuterRef("office"), adviser__is_active=True)
        values = ("adviser_id", "branch_id", "branch__is_confidential")
        return self.annotate(staff=ArraySubquery(here.values(one=JSONArray(*values))))


class Colleague(NamedTuple):
    """Somebody who works in an office: the keys of the adviser and, in a pilot, of the branch."""

    adviser: int
    branch: int | None
    is_confidential: bool | None  # what that branch deals with


class Posting(models.Model):
    """Where an adviser works: an office, and there a branch (pilot) or a team, for a period."""

    adviser = models.ForeignKey(
        User,
        verbose_name=_("adviser"),
        on_delete=models.PROTECT,
        related_name="postings",
        limit_choices_to={"role": Role.ADVISER},
    )
    office = models.ForeignKey(
        Office, verbose_name=_("office"), on_delete=models.PROTECT, related_name="postings"
    )
    branch = models.ForeignKey(
        Branch,
        verbose_name=_("branch"),
        on_delete=models.PROTECT,
        related_name="postings",
        null=True,
        blank=True,
    )
    team = models.CharField(_("team"), max_length=60, blank=True)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)

    # What `with_staff` adds; no column.
    staff: Sequence[tuple[int, int | None, bool | None]]

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.CheckConstraint(
                name="a_posting_is_to_a_branch_or_to_a_team",
                condition=Q(branch__isnull=False, team="") | Q(branch=None) & ~Q(team=""),
                violation_error_message=_("Give either a branch or a team, not both."),
            ),
            models.CheckConstraint(
                name="postings_end_after_they_begin",
                condition=Q(ends_on=None) | Q(starts_on__lte=F("ends_on")),
            ),
            ExclusionConstraint(
                name="postings_of_an_adviser_do_not_overlap",
                expressions=[
                    ("adviser", RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("ends_on"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("This adviser has another posting in that period."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.adviser} · {self.office} · {self.branch or self.team}"

    @cached_property
    def colleagues(self) -> Sequence[Colleague]:
        """Who works in this office, this adviser included; only of what `with_staff` brought."""
        return [Colleague(*values) for values in self.staff]


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def on(self, day: date) -> Self:
        """The absences that hold on this day, first and last day included."""
        return self.not_over(on=day).filter(starts_on__lte=day)

    def not_over(self, *, on: date) -> Self:
        return self.filter(ends_on__gte=on)


class Absence(models.Model):
    """Days on which an adviser does not work. Nobody asks why: no reason is kept."""

    adviser = models.ForeignKey(
        User,
        verbose_name=_("adviser"),
        on_delete=models.CASCADE,
        related_name="absences",
        limit_choices_to={"role": Role.ADVISER},
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    # What the adviser did before this moment was done before anybody knew of the absence.
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(
                name="absences_end_after_they_begin",
                condition=Q(starts_on__lte=F("ends_on")),
                violation_error_message=_("The last day lies before the first day."),
            ),
            ExclusionConstraint(
                name="absences_of_an_adviser_do_not_overlap",
                expressions=[
                    ("adviser", RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("ends_on"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("This adviser has another absence in that period."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.adviser} · {self.starts_on:%Y-%m-%d} – {self.ends_on:%Y-%m-%d}"
