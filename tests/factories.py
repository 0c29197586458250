"""Situations, by name. Dates are constants: a test that passes today passes in ten years."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from uuid import uuid4

import factory

from branches.models import Branch, Office, OpeningHours, Pilot, Topic
from people.models import Absence, Member, Posting, User
from people.roles import Role
from requests_app import consulting, submission, transitions
from requests_app.consultation_models import Consultation
from requests_app.enums import ClosingReason
from requests_app.models import MemberRequest

# A Thursday in the pilot, 11:00 in Brussels, when every office is open.
NOW = datetime(2023, 6, 15, 9, 0, tzinfo=UTC)
TODAY = date(2023, 6, 15)
LONG_AGO = date(2020, 1, 1)


class _OfficeFactory(factory.django.DjangoModelFactory):
    """An office open from 9 to 17, Monday to Friday."""

    class Meta:
        model = Office
        django_get_or_create = ("code",)
        skip_postgeneration_save = True

    code = "LIEGE"
    name = "Liège"
    reference_prefix = factory.LazyAttribute(lambda o: o.code[:2])

    @factory.post_generation
    def opening_hours(self: Office, create: bool, _given: Any, **_kwargs: Any) -> None:
        if create and not self.opening_hours.exists():
            OpeningHours.objects.bulk_create(
                OpeningHours(office=self, weekday=day, opens=time(9), closes=time(17))
                for day in range(5)
            )


# Factories have no types of their own: these are the names that tests use.
OfficeFactory = cast("Callable[..., Office]", _OfficeFactory)


class _PilotFactory(factory.django.DjangoModelFactory):
    """The pilot of 2023, in which Liège works by branch."""

    class Meta:
        model = Pilot
        skip_postgeneration_save = True

    name = "Pilot 2023"
    baseline_starts_on = date(2022, 12, 8)
    starts_on = date(2023, 6, 8)
    ends_on = date(2023, 12, 7)

    @factory.post_generation
    def offices(self: Pilot, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create:
            self.offices.set(extracted if extracted is not None else [OfficeFactory()])

    @factory.post_generation
    def comparison_offices(self: Pilot, create: bool, extracted: Any, **_kwargs: Any) -> None:
        if create and extracted:
            self.comparison_offices.set(extracted)


PilotFactory = cast("Callable[..., Pilot]", _PilotFactory)


class _UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    name = factory.Sequence(lambda n: f"Aline Dumont {n}")
    email = factory.Sequence(lambda n: f"person{n}@example.org")
    role = Role.MEMBER
    language = "fr"


UserFactory = cast("Callable[..., User]", _UserFactory)


class _MemberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Member

    user = factory.SubFactory(_UserFactory)
    number = factory.Sequence(lambda n: str(20400 + n))
    office = factory.SubFactory(_OfficeFactory)
    joined_on = LONG_AGO


MemberFactory = cast("Callable[..., Member]", _MemberFactory)


def branch(code: str = "first_line") -> Branch:
    """One of the four branches that the migrations bring."""
    return Branch.objects.get(code=code)


def topic(code: str = "account_access") -> Topic:
    """One of the 53 topics that the migrations bring."""
    return Topic.objects.select_related("branch").get(code=code)


class _PostingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Posting

    adviser = factory.SubFactory(_UserFactory, role=Role.ADVISER)
    office = factory.SubFactory(_OfficeFactory)
    branch = factory.LazyFunction(branch)
    starts_on = LONG_AGO


PostingFactory = cast("Callable[..., Posting]", _PostingFactory)


class _AbsenceFactory(factory.django.DjangoModelFactory):
    """Away today and tomorrow, recorded this morning."""

    class Meta:
        model = Absence

    adviser = factory.SubFactory(_UserFactory, role=Role.ADVISER)
    starts_on = TODAY
    ends_on = TODAY + timedelta(days=1)
    recorded_at = NOW


AbsenceFactory = cast("Callable[..., Absence]", _AbsenceFactory)


def an_adviser(branch_code: str | None = "first_line", **user: Any) -> User:
    """An adviser who works in this branch of Liège, or in its team when there is no branch."""
    office = user.pop("office", None) or OfficeFactory()
    adviser = UserFactory(role=Role.ADVISER, **user)
    posted: dict[str, Any] = (
        {"branch": branch(branch_code)} if branch_code else {"branch": None, "team": "Outremeuse"}
    )
    PostingFactory(adviser=adviser, office=office, **posted)
    return adviser


def a_request(**changes: Any) -> MemberRequest:
    """A request that a member of Liège has just sent, told by its real events.

    `topic_code` chooses the topic (None: “I don't know”), `pilot=False` an office by team;
    `taken_by`, `answered_by` and `closed_by` are advisers who did so at the same moment.
    """
    member = changes.pop("member", None) or MemberFactory()
    if changes.pop("pilot", True) and not Pilot.objects.exists():
        PilotFactory(offices=[member.office])
    at = changes.pop("at", NOW)
    code = changes.pop("topic_code", "account_access")
    people = {name: changes.pop(name, None) for name in ("taken_by", "answered_by", "closed_by")}
    member_request = submission.submit(
        member=member,
        by=member.user,
        at=at,
        key=changes.pop("key", None) or uuid4(),
        subject=changes.pop("subject", "Je ne peux plus me connecter"),
        body=changes.pop("body", "Depuis hier, mon mot de passe est refusé."),
        topic=topic(code) if code else None,
        **changes,
    )
    if member_request.is_sensitive:
        _somebody_supports(member_request.office)
    _happened(member_request, at=at, **people)
    return member_request


def a_consultation(member_request: MemberRequest, **changes: Any) -> Consultation:
    """Its branch asks “Safeguarding”, or the branch with this `code`, for its view."""
    return consulting.ask(
        member_request=member_request,
        by=changes.pop("by", None) or an_adviser(),
        at=changes.pop("at", NOW),
        version=member_request.version,
        branch=branch(changes.pop("code", "safeguarding")),
        question="Faut-il un contrat ici ?",
        key=uuid4(),
        **changes,
    )


def _somebody_supports(office: Office) -> None:
    """What is private has its readers: without any, the whole office would stand in for them."""
    here = Posting.objects.filter(office=office, branch__is_confidential=True)
    if not here.exists():
        PostingFactory(office=office, branch=branch("support"))


def _happened(
    member_request: MemberRequest,
    *,
    at: datetime,
    taken_by: User | None,
    answered_by: User | None,
    closed_by: User | None,
) -> None:
    def step() -> dict[str, Any]:
        return {"member_request": member_request, "at": at, "version": member_request.version}

    if taken_by:
        transitions.take(by=taken_by, **step())
    if answered_by:
        transitions.answer(by=answered_by, body="Voici la réponse.", key=uuid4(), **step())
    if closed_by:
        reason = ClosingReason.ANSWERED if answered_by else ClosingReason.WITHDRAWN
        transitions.close(by=closed_by, reason=reason, **step())
