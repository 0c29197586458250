"""The rows that stand before any request: offices, their hours and closures, people, the pilot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from random import Random

from branches.holidays import fill_closures
from branches.models import Branch, Closure, ClosureKind, Office, OpeningHours, Pilot
from demo.accounts import ACCOUNTS
from demo.dates import StoryDates, story_dates, story_years
from demo.people_data import FAMILY_NAMES, FIRST_NAMES, OFFERED_NAMES, OFFICES, OfficePlan
from demo.plan import store_plan
from people.models import Member, Posting, User
from people.roles import Role

_BRIDGE = {"fr": "Pont", "nl": "Brugdag", "de": "Brückentag", "en": "Bridge day"}
_TEAM_DAY = {
    "fr": "Journée d'équipe",
    "nl": "Teamdag",
    "de": "Teamtag",
    "en": "Team day",
}
_THURSDAY, _TUESDAY = 3, 1
_EMAILS = {account.key: account.email for account in ACCOUNTS}
_FIRST_MEMBER_NUMBER = 20_000


@dataclass(frozen=True)
class Place:
    """An office with its plan, its advisers, and in the pilot offices those of each branch."""

    plan: OfficePlan
    office: Office
    advisers: list[User]
    by_branch: dict[int, list[User]]


@dataclass(frozen=True)
class Setting:
    dates: StoryDates
    days_off: set[date]
    places: list[Place]
    pilot: Pilot


def store_setting(*, today: date, random: Random) -> Setting:
    """Store offices, hours, closures, staff and the pilot, in the middle of which today lies."""
    fill_closures(years=story_years(today))
    days_off = _fill_bridge_days()
    dates = story_dates(today, off=days_off)
    branches = {branch.code: branch for branch in Branch.objects.all()}
    places = [_store_place(plan, dates, branches, random) for plan in OFFICES]
    _store_team_day(places[0].office, dates, days_off)
    _store_staff_without_office()
    pilot = store_plan(
        dates,
        offices=[place.office for place in places if place.plan.is_pilot],
        comparison_offices=[place.office for place in places if not place.plan.is_pilot],
    )
    return Setting(dates, days_off, places, pilot)


def _fill_bridge_days() -> set[date]:
    """Close between a holiday and a weekend; return every day on which all offices are closed."""
    off = set(Closure.objects.filter(office=None).values_list("closed_on", flat=True))
    bridges = {
        day + timedelta(days=1 if day.weekday() == _THURSDAY else -1)
        for day in off
        if day.weekday() in (_TUESDAY, _THURSDAY)
    } - off
    Closure.objects.bulk_create(
        Closure(closed_on=day, kind=ClosureKind.BRIDGE, names=_BRIDGE) for day in sorted(bridges)
    )
    return off | bridges


def _store_team_day(office: Office, dates: StoryDates, off: set[date]) -> None:
    """One office was closed for a day on which its new branches planned their work."""
    day = dates.starts_on + timedelta(days=8)
    while day in off or day.weekday() >= 5:
        day += timedelta(days=1)
    Closure.objects.create(office=office, closed_on=day, kind=ClosureKind.OTHER, names=_TEAM_DAY)


def _store_place(
    plan: OfficePlan, dates: StoryDates, branches: dict[str, Branch], random: Random
) -> Place:
    office = Office.objects.create(code=plan.code, name=plan.name, reference_prefix=plan.prefix)
    OpeningHours.objects.bulk_create(_hours_of(office, plan, dates))
    advisers, by_branch = [], {}
    for code, number in plan.advisers.items():
        group = [_store_adviser(plan, code, place, random) for place in range(number)]
        advisers += group
        if code in branches:
            by_branch[branches[code].pk] = group
    stored = Place(plan, office, advisers, by_branch)
    Posting.objects.bulk_create(_postings_of(stored, dates))
    return stored


def _hours_of(office: Office, plan: OfficePlan, dates: StoryDates) -> Iterable[OpeningHours]:
    for hours in plan.hours:
        for weekday, (opens, closes) in product(hours.weekdays, hours.periods):
            yield OpeningHours(
                office=office,
                weekday=weekday,
                opens=opens,
                closes=closes,
                valid_from=_days_before(dates.starts_on, hours.since),
                # The old hours end on the day before that of the change.
                valid_to=_days_before(dates.starts_on - timedelta(days=1), hours.until),
            )


def _days_before(day: date, number: int | None) -> date | None:
    return None if number is None else day - timedelta(days=number)


def _postings_of(place: Place, dates: StoryDates) -> Iterable[Posting]:
    """By team all the time; in the pilot offices by branch since the pilot began."""
    plan, office = place.plan, place.office
    before = dates.starts_on - timedelta(days=1) if plan.is_pilot else None
    for number, adviser in enumerate(place.advisers):
        yield Posting(
            adviser=adviser,
            office=office,
            team=plan.teams[number % len(plan.teams)],
            starts_on=dates.first_day - timedelta(days=400 + 90 * number),
            ends_on=before,
        )
    for branch, group in place.by_branch.items():
        for adviser in group:
            yield Posting(
                adviser=adviser, office=office, branch_id=branch, starts_on=dates.starts_on
            )


def _store_adviser(plan: OfficePlan, code: str, place: int, random: Random) -> User:
    key = f"adviser_{code}"
    is_offered = place == 0 and (plan.code == "LIEGE" or (code == "team" and plan.code == "GENT"))
    name = OFFERED_NAMES[key] if is_offered else _name(plan.language, random)
    email = _EMAILS[key] if is_offered else f"{plan.code.lower()}.{code}.{place + 1}@demo.example"
    return _store_person(name, email.replace("_", "-"), Role.ADVISER, plan.language)


def _store_staff_without_office() -> None:
    for role in (Role.MANAGER, Role.ADMINISTRATOR):
        _store_person(OFFERED_NAMES[role], _EMAILS[role], role, "fr")


def _store_person(name: str, email: str, role: Role, language: str) -> User:
    # Without a password: the start page and a mailed code are the ways in.
    return User.objects.create(
        email=email, name=name, role=role, language=language, password=_NO_PASSWORD
    )


_NO_PASSWORD = "!demo"  # noqa: S105  # Django reads the mark as "cannot be used".


def _name(language: str, random: Random) -> str:
    return f"{random.choice(FIRST_NAMES[language])} {random.choice(FAMILY_NAMES[language])}"


def store_members(setting: Setting, *, number: int, random: Random) -> list[Member]:
    """Store `number` members of all offices; their numbers, names and languages are drawn."""
    shares = [place.plan.share for place in setting.places]
    drawn = random.choices(setting.places, shares, k=number)
    member_numbers = sorted(random.sample(range(_FIRST_MEMBER_NUMBER, 99_999), number))
    languages = [
        random.choices(list(place.plan.languages), list(place.plan.languages.values()))[0]
        for place in drawn
    ]
    people = User.objects.bulk_create(
        User(
            email=f"membre.{member_number}@demo.example",
            name=_name(language, random),
            language=language,
            password=_NO_PASSWORD,
        )
        for member_number, language in zip(member_numbers, languages, strict=True)
    )
    return Member.objects.bulk_create(
        Member(
            user=person,
            number=str(member_number),
            office=place.office,
            may_be_surveyed=random.random() > 0.06,
            joined_on=setting.dates.first_day - timedelta(days=random.randrange(1, 7000)),
        )
        for person, member_number, place in zip(people, member_numbers, drawn, strict=True)
    )
