"""Durations are written as the reader of each language writes them."""

import pytest
from django.template import Context, Template
from django.utils import translation

from branches.durations import (
    calendar_time,
    calendar_time_range,
    office_hours,
    office_hours_range,
)

HOUR = 3600


@pytest.fixture(autouse=True)
def _in_english() -> None:
    translation.activate("en")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 min"),
        (29, "0 min"),
        (25 * 60, "25 min"),
        (59 * 60 + 29, "59 min"),
        (59 * 60 + 45, "1 h"),
        (23_040, "6.4 h"),
        (16 * HOUR, "16 h"),
        (16 * HOUR + 1, "2 working days"),
        (25 * HOUR + 1800, "3.2 working days"),
    ],
)
def test_office_hours_are_minutes_then_hours_then_working_days(seconds: int, text: str) -> None:
    assert office_hours(seconds) == text


def test_a_working_day_has_the_hours_of_the_pilot() -> None:
    assert office_hours(35 * HOUR, working_day_hours=7) == "5 working days"


def test_calendar_time_becomes_days_after_two_of_them() -> None:
    assert [calendar_time(48 * HOUR), calendar_time(84 * HOUR)] == ["48 h", "3.5 days"]


@pytest.mark.parametrize("language", ["fr", "nl", "de"])
def test_the_decimal_sign_is_that_of_the_language(language: str) -> None:
    with translation.override(language):
        assert office_hours(23_040).startswith("6,4")


def test_a_range_names_its_unit_once() -> None:
    assert office_hours_range(5 * HOUR, 21_240) == "5 to 5.9 h"
    assert calendar_time_range(72 * HOUR, 96 * HOUR) == "3 to 4 days"


def test_a_range_across_units_names_both() -> None:
    assert office_hours_range(30 * 60, 24 * HOUR) == "30 min to 3 working days"


def test_the_filters_show_nothing_where_nothing_is_known() -> None:
    page = Template("{% load durations %}[{{ a|office_hours }}][{{ b|calendar_time }}]")
    assert page.render(Context({"a": None, "b": 23_040})) == "[][6.4 h]"
