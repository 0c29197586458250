"""Known numbers, worked out by hand, for the figures of one month."""

from datetime import date, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from branches.models import Office, OpeningHours
from branches.working_time import NoOpeningHours
from reports.response_times import (
    Clock,
    Figure,
    ResponseTimes,
    cohort,
    is_provisional,
    response_times,
)
from requests_app.enums import ClosingReason
from requests_app.models import MemberRequest
from tests.factories import OfficeFactory, branch
from tests.reports.conftest import Arrive, brussels

JULY = date(2023, 7, 1)
HOUR = 3600
PROMISE = 16 * HOUR
LATER = brussels("2023-09-01T12:00")


def figures(*offices: Office, month: date = JULY, at: datetime = LATER) -> ResponseTimes:
    return response_times(cohort(offices, month=month, cut_off=at), promise_seconds=PROMISE)


def test_the_median_of_a_dozen_counts_the_two_that_wait(
    office: Office, a_dozen: list[MemberRequest]
) -> None:
    found = figures(office)
    # After 6 hours 6 of 12 were answered; without those that wait it would have been 5 hours.
    assert found.office_clock.median.value == 6 * HOUR
    assert (found.received, found.first_answered, found.still_waiting) == (12, 10, 2)


def test_the_calendar_clock_counts_the_night(office: Office, arrive: Arrive) -> None:
    for _ in range(10):
        arrive("2023-07-03T16:00", "2023-07-04T10:00")
    found = figures(office)
    medians = (found.office_clock.median.value, found.calendar_clock.median.value)
    assert medians == (2 * HOUR, 18 * HOUR)


def test_a_share_is_not_known_before_anybody_was_followed_so_long(
    office: Office, a_dozen: list[MemberRequest]
) -> None:
    found = figures(office, at=brussels("2023-07-04T10:30"))
    assert found.office_clock.within_promise == Figure()


def test_the_share_within_the_promise_is_ten_of_twelve(
    office: Office, a_dozen: list[MemberRequest]
) -> None:
    found = figures(office)
    assert found.office_clock.within_promise.value == pytest.approx(10 / 12)
    assert found.calendar_clock.within_promise == Figure()


def test_an_answer_after_the_cut_off_has_not_happened_yet(
    office: Office, a_dozen: list[MemberRequest]
) -> None:
    found = figures(office, at=brussels("2023-07-03T12:00"))
    assert (found.first_answered, found.still_waiting) == (3, 9)


def test_a_request_after_the_cut_off_does_not_count(office: Office, arrive: Arrive) -> None:
    arrive("2023-07-03T09:00")
    arrive("2023-07-05T09:00")
    assert figures(office, at=brussels("2023-07-04T09:00")).received == 1


def test_a_closing_after_the_cut_off_has_not_happened_yet(office: Office, arrive: Arrive) -> None:
    arrive("2023-07-03T09:00", closed="2023-07-06T09:00", reason=ClosingReason.SPAM)
    found = figures(office, at=brussels("2023-07-05T09:00"))
    assert (found.still_waiting, found.excluded["spam"]) == (1, 0)


def test_where_all_wait_the_median_is_not_reached(office: Office, arrive: Arrive) -> None:
    for day in range(10, 22):
        arrive(f"2023-07-{day}T09:00")
    found = figures(office)
    assert found.office_clock.median == Figure()
    assert found.office_clock.within_promise.value == 0
    assert found.oldest_waiting_since == brussels("2023-07-10T09:00")


def test_the_oldest_has_waited_office_hours(office: Office, arrive: Arrive) -> None:
    arrive("2023-07-03T16:00")
    assert figures(office, at=brussels("2023-07-04T10:00")).oldest_waiting == 2 * HOUR


def test_no_request_gives_no_figure(office: Office) -> None:
    found = figures(office)
    assert (found.received, found.oldest_waiting_since) == (0, None)
    assert found.office_clock == Clock()


@pytest.mark.parametrize(("number", "median", "ninetieth"), [(9, 0, 0), (10, 1, 0), (30, 1, 1)])
def test_too_few_requests_give_no_figure(
    office: Office, arrive: Arrive, number: int, median: int, ninetieth: int
) -> None:
    for _ in range(number):
        arrive("2023-07-03T09:00", "2023-07-03T10:00")
    clock = figures(office).office_clock
    assert (clock.median.value is not None) == bool(median)
    assert (clock.within_promise.value is not None) == bool(median)
    assert (clock.ninetieth.value is not None) == bool(ninetieth)


