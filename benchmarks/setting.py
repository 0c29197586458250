"""Who is there before the first request: offices with hours, advisers, members, the pilot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
from django.db.models import F
from django.utils.timezone import localdate

from branches.models import Branch, Office, OpeningHours, Pilot
from people.models import Member, Posting, User
from people.roles import Role
from requests_app.expectation_models import Expectation
from requests_app.expectations import last_month

# Code, name, prefix of references, advisers of each branch or of the team, share of the requests.
PILOT_OFFICES = (("LIEGE", "Liège", "LG", 3, 0.18), ("CHARLEROI", "Charleroi", "CH", 3, 0.18))
OTHER_OFFICES = (
    ("BRUXELLES", "Bruxelles", "BX", 20, 0.28),
    ("GENT", "Gent", "GT", 12, 0.12),
    ("MONS", "Mons", "MS", 9, 0.09),
    ("NAMUR", "Namur", "NM", 9, 0.09),
    ("EUPEN", "Eupen", "EU", 4, 0.06),
)
OFFICES = (*PILOT_OFFICES, *OTHER_OFFICES)
SHARES = tuple(office[-1] for office in OFFICES)
HOURS = ((time(9), time(12, 30)), (time(13, 30), time(17)))
LANGUAGES = ("fr", "nl", "de", "en")
LANGUAGE_SHARES = (0.7, 0.2, 0.04, 0.06)
FIRST_NAMES = ("Aline", "Bart", "Chloé", "Dries", "Elif", "Farid", "Greta", "Hugo", "Inès", "Joris")
LAST_NAMES = ("Adam", "Bodart", "Claes", "Dumont", "Engels", "Fontaine", "Goris", "Henry")
PILOT_BEGAN = timedelta(days=150)
HISTORY = timedelta(days=365)


@dataclass(frozen=True)
class Setting:
    """What requests refer to, as keys. Members and advisers are arrays, one an office."""

    offices: Sequence[Office]  # in the order of OFFICES
    pilot: Pilot
    branches: Sequence[Branch]
    members: Sequence[np.ndarray]
    # For each office and place of a branch; in an office by team every branch has the whole team.
    advisers: dict[tuple[int, int], np.ndarray]


def set_up(*, members: int, at: datetime, rng: np.random.Generator) -> Setting:
    """Store everything that requests refer to. About 80 advisers, whatever the size."""
    branches = list(Branch.objects.order_by("position"))
    offices = _offices()
    pilot = _pilot(offices, day=localdate(at))
    _expectations(offices, branches, day=localdate(at))
    return Setting(
        offices=offices,
        pilot=pilot,
        branches=branches,
        members=_members(offices, members, day=localdate(at), rng=rng),
        advisers=_advisers(offices, branches, pilot),
    )


def _offices() -> list[Office]:
    offices = Office.objects.bulk_create(
        Office(code=code, name=name, reference_prefix=prefix) for code, name, prefix, *_ in OFFICES
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(office=office, weekday=weekday, opens=opens, closes=closes)
        for office in offices
        for weekday in range(5)
        for opens, closes in HOURS
    )
    return offices


def _pilot(offices: Sequence[Office], *, day: date) -> Pilot:
    began = day - PILOT_BEGAN
    pilot = Pilot.objects.create(
        name="Pilot",
        baseline_starts_on=began - timedelta(days=180),
        starts_on=began,
        ends_on=began + timedelta(days=182),
    )
    pilot.offices.set(offices[: len(PILOT_OFFICES)])
    pilot.comparison_offices.set(offices[len(PILOT_OFFICES) :])
    return pilot


def _expectations(offices: Sequence[Office], branches: Sequence[Branch], *, day: date) -> None:
    """Last month's waiting times, which the form and the receipt show."""
    Expectation.objects.bulk_create(
        Expectation(
            office=office,
            branch=branch,
            month=last_month(day),
            median=6 * 3600,
            ninetieth=20 * 3600,
            requests=200,
        )
        for office in offices
        for branch in (None, *branches)
    )


def _people(count: int, role: Role, rng: np.random.Generator | None = None) -> list[User]:
    """Store so many people of this role, who speak French unless chance decides."""
    languages = (
        rng.choice(LANGUAGES, size=count, p=LANGUAGE_SHARES).tolist() if rng else ["fr"] * count
    )
    return User.objects.bulk_create(
        (
            User(
                email=f"{role}{number}@bench.example",
                name=f"{FIRST_NAMES[number % 10]} {LAST_NAMES[number // 10 % 8]}",
                password="!",
                role=role,
                language=language,
            )
            for number, language in enumerate(languages)
        ),
        batch_size=5000,
    )


def _members(
    offices: Sequence[Office], count: int, *, day: date, rng: np.random.Generator
) -> list[np.ndarray]:
    users = _people(count, Role.MEMBER, rng)
    places = rng.choice(len(offices), size=count, p=SHARES)
    # Nobody's office stays without members, however few there are.
    places[: len(offices)] = np.arange(len(offices))
    members = Member.objects.bulk_create(
        (
            Member(user=user, number=str(10_000 + number), office=offices[place], joined_on=day)
            for number, (user, place) in enumerate(zip(users, places.tolist(), strict=True))
        ),
        batch_size=5000,
    )
    keys = np.array([member.pk for member in members])
    return [keys[places == place] for place in range(len(offices))]


def _advisers(
    offices: Sequence[Office], branches: Sequence[Branch], pilot: Pilot
) -> dict[tuple[int, int], np.ndarray]:
    wanted = [
        (place, branch)
        for place, (*_, number, _share) in enumerate(OFFICES)
        for branch in (range(len(branches)) if place < len(PILOT_OFFICES) else [None])
        for _one in range(number)
    ]
    users = _people(len(wanted), Role.ADVISER)
    found: dict[tuple[int, int], list[int]] = {}
    postings: list[Posting] = []
    for user, (place, branch) in zip(users, wanted, strict=True):
        chosen = None if branch is None else branches[branch]
        postings += _postings(user, offices[place], chosen, pilot)
        for each in range(len(branches)) if branch is None else [branch]:
            found.setdefault((place, each), []).append(user.pk)
    Posting.objects.bulk_create(postings)
    return {key: np.array(pool) for key, pool in found.items()}


def _postings(
    adviser: User, office: Office, branch: Branch | None, pilot: Pilot
) -> Iterator[Posting]:
    """In a team; in the pilot offices in a branch since the pilot began."""
    last = pilot.starts_on - timedelta(days=1) if branch else None
    posted = {"adviser": adviser, "office": office}
    yield Posting(**posted, team="Team 1", starts_on=date(2020, 1, 1), ends_on=last)
    if branch:
        yield Posting(**posted, branch=branch, starts_on=pilot.starts_on)


def an_adviser(*, branch: str = "first_line", office: str = "LIEGE") -> User:
    """One who works today in this branch of this pilot office: the first by key."""
    return (
        User.objects.filter(
            postings__branch__code=branch, postings__office__code=office, role=Role.ADVISER
        )
        .order_by("pk")
        .first()
    ) or _nobody(branch, office)


def _nobody(branch: str, office: str) -> User:
    raise LookupError(f"Nobody works in {branch} of {office}: is the database filled?")


def some_members(count: int) -> list[User]:
    """Members of the other pilot office, as people: what they send leaves the queue as it is."""
    return list(
        User.objects.filter(member__office__code="CHARLEROI")
        .annotate(member_key=F("member__pk"))
        .order_by("member_key")[:count]
    )
