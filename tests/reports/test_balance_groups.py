"""The balance by branch, topic, channel and language: right, and silent about few people."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from branches.models import Office, Pilot
from people.models import User
from people.roles import Role
from reports import monthly
from reports.balance.groups import figures_of_groups, whole_months
from tests.factories import UserFactory, branch
from tests.reports.balances import NOW, OVER, drawn_up, grids_of
from tests.reports.conftest import Arrive

pytestmark = pytest.mark.usefixtures("in_november", "asked")

JULY, AUGUST = "2023-07-03T09:00", "2023-08-07T09:00"
# By branch, in July and in August: one branch is small in August alone.
SMALL_ONCE = {"support": (12, 12), "coop": (6, 2), "first_line": (14, 14)}
Fill = Callable[[dict[str, tuple[int, int]]], None]


@pytest.fixture
def fill(office: Office, pilot: Pilot, arrive: Arrive) -> Fill:
    """Requests by branch in two months, handled by three advisers, and the reports of both."""
    advisers = [UserFactory(role=Role.ADVISER) for _turn in range(3)]

    def filled(numbers: dict[str, tuple[int, int]]) -> None:
        for code, months in numbers.items():
            for at, number in zip((JULY, AUGUST), months, strict=True):
                for place in range(number):
                    answered = f"{at[:11]}11:00"
                    arrive(at, answered, branch=branch(code), adviser=advisers[place % 3])
        for month in (date(2023, 7, 1), date(2023, 8, 1)):
            monthly.compute_report(office=office, month=month, at=NOW)
            monthly.compute_sides(offices=[office], month=month, at=NOW)

    return filled


def during(pilot: Pilot) -> dict[str, dict[str, Any]]:
    row = next(
        row
        for row in figures_of_groups(pilot, cut_off=NOW)
        if (row["period"], row["side"]) == ("during", "pilot")
    )
    return {cell["key"]: cell for cell in row["cells"]["branch"]}


def test_a_group_is_counted_over_its_months(pilot: Pilot, fill: Fill) -> None:
    fill({"support": (12, 9), "first_line": (14, 14)})
    cell = during(pilot)["support"]
    assert (cell["counted"], cell["still_waiting"]) == (21, 0)
    assert cell["office_clock"]["median"]["value"] == 2 * 3600


def test_what_one_month_hides_does_not_follow_from_all_months(pilot: Pilot, fill: Fill) -> None:
    """8 of both months less the 6 of July, which are shown, would be the 2 of August."""
    fill(SMALL_ONCE)
    found = during(pilot)
    assert "hidden" in found["coop"]
    # And one more is hidden, or the total would give it away.
    assert sum("hidden" in cell for cell in found.values()) == 2


def test_the_months_in_which_the_pilot_begins_and_ends_belong_to_neither(pilot: Pilot) -> None:
    found = whole_months(pilot, OVER)
    assert (found["before"][-1], found["during"][0]) == (date(2023, 5, 1), date(2023, 7, 1))
    assert found["during"][-1] == date(2023, 11, 1)


def test_a_pilot_that_begins_with_a_month_leaves_none_out(pilot: Pilot) -> None:
    pilot.starts_on, pilot.ends_on = date(2023, 6, 1), date(2023, 11, 30)
    found = whole_months(pilot, OVER)
    assert (found["before"][-1], found["during"][0]) == (date(2023, 5, 1), date(2023, 6, 1))
    assert found["during"][-1] == date(2023, 11, 1)


def test_the_document_has_a_table_for_each_and_says_what_is_hidden(
    pilot: Pilot, fill: Fill, manager: User
) -> None:
    fill(SMALL_ONCE)
    balance = drawn_up(pilot, by=manager)
    grids = grids_of(balance)
    assert {"Branch", "Topic", "Channel", "Language"} <= grids.keys()
    rows = {row[0].value: row[1:] for row in grids["Branch"].rows}
    assert rows["Cooperative life and local anchoring"][0].value == "0 → not shown"
    assert {cell.value for cell in rows["Cooperative life and local anchoring"][1:]} == {"–"}


def test_the_month_that_runs_is_no_whole_month(pilot: Pilot) -> None:
    """Its requests without a branch would hide a branch of all the months before it."""
    found = whole_months(pilot, NOW)
    assert found["during"][-1] == date(2023, 10, 1)
