"""What is stored, when it is computed again, and that ten at once make one report."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connections, transaction

from branches.models import Branch, Closure, ClosureKind, Office, Pilot
from people.models import User
from people.roles import Role
from reports import monthly
from reports.models import JobRun, MonthlyReport, Side, SideReport
from reports.response_times import Cohort, cohort
from requests_app.expectation_models import Expectation
from requests_app.models import MemberRequest
from tests.factories import OfficeFactory, PilotFactory, UserFactory, branch
from tests.reports.conftest import Arrive, brussels

JULY, AUGUST = date(2023, 7, 1), date(2023, 8, 1)
IN_AUGUST = brussels("2023-08-02T06:00")
FINAL = brussels("2023-08-16T06:00")
HOUR = 3600


def july(office: Office, at: datetime = FINAL) -> MonthlyReport:
    return monthly.compute_report(office=office, month=JULY, at=at)


def test_a_report_is_stored_with_its_cut_off_and_definition(
    office: Office, a_dozen: list[MemberRequest]
) -> None:
    july(office)
    report = MonthlyReport.objects.get()
    assert (report.cut_off, report.definition_version, report.received) == (FINAL, "1", 12)
    assert report.office_clock["median"]["value"] == 6 * HOUR
    assert not report.is_provisional


def test_a_final_report_stays_as_it_is(office: Office, arrive: Arrive) -> None:
    first = july(office)
    arrive("2023-07-03T09:00")
    again = july(office, FINAL + timedelta(days=1))
    assert (again.pk, again.received, again.cut_off) == (first.pk, 0, FINAL)


def test_a_provisional_report_is_computed_again_until_it_is_final(
    office: Office, arrive: Arrive
) -> None:
    assert july(office, IN_AUGUST).is_provisional
    arrive("2023-07-03T09:00")
    report = july(office, FINAL)
    assert (report.received, report.is_provisional) == (1, False)
    assert MonthlyReport.objects.count() == 1


def test_a_wish_older_than_the_cut_off_is_granted_already(office: Office, arrive: Arrive) -> None:
    july(office, IN_AUGUST)
    arrive("2023-07-03T09:00")
    later = IN_AUGUST + timedelta(minutes=1)
    report = monthly.compute_report(office=office, month=JULY, at=later, asked_at=IN_AUGUST)
    assert report.received == 0


def test_the_current_month_is_provisional(office: Office, arrive: Arrive) -> None:
    arrive("2023-07-03T09:00")
    report = july(office, brussels("2023-07-10T12:00"))
    assert (report.is_provisional, report.received) == (True, 1)


def test_the_promise_is_that_of_the_pilot(pilot: Pilot, office: Office) -> None:
    Pilot.objects.update(promise_working_days=3)
    assert july(office).promise_seconds == 24 * HOUR


def test_the_database_holds_one_report_an_office_and_month(office: Office) -> None:
    report = july(office)
    report.pk = None
    with pytest.raises(IntegrityError, match="one_report_an_office_and_month"):
        report.save()


def test_expectations_are_stored_for_the_office_and_each_branch(
    office: Office, arrive: Arrive
) -> None:
    for _ in range(10):
        arrive("2023-07-03T09:00", "2023-07-03T11:00", branch=branch("support"))
    arrive("2023-07-03T09:00", branch=branch("first_line"))
    july(office)
    stored = {row.branch_id: row for row in Expectation.objects.all()}
    ids = dict(Branch.objects.values_list("code", "pk"))
    assert {key: row.requests for key, row in stored.items()} == {
        None: 11,
        ids["support"]: 10,
        ids["first_line"]: 1,
    }
    assert stored[ids["support"]].median == 2 * HOUR
    assert stored[ids["first_line"]].median is None


def test_members_are_told_nothing_that_rests_on_two_advisers(
    office: Office, arrive: Arrive
) -> None:
    """Ten requests make a median; of two advisers it would be about them."""
    two = [UserFactory(role=Role.ADVISER) for _ in range(2)]
    for number in range(10):
        arrive(
            "2023-07-03T09:00",
            "2023-07-03T11:00",
            branch=branch("support"),
            adviser=two[number % 2],
        )
    arrive("2023-07-03T09:00", "2023-07-03T11:00", branch=branch("first_line"))
    july(office)
    told = {row.branch_id: row.median for row in Expectation.objects.all()}
    assert told[None] == 2 * HOUR
    assert told[branch("support").pk] is None


def test_expectations_of_a_provisional_month_are_replaced(office: Office, arrive: Arrive) -> None:
    request = arrive("2023-07-03T09:00", branch=branch("support"))
    july(office, IN_AUGUST)
    MemberRequest.objects.filter(pk=request.pk).update(branch=branch("first_line"))
    july(office, FINAL)
    codes = Expectation.objects.exclude(branch=None).values_list("branch__code", flat=True)
    assert list(codes) == ["first_line"]


def test_a_side_pools_the_requests_of_its_offices(arrive: Arrive, office: Office) -> None:
    other = OfficeFactory(code="CHARLEROI", name="Charleroi")
    PilotFactory(offices=[office, other])
    # Medians of 1 and 9 hours; their mean is 5, but of all requests half wait only 1.
    for number in range(25):
        place = office if number < 15 else other
        answered = "2023-07-03T10:00" if number < 15 else "2023-07-04T10:00"
        arrive("2023-07-03T09:00", answered, at_office=place)
    (side,) = monthly.compute_sides(offices=[office], month=JULY, at=FINAL)
    assert (side.side, side.received, side.offices) == (Side.PILOT, 25, ["CHARLEROI", "LIEGE"])
    assert side.office_clock["median"]["value"] == 1 * HOUR


def test_a_side_with_another_office_is_another_report(pilot: Pilot, office: Office) -> None:
    monthly.compute_sides(offices=[office], month=JULY, at=FINAL)
    pilot.offices.add(OfficeFactory(code="CHARLEROI", name="Charleroi"))
    (side,) = monthly.compute_sides(offices=[office], month=JULY, at=FINAL)
    assert side.offices == ["CHARLEROI", "LIEGE"]
    assert SideReport.objects.count() == 1


def test_an_office_outside_the_pilot_belongs_to_no_side(pilot: Pilot) -> None:
    outside = OfficeFactory(code="NAMUR", name="Namur")
    assert monthly.compute_sides(offices=[outside], month=JULY, at=FINAL) == []


def test_a_month_long_before_the_pilot_belongs_to_no_side(pilot: Pilot, office: Office) -> None:
    assert monthly.compute_sides(offices=[office], month=date(2022, 11, 1), at=FINAL) == []
    assert monthly.compute_sides(offices=[office], month=date(2022, 12, 1), at=FINAL) != []


def test_the_first_working_day_is_the_first_open_one(office: Office) -> None:
    # 1 October 2023 was a Sunday.
    october = date(2023, 10, 1)
    names = {"fr": "Pont", "nl": "Brug", "de": "Brücke", "en": "Bridge"}
    Closure.objects.create(
        office=None, closed_on=date(2023, 10, 2), kind=ClosureKind.BRIDGE, names=names
    )
    assert monthly.first_working_days([office], october) == {office.pk: date(2023, 10, 3)}


def due(on: date) -> list[str]:
    return [f"{office.code} {month:%Y-%m}" for office, month in monthly.due(on=on)]


def test_nothing_is_due_before_the_first_working_day(office: Office) -> None:
    # 1 July 2023 was a Saturday.
    assert due(date(2023, 7, 2)) == []
    assert due(date(2023, 7, 3)) == ["LIEGE 2023-06"]


def test_a_day_on_which_beat_was_down_is_caught_up(office: Office) -> None:
    assert due(date(2023, 7, 19)) == ["LIEGE 2023-06"]


def test_months_of_the_pilot_that_nobody_computed_are_due(pilot: Pilot, office: Office) -> None:
    for month in (12, 1, 2, 3, 4):
        first = date(2022 if month == 12 else 2023, month, 1)
        monthly.compute_report(office=office, month=first, at=FINAL)
    assert [name for name in due(date(2023, 7, 19)) if "LIEGE" in name] == [
        "LIEGE 2023-05",
        "LIEGE 2023-06",
    ]


def test_provisional_months_are_due_every_day_and_final_ones_never(office: Office) -> None:
    july(office, IN_AUGUST)
    assert due(date(2023, 8, 2)) == ["LIEGE 2023-07"]
    july(office, FINAL)
    assert due(date(2023, 8, 16)) == []


def test_a_wish_is_recorded_even_if_no_worker_hears_of_it(
    office: Office, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monthly, "wake", lambda *_args: False)
    assert not monthly.ask_again(office=office, month=JULY, at=IN_AUGUST, by=manager)
    assert JobRun.objects.get(period="LIEGE 2023-07").asked_at == IN_AUGUST


def test_a_sealed_month_is_asked_for_beside_itself(
    office: Office, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(monthly, "wake", lambda task, *_args: sent.append(task))
    july(office)
    monthly.ask_again(office=office, month=JULY, at=FINAL, by=manager)
    assert sent == ["reports.tasks.recompute_report"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_ten_at_once_compute_once(monkeypatch: pytest.MonkeyPatch) -> None:
    office, computed = OfficeFactory(), []

    def counted(offices: list[Office], *, month: date, cut_off: datetime) -> Cohort:
        computed.append(1)
        return cohort(offices, month=month, cut_off=cut_off)

    def one(_number: int) -> int:
        try:
            return july(office, IN_AUGUST).pk
        finally:
            connections.close_all()

    monkeypatch.setattr(monthly, "cohort", counted)
    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(one, range(10)))) == 1
    assert (len(computed), MonthlyReport.objects.count()) == (1, 1)


def test_nothing_is_stored_by_half(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr(monthly, "_store_expectations", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        july(office)
    assert not MonthlyReport.objects.exists()
