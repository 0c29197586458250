"""Who could be asked today: everybody of the offices of a wave, in strata and groups."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce

from branches.models import Office
from branches.working_time import BRUSSELS
from people.models import Member, Posting, User
from people.roles import Role
from requests_app.models import RequestEvent
from surveys.enums import Contact, Kind, Side, State
from surveys.models import FrameRow, OptOut, Wave
from surveys.sampling import REST_MONTHS, Group, group_of, months_after


@dataclass(frozen=True)
class StratumKey:
    """A stratum before it is stored."""

    code: str
    office: Office | None
    side: Side
    contact: Contact


@dataclass(frozen=True)
class Candidate:
    """Somebody who could stand in the frame of a wave."""

    key: str
    person_id: int
    stratum: StratumKey
    group: Group
    language: str
    member_since: date | None


def frame_of(wave: Wave, *, on: date) -> list[Candidate]:
    """Everybody of the wave's offices who may be asked at all, as of this day, ordered by key.

    Who refused, who may not be surveyed and whose account is closed never stand in it; who rests
    does, and cannot be drawn.
    """
    found = _members(wave, on=on) if wave.kind == Kind.MEMBER else _advisers(wave, on=on)
    return sorted(found, key=lambda candidate: candidate.key)


def _sides(wave: Wave) -> dict[int, Side]:
    pilot = set(wave.pilot.offices.values_list("pk", flat=True))
    offices = wave.offices.values_list("pk", flat=True)
    return {pk: Side.PILOT if pk in pilot else Side.COMPARISON for pk in offices}


def _members(wave: Wave, *, on: date) -> Iterator[Candidate]:
    sides = _sides(wave)
    offices = Office.objects.in_bulk(sides)
    contacts = _contacts(on=on)
    asked, panel = _asked_before(wave)
    members = (
        Member.objects.filter(office__in=offices, may_be_surveyed=True, user__is_active=True)
        .exclude(user__in=OptOut.objects.values("person"))
        .exclude(user__email=None)
        .values_list("pk", "user_id", "office_id", "user__language", "joined_on")
    )
    strata: dict[tuple[int, Contact], StratumKey] = {}
    for pk, person, office, language, joined in members:
        contact = contacts.get(pk, Contact.NONE)
        if (office, contact) not in strata:
            code = f"{offices[office].code}.{contact}"
            strata[office, contact] = StratumKey(code, offices[office], sides[office], contact)
        group = group_of(asked.get(person, ()), month=wave.month, in_panel=person in panel)
        yield Candidate(f"m{pk}", person, strata[office, contact], group, language, joined)


def _contacts(*, on: date) -> dict[int, Contact]:
    """How many branches each member dealt with in the month before, by member.

    A contact is anything that happened to one of their requests. Where an office works by team,
    the branch is that of the topic.
    """
    start = datetime.combine(months_after(on, -1), time(), tzinfo=BRUSSELS)
    end = datetime.combine(on, time(), tzinfo=BRUSSELS)
    branch = Coalesce(F("member_request__branch_id"), F("member_request__topic__branch_id"))
    counted = (
        RequestEvent.objects.filter(at__gte=start, at__lt=end)
        .values("member_request__member_id")
        .annotate(branches=Count(branch, distinct=True))
        .values_list("member_request__member_id", "branches")
    )
    return {
        member: Contact.SEVERAL if branches > 1 else Contact.ONE for member, branches in counted
    }


def _asked_before(wave: Wave) -> tuple[dict[int, list[date]], set[int]]:
    """The months in which each person was asked in this pilot, and who was two months before.

    A wave that was started after its month counts by the day on which it was; one that was
    abandoned asked nobody.
    """
    rows = FrameRow.objects.filter(
        wave__pilot=wave.pilot_id, wave__kind=wave.kind, is_drawn=True, person__isnull=False
    ).exclude(Q(wave=wave) | Q(wave__state=State.ABANDONED))
    two_before = months_after(wave.month, -REST_MONTHS)
    asked: dict[int, list[date]] = defaultdict(list)
    panel: set[int] = set()
    for person, month, started in rows.values_list("person_id", "wave__month", "wave__started_at"):
        sent_on = started.astimezone(BRUSSELS).date() if started else month
        asked[person].append(max(month, sent_on))
        if month == two_before:
            panel.add(person)
    return asked, panel


def _advisers(wave: Wave, *, on: date) -> Iterator[Candidate]:
    """Every adviser who works on that day; both pilot offices are one stratum, so is the rest."""
    sides = _sides(wave)
    advisers = (
        User.objects.filter(role=Role.ADVISER, is_active=True, email__isnull=False)
        .exclude(pk__in=OptOut.objects.values("person"))
        .filter(postings__in=Posting.objects.on(on).filter(office__in=sides))
        .values_list("pk", "postings__office_id", "language")
    )
    for person, office, language in advisers:
        stratum = StratumKey(sides[office].value, None, sides[office], Contact.ALL)
        yield Candidate(f"a{person}", person, stratum, Group.FRESH, language, None)
