"""Answers of pilot and comparison offices never meet, and no part of an office stands for it."""

import pytest

from branches.models import Office
from reports.survey_outcomes import _share
from surveys import answering, mixing, waves
from surveys.enums import Contact, Kind, Side
from surveys.models import Answer, Comment, Wave
from surveys.results import questions_of
from surveys.sealing import token_of
from surveys.selectors import progress_of
from surveys.tallies import Group, tallies_of
from tests.factories import NOW, OfficeFactory, a_request, an_adviser
from tests.surveys.situations import Choice, a_wave, an_answered_wave, later, members, the_pilot

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

PILOT, COMPARISON = Group(Side.PILOT), Group(Side.COMPARISON)


def answer(wave: Wave, numbers: dict[str, int], *, comment: str = "") -> None:
    """So many of each stratum answer; the first question gets 5 in pilot offices, else 1."""
    for stratum in wave.strata.all():
        step = 5 if stratum.side == Side.PILOT else 1
        said = dict.fromkeys(("m1", "a1"), step)
        chosen = stratum.invitations.order_by("id")[: numbers.get(stratum.code, 0)]
        for key in chosen.values_list("pk", flat=True):
            answering.send(token=token_of(key), choices=said, comment=comment, at=NOW)


def finished(wave: Wave) -> Wave:
    waves.close(wave=wave, at=later(days=1))
    mixing.mix_due(at=later(days=1))
    wave.refresh_from_db()
    return wave


def cells(wave: Wave) -> dict[str, int]:
    found = list(wave.answers.values_list("cell", flat=True))
    return {cell: found.count(cell) for cell in sorted(set(found))}


def a_wave_of_advisers(pilot_advisers: int, comparison_advisers: int) -> Wave:
    pilot = the_pilot()
    mons = Office.objects.get(code="MONS")
    for _number in range(pilot_advisers):
        an_adviser("first_line")
    for _number in range(comparison_advisers):
        an_adviser(None, office=mons)
    offices = [*pilot.offices.all(), mons]
    return a_wave(people=0, kind=Kind.ADVISER, offices=offices, started=True)


def test_nine_advisers_of_one_side_are_no_part_of_the_other() -> None:
    wave = a_wave_of_advisers(9, 12)
    answer(wave, {"pilot": 9, "comparison": 12})
    finished(wave)
    assert cells(wave) == {"comparison": 12, "pilot": 9}
    told = tallies_of([wave])[0]
    assert told.tally("a1", PILOT).counts == {5: 9}
    assert told.tally("a1", COMPARISON).counts == {1: 12}


def test_seven_advisers_are_hidden_and_eight_are_shown() -> None:
    wave = a_wave_of_advisers(8, 8)
    answer(wave, {"pilot": 8, "comparison": 7})
    told = tallies_of([finished(wave)])[0]
    assert told.tally("a1", PILOT).answers == 8
    assert told.tally("a1", COMPARISON) is None
    assert {group.place for group in told.groups} == {"*"}


def test_a_comparison_office_with_five_answers_changes_nothing_of_the_pilot() -> None:
    pilot = the_pilot()
    mons = Office.objects.get(code="MONS")
    members(20, office=mons)
    for member in members(12):
        a_request(member=member, at=later(days=-3))
    wave = a_wave(people=30, offices=[*pilot.offices.all(), mons], started=True)
    answer(wave, {"LIEGE.none": 25, "LIEGE.one": 11, "MONS.none": 5})
    finished(wave)
    assert cells(wave) == {"LIEGE.none": 25, "LIEGE.one": 11, "MONS.none": 5}
    told = tallies_of([wave])[0]
    assert told.tally("m1", PILOT).counts == {5: 36}
    assert told.tally("m1", COMPARISON) is None


def test_of_a_side_that_is_too_small_nothing_is_kept_but_how_many_answered() -> None:
    pilot = the_pilot()
    mons = Office.objects.get(code="MONS")
    members(20, office=mons)
    wave = a_wave(people=30, offices=[*pilot.offices.all(), mons], started=True)
    answer(wave, {"LIEGE.none": 25, "MONS.none": 3}, comment="Merci")
    finished(wave)
    # Three who answered and three answers: with what they said, every third guess would be right.
    kept = Answer.objects.filter(wave=wave, cell="MONS.none").values_list("choices", flat=True)
    assert list(kept) == [{}] * 3
    assert not Comment.objects.filter(wave=wave, side=Side.COMPARISON).exists()
    assert Comment.objects.filter(wave=wave, side=Side.PILOT).count() == 25
    assert progress_of(wave).total.answered == 28
    assert tallies_of([wave])[0].respondents == {Side.PILOT: 25, Side.COMPARISON: 3}


def _said(number: int) -> list[Choice]:
    return [5] * number


def test_a_part_of_an_office_is_never_shown_as_that_office() -> None:
    wave = an_answered_wave(
        {
            ("LIEGE", Contact.NONE): _said(40),
            ("LIEGE", Contact.ONE): _said(30),
            ("LIEGE", Contact.SEVERAL): [1] * 12,
            ("EUPEN", Contact.NONE): [1] * 5,
        }
    )
    wave.pilot.offices.add(Office.objects.get(code="EUPEN"))
    wave.strata.update(side=Side.PILOT)
    shared = {"LIEGE.several", "EUPEN.none"}
    wave.answers.filter(cell__in=shared).update(cell="LIEGE.several+EUPEN.none")
    told = tallies_of([wave])[0]
    assert [group.place for group in told.groups] == ["*", "Eupen + Liege"]
    assert told.tally("m1", Group(Side.PILOT, "Eupen + Liege")).answers == 87
    # Nor does the comparison of offices take it for the office.
    assert str(_share(told, Office.objects.get(code="LIEGE"))) == "nan"


def test_what_an_earlier_version_put_together_across_sides_is_shown_nowhere() -> None:
    wave = an_answered_wave({("LIEGE", Contact.ONE): _said(20), ("MONS", Contact.ONE): [1] * 20})
    wave.answers.filter(choices__m1=1).update(cell="MONS.one+LIEGE.one")
    told = tallies_of([wave])[0]
    assert told.tally("m1", PILOT).answers == 20
    assert told.tally("m1", COMPARISON) is None
    assert [line.group for line in questions_of(told)[0].shown] == [
        PILOT,
        Group(PILOT.side, "Liege"),
    ]


def test_an_office_in_which_nobody_answered_hides_no_other_one() -> None:
    pilot = the_pilot()
    pilot.offices.add(OfficeFactory(code="HUY", name="Huy", reference_prefix="HU"))
    members(5, office=Office.objects.get(code="HUY"))
    wave = a_wave(people=20, offices=list(pilot.offices.all()), started=True)
    answer(wave, {"LIEGE.none": 15})
    told = tallies_of([finished(wave)])[0]
    assert [group.place for group in told.groups] == ["*", "Liège"]
