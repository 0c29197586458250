"""Three offices and a pilot, and the way to the rows behind their figures."""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape

from django.test import Client

from branches.models import Office, Pilot
from people.models import User
from people.roles import Role
from reports.models import Side
from reports.period_models import DURING
from reports.why.asked import Asked
from reports.why.registry import FIGURES
from reports.why.rows import Behind
from tests.factories import OfficeFactory, PilotFactory, UserFactory
from tests.reports.conftest import brussels

NOW = brussels("2023-09-20T12:00")


def five_advisers() -> list[User]:
    return [UserFactory(role=Role.ADVISER) for _ in range(5)]


def a_pilot_of_two_offices() -> Pilot:
    """Liège and Charleroi, compared with Mons."""
    liege, charleroi, mons = (
        OfficeFactory(),
        OfficeFactory(code="CHARLEROI", name="Charleroi"),
        OfficeFactory(code="MONS", name="Mons"),
    )
    return PilotFactory(
        offices=[liege, charleroi], comparison_offices=[mons], baseline_starts_on=date(2023, 3, 1)
    )


def offices() -> list[Office]:
    """Liège, Charleroi and Mons, which the pilot is compared with."""
    return [Office.objects.get(code=code) for code in ("LIEGE", "CHARLEROI", "MONS")]


def found(pilot: Pilot, figure: str, period: str = DURING, **more: object) -> Behind:
    side, office = more.pop("side", Side.PILOT), more.pop("office", None)
    asked = Asked(pilot, side, office, period, **more)
    return FIGURES[figure].behind(asked)


def text(client: Client, where: str) -> str:
    response = client.get(where)
    assert response.status_code == 200, where
    return " ".join(response.content.decode().split())


def addresses_in(page: str) -> Iterator[str]:
    for link in re.findall(r'href="([^"]*/pilot/(?:why|comparison/cells)/[^"]*)"', page):
        yield unescape(link)
