"""Whatever changes a stored figure of a month that is long over makes another digest of it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from branches.models import Closure, ClosureKind, Office, OpeningHours, Pilot
from people.models import User
from people.roles import Role
from reports import inputs, monthly, periods, tasks
from reports.models import MonthlyReport, PeriodFigures, Side, SideReport
from requests_app.enums import Action
from requests_app.models import MemberRequest, Suggestion
from tests.factories import AbsenceFactory, OfficeFactory, PostingFactory, UserFactory, branch
from tests.reports.conftest import Arrive, brussels
from tests.reports.lives import Step, lived

NOW = brussels("2023-09-20T12:00")
MARCH = date(2023, 3, 1)
NAMES = {"fr": "Fermé", "nl": "Dicht", "de": "Zu", "en": "Closed"}
SUBMIT, ANSWER, CLOSE = Action.SUBMIT, Action.ANSWER, Action.CLOSE


def of_march(office: Office) -> str:
    start, end = brussels("2023-03-01T00:00"), brussels("2023-04-01T00:00")
    return inputs.digest([office], start=start, end=end, seen_from=end + timedelta(days=45))


@pytest.fixture
def adviser(office: Office) -> User:
    adviser = UserFactory(role=Role.ADVISER)
    PostingFactory(adviser=adviser, office=office, branch=branch("coop"))
    return adviser


@pytest.fixture
def answered(office: Office, adviser: User) -> MemberRequest:
    return lived(
        office, Step(SUBMIT, "2023-03-06T09:00"), Step(ANSWER, "2023-03-06T10:00", adviser)
    )


def imported(office: Office, _adviser: User, _answered: MemberRequest) -> None:
    lived(office, Step(SUBMIT, "2023-03-07T09:00"))


def moved_here(office: Office, _adviser: User, _answered: MemberRequest) -> None:
    elsewhere = lived(OfficeFactory(code="EUPEN", name="Eupen"), Step(SUBMIT, "2023-03-07T09:00"))
    MemberRequest.objects.filter(pk=elsewhere.pk).update(office=office)


def logged_late(_office: Office, adviser: User, answered: MemberRequest) -> None:
    answered.events.create(
        position=3, action=ANSWER, at=brussels("2023-03-08T09:00"), actor=adviser
    )


def closed_on_a_day(office: Office, _adviser: User, _answered: MemberRequest) -> None:
    Closure.objects.create(
        office=office, closed_on=date(2023, 3, 8), kind=ClosureKind.LEGAL, names=NAMES
    )


def open_longer(office: Office, _adviser: User, _answered: MemberRequest) -> None:
    OpeningHours.objects.filter(office=office, weekday=1).update(closes="18:00")


def was_absent(_office: Office, adviser: User, _answered: MemberRequest) -> None:
    AbsenceFactory(adviser=adviser, starts_on=date(2023, 3, 6), ends_on=date(2023, 3, 10))


def came_later(_office: Office, adviser: User, _answered: MemberRequest) -> None:
    adviser.postings.update(starts_on=date(2023, 3, 15))


def decided(_office: Office, adviser: User, answered: MemberRequest) -> None:
    Suggestion.objects.create(
        member_request=answered,
        model_version="seed",
        first_branch=branch("coop"),
        first_share=0.8,
        second_branch=branch("support"),
        second_share=0.1,
        suggested_at=brussels("2023-03-06T09:01"),
        decided_branch=branch("coop"),
        decided_at=brussels("2023-03-06T10:00"),
        decided_by=adviser,
    )


@pytest.mark.parametrize(
    "change",
    [
        imported, moved_here, logged_late, closed_on_a_day, open_longer, was_absent, came_later,
        decided,
    ],
)  # fmt: skip
def test_what_changes_figures_changes_their_digest(
    office: Office,
    adviser: User,
    answered: MemberRequest,
    change: Callable[[Office, User, MemberRequest], None],
) -> None:
    before = of_march(office)
    assert of_march(office) == before
    change(office, adviser, answered)
    assert of_march(office) != before


@pytest.mark.usefixtures("adviser", "answered")
def test_what_happens_later_or_elsewhere_changes_no_digest(
    office: Office, answered: MemberRequest
) -> None:
    before = of_march(office)
    lived(office, Step(SUBMIT, "2023-04-01T00:00"))
    lived(office, Step(SUBMIT, "2023-02-01T09:00"), Step(CLOSE, "2023-02-28T23:59"))
    lived(OfficeFactory(code="EUPEN", name="Eupen"), Step(SUBMIT, "2023-03-07T09:00"))
    answered.events.create(position=3, action=CLOSE, at=brussels("2023-06-01T09:00"), reason="spam")
    assert of_march(office) == before


def test_history_that_is_imported_later_reaches_the_dashboard_with_the_next_daily_run(
    pilot: Pilot, office: Office, arrive: Arrive
) -> None:
    """The product was installed in the summer; the requests of March came in October."""
    for _ in range(5):
        arrive("2023-03-06T09:00", "2023-03-06T10:00")
    tasks.period_figures(pilot.pk)
    monthly.compute_report(office=office, month=MARCH, at=NOW)
    monthly.compute_sides(offices=[office], month=MARCH, at=NOW)
    assert [of_side(), of_office(office)] == [5, 0]
    advisers = [UserFactory(role=Role.ADVISER) for _ in range(3)]
    for number in range(11):
        answer = Step(ANSWER, "2023-03-07T11:00", advisers[number % 3])
        lived(office, Step(SUBMIT, "2023-03-07T09:00"), answer)
    assert tasks.period_figures(pilot.pk) > 0
    assert [of_side(), of_office(office)] == [16, 11]
    sealed = MonthlyReport.objects.get(office=office, month=MARCH)
    assert (sealed.received, sealed.sealed_at) == (5, NOW)


def test_figures_that_were_computed_again_say_so_on_the_dashboard(
    pilot: Pilot, office: Office, arrive: Arrive, client: Client, manager: User
) -> None:
    later = NOW + timedelta(days=13)
    for _ in range(5):
        arrive("2023-03-06T09:00", "2023-03-06T10:00")
    for at in (NOW, NOW + timedelta(days=1)):
        periods.compute(pilot=pilot, at=at)
        monthly.compute_sides(offices=[office], month=MARCH, at=at)
    assert recomputed_at() == {None}
    # Over in the same month: no other one changes with it.
    arrive("2023-03-07T09:00", "2023-03-07T10:00", "2023-03-07T10:00")
    periods.compute(pilot=pilot, at=later)
    monthly.refresh_sides(pilot=pilot, at=later)
    assert recomputed_at() == {later}
    client.force_login(manager)
    words = "omputed again on 3 October 2023: something was entered later"
    # The table of the medians, and that of what came and went.
    assert client.get("/pilot/").content.decode().count(words) == 2
    assert f"C{words}" in client.get("/pilot/?period=2023-03").content.decode()
    assert f"C{words}" not in client.get("/pilot/?period=2023-04").content.decode()


def recomputed_at() -> set[datetime | None]:
    """Of the pilot offices in March: together, each, and their month."""
    rows = PeriodFigures.objects.filter(side=Side.PILOT, period="2023-03")
    months = SideReport.objects.filter(side=Side.PILOT, month=MARCH)
    return {
        *rows.values_list("recomputed_at", flat=True),
        *months.values_list("recomputed_at", flat=True),
    }


def of_side() -> int:
    return SideReport.objects.get(side=Side.PILOT, month=MARCH).received


def of_office(office: Office) -> int:
    row = PeriodFigures.objects.get(office=office, period="2023-03")
    found: int = row.content["flow"]["received"]
    return found


def test_a_month_of_which_nothing_changed_is_kept(pilot: Pilot, office: Office) -> None:
    lived(office, Step(SUBMIT, "2023-03-07T09:00"))
    periods.compute(pilot=pilot, at=NOW)
    before = PeriodFigures.objects.get(office=None, side=Side.PILOT, period="2023-03")
    periods.compute(pilot=pilot, at=NOW + timedelta(days=30))
    assert PeriodFigures.objects.get(office=None, side=Side.PILOT, period="2023-03") == before
    assert before.inputs_digest != ""
    assert before.code_version != ""
