"""Waves in every state, by name. The month is that of the other factories: June 2023."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from branches.models import Office, Pilot
from people.models import Member
from people.roles import Role
from surveys import waves
from surveys.enums import Kind
from surveys.models import Wave
from surveys.sealing import token_of
from tests.factories import NOW, MemberFactory, OfficeFactory, PilotFactory, UserFactory

SEED = "0123456789abcdef" * 2
JUNE = date(2023, 6, 1)


def the_pilot() -> Pilot:
    """The pilot of Liège, compared with Mons."""
    found = Pilot.objects.first()
    if found is None:
        mons = OfficeFactory(code="MONS", name="Mons", reference_prefix="MO")
        found = PilotFactory(comparison_offices=[mons])
    return found


def members(number: int, office: Office | None = None, **user: Any) -> list[Member]:
    user = {f"user__{name}": value for name, value in user.items()}
    return [MemberFactory(office=office or OfficeFactory(), **user) for _number in range(number)]


def a_wave(
    *,
    people: int = 3,
    drawn: bool = True,
    started: bool = False,
    at: datetime = NOW,
    **changes: Any,
) -> Wave:
    """A wave of Liège that asks everybody who may be asked."""
    pilot = the_pilot()
    members(people)
    wave = waves.plan(
        by=UserFactory(role=Role.MANAGER),
        at=at,
        **{
            "pilot": pilot,
            "kind": Kind.MEMBER,
            "month": JUNE,
            "offices": list(pilot.offices.all()),
            "margin": Decimal(1),
            "expected_response": 25,
        }
        | changes,
    )
    if drawn or started:
        waves.draw_sample(wave=wave, by=wave.planned_by, at=at, seed=SEED)
    if started:
        waves.start(wave=wave, by=wave.planned_by, at=at)
        wave.refresh_from_db()
    return wave


def tokens(wave: Wave) -> list[str]:
    """The keys of all links of a wave."""
    return [token_of(key) for key in wave.invitations.order_by("id").values_list("pk", flat=True)]


def later(**duration: float) -> datetime:
    return NOW + timedelta(**duration)
