"""Ways in which figures of waiting times have gone wrong elsewhere, each with its name."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from branches.models import Closure, ClosureKind, Office, OpeningHours
from reports import monthly
from reports.cohorts import Cohort, cohort
from reports.models import MonthlyReport
from reports.pauses import ANSWER, CLOSE, MEMBER_WRITES, REOPEN, WAIT, Events, spans
from reports.response_times import ResponseTimes, response_times
from reports.survival import kaplan_meier
from requests_app.enums import Action, ClosingReason
from requests_app.models import MemberRequest
from tests.factories import OfficeFactory, PilotFactory
from tests.reports.conftest import Arrive, brussels
from tests.reports.test_cohorts import NAMES, live

JULY = date(2023, 7, 1)
LATER = brussels("2023-12-20T12:00")
HOUR = 3600
Step = tuple[int, str, bool]


def rows(office: Office, month: date = JULY) -> Cohort:
    return cohort([office], month=month, cut_off=LATER)


def figures(office: Office, month: date = JULY) -> ResponseTimes:
    return response_times(rows(office, month), promise_seconds=16 * HOUR)


def hours(office: Office, month: date = JULY) -> tuple[float, float]:
    """Office hours and calendar hours of the only request of the month."""
    found = rows(office, month)
    return found.office_hours.item() / HOUR, found.calendar_time.item() / HOUR


def test_seconds_of_a_timedelta_are_not_all_its_seconds(office: Office, arrive: Arrive) -> None:
    for _ in range(10):
        arrive("2023-07-03T09:00", "2023-07-06T10:00")
    wrong = timedelta(days=3, hours=1).seconds
    median = figures(office).calendar_clock.median.value
    assert median == timedelta(days=3, hours=1).total_seconds() != wrong


def test_an_average_of_medians_is_not_the_median_of_a_side(office: Office, arrive: Arrive) -> None:
    other = OfficeFactory(code="CHARLEROI", name="Charleroi")
    PilotFactory(offices=[office, other])
    for _ in range(30):
        arrive("2023-07-03T09:00", "2023-07-03T10:00")
    for _ in range(10):
        arrive("2023-07-03T09:00", "2023-07-03T16:00", at_office=other)
    (side,) = monthly.compute_sides(offices=[office], month=JULY, at=LATER)
    alone = [figures(place).office_clock.median.value for place in (office, other)]
    assert sum(alone) / 2 == 4 * HOUR
    assert side.office_clock["median"]["value"] == 1 * HOUR


@pytest.mark.parametrize(
    ("received", "month"),
    [
        ("2023-07-31T23:59:59", JULY),
        ("2023-08-01T00:00:00", date(2023, 8, 1)),  # 31 July, 22:00 in UTC
        ("2023-11-01T00:30:00", date(2023, 11, 1)),  # 31 October, 23:30 in UTC
    ],
)
def test_a_month_ends_at_midnight_in_brussels_and_not_in_utc(
    office: Office, arrive: Arrive, received: str, month: date
) -> None:
    arrive(received)
    assert [figures(office, date(2023, place, 1)).received for place in range(7, 12)] == [
        int(month.month == place) for place in range(7, 12)
    ]


def test_on_29_october_the_day_has_25_hours(office: Office, arrive: Arrive) -> None:
    OpeningHours.objects.create(office=office, weekday=6, opens="01:00", closes="05:00")
    arrive("2023-10-29T00:00", "2023-10-30T00:00")
    # From 01:00 to 05:00 the clock shows the hour from 2 to 3 twice.
    assert hours(office, date(2023, 10, 1)) == (5, 25)


def test_on_26_march_the_day_has_23_hours(office: Office, arrive: Arrive) -> None:
    OpeningHours.objects.create(office=office, weekday=6, opens="01:00", closes="05:00")
    arrive("2023-03-26T00:00", "2023-03-27T00:00")
    assert hours(office, date(2023, 3, 1)) == (3, 23)


def test_a_partial_month_is_provisional_and_never_sealed(office: Office, arrive: Arrive) -> None:
    arrive("2023-07-03T09:00", "2023-07-03T10:00")
    report = monthly.compute_report(office=office, month=JULY, at=brussels("2023-07-15T12:00"))
    assert (report.received, report.is_provisional, report.sealed_at) == (1, True, None)


def test_an_immature_month_is_provisional_and_never_sealed(office: Office) -> None:
    at = brussels("2023-08-14T16:59:59")
    assert monthly.compute_report(office=office, month=JULY, at=at).sealed_at is None
    horizon = brussels("2023-08-14T17:00")
    assert monthly.compute_report(office=office, month=JULY, at=horizon).sealed_at == horizon


def test_a_calendar_edited_later_changes_no_sealed_figure(office: Office, arrive: Arrive) -> None:
    for _ in range(12):
        arrive("2023-07-13T16:00", "2023-07-17T10:00")
    sealed = monthly.compute_report(office=office, month=JULY, at=LATER)
    Closure.objects.create(
        office=office, closed_on=date(2023, 7, 14), kind=ClosureKind.OTHER, names=NAMES
    )
    again = monthly.compute_report(office=office, month=JULY, at=LATER + timedelta(days=1))
    assert again.office_clock == sealed.office_clock
    assert MonthlyReport.objects.get().office_clock["median"]["value"] == 10 * HOUR
    assert figures(office).office_clock.median.value == 2 * HOUR


def test_a_reopened_request_is_one_request_and_its_rest_is_nobodys_time(office: Office) -> None:
    live(
        office,
        (Action.SUBMIT, brussels("2023-07-03T09:00")),
        (Action.TAKE, brussels("2023-07-03T09:30")),
        (Action.ANSWER, brussels("2023-07-03T10:00")),
        (Action.CLOSE, brussels("2023-07-03T10:00"), "answered"),
        (Action.REOPEN, brussels("2023-07-05T10:00")),
        (Action.ANSWER, brussels("2023-07-05T12:00")),
        (Action.CLOSE, brussels("2023-07-05T12:00"), "answered"),
    )
    found = rows(office)
    assert found.key.size == 1
    assert (found.office_hours.item(), found.lived.item()) == (1 * HOUR, 3 * HOUR)


def test_a_reply_on_a_holiday_counts_no_office_hour_of_that_day(
    office: Office, arrive: Arrive
) -> None:
    Closure.objects.create(
        office=None, closed_on=date(2023, 7, 21), kind=ClosureKind.LEGAL, names=NAMES
    )
    arrive("2023-07-20T16:00", "2023-07-21T11:00")
    assert hours(office) == (1, 19)


def test_what_is_answered_outside_hours_may_have_waited_no_office_hour(
    office: Office, arrive: Arrive
) -> None:
    arrive("2023-07-03T18:00", "2023-07-03T20:30")
    assert hours(office) == (0, 2.5)


def test_a_saturday_counts_only_where_the_office_opens(office: Office, arrive: Arrive) -> None:
    OpeningHours.objects.create(office=office, weekday=5, opens="10:00", closes="12:00")
    arrive("2023-07-07T16:00", "2023-07-10T10:00")
    assert hours(office) == (4, 66)


def test_several_openings_a_day_do_not_count_the_lunch_between(
    office: Office, arrive: Arrive
) -> None:
    OpeningHours.objects.filter(office=office).update(closes="12:30")
    for day in range(5):
        OpeningHours.objects.create(office=office, weekday=day, opens="13:30", closes="17:00")
    arrive("2023-07-03T12:00", "2023-07-03T14:00")
    assert hours(office) == (1, 2)


def test_merged_requests_count_once(office: Office, arrive: Arrive) -> None:
    for _ in range(10):
        arrive("2023-07-03T09:00", "2023-07-03T10:00")
    # The duplicate was never answered by itself; counted, it would have waited until now.
    arrive("2023-07-03T09:00", closed="2023-07-20T10:00", reason=ClosingReason.DUPLICATE)
    found = figures(office)
    assert (found.received, found.counted, found.excluded["duplicate"]) == (11, 10, 1)
    assert found.office_clock.within_promise.value == 1


# Whatever happens ...

waits = st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=60)


@settings(max_examples=80, deadline=None)
@given(waits=waits, still_open=st.integers(0, 500))
def test_one_more_open_request_never_lowers_a_percentile(
    waits: list[tuple[int, bool]], still_open: int
) -> None:
    durations, observed = zip(*waits, strict=True)
    before = kaplan_meier(durations, observed)
    after = kaplan_meier((*durations, still_open), (*observed, False))
    for share in (0.5, 0.9):
        then, now = before.percentile(share).value, after.percentile(share).value
        assert now is None or (then is not None and now >= then)


def lived(events: Sequence[Step], start: int, end: int) -> tuple[int, int]:
    """How long a request waited for its member, and how long the member lived with it."""
    at = np.array([moment for moment, _action, _asks in events], dtype=np.int64)
    numbers = {"answer": ANSWER, "wait": WAIT, "writes": MEMBER_WRITES, "reopen": REOPEN,
               "close": CLOSE}  # fmt: skip
    told = Events(
        request=np.zeros_like(at),
        position=np.arange(at.size, dtype=np.int64),
        action=np.array([numbers[action] for _at, action, _asks in events], dtype=np.int64),
        asks=np.array([asks for _at, _action, asks in events], dtype=np.int64),
        at=at,
    )
    waited, away = spans(told, cut_off=end)
    return int((waited.end - waited.start).sum()), end - start - int((away.end - away.start).sum())


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_question_to_the_member_changes_the_slice_and_not_the_members_clock(seed: int) -> None:
    random = Random(seed)
    moments = sorted(random.sample(range(1000), random.randint(1, 9)))
    answers: list[Step] = [(moment, "answer", False) for moment in moments]
    place = random.randrange(len(answers))
    asked = [*answers]
    asked[place : place + 1] = [(moments[place], "answer", True), (moments[place], "wait", False)]
    replied = random.randint(moments[place], 1000)
    after = [(moment, "answer", False) for moment in moments[place + 1 :] if moment > replied]
    asked = [*asked[: place + 2], (replied, "writes", False), *after]
    without, with_question = lived(answers, 0, 1000), lived(asked, 0, 1000)
    assert without == (0, 1000)
    assert with_question == (replied - moments[place], 1000)


def test_a_question_moves_the_first_answer_of_nobody(office: Office) -> None:
    asked = brussels("2023-07-03T10:00")
    for question in ([], ["asks"]):
        live(
            office,
            (Action.SUBMIT, brussels("2023-07-03T09:00")),
            (Action.TAKE, brussels("2023-07-03T09:30")),
            (Action.ANSWER, asked, *question),
            *([(Action.WAIT, asked)] if question else []),
        )
    found = rows(office)
    assert found.office_hours.tolist() == [HOUR, HOUR]
    assert found.calendar_time.tolist() == [HOUR, HOUR]
    assert found.lived.tolist()[0] == found.lived.tolist()[1]
    assert found.waited.tolist()[0] == 0 < found.waited.tolist()[1]
    assert MemberRequest.objects.filter(first_response_was_question=True).count() == 1
