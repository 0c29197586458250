"""What the balance says of the comparison: every picture has its table, every table its sheet."""

from collections.abc import Iterator

import pytest
from django.utils import translation
from pytest_django import DjangoDbBlocker

from branches.models import Pilot
from reports.balance.comparison_tables import step_of
from reports.balance_models import Balance
from reports.comparison_tables import weeks
from tests.reports.balances import grids_of, rows_of, said_in
from tests.reports.drawn_up_once import drawn_up_once
from tests.reports.test_comparison_result import (
    CUT_OFF,
    a_pilot_of_two,
    filling,
    in_the_pilot,
    seven_offices,
)

pytestmark = pytest.mark.usefixtures("asked", "compared")


def answering_faster() -> tuple[Pilot, None]:
    """The pilot offices answer faster: of 21 groups of offices theirs differs most."""
    offices = seven_offices()
    pilot = a_pilot_of_two(offices)
    filling(offices)(lambda o, m, n: 2 if n < (11 if in_the_pilot(o, m) else 6) else 75)
    return pilot, None


@pytest.fixture(scope="module")
def _compared_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with drawn_up_once(django_db_blocker, answering_faster, at=CUT_OFF):
        yield


@pytest.fixture
def compared(_compared_once: None, db: None) -> Balance:
    return Balance.objects.get()


def test_the_picture_of_all_groups_has_a_table(compared: Balance) -> None:
    steps = grids_of(compared)["Every group of offices, as a table"].rows
    assert sum(int(row[1].value) for row in steps) == 21
    assert [row[1].value for row in steps if row[0].range == "pilot offices"] == ["1"]


def test_the_other_pictures_have_theirs(compared: Balance) -> None:
    grids = grids_of(compared)
    months = grids["Both sides month by month, as a table"].rows
    assert [row[0].value for row in months][:2] == ["February 2023", "March 2023"]
    assert [row[0].range for row in months].count("before") == 4
    weeks = grids["Week by week"].rows
    assert weeks[0][0].value.endswith("2023, before")


def test_fake_first_days_stand_beside_the_difference(compared: Balance) -> None:
    rows = grids_of(compared)["As if the pilot had begun earlier"].rows
    assert rows
    assert {row[1].value for row in rows} == {"0.0 points"}


def test_the_weekly_signals_and_the_change_of_level_are_told(compared: Balance) -> None:
    said = said_in(compared)
    assert "fewer than 12 known weeks before the pilot" in said
    assert "There are too few weeks for a change of level." in said


def test_a_signal_stands_below_its_week() -> None:
    mondays = ["2023-05-29", "2023-06-05", "2023-06-12"]
    side = {"points": [5.0, 9.0, 9.5], "outside": [1], "runs": [1, 2]}
    chart = {"mondays": mondays, "is_before": [True, False, False]}
    with translation.override("en"):
        rows = weeks({"weeks": chart | {"pilot": side, "comparison": side}}).rows
    assert [(row[0].value, row[0].range) for row in rows] == [
        ("29 May 2023, before", ""),
        ("5 June 2023", "outside the limits, eight or more on one side"),
        ("12 June 2023", "eight or more on one side"),
    ]
    assert {len(row) for row in rows} == {3}


def test_every_difference_is_a_number_in_the_tables(compared: Balance) -> None:
    rows = rows_of(compared, "differences")
    told = [row["Of what"] for row in rows]
    assert told.count("all groups of offices") == 21
    assert (rows[0]["Of what"], rows[0]["Difference"]) == ("pilot offices", "41,67")
    checks = {row["How"]: row for row in rows_of(compared, "checks")}
    assert checks["As planned"]["Difference"] == "41,67"


@pytest.mark.parametrize(
    ("values", "step"),
    [([-0.034, 0.034], 0.01), ([0.0, 0.0], 0.01), ([-0.2, 0.4], 0.05), ([0.0, 0.001], 0.001)],
)
def test_steps_are_round_and_not_finer_than_what_is_written(
    values: list[float], step: float
) -> None:
    assert step_of(values, scale=100) == pytest.approx(step)
