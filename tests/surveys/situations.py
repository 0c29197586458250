"""Waves in every state, by name. The month is that of the other factories: June 2023."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from branches.models import Office, Pilot
from people.models import Member
from people.roles import Role
from surveys import versions, waves
from surveys.enums import Contact, Kind, Side, State
from surveys.models import (
    Answer,
    Comment,
    FrameRow,
    Invitation,
    Questionnaire,
    Stratum,
    Wave,
)
from surveys.sampling import Group
from surveys.sealing import token_of
from tests.factories import NOW, MemberFactory, OfficeFactory, PilotFactory, UserFactory

SEED = "0123456789abcdef" * 2
Choice = int | str | None
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


def an_answered_wave(
    said: dict[tuple[str, Contact], list[Choice]], *, code: str = "m1", **changes: Any
) -> Wave:
    """A closed and mixed wave: strata of 100 members by office code and contact, asked in full.

    The first of each stratum answered as `said` tells, to the question `code` alone.
    """
    offices = {office: _office(office) for office, _contact in said}
    wave = a_wave(people=0, drawn=False, offices=list(offices.values()), **changes)
    for (office, contact), choices in said.items():
        _stratum(wave, offices[office], contact, {code: choices})
    opened = later(days=-20)
    Wave.objects.filter(pk=wave.pk).update(
        state=State.CLOSED, seed=SEED, drawn_at=opened, started_at=opened,
        closes_at=later(days=-6), closed_at=later(days=-6), mixed_at=NOW,
    )  # fmt: skip
    wave.refresh_from_db()
    return wave


def _office(code: str) -> Office:
    found = Office.objects.filter(code=code).first()
    return found or OfficeFactory(code=code, name=code.capitalize(), reference_prefix=code[:3])


def _stratum(wave: Wave, office: Office, contact: Contact, said: dict[str, list[Choice]]) -> None:
    size, [(code, choices)] = 100, said.items()
    is_pilot = wave.pilot.offices.filter(pk=office.pk).exists()
    stratum = Stratum.objects.create(
        wave=wave, code=f"{office.code}.{contact}", office=office, contact=contact, members=size,
        eligible=size, drawn=size, side=Side.PILOT if is_pilot else Side.COMPARISON,
    )  # fmt: skip
    rows = FrameRow.objects.bulk_create(
        FrameRow(
            wave=wave, stratum=stratum, key=f"{stratum.code}{number}", group=Group.FRESH,
            is_drawn=True, group_drawn=size, group_size=size, language="fr",
        )
        for number in range(size)
    )  # fmt: skip
    Invitation.objects.bulk_create(
        Invitation(
            wave=wave, row=row, stratum=stratum, token_hash=f"{wave.pk}{row.key}", language="fr",
            is_spent=number < len(choices),
        )
        for number, row in enumerate(rows)
    )  # fmt: skip
    Answer.objects.bulk_create(
        Answer(wave=wave, cell=stratum.code, choices={code: choice}) for choice in choices
    )


def a_draft(kind: Kind = Kind.MEMBER, *, released: bool = False) -> Questionnaire:
    """A second version of a questionnaire, copied from the one that the product brings along."""
    by = UserFactory(role=Role.ADMINISTRATOR)
    first = Questionnaire.objects.get(kind=kind, version=1)
    draft = versions.copy(questionnaire=first, by=by, at=NOW)
    if released:
        versions.release(questionnaire=draft, by=by, at=NOW)
        draft.refresh_from_db()
    return draft


def a_comment(text: str = "Merci à Aïcha !", wave: Wave | None = None) -> Comment:
    """A comment of the pilot side that nobody has read."""
    wave = wave or an_answered_wave({("LIEGE", Contact.ONE): [5] * 20})
    return Comment.objects.create(wave=wave, side=Side.PILOT, text=text)
