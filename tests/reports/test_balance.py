"""What the balance says: chosen by rule from the figures that were frozen."""

from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation

from branches.models import Office, Pilot
from people.models import User
from people.roles import Role
from reports import monthly, pilot_plan
from reports.balance.periods import figures_of_periods, parts_of
from reports.models import Side
from reports.plan_models import Measure, PilotOutcome, PilotPlan
from reports.wording import sentence
from requests_app.models import MemberRequest
from tests.factories import OfficeFactory, UserFactory
from tests.reports.balances import (
    JULY,
    NOW,
    OVER,
    drawn_up,
    figures_of,
    said_in,
)
from tests.reports.conftest import Arrive, brussels

pytestmark = pytest.mark.usefixtures("in_november", "asked")


def test_before_and_during_are_counted_from_the_requests(pilot: Pilot, arrive: Arrive) -> None:
    """The day before the pilot is before, its first day during; the cut-off ends both."""
    for _turn in range(5):
        arrive("2023-06-07T23:30", "2023-06-08T10:00")
        arrive("2023-06-08T00:30", "2023-06-08T10:00")
    arrive("2023-12-08T09:00")
    rows = figures_of_periods(pilot, parts_of(pilot, cut_off=OVER))
    found = {(row["period"], row["side"]): row["received"] for row in rows}
    assert found["before", Side.PILOT] == 5
    assert found["during", Side.PILOT] == 5


def test_the_months_of_a_period_are_not_averaged(pilot: Pilot, arrive: Arrive) -> None:
    """9 quick answers in July and 21 slow ones in August: the median is a slow one."""
    for _turn in range(9):
        arrive("2023-07-03T09:00", "2023-07-03T10:00")
    for _turn in range(21):
        arrive("2023-08-07T09:00", "2023-08-07T17:00")
    rows = figures_of_periods(pilot, parts_of(pilot, cut_off=NOW))
    during = next(r for r in rows if r["period"] == "during" and r["side"] == Side.PILOT)
    assert during["office_clock"]["median"]["value"] == 8 * 3600


def test_without_comparison_offices_it_says_so(pilot: Pilot, a_dozen: list[MemberRequest]) -> None:
    pilot.comparison_offices.clear()
    said = said_in(drawn_up(pilot))
    assert "No office was named as a comparison." in said
    with translation.override("en"):
        assert sentence("cannot_say") in said


def test_a_month_of_few_requests_or_advisers_is_not_shown(
    pilot: Pilot, office: Office, arrive: Arrive
) -> None:
    """Four requests, or many by two advisers: the row keeps its place and has no figure."""
    second = OfficeFactory(code="NAMUR", name="Namur")
    pilot.offices.add(second)
    for number in range(20):
        adviser = UserFactory(role=Role.ADVISER) if number < 4 else None
        arrive("2023-07-03T09:00", "2023-07-03T10:00", adviser=adviser)
    for _turn in range(4):
        arrive("2023-07-03T09:00", at_office=second)
    for each in (office, second):
        monthly.compute_report(office=each, month=JULY, at=NOW)
    rows = figures_of(drawn_up(pilot))["offices"]
    # With the total beside it, Liège alone would give the four of Namur away.
    assert [row["is_hidden"] for row in rows] == [True, True]
    assert all("received" not in row and "office_clock" not in row for row in rows)


@pytest.mark.parametrize(
    ("locked", "words"),
    [
        (None, "chosen but not fixed"),
        ("2023-06-07T23:00", "was fixed on 7 June 2023, before its first day"),
        ("2023-06-08T09:00", "on day 1 of the pilot: first figures may have been known"),
    ],
)
def test_it_says_when_the_outcomes_were_fixed(
    pilot: Pilot, manager: User, locked: str | None, words: str
) -> None:
    _choose_outcomes(pilot)
    PilotPlan.objects.create(
        pilot=pilot, entered_at=brussels("2023-05-01T09:00"), entered_by=manager
    )
    if locked:
        pilot_plan.lock(pilot=pilot, by=manager, at=brussels(locked))
    assert words in said_in(drawn_up(pilot))


def test_each_change_of_a_locked_plan_is_told_with_its_reason(pilot: Pilot, manager: User) -> None:
    _choose_outcomes(pilot)
    pilot_plan.lock(pilot=pilot, by=manager, at=brussels("2023-06-01T09:00"))
    later = replace(pilot_plan.of_pilot(pilot), ends_on=date(2023, 12, 31))
    pilot_plan.change(
        pilot=pilot, plan=later, reason="Holidays", by=manager, at=brussels("2023-10-02T09:00")
    )
    told = "2 October 2023: last day, from 7 December 2023 to 31 December 2023. Reason: Holidays"
    assert told in said_in(drawn_up(pilot))


def _choose_outcomes(pilot: Pilot) -> None:
    measures = list(Measure)[:1] + list(Measure)[2:]
    PilotOutcome.objects.bulk_create(
        PilotOutcome(pilot=pilot, place=place, measure=measure, threshold=5)
        for place, measure in enumerate(measures)
    )
