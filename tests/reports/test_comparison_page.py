from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from branches.models import LANGUAGES, Office, Pilot
from people.models import User
from reports import comparison_charts, comparison_page, tasks
from reports import comparison_words as words
from reports.comparison_result import compare
from reports.models import Chart, JobRun
from reports.wording import sentence, verdict_sentence
from tests.reports.test_comparison_result import CUT_OFF, fill, in_the_pilot, offices, pilot

__all__ = ["fill", "offices", "pilot"]
pytestmark = pytest.mark.django_db
PAGE = "reports:comparison"


@pytest.fixture
def page(client: Client, manager: User) -> Any:
    client.force_login(manager)

    def got() -> Any:
        with time_machine.travel(CUT_OFF, tick=False):
            return client.get(reverse(PAGE))

    return got


@pytest.fixture
def faster(pilot: Pilot, fill: Any) -> Pilot:
    fill(lambda o, m, n: 2 if n < (11 if in_the_pilot(o, m) else 6) else 75)
    compare(pilot=pilot, at=CUT_OFF)
    return pilot


def test_the_sentence_and_the_numbers_behind_it_stand_on_the_page(faster: Pilot, page: Any) -> None:
    text = page().text
    with translation.override("en"):
        assert sentence("faster") in text
    for number in ("+41.7 points", "1 of 21", "up to 0.0 points"):
        assert number in text


def test_without_a_noise_floor_the_page_says_so_and_prints_no_empty_size(
    pilot: Pilot, offices: list[Office], fill: Any, page: Any
) -> None:
    pilot.comparison_offices.set(offices[2:4])
    fill(lambda o, m, n: 2 if n < (11 if in_the_pilot(o, m) else 6) else 75)
    found = compare(pilot=pilot, at=CUT_OFF)
    comparison_charts.draw(found, at=CUT_OFF)
    text = page().text
    with translation.override("en"):
        assert sentence("no_clear_difference") in text
    assert "There are too few offices or months to say" in text
    assert "up to –" not in text


def test_no_page_speaks_of_significance(faster: Pilot, page: Any) -> None:
    assert "significan" not in page().text.lower()


def test_before_a_plan_everything_is_called_exploratory(faster: Pilot, page: Any) -> None:
    assert "exploratory" in page().text


def test_cannot_say_names_the_first_day_of_this_pilot(pilot: Pilot, page: Any) -> None:
    Pilot.objects.filter(pk=pilot.pk).update(starts_on="2023-06-12")
    pilot.refresh_from_db()
    compare(pilot=pilot, at=CUT_OFF)
    assert "data from before 12 June" in page().text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_agreed_words_are_unchanged_for_the_pilot_of_2023(pilot: Pilot, language: str) -> None:
    with translation.override(language):
        for key in ("faster", "slower", "no_clear_difference", "cannot_say"):
            assert verdict_sentence(key, starts_on=pilot.starts_on) == sentence(key)


def test_the_page_is_there_before_any_comparison(pilot: Pilot, page: Any) -> None:
    assert "have not been compared yet" in page().text


def test_the_page_reads_stored_figures_with_few_queries(
    faster: Pilot, page: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        page()


def test_the_worker_compares_and_draws_in_each_language(pilot: Pilot, fill: Any) -> None:
    fill(lambda _o, m, n: 2 + (n + m.month) % 5)
    with time_machine.travel(CUT_OFF, tick=False):
        assert tasks.compare_offices() == "no_clear_difference"
    assert JobRun.objects.get(kind="compare_offices").finished_at is not None
    drawn = Chart.objects.filter(key__startswith="comparison-").count()
    assert drawn == 3 * 2 * len(LANGUAGES)
    with translation.override("de"):
        assert all(comparison_charts.shown(pilot)[name] for name in comparison_charts.PICTURES)


def test_the_same_data_are_not_drawn_twice(pilot: Pilot, fill: Any) -> None:
    fill(lambda _o, m, n: 2 + (n + m.month) % 5)
    stored = compare(pilot=pilot, at=CUT_OFF)
    assert comparison_charts.draw(stored, at=CUT_OFF) == 24
    assert comparison_charts.draw(stored, at=CUT_OFF) == 0


def test_a_task_without_a_pilot_does_nothing(db: None) -> None:
    assert tasks.compare_offices() == ""
    assert tasks.compare_offices(pilot_key=1) == ""


def test_comparing_again_asks_a_worker(
    faster: Pilot, page: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def wake(*args: Any) -> bool:
        asked.append(args)
        return True

    monkeypatch.setattr("reports.comparison_result.wake", wake)
    with time_machine.travel(CUT_OFF + timedelta(days=1), tick=False):
        page()
        response = client.post(reverse("reports:compare_again"))
    assert response["Location"] == reverse(PAGE)
    assert asked[0][0] == "reports.tasks.compare_offices"


def test_every_outcome_of_the_result_has_a_name(faster: Pilot) -> None:
    content = comparison_page.comparison_page(faster)
    assert content.comparison is not None
    assert set(content.comparison.result["outcomes"]) <= set(words.names())


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("within_promise", 0.0124, "+1.2 points"),
        ("within_promise", -0.0124, "−1.2 points"),
        ("within_promise", -0.0001, "0.0 points"),
        ("handling", -0.64, "−0.6 h"),
        ("handling", None, "–"),
    ],
)
def test_a_difference_is_written_with_its_sign(name: str, value: float | None, shown: str) -> None:
    with translation.override("en"):
        assert words.signed(name, value) == shown
