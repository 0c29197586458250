"""What changed since a seal is named by its cause, with numbers and dates, and never guessed."""

from datetime import date, datetime
from typing import Any

import pytest

from branches.models import Closure, ClosureKind, Office
from reports import monthly
from reports.models import MonthlyReport, Recomputation, ReportRows
from reports.recomputing import NotSealed, recompute
from requests_app.enums import Action, ClosingReason, Status
from requests_app.models import MemberRequest, RequestEvent
from tests.factories import OfficeFactory, branch
from tests.reports.conftest import Arrive, brussels
from tests.reports.test_cohorts import NAMES

JULY = date(2023, 7, 1)
IN_AUGUST = brussels("2023-08-02T06:00")
SEALED = brussels("2023-08-16T06:00")
LATER = brussels("2023-09-20T06:00")
Rows = list[MemberRequest]


def seal(office: Office, at: datetime = SEALED) -> MonthlyReport:
    return monthly.compute_report(office=office, month=JULY, at=at)


def again(office: Office, at: datetime = LATER) -> Recomputation | None:
    return recompute(office=office, month=JULY, at=at)


def changes(office: Office, at: datetime = LATER) -> list[dict[str, Any]]:
    found = again(office, at)
    return [] if found is None else found.changes


def causes(office: Office) -> dict[str, int]:
    return {change["cause"]: change["requests"] for change in changes(office)}


@pytest.fixture
def answered(arrive: Arrive) -> Rows:
    return [arrive("2023-07-03T09:00", "2023-07-03T12:00") for _ in range(12)]


def entered_later(member_request: MemberRequest, recorded: str) -> None:
    RequestEvent.objects.create(
        member_request=member_request,
        position=1,
        action=Action.SUBMIT,
        at=member_request.submitted_at,
        recorded_at=brussels(recorded),
    )


def test_nothing_changed_is_no_version(office: Office, answered: Rows) -> None:
    seal(office)
    assert again(office) is None


def test_only_a_sealed_month_is_computed_beside_itself(office: Office) -> None:
    seal(office, IN_AUGUST)
    with pytest.raises(NotSealed):
        again(office)


def test_a_request_entered_late_is_named_with_its_day(
    office: Office, answered: Rows, arrive: Arrive
) -> None:
    report = seal(office)
    entered_later(arrive("2023-07-05T09:00", "2023-07-05T10:00"), "2023-09-02T15:00")
    (change,) = changes(office)
    assert (change["cause"], change["requests"]) == ("late_entry", 1)
    assert (change["first"], change["last"]) == ("2023-09-02", "2023-09-02")
    report.refresh_from_db()
    assert (report.received, report.recomputations.get().received) == (12, 13)


def test_a_request_that_was_there_before_came_from_elsewhere(
    office: Office, answered: Rows, arrive: Arrive
) -> None:
    elsewhere = arrive("2023-07-05T09:00", at_office=OfficeFactory(code="MONS", name="Mons"))
    entered_later(elsewhere, "2023-07-05T09:00")
    seal(office)
    MemberRequest.objects.filter(pk=elsewhere.pk).update(office=office)
    assert causes(office) == {"arrived": 1}


def test_a_duplicate_is_named_with_its_day(office: Office, answered: Rows) -> None:
    seal(office)
    MemberRequest.objects.filter(pk__in=[row.pk for row in answered[:2]]).update(
        status=Status.CLOSED,
        closed_at=brussels("2023-09-04T10:00"),
        closing_reason=ClosingReason.DUPLICATE,
    )
    (change,) = changes(office)
    assert (change["cause"], change["requests"]) == ("duplicate", 2)
    assert change["first"] == "2023-09-04"


def test_an_erased_request_is_named_and_stays_in_the_sealed_figures(
    office: Office, answered: Rows
) -> None:
    report = seal(office)
    answered[0].delete()
    assert causes(office) == {"erased": 1}
    report.refresh_from_db()
    assert (report.received, report.recomputations.get().received) == (12, 11)


def test_a_request_that_went_elsewhere_is_not_called_erased(office: Office, answered: Rows) -> None:
    seal(office)
    other = OfficeFactory(code="MONS", name="Mons")
    MemberRequest.objects.filter(pk=answered[0].pk).update(office=other)
    assert causes(office) == {"left": 1}


def test_an_edited_calendar_is_named_with_its_days(office: Office, arrive: Arrive) -> None:
    for _ in range(3):
        arrive("2023-07-13T16:00", "2023-07-17T10:00")
    arrive("2023-07-03T09:00", "2023-07-03T10:00")
    seal(office)
    Closure.objects.create(
        office=office, closed_on=date(2023, 7, 14), kind=ClosureKind.BRIDGE, names=NAMES
    )
    (change,) = changes(office)
    assert (change["cause"], change["requests"]) == ("calendar", 3)
    assert change["days"] == ["2023-07-14"]


def test_an_answer_since_is_time_that_passed(office: Office, a_dozen: Rows) -> None:
    seal(office)
    MemberRequest.objects.filter(pk=a_dozen[-1].pk).update(
        first_responded_at=brussels("2023-08-20T10:00")
    )
    (change,) = changes(office)
    assert (change["cause"], change["first"]) == ("time_passed", "2023-08-20")


def test_an_answer_of_before_that_was_entered_later_is_named(office: Office, a_dozen: Rows) -> None:
    seal(office)
    MemberRequest.objects.filter(pk=a_dozen[-1].pk).update(
        first_responded_at=brussels("2023-08-10T10:00")
    )
    assert causes(office) == {"late_answer": 1}


def test_a_reopened_request_is_named(office: Office, arrive: Arrive) -> None:
    member_request = arrive("2023-07-03T09:00", "2023-07-03T10:00", closed="2023-08-14T10:00")
    seal(office)
    MemberRequest.objects.filter(pk=member_request.pk).update(
        status=Status.OPEN, closed_at=None, closing_reason=""
    )
    assert causes(office) == {"reopened": 1}


def test_what_nothing_explains_is_not_guessed(office: Office, answered: Rows) -> None:
    seal(office)
    MemberRequest.objects.filter(pk=answered[0].pk).update(
        first_responded_at=brussels("2023-07-03T12:30")
    )
    assert causes(office) == {"other": 1}


def test_each_request_is_named_once(office: Office, answered: Rows) -> None:
    seal(office)
    MemberRequest.objects.filter(pk=answered[0].pk).update(
        status=Status.CLOSED,
        closed_at=brussels("2023-09-04T10:00"),
        closing_reason=ClosingReason.SPAM,
        branch=branch("support"),
    )
    assert causes(office) == {"left_out": 1}


def test_a_third_version_tells_what_changed_since_the_seal(
    office: Office, answered: Rows, arrive: Arrive
) -> None:
    seal(office)
    entered_later(arrive("2023-07-05T09:00"), "2023-09-02T15:00")
    assert again(office).version == 2
    assert again(office) is None
    answered[0].delete()
    third = again(office)
    assert third.version == 3
    assert {change["cause"] for change in third.changes} == {"late_entry", "erased"}


def test_of_a_report_without_rows_nobody_can_tell(office: Office, answered: Rows) -> None:
    report = seal(office, IN_AUGUST)
    ReportRows.objects.all().delete()
    MonthlyReport.objects.filter(pk=report.pk).update(is_provisional=False, sealed_at=IN_AUGUST)
    assert causes(office) == {"unknown": 12}
    assert again(office) is None
