"""What managers read of answers, and what nobody can find out from it."""

import io
from itertools import combinations
from random import Random

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from python_calamine import CalamineWorkbook

from people.roles import Role
from surveys import screening, stored_figures
from surveys.enums import Contact, Kind, Screening, Side, State
from surveys.models import Comment, Stratum, Wave
from surveys.proportions import newcombe, wilson
from surveys.response import compared
from surveys.result_tables import codebook, results_table
from surveys.results import courses_of, finished_waves, questions_of, shown_comments
from surveys.screening import ScreeningRefused
from surveys.tallies import FEWEST, Group, WaveTallies, tallies_of
from tests.factories import NOW, UserFactory
from tests.surveys.situations import (
    JUNE,
    Choice,
    a_comment,
    a_wave,
    an_answered_wave,
    the_pilot,
)

pytestmark = pytest.mark.django_db

PILOT, COMPARISON = Group(Side.PILOT), Group(Side.COMPARISON)
ONE, NONE = Contact.ONE, Contact.NONE


def good(number: int, bad: int = 0) -> list[Choice]:
    return [5] * number + [1] * bad


def told(wave: Wave) -> WaveTallies:
    return tallies_of([wave])[0]


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(UserFactory(role=Role.MANAGER))
    return client


def test_a_biased_response_moves_the_weighted_figure_and_warns() -> None:
    # Everybody with contact is content and 80 answer; of the others 30 do, and none is content.
    wave = an_answered_wave({("LIEGE", ONE): good(80), ("LIEGE", NONE): good(0, 30)})
    tally = told(wave).tally("m1", PILOT)
    assert tally
    plain, weighted = tally.share([4, 5]), tally.weighted([4, 5])
    assert plain
    assert weighted
    assert plain.value == pytest.approx(80 / 110)
    assert weighted.value == pytest.approx(0.5)
    clear = {fact.value: fact for fact in compared(wave) if fact.is_clear}
    assert {str(ONE.label), str(NONE.label)} == set(clear)
    assert clear[str(NONE.label)].is_missing


def test_an_even_response_moves_nothing_and_does_not_warn() -> None:
    wave = an_answered_wave({("LIEGE", ONE): good(40), ("LIEGE", NONE): good(0, 40)})
    tally = told(wave).tally("m1", PILOT)
    assert tally
    weighted = tally.weighted([5])
    assert weighted
    assert weighted.value == pytest.approx(0.5)
    assert (weighted.low, weighted.high) == pytest.approx((wilson(40, 80).low, wilson(40, 80).high))
    assert not any(fact.is_clear for fact in compared(wave))


def test_what_does_not_apply_is_no_part_of_a_figure() -> None:
    wave = an_answered_wave({("LIEGE", ONE): [*good(12), "na", None, "na"]})
    tally = told(wave).tally("m1", PILOT)
    assert tally
    assert tally.answers == 12


def test_nine_answers_are_hidden_and_ten_are_shown() -> None:
    assert not told(an_answered_wave({("LIEGE", ONE): good(9)})).tally("m1", PILOT)
    other = an_answered_wave({("LIEGE", ONE): good(10)}, month=JUNE.replace(month=7))
    assert told(other).tally("m1", PILOT)


def test_a_small_office_takes_another_one_with_it() -> None:
    wave = an_answered_wave(
        {("MONS", ONE): good(5), ("NAMUR", ONE): good(30), ("TOURNAI", ONE): good(0, 35)}
    )
    shown = told(wave).shown["m1"]
    assert {group.place for group in shown if group.side == Side.COMPARISON} == {"*", "Tournai"}
    # With weights there would be two equations for the two that are hidden.
    assert shown[COMPARISON].weighted([5]) is None
    assert shown[COMPARISON].answers == 70


def test_a_running_wave_tells_nothing() -> None:
    wave = an_answered_wave({("LIEGE", ONE): good(30)})
    Wave.objects.filter(pk=wave.pk).update(state=State.RUNNING, closed_at=None, mixed_at=None)
    assert tallies_of(Wave.objects.all()) == []


def test_pilot_and_comparison_differ_by_newcombe() -> None:
    wave = an_answered_wave({("LIEGE", ONE): good(30, 10), ("MONS", ONE): good(20, 20)})
    found = questions_of(told(wave))[0].difference
    expected = newcombe(wilson(30, 40), wilson(20, 40))
    assert found
    assert (found.value, found.low, found.high) == pytest.approx(
        (expected.value, expected.low, expected.high)
    )


