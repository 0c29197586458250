"""What the comparison of the offices takes from the surveys."""

from datetime import date

import numpy as np
import pytest

from branches.models import Office
from reports.plan_models import Measure
from reports.survey_outcomes import monthly_shares
from surveys.enums import Contact
from surveys.models import Answer
from tests.factories import NOW
from tests.surveys.situations import Choice, an_answered_wave, the_pilot

pytestmark = pytest.mark.django_db

KNEW = Measure.KNEW_MY_SITUATION


def asked(month: date, good: int, bad: int) -> None:
    said: list[Choice] = [*([5] * good), *([1] * bad)]
    wave = an_answered_wave({("LIEGE", Contact.ONE): said}, month=month)
    for answer in Answer.objects.filter(wave=wave):
        Answer.objects.filter(pk=answer.pk).update(choices={"m6": answer.choices["m1"]})


def test_nothing_is_told_without_a_wave_before_the_pilot() -> None:
    start = the_pilot().starts_on.replace(day=1)
    asked(start, 15, 5)
    offices = list(Office.objects.order_by("id"))
    assert monthly_shares(KNEW, offices=offices, months=[start], cut_off=NOW) is None


def test_shares_stand_by_office_and_month_and_hidden_ones_are_unknown() -> None:
    start = the_pilot().starts_on.replace(day=1)
    before = date(start.year - 1, start.month, 1)
    asked(before, 10, 10)
    asked(start, 15, 5)
    offices = [Office.objects.get(code="LIEGE"), Office.objects.get(code="MONS")]
    shares = monthly_shares(KNEW, offices=offices, months=[before, start], cut_off=NOW)
    assert shares is not None
    assert shares[0] == pytest.approx([0.5, 0.75])
    assert np.isnan(shares[1]).all()


def test_advisers_are_never_told_by_office() -> None:
    found = monthly_shares(Measure.ADVISER_STRAIN, offices=[], months=[], cut_off=NOW)
    assert found is None
