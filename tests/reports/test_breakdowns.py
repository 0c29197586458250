"""Figures by branch, topic, channel and language: right, and silent about few people."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from branches.models import Branch, Office, Topic
from people.models import User
from people.roles import Role
from reports import monthly
from reports.breakdowns import NOTHING
from reports.models import Breakdown, MonthlyReport, SideReport
from requests_app.enums import ClosingReason
from tests.factories import OfficeFactory, PilotFactory, UserFactory, branch, topic
from tests.reports.conftest import Arrive, brussels

JULY = date(2023, 7, 1)
SEALED = brussels("2023-08-16T06:00")
HOUR = 3600


@pytest.fixture
def advisers(db: None) -> list[User]:
    return [UserFactory(role=Role.ADVISER) for _ in range(6)]


def seal(office: Office) -> MonthlyReport:
    return monthly.compute_report(office=office, month=JULY, at=SEALED)


def cells(dimension: str = "branch", **owner: Any) -> dict[str, dict[str, Any]]:
    stored = Breakdown.objects.get(dimension=dimension, **owner)
    return {cell["key"]: cell for cell in stored.cells}


def arrived(
    arrive: Arrive, number: int, advisers: Sequence[User], answered: str = "", **changes: Any
) -> None:
    for place in range(number):
        adviser = advisers[place % len(advisers)] if advisers else None
        arrive("2023-07-03T09:00", answered, adviser=adviser, **changes)


def test_each_branch_has_its_own_figures(
    office: Office, arrive: Arrive, advisers: list[User]
) -> None:
    arrived(arrive, 12, advisers, "2023-07-03T11:00", branch=branch("support"))
    arrived(arrive, 15, advisers, "2023-07-03T14:00", branch=branch("coop"))
    arrived(arrive, 6, advisers)
    seal(office)
    found = cells()
    medians = {key: cell["office_clock"]["median"]["value"] for key, cell in found.items()}
    assert medians == {"support": 2 * HOUR, "coop": 5 * HOUR, NOTHING: None}
    assert (found["coop"]["counted"], found["coop"]["first_answered"]) == (15, 15)
    assert found[NOTHING]["still_waiting"] == 6


def test_topics_channels_and_languages_are_divided_too(
    office: Office, arrive: Arrive, advisers: list[User]
) -> None:
    arrived(arrive, 6, advisers, topic=topic("account_access"), channel="phone")
    arrived(arrive, 7, advisers, channel="web")
    seal(office)
    assert {key: cell["counted"] for key, cell in cells("topic").items()} == {
        "account_access": 6,
        NOTHING: 7,
    }
    assert list(cells("channel")) == ["web", "phone"]
    assert cells("language")["fr"]["counted"] == 13


def test_what_is_left_out_of_durations_is_left_out_here(
    office: Office, arrive: Arrive, advisers: list[User]
) -> None:
    arrived(arrive, 6, advisers, branch=branch("support"))
    arrive(
        "2023-07-03T09:00",
        closed="2023-07-03T10:00",
        reason=ClosingReason.SPAM,
        branch=branch("coop"),
    )
    seal(office)
    assert list(cells()) == ["support"]


@pytest.mark.parametrize(("number", "people"), [(4, 4), (9, 2), (9, 0)])
def test_of_few_requests_or_advisers_nothing_is_stored(
    office: Office, arrive: Arrive, advisers: list[User], number: int, people: int
) -> None:
    arrived(arrive, number, advisers[:people], branch=branch("support"))
    arrived(arrive, 20, advisers, branch=branch("coop"))
    arrived(arrive, 30, advisers, branch=branch("first_line"))
    seal(office)
    found = cells()
    assert found["support"] == {"key": "support", "hidden": True}
    # The smallest of the others goes with it, or subtraction would tell.
    assert found["coop"] == {"key": "coop", "hidden": True}
    assert found["first_line"]["counted"] == 30


def test_a_side_divides_all_its_requests(
    office: Office, arrive: Arrive, advisers: list[User]
) -> None:
    other = OfficeFactory(code="CHARLEROI", name="Charleroi")
    pilot = PilotFactory(offices=[office, other])
    for place in (office, other):
        arrived(arrive, 6, advisers, branch=branch("support"), at_office=place)
        arrived(arrive, 6, advisers, branch=branch("coop"), at_office=place)
        monthly.compute_report(office=place, month=JULY, at=SEALED)
    monthly.compute_sides(offices=[office], month=JULY, at=SEALED)
    side = SideReport.objects.get(pilot=pilot)
    found = {key: cell["counted"] for key, cell in cells(side_report=side).items()}
    assert found == {"coop": 12, "support": 12} == dict(sorted(found.items()))


def test_a_side_does_not_give_away_what_an_office_hides(
    office: Office, arrive: Arrive, advisers: list[User]
) -> None:
    other = OfficeFactory(code="CHARLEROI", name="Charleroi")
    PilotFactory(offices=[office, other])
    # Liège hides support (2 requests) and coop with it; Charleroi shows all of its own.
    arrived(arrive, 2, advisers, branch=branch("support"))
    arrived(arrive, 8, advisers, branch=branch("coop"))
    arrived(arrive, 40, advisers, branch=branch("first_line"))
    for code in ("support", "coop", "first_line"):
        arrived(arrive, 9, advisers, branch=branch(code), at_office=other)
    for place in (office, other):
        monthly.compute_report(office=place, month=JULY, at=SEALED)
    monthly.compute_sides(offices=[office], month=JULY, at=SEALED)
    found = cells(side_report=SideReport.objects.get())
    # 11 less the 9 of Charleroi would be the 2 of Liège.
    assert "hidden" in found["support"]
    assert "hidden" in found["coop"]
    assert found["first_line"]["counted"] == 49


def test_groups_stand_in_the_order_of_the_product(
    office: Office, arrive: Arrive, advisers: list[User]
) -> None:
    for each in Branch.objects.all():
        arrived(arrive, 5, advisers, branch=each)
    for some in Topic.objects.order_by("-code")[:4]:
        arrived(arrive, 5, advisers, topic=some, branch=some.branch)
    seal(office)
    order = list(Branch.objects.order_by("position").values_list("code", flat=True))
    assert list(cells()) == order
