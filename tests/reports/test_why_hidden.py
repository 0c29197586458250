"""A list tells nothing of a group that is hidden in a part of its period."""

from datetime import date, datetime

import pytest
import time_machine

from branches.models import Office, Pilot
from reports import monthly, periods
from reports.why.rows import Behind, Row, Source, withholding
from requests_app.enums import Action
from requests_app.models import MemberRequest
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


def shown_of(each: Behind, office: str) -> int:
    """How many rows of a list are known to be of this office."""
    return sum(row.office == office for row in each.rows(0, each.size))


@pytest.fixture
def few_by_telephone(db: None) -> Pilot:
    """Liège had 3 calls and Charleroi 4: hidden in both, but both together may be shown."""
    pilot, advisers = a_pilot_of_two_offices(), five_advisers()
    for code, many in (("LIEGE", 3), ("CHARLEROI", 4)):
        office = Office.objects.get(code=code)
        for channel, requests in (("phone", many), ("web", 40), ("email", 40)):
            for place in range(requests):
                day, adviser = f"2023-07-{place % 15 + 10:02}", advisers[place % 5]
                lived(
                    office,
                    Step(Action.SUBMIT, f"{day}T09:00"),
                    Step(Action.ANSWER, f"{day}T1{place % 9}:00", adviser),
                    channel=channel,
                )
    return pilot


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("period", ["during", "2023-07"])
def test_a_list_of_both_offices_does_not_say_whose_a_hidden_group_is(
    few_by_telephone: Pilot, period: str
) -> None:
    offices = list(few_by_telephone.offices.all())
    for office in offices:
        monthly.compute_report(office=office, month=date(2023, 7, 1), at=NOW)
    monthly.compute_sides(offices=offices, month=date(2023, 7, 1), at=NOW)
    periods.compute(pilot=few_by_telephone, at=NOW)
    each = found(few_by_telephone, "first-answer", period, by="channel", key="phone")
    assert (each.is_equal, each.size) == (True, 7)
    assert shown_of(each, "LIEGE") == shown_of(each, "CHARLEROI") == 0
    assert not any(row.reference for row in each.rows(0, 50))


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("figure", "key"),
    [
        ("first-answer", ""),
        ("closing", ""),
        ("stays", "received"),
        ("stays", "open_seconds"),
        ("ways", "requests"),
    ],
)
@pytest.mark.parametrize("period", ["during", "2023-07"])
def test_no_list_tells_the_rows_of_an_office_that_is_hidden(
    few_by_telephone: Pilot, figure: str, key: str, period: str
) -> None:
    """Two advisers had all of Liège, so nothing is shown of it, nor of Charleroi beside it."""
    liege = MemberRequest.objects.filter(office__code="LIEGE")
    two = list(liege.values_list("adviser", flat=True).distinct().order_by("adviser")[:2])
    liege.exclude(adviser__in=two).update(adviser=two[0])
    offices = list(few_by_telephone.offices.all())
    monthly.compute_sides(offices=offices, month=date(2023, 7, 1), at=NOW)
    periods.compute(pilot=few_by_telephone, at=NOW)
    each = found(few_by_telephone, figure, period, key=key)
    assert each.size
    assert shown_of(each, "LIEGE") == shown_of(each, "CHARLEROI") == 0
    assert each.rows(0, 1)[0].since is None


def test_rows_that_are_withheld_stand_last_page_by_page() -> None:
    rows = [Row(str(place), "", "LIEGE", calendar_time=9 - place) for place in range(6)]
    given = Behind(Source(NOW, "1"), 6, lambda first, last: rows[first:last], (), frozenset())
    each = withholding(given, [False, True, False, True, False, False])
    read = [row for first in (0, 2, 4) for row in each.rows(first, first + 2)]
    assert [row.reference for row in read] == ["0", "2", "4", "5", "", ""]
    assert [row.calendar_time for row in read[4:]] == [6, 8]
    assert read == each.rows(0, 6)