def test_three_months_are_put_together_of_what_is_shown() -> None:
    for month, answers in ((4, good(20)), (5, good(5)), (6, good(0, 30))):
        an_answered_wave({("LIEGE", ONE): answers}, month=JUNE.replace(month=month))
    waves = list(Wave.objects.select_related("questionnaire").order_by("month"))
    course = courses_of(tallies_of(waves))[0]
    assert [bool(month.lines[0].tally) for month in course.months] == [True, False, True]
    rolling = course.months[-1].rolling[0].tally
    assert rolling
    assert rolling.answers == 50
    assert course.together[0].tally == rolling


def _found_out(known: list[Group], offices: list[str]) -> list[tuple[str, ...]]:
    """The sets of offices whose sum follows from the groups that are shown, by linear algebra."""
    rows = [[1.0 if g.is_side or g.place == o else 0.0 for o in offices] for g in known]
    if not rows:
        return []
    rank = np.linalg.matrix_rank(np.array(rows))
    return [
        target
        for number in range(1, len(offices) + 1)
        for target in combinations(offices, number)
        if np.linalg.matrix_rank(np.array([*rows, [1.0 * (o in target) for o in offices]])) == rank
    ]


NAMES = ("MONS", "NAMUR", "TOURNAI", "VERVIERS")


def _said_at_random(random: Random) -> dict[tuple[str, Contact], list[Choice]]:
    sizes = (0, 3, 8, 12, 40)
    return {
        (name, contact): [random.choice((1, 5)) for _one in range(random.choice(sizes))]
        for name in NAMES
        for contact in (ONE, NONE)
    }


def _answers_of(said: dict[tuple[str, Contact], list[Choice]]) -> dict[str, int]:
    sizes = {n.capitalize(): len(said[n, ONE]) + len(said[n, NONE]) for n in NAMES}
    return {office: answers for office, answers in sizes.items() if answers}


@pytest.mark.parametrize("seed", range(12))
def test_nobody_finds_a_hidden_office_by_differences(seed: int) -> None:
    said = _said_at_random(Random(seed))
    shown = told(an_answered_wave(said)).shown["m1"]
    size = _answers_of(said)
    known = [group for group in shown if group.side == Side.COMPARISON]
    for target in _found_out(known, list(size)):
        assert sum(size[office] for office in target) >= FEWEST[Kind.MEMBER]


@pytest.mark.parametrize("seed", range(6))
def test_no_sum_over_months_finds_what_a_month_hides(seed: int) -> None:
    """Pages and files of three months, attacked together: each month, each sum of months."""
    random = Random(seed)
    rounds = {month: _said_at_random(random) for month in (4, 5, 6)}
    for month, said in rounds.items():
        an_answered_wave(said, month=JUNE.replace(month=month))
    stored_figures.store_due(at=NOW)
    tallies = stored_figures.figures_of(finished_waves(the_pilot()))
    sizes = {one.wave.month.month: _answers_of(rounds[one.wave.month.month]) for one in tallies}
    unknown = [(month, office) for month, size in sizes.items() for office in size]
    equations = [
        [1.0 * (m == one.wave.month.month and (g.is_side or g.place == o)) for m, o in unknown]
        for one in tallies
        for g in one.shown["m1"]
    ]
    course = courses_of(tallies)[0]
    for counted in (course.months[-1].rolling[0], course.together[0]):
        parts = [one for one in tallies if one.tally("m1", COMPARISON)]
        months_in = {one.wave.month.month for one in parts}
        assert (counted.tally is None) == (not months_in)
        if counted.tally:
            assert counted.tally.answers == sum(sum(sizes[month].values()) for month in months_in)
            equations.append([1.0 * (month in months_in) for month, _office in unknown])
    if not equations:
        return
    rank = np.linalg.matrix_rank(np.array(equations))
    for month, size in sizes.items():
        for number in range(1, len(size) + 1):
            for target in combinations(size, number):
                row = [1.0 * (m == month and o in target) for m, o in unknown]
                if np.linalg.matrix_rank(np.array([*equations, row])) == rank:
                    assert sum(size[office] for office in target) >= FEWEST[Kind.MEMBER]


@pytest.mark.parametrize("seed", range(4))
def test_files_hold_nothing_that_pages_hide(seed: int) -> None:
    one = told(an_answered_wave(_said_at_random(Random(seed))))
    for row in results_table([one]).rows:
        if row[2] != "m1":
            continue
        side = next(side for side in Side if str(side.label) == row[3])
        tally = one.tally("m1", Group(side, str(row[4] or "*")))
        assert row[5] == (tally.answers if tally else None)
        assert (set(row[5:]) == {None}) == (tally is None)


