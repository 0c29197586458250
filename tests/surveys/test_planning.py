"""What a plan promises, before anything is sent and after the draw."""

from datetime import timedelta
from decimal import Decimal

import pytest

from surveys import waves
from surveys.enums import Contact
from surveys.frames import frame_of
from surveys.planning import plan_for, smallest_change
from surveys.selectors import outlook
from tests.factories import TODAY, MemberFactory, OfficeFactory, a_request
from tests.surveys.situations import SEED, a_wave, later, members, the_pilot

pytestmark = pytest.mark.django_db


def test_the_outlook_repeats_the_table_of_the_method() -> None:
    office = OfficeFactory()
    the_pilot()
    MemberFactory.create_batch(200, office=office)
    wave = a_wave(people=0, drawn=False, margin=Decimal(10))
    plan = plan_for(wave, frame_of(wave, on=TODAY))
    (liege,) = plan.offices
    assert (liege.members, liege.answers_wanted, liege.invitations) == (200, 66, 200)
    assert liege.falls_short
    assert liege.runs_dry
    assert liege.asks_everybody


def test_the_change_that_can_be_seen_is_that_of_the_method() -> None:
    assert smallest_change(90) == 19
    assert smallest_change(540) == 8


def test_a_small_office_is_promised_what_can_come_and_no_more() -> None:
    the_pilot()
    MemberFactory.create_batch(100, office=OfficeFactory())
    wave = a_wave(people=0, drawn=False, margin=Decimal(10), expected_response=25)
    plan = plan_for(wave, frame_of(wave, on=TODAY))
    # Twice asked, once in four: 50 answers in six waves, not 150.
    assert plan.offices[0].answers_of_pilot == 50
    assert plan.smallest_changes == (smallest_change(25), smallest_change(50))


def test_half_that_answer_do_not_tell_everything() -> None:
    the_pilot()
    MemberFactory.create_batch(100, office=OfficeFactory())
    wave = a_wave(people=0, drawn=False, margin=Decimal(10), expected_response=50)
    (liege,) = plan_for(wave, frame_of(wave, on=TODAY)).offices
    month, quarter, pilot = (points or 0.0 for points in liege.precision.all)
    assert 3 < pilot <= quarter < month


def test_each_stratum_says_how_many_are_asked_and_what_that_tells() -> None:
    one, *_others = members(60)
    a_request(member=one)
    wave = a_wave(people=0, drawn=False, margin=Decimal(20), expected_response=50)
    (office,) = plan_for(wave, frame_of(wave, on=TODAY + timedelta(days=1))).offices
    parts = {s.contact: (s.members, s.invitations) for s in office.strata}
    assert parts == {Contact.NONE: (59, office.invitations - 1), Contact.ONE: (1, 1)}
    assert (office.answers_wanted, office.answers_without_end) == (18, 25)
    waves.draw_sample(wave=wave, by=wave.planned_by, at=later(days=1), seed=SEED)
    after = outlook(wave, on=TODAY)
    assert after.offices[0].strata == office.strata
    assert after.quotas == {"LIEGE.none": office.invitations - 1, "LIEGE.one": 1}