@pytest.mark.parametrize("reason", ["withdrawn", "duplicate", "spam"])
def test_what_never_waited_is_counted_apart(office: Office, arrive: Arrive, reason: str) -> None:
    arrive("2023-07-03T09:00", "2023-07-03T10:00", closed="2023-07-03T11:00", reason=reason)
    found = figures(office)
    assert found.excluded == {"withdrawn": 0, "duplicate": 0, "spam": 0} | {reason: 1}
    assert (found.received, found.counted, found.first_answered) == (1, 0, 0)


def test_closed_without_an_answer_is_followed_until_its_closing(
    office: Office, arrive: Arrive
) -> None:
    arrive("2023-07-03T09:00", closed="2023-07-03T12:00", reason=ClosingReason.NO_REPLY)
    rows = cohort([office], month=JULY, cut_off=LATER)
    found = response_times(rows, promise_seconds=PROMISE)
    assert (found.closed_unanswered, found.still_waiting) == (1, 0)
    assert rows.office_hours.tolist() == [3 * HOUR]


def test_first_responses_that_only_asked_are_counted(office: Office, arrive: Arrive) -> None:
    arrive("2023-07-03T09:00", "2023-07-03T10:00", first_response_was_question=True)
    arrive("2023-07-03T09:00", "2023-07-03T10:00")
    assert figures(office).only_a_question == 1


@pytest.mark.parametrize(
    ("utc", "month"),
    [
        ("2023-06-30T21:59:59+00:00", date(2023, 6, 1)),
        ("2023-06-30T22:30:00+00:00", JULY),
        ("2023-07-31T21:59:59+00:00", JULY),
        ("2023-07-31T22:00:00+00:00", date(2023, 8, 1)),
    ],
)
def test_a_month_is_one_of_brussels(office: Office, arrive: Arrive, utc: str, month: date) -> None:
    request = arrive("2023-07-03T09:00")
    MemberRequest.objects.filter(pk=request.pk).update(submitted_at=datetime.fromisoformat(utc))
    months = [date(2023, number, 1) for number in (6, 7, 8)]
    received = [figures(office, month=number).received for number in months]
    assert received == [int(number == month) for number in months]


def test_the_end_of_summer_time_adds_an_hour_to_the_calendar_only(
    office: Office, arrive: Arrive
) -> None:
    arrive("2023-10-27T16:00", "2023-10-30T10:00")
    rows = cohort([office], month=date(2023, 10, 1), cut_off=brussels("2023-11-20T12:00"))
    assert (rows.office_hours[0], rows.calendar_time[0]) == (2 * HOUR, 67 * HOUR)


def test_every_request_counts_in_the_hours_of_its_own_office(
    office: Office, arrive: Arrive
) -> None:
    early = OfficeFactory(code="EUPEN")
    OpeningHours.objects.filter(office=early).update(opens="07:00")
    arrive("2023-07-03T07:00", "2023-07-03T10:00")
    arrive("2023-07-03T07:00", "2023-07-03T10:00", at_office=early)
    rows = cohort([office, early], month=JULY, cut_off=LATER)
    assert sorted(rows.office_hours.tolist()) == [1 * HOUR, 3 * HOUR]


def test_a_branch_has_only_its_own_requests(office: Office, arrive: Arrive) -> None:
    arrive("2023-07-03T09:00", branch=branch("support"))
    arrive("2023-07-03T09:00")
    rows = cohort([office], month=JULY, cut_off=LATER)
    assert rows.of_branch(branch("support").pk).submitted.size == 1


def test_four_queries_bring_the_month(
    office: Office,
    a_dozen: list[MemberRequest],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    # Requests, which of them waited for their member, the events of those, the opening hours.
    with django_assert_num_queries(4):
        cohort([office], month=JULY, cut_off=LATER)


def test_an_office_without_opening_hours_has_no_figures(office: Office) -> None:
    OpeningHours.objects.all().delete()
    with pytest.raises(NoOpeningHours, match="LIEGE"):
        figures(office)


@pytest.mark.parametrize(
    ("cut_off", "provisional"),
    [("2023-07-15T12:00", True), ("2023-08-14T16:59", True), ("2023-08-14T17:00", False)],
)
def test_july_is_provisional_for_ten_working_days(
    office: Office, cut_off: str, provisional: bool
) -> None:
    at = brussels(cut_off)
    assert is_provisional([office], month=JULY, cut_off=at, working_day_hours=8) is provisional
