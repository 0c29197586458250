"""A list tells nothing of a group that is hidden in a part of its period."""

from datetime import date, datetime

import pytest
import time_machine

from branches.models import Office
from reports import monthly, periods
from requests_app.enums import Action
from tests.factories import branch
from tests.reports.lives import Step, lived
from tests.reports.why_figures import NOW, a_pilot_of_two_offices, five_advisers, found

pytestmark = pytest.mark.django_db


@time_machine.travel(NOW, tick=False)
def test_a_group_hidden_in_one_month_is_not_dated_in_a_longer_list() -> None:
    """Two small months of support are hidden; together they may be known, but not apart."""
    pilot, advisers = a_pilot_of_two_offices(), five_advisers()
    office = Office.objects.get(code="LIEGE")
    for month, many in (("2023-06", 12), ("2023-07", 3), ("2023-08", 4)):
        for code, requests in (("support", many), ("coop", 20)):
            for place in range(requests):
                day, adviser = f"{month}-{place % 15 + 10:02}", advisers[place % 5]
                lived(
                    office,
                    Step(Action.SUBMIT, f"{day}T09:00", branch=branch(code)),
                    Step(Action.ANSWER, f"{day}T1{place % 9}:00", adviser),
                )
    for first_day in (date(2023, 7, 1), date(2023, 8, 1)):
        monthly.compute_report(office=office, month=first_day, at=NOW)
    periods.compute(pilot=pilot, at=NOW)
    each = found(pilot, "first-answer", office=office, by="branch", key="support")
    rows = each.rows(0, 50)
    assert each.is_equal
    assert [row.is_withheld for row in rows] == [False] * 12 + [True] * 7
    assert all(row.since is None and not row.reference for row in rows[12:])
    assert all(isinstance(row.since, datetime) for row in rows[:12])
