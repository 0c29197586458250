"""The month in which the pilot begins lies in two times: neither part follows by subtraction."""

from datetime import date

import pytest
import time_machine

from branches.models import Office
from people.models import User
from reports import monthly, periods
from reports.period_models import BEFORE, DURING, PeriodFigures
from requests_app.enums import Action
from tests.factories import topic
from tests.reports.lives import Step, lived
from tests.reports.why_figures import NOW, a_pilot_of_two_offices, five_advisers

pytestmark = pytest.mark.django_db
PRICING, TRAINING, ABROAD = "pricing", "training", "work_abroad"


def arrive(office: Office, advisers: list[User], days: dict[str, int], about: str) -> None:
    for day, many in days.items():
        for place in range(many):
            lived(
                office,
                Step(Action.SUBMIT, f"{day}T09:00"),
                Step(Action.ANSWER, f"{day}T1{place % 9}:00", advisers[place % 5]),
                topic=topic(about),
            )


def hidden(period: str) -> set[str]:
    stored = PeriodFigures.objects.get(period=period, office__code="LIEGE")
    return {cell["key"] for cell in stored.content["parts"]["topic"] if "hidden" in cell}


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("before", "after", "where"),
    # 2 of the pilot less what July and August show; 2 of before, or 12 of June less the other 10.
    [(10, 2, {BEFORE, DURING}), (2, 10, {BEFORE, DURING}), (6, 6, set()), (6, 0, set())],
)
def test_no_part_of_the_month_in_which_the_pilot_begins_follows(
    before: int, after: int, where: set[str]
) -> None:
    pilot, advisers = a_pilot_of_two_offices(), five_advisers()
    office = Office.objects.get(code="LIEGE")
    whole = {"2023-05-10": 9, "2023-06-05": before, "2023-06-20": after, "2023-07-10": 9}
    arrive(office, advisers, whole, PRICING)
    for about in (TRAINING, ABROAD):
        arrive(office, advisers, dict.fromkeys(whole, 20), about)
    for month in range(5, 9):
        monthly.compute_report(office=office, month=date(2023, month, 1), at=NOW)
    periods.compute(pilot=pilot, at=NOW)
    assert {period for period in (BEFORE, DURING) if PRICING in hidden(period)} == where
    # With one more, or the total would give it away.
    assert all(len(hidden(period)) != 1 for period in (BEFORE, DURING))
