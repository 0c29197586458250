"""What members and advisers said, on the dashboard and in the balance."""

from datetime import timedelta

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from reports import asked_tables
from reports.asked import Plain, asked_of
from reports.balance import asked as in_balance
from reports.balance.limits import what_cannot_be_said
from reports.blocks import Bullets, Grid, Heading
from surveys import stored_figures
from surveys.enums import Contact, Kind, Side
from surveys.models import Wave, WaveFigures
from surveys.proportions import newcombe, wilson
from surveys.results import finished_waves
from surveys.tallies import tallies_of
from tests.factories import NOW
from tests.surveys.situations import JUNE, Choice, an_answered_wave, the_pilot

pytestmark = pytest.mark.django_db

LIEGE, MONS = ("LIEGE", Contact.ONE), ("MONS", Contact.ONE)


def good(number: int, bad: int = 0) -> list[Choice]:
    return [5] * number + [1] * bad


def two_rounds() -> None:
    an_answered_wave({LIEGE: good(30, 10), MONS: good(20, 20)})
    an_answered_wave({LIEGE: good(15, 25), MONS: good(4)}, month=JUNE.replace(month=7))
    stored_figures.store_due(at=NOW)


def section_of_members() -> Plain:
    found = asked_of(the_pilot())
    assert found
    return found["member"]


def test_a_question_is_told_of_all_rounds_together() -> None:
    two_rounds()
    found = asked_of(the_pilot())
    assert found
    question = found["member"]["questions"][0]
    share, plain = question["said"][Side.PILOT]["weighted"], wilson(45, 80)
    assert share == pytest.approx([plain.value, plain.low, plain.high])
    # Of Mons, the second round is hidden, and stays so in the sum.
    assert question["said"][Side.COMPARISON]["answers"] == 40
    assert question["months"][1][Side.COMPARISON] is None
    expected = newcombe(plain, wilson(20, 40))
    assert question["difference"] == pytest.approx([expected.value, expected.low, expected.high])


def test_who_answered_stands_before_what() -> None:
    two_rounds()
    [section] = asked_tables.sections(asked_of(the_pilot()))
    with translation.override("en"):
        first, _second = asked_tables.who_answered(Kind.MEMBER, section_of_members())
    assert first == (
        "Members were asked in 2 rounds. Answered have: Pilot offices: 80 of 200 (40%); "
        "Comparison offices: 44 of 200 (22%)."
    )
    assert len(section.answers.rows) == 7


def test_nothing_is_told_where_nobody_was_asked() -> None:
    assert asked_of(the_pilot()) is None
    assert asked_tables.sections(None) == []
    assert in_balance.chapter({"surveys": None}) == []


def test_a_balance_tells_only_what_was_known_at_its_cut_off() -> None:
    two_rounds()
    Wave.objects.filter(month=JUNE.replace(month=7)).update(mixed_at=NOW + timedelta(days=9))
    found = asked_of(the_pilot(), cut_off=NOW)
    assert found
    assert found["member"]["rounds"] == 1


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_the_balance_tells_it_in_each_language(language: str) -> None:
    two_rounds()
    content: Plain = {"surveys": asked_of(the_pilot())}
    with translation.override(language):
        blocks = in_balance.chapter(content)
        annex = in_balance.months(content)
    kinds = [type(block) for block in blocks]
    assert kinds.index(Heading) < kinds.index(Bullets) < kinds.index(Grid)
    [grid] = annex
    assert isinstance(grid, Grid)
    texts = Wave.objects.earliest("id").questionnaire.content["items"][0]["texts"]
    assert grid.rows[0][0].value.startswith(texts[language])


def test_what_nobody_was_asked_cannot_be_said() -> None:
    two_rounds()
    content: Plain = {
        "pilot": {"offices": ["Liège"], "comparison_offices": ["Mons"]},
        "comparison": None,
        "work": [],
        "surveys": asked_of(the_pilot()),
    }
    with translation.override("en"):
        _heading, bullets = what_cannot_be_said(content, is_provisional=False)
    assert isinstance(bullets, Bullets)
    said = " ".join(bullets.items)
    assert "What advisers think of it: they have not been asked yet." in said
    assert "What members" not in said


# --- figures stored once ---


def test_stored_figures_are_those_that_are_counted() -> None:
    two_rounds()
    waves = finished_waves(the_pilot())
    assert [wave.figures.rule for wave in waves] == [stored_figures.RULE] * 2
    assert stored_figures.figures_of(waves) == tallies_of(waves)


def test_stored_figures_are_read_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    two_rounds()
    pilot = the_pilot()
    with django_assert_num_queries(1):
        asked_of(pilot)


def test_a_wave_that_was_mixed_again_is_counted_again() -> None:
    two_rounds()
    Wave.objects.filter(month=JUNE).update(mixed_at=NOW + timedelta(hours=1))
    waves = finished_waves(the_pilot())
    assert stored_figures.figures_of(waves) == tallies_of(waves)
    assert stored_figures.store_due(at=NOW) == 1
    assert stored_figures.store_due(at=NOW) == 0


def test_figures_of_an_older_rule_are_not_believed() -> None:
    two_rounds()
    WaveFigures.objects.update(rule=0, content={})
    waves = finished_waves(the_pilot())
    assert stored_figures.figures_of(waves) == tallies_of(waves)
    assert stored_figures.store_due(at=NOW) == 2
