"""What the balance says of the comparison: every picture has its table, every table its sheet."""

import csv
import io
import re
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext

from branches.models import LANGUAGES, Pilot, Topic
from people.roles import Role
from reports.balance import files
from reports.balance.comparison_tables import step_of
from reports.balance.document import balance_document
from reports.balance.log_rank import log_ranks
from reports.balance.periods import parts_of
from reports.balance_models import Balance
from reports.comparison_tables import weeks
from requests_app.models import MemberRequest
from tests.factories import UserFactory
from tests.reports.balances import drawn_up, grids_of, said_in
from tests.reports.test_comparison_result import CUT_OFF, fill, in_the_pilot, offices, pilot

__all__ = ["fill", "offices", "pilot"]
pytestmark = pytest.mark.usefixtures("asked")


@pytest.fixture
def compared(pilot: Pilot, fill: Any) -> Balance:
    """The pilot offices answer faster: of 21 groups of offices theirs differs most."""
    fill(lambda o, m, n: 2 if n < (11 if in_the_pilot(o, m) else 6) else 75)
    with time_machine.travel(CUT_OFF, tick=False):
        return drawn_up(pilot, at=CUT_OFF)


def rows_of(balance: Balance, name: str) -> list[dict[str, str]]:
    made = files.file_of(balance, name=name, language="en", ending="csv").content
    return list(csv.DictReader(io.StringIO(made.decode("utf-8-sig")), delimiter=";"))


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


@pytest.fixture
def curves(pilot: Pilot, fill: Any) -> Balance:
    """Before, both sides wait for 20 hours of the calendar; during it the pilot offices for 2."""
    fill(lambda o, m, n: n / 4 + (2 if in_the_pilot(o, m) else 20))
    advisers = [UserFactory(role=Role.ADVISER) for _ in range(3)]
    for number, adviser in enumerate(advisers):
        MemberRequest.objects.annotate(turn=F("pk") % 3).filter(turn=number).update(adviser=adviser)
    with time_machine.travel(CUT_OFF, tick=False):
        return drawn_up(pilot, at=CUT_OFF)


TITLE = "Log-rank by topic group"


def test_both_sides_are_compared_curve_against_curve(curves: Balance) -> None:
    before, during = (
        next(row for row in rows_of(curves, "curves") if (row["Period"], row["Clock"]) == key)
        for key in (("before the pilot", "as lived"), ("during the pilot", "as lived"))
    )
    answers, expected = "First answers, pilot offices", "Expected, pilot offices"
    assert (before[answers], before[expected], before["Chi-square"]) == ("96", "96,00", "0,000")
    assert during[answers] == "96"
    assert float(during[expected].replace(",", ".")) < 50
    assert [row[6].value for row in grids_of(curves)[TITLE].rows][-1] == "< 0.001"


def test_a_request_is_compared_with_those_of_its_topic_group_only(
    curves: Balance, pilot: Pilot
) -> None:
    """Each side has topics of its own branch: nothing is left to compare."""
    first, other = (Topic.objects.filter(branch__code=code).first() for code in ("coop", "support"))
    MemberRequest.objects.filter(office__in=pilot.offices.all()).update(topic=first)
    MemberRequest.objects.exclude(office__in=pilot.offices.all()).update(topic=other)
    rows = log_ranks(parts_of(pilot, cut_off=CUT_OFF))
    assert [(row["strata"], row["p"]) for row in rows] == [(2, None)] * 4


def test_under_ten_requests_there_is_no_curve(pilot: Pilot, curves: Balance) -> None:
    few = MemberRequest.objects.filter(office__in=pilot.offices.all()).order_by("pk")[9:]
    MemberRequest.objects.filter(pk__in=few.values("pk")).delete()
    rows = log_ranks(parts_of(pilot, cut_off=CUT_OFF))
    assert rows
    assert not any("p" in row for row in rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_curves_describe_and_do_not_test(curves: Balance, language: str) -> None:
    with translation.override(language):
        words = " ".join(
            getattr(block, "text", getattr(block, "title", ""))
            for block in balance_document(curves).blocks
        )
        caution = gettext(
            "This describes both sides and is no test of the pilot. Requests of the same office, "
            "adviser or member are not independent, so p is too small. Sides that differed before "
            "the pilot may go on differing without it."
        )
    assert caution in words
    assert not re.search("significan|signifikan|significati", words, re.IGNORECASE)