@pytest.mark.parametrize(("answers", "is_shown"), [(7, False), (8, True)])
def test_advisers_are_shown_from_eight_answers_on(answers: int, is_shown: bool) -> None:
    wave = an_answered_wave({("LIEGE", Contact.ALL): good(answers)}, kind=Kind.ADVISER, code="a1")
    Stratum.objects.filter(wave=wave).update(office=None)
    assert (told(wave).tally("a1", PILOT) is not None) == is_shown
    assert {group.place for group in told(wave).groups} == {"*"}


def test_weights_never_tell_apart_fewer_than_thirty_answers() -> None:
    wave = an_answered_wave({("LIEGE", ONE): good(50), ("LIEGE", NONE): good(0, 8)})
    tally = told(wave).tally("m1", PILOT)
    assert tally
    plain, weighted = tally.share([5]), tally.weighted([5])
    assert plain
    assert weighted
    assert weighted.value == pytest.approx(plain.value)


def test_the_page_says_who_is_missing_before_what_was_answered(manager: Client) -> None:
    wave = an_answered_wave({("LIEGE", ONE): good(80), ("LIEGE", NONE): good(0, 30)})
    page = manager.get(reverse("surveys:wave_results", args=[wave.pk])).content.decode()
    assert page.index('role="note"') < page.index('id="progress"') < page.index('id="answers"')


def test_the_page_of_a_running_wave_shows_no_question(manager: Client) -> None:
    wave = a_wave(started=True)
    page = manager.get(reverse("surveys:wave_results", args=[wave.pk])).content.decode()
    assert 'id="answers"' not in page


def test_six_waves_take_few_queries(
    manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for month in range(1, 7):
        an_answered_wave({("LIEGE", ONE): good(12)}, month=JUNE.replace(month=month))
    stored_figures.store_due(at=NOW)
    with django_assert_max_num_queries(5):
        assert manager.get(reverse("surveys:months", args=["member"])).status_code == 200


def test_the_workbook_holds_results_and_codebook(manager: Client) -> None:
    an_answered_wave({("LIEGE", ONE): good(12, 4), ("MONS", ONE): good(3)})
    answer = manager.get(reverse("surveys:results_file", args=["results", "xlsx"]))
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert len(book.sheet_names) >= 2
    tallies = tallies_of(Wave.objects.select_related("questionnaire"))
    rows = [row for row in results_table(tallies).rows if row[2] == "m1"]
    assert {(row[4], row[5]) for row in rows} == {
        ("", 16),
        ("Liege", 16),
        ("", None),
        ("Mons", None),
    }
    assert any(row[1] == "m1" for row in codebook(tallies).rows)


def test_a_comment_is_shown_only_as_a_person_released_it(manager: Client) -> None:
    comment = a_comment("Merci à Aïcha !")
    address = reverse("surveys:wave_results", args=[comment.wave_id])
    assert "Merci" not in manager.get(address).content.decode()
    sent = {"text": "Merci à … !", "decision": "release"}
    manager.post(reverse("surveys:read_comment", args=[comment.pk]), sent)
    page = manager.get(address).content.decode()
    assert "Merci à … !" in page
    assert "Aïcha" not in page


def test_a_withheld_comment_is_never_shown(manager: Client) -> None:
    comment = a_comment()
    manager.post(reverse("surveys:read_comment", args=[comment.pk]), {"decision": "withhold"})
    comment.refresh_from_db()
    assert comment.state == Screening.HIDDEN
    assert not shown_comments(comment.wave, told(comment.wave))


def test_an_emptied_comment_cannot_be_released(manager: Client) -> None:
    comment = a_comment()
    sent = {"decision": "release", "text": "  "}
    answer = manager.post(reverse("surveys:read_comment", args=[comment.pk]), sent)
    assert answer.status_code == 422
    assert Comment.objects.get().state == Screening.WAITING


def test_two_readers_of_one_comment_do_not_overrule_each_other() -> None:
    comment, reader = a_comment(), UserFactory(role=Role.MANAGER)
    screening.withhold(comment=comment, by=reader, at=NOW)
    with pytest.raises(ScreeningRefused):
        screening.release(comment=comment, text="Merci", by=reader, at=NOW)
    assert Comment.objects.get().state == Screening.HIDDEN


def test_comments_of_a_side_with_nineteen_answers_stay_hidden() -> None:
    wave = an_answered_wave({("LIEGE", ONE): good(19)})
    screening.release(comment=a_comment(wave=wave), text="Merci", by=wave.planned_by, at=NOW)
    assert not shown_comments(wave, told(wave))
