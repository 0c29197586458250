"""The pilot at a glance: what it shows, what it hides, what it asks the database, empty states."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from branches.models import Office, Pilot
from dop_pilot.celery import app
from people.models import User
from people.roles import Role
from reports import charts, flow_picture, monthly, periods, tasks
from reports.drawing import NARROW, WIDE
from reports.models import Chart, JobRun, Side
from reports.period_models import PeriodFigures
from requests_app.enums import Action
from tests.factories import MemberFactory, OfficeFactory, PilotFactory, UserFactory, branch
from tests.reports.conftest import brussels
from tests.reports.lives import Step, lived

NOW = brussels("2023-09-20T12:00")
Asked = list[tuple[str, tuple[object, ...]]]


@pytest.fixture(autouse=True)
def _in_september() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    sent: Asked = []
    monkeypatch.setattr(app, "send_task", lambda task, args, **_options: sent.append((task, args)))
    return sent


@pytest.fixture
def by_manager(client: Client, manager: User, pilot: Pilot) -> Client:
    client.force_login(manager)
    return client


def text(client: Client, address: str = "/pilot/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(unescape(response.content.decode()).split())


def large(value: str) -> str:
    """A large figure, which leads to the requests behind it."""
    return f'{value}<span class="sr"> – why?</span></a></p>'


def beside(name: str, value: str) -> str:
    """What a card is read beside, without the address of its list."""
    return f'{name}: <a class="why">{value}<'


def without_addresses(shown: str) -> str:
    return re.sub(r' href="[^"]*"', "", shown)


def a_dozen(office: Office, month: str, hours: int) -> None:
    """Twelve requests, each answered after so many hours of the same day, by four advisers."""
    advisers = [UserFactory(role=Role.ADVISER) for _ in range(4)]
    for place in range(12):
        lived(
            office,
            Step(Action.SUBMIT, f"{month}-{place + 13:02}T09:00", branch=branch("coop")),
            Step(Action.ANSWER, f"{month}-{place + 13:02}T{9 + hours:02}:00", advisers[place % 4]),
            member=MemberFactory(office=office),
        )


@pytest.fixture
def stored(pilot: Pilot, office: Office) -> None:
    """In March an answer took 4 hours, in July and in the comparison office 2."""
    a_dozen(office, "2023-03", 4)
    a_dozen(office, "2023-07", 2)
    a_dozen(Office.objects.get(code="MONS"), "2023-07", 2)
    periods.compute(pilot=pilot, at=NOW)
    for month in (date(2023, 3, 1), date(2023, 7, 1)):
        monthly.compute_report(office=office, month=month, at=NOW)
        monthly.compute_sides(offices=[office], month=month, at=NOW)
    monthly.compute_sides(offices=[Office.objects.get(code="MONS")], month=month, at=NOW)


@pytest.mark.usefixtures("stored")
def test_the_pilot_so_far_stands_beside_the_time_before_and_the_other_offices(
    by_manager: Client,
) -> None:
    shown = text(by_manager)
    assert large("2 h") in shown
    assert beside("Before the pilot", "4 h") in without_addresses(shown)
    assert beside("Comparison offices", "2 h") in without_addresses(shown)
    assert "Requests that are still open are counted." in shown


@pytest.mark.usefixtures("stored")
def test_a_month_may_be_chosen_and_an_office(by_manager: Client) -> None:
    march = large("4 h")
    assert march in text(by_manager, "/pilot/?period=2023-03")
    assert march in text(by_manager, "/pilot/?period=2023-03&office=LIEGE")
    assert "/pilot/why/first-answer/?office=LIEGE&period=2023-03" in text(
        by_manager, "/pilot/?period=2023-03&office=LIEGE"
    )
    assert "Mons, during" in text(by_manager, "/pilot/?office=MONS")


@pytest.mark.usefixtures("stored")
def test_both_clocks_stand_side_by_side_and_the_cards_follow_the_choice(
    by_manager: Client, office: Office, pilot: Pilot
) -> None:
    # The weekend counts for the member alone.
    adviser = UserFactory(role=Role.ADVISER)
    for _ in range(20):
        lived(
            office,
            Step(Action.SUBMIT, "2023-07-07T16:00"),
            Step(Action.ANSWER, "2023-07-10T10:00", adviser),
        )
    periods.compute(pilot=pilot, at=NOW, again=True)
    assert large("66 h") not in text(by_manager)
    lived_time = text(by_manager, "/pilot/?clock=calendar")
    assert large("2.8 days") in lived_time
    assert "on the clock of the office" in lived_time


@pytest.mark.parametrize(
    "address",
    ["?office=PARIS", "?office=%00", "?period=2023-13", "?period=July", "?clock=moon", "?office='"],
)
def test_what_the_address_cannot_mean_is_not_found(by_manager: Client, address: str) -> None:
    assert by_manager.get(f"/pilot/{address}").status_code == 404


def test_an_office_outside_the_pilot_is_not_on_its_page(by_manager: Client) -> None:
    OfficeFactory(code="HELPDESK", name="Help desk")
    assert by_manager.get("/pilot/?office=HELPDESK").status_code == 404


def test_a_page_that_is_opened_before_anything_is_computed_changes_nothing(
    by_manager: Client, asked: Asked
) -> None:
    for page in ("/pilot/", "/pilot/comparison/"):
        text(by_manager, page)
    assert "The figures are being computed." in text(by_manager)
    assert not asked
    assert not JobRun.objects.exists()


def test_the_worker_counts_a_new_pilot_by_itself_and_once(pilot: Pilot, asked: Asked) -> None:
    assert tasks.count_new_pilots() == 2
    wanted = ["reports.tasks.period_figures", "reports.tasks.compare_offices"]
    assert [(task, args[0]) for task, args in asked] == [(task, pilot.pk) for task in wanted]
    assert tasks.count_new_pilots() == 0
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        assert tasks.count_new_pilots() == 2
    JobRun.objects.update(started_at=NOW)
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        assert tasks.count_new_pilots() == 0


def test_without_a_pilot_there_is_nothing_to_count(db: None, asked: Asked) -> None:
    assert tasks.count_new_pilots() == 0


def test_a_failure_is_told(by_manager: Client, pilot: Pilot) -> None:
    JobRun.objects.create(
        kind=periods.PERIOD_JOB, period=str(pilot.pk), started_at=NOW, tries=2, error="No hours."
    )
    assert "The figures could not be computed. No hours." in text(by_manager)


def test_the_page_stands_with_a_dead_broker(
    by_manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_args: object, **_options: object) -> None:
        raise OSError("Connection refused")

    monkeypatch.setattr(app, "send_task", dead)
    assert "The figures are being computed." in text(by_manager)


def test_the_first_day_of_the_pilot_has_its_figures(by_manager: Client, pilot: Pilot) -> None:
    first = brussels("2023-06-08T00:30")
    periods.compute(pilot=pilot, at=first)
    with time_machine.travel(first, tick=False):
        shown = text(by_manager)
    assert "Month 1 of 6" in shown
    assert "too few requests" in shown


def test_a_pilot_that_is_to_come_shows_the_time_before(
    client: Client, manager: User, office: Office
) -> None:
    coming = PilotFactory(
        offices=[office],
        baseline_starts_on=date(2023, 6, 1),
        starts_on=date(2023, 12, 1),
        ends_on=date(2024, 6, 1),
    )
    a_dozen(office, "2023-07", 3)
    periods.compute(pilot=coming, at=NOW)
    client.force_login(manager)
    shown = text(client)
    assert "The pilot starts on 1 December 2023" in shown
    assert "By branch from 1 December 2023 on: Liège." in shown
    assert "By branch since" not in shown
    assert large("3 h") in shown
    assert "From branch to branch" not in shown


def test_a_month_without_requests_is_a_month_of_nothing(by_manager: Client, pilot: Pilot) -> None:
    periods.compute(pilot=pilot, at=NOW)
    assert "Nothing is stored about this month." in text(by_manager, "/pilot/?period=2023-05")
    assert "Nothing is stored about this month." in text(by_manager, "/pilot/?period=2031-05")


@pytest.mark.usefixtures("stored")
def test_no_adviser_is_named_or_numbered(by_manager: Client) -> None:
    shown = text(by_manager, "/pilot/?office=LIEGE")
    for adviser in User.objects.filter(role=Role.ADVISER):
        assert adviser.name not in shown


def a_chart(pilot: Pilot, name: str, svg: str) -> None:
    """A picture in English, the same on a wide screen and on a phone."""
    for size in (WIDE, NARROW):
        key = charts.key_of(pilot, size, "en", name)
        Chart.objects.update_or_create(key=key, defaults={"svg": svg, "drawn_at": NOW})


@pytest.mark.usefixtures("stored")
def test_a_picture_that_is_not_drawn_for_a_phone_yet_is_being_drawn(
    by_manager: Client, pilot: Pilot
) -> None:
    a_chart(pilot, charts.OFFICE_HOURS, "<svg>drawn</svg>")
    assert "<svg>drawn</svg>" in text(by_manager)
    Chart.objects.filter(key=charts.key_of(pilot, NARROW, "en")).delete()
    assert "The picture is being drawn." in text(by_manager)


@pytest.mark.usefixtures("stored")
def test_the_pictures_are_those_of_the_clock_and_of_the_flow(
    by_manager: Client, pilot: Pilot
) -> None:
    for name in (charts.OFFICE_HOURS, charts.CALENDAR_TIME, charts.FLOW):
        a_chart(pilot, name, f"<svg>{name}</svg>")
    shown, lived_time = text(by_manager), text(by_manager, "/pilot/?clock=calendar")
    assert "<svg>first-response</svg>" in shown
    assert "<svg>first-response-as-lived</svg>" in lived_time
    assert "<svg>flow</svg>" in shown


@pytest.mark.usefixtures("stored")
def test_the_page_costs_the_same_for_one_office_and_for_seven(
    by_manager: Client, pilot: Pilot, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    by_manager.get("/pilot/")
    caches["pages"].clear()
    with django_assert_num_queries(13):
        by_manager.get("/pilot/")
    for code in ("NAMUR", "EUPEN", "GENT", "LLN", "CHARLEROI"):
        pilot.comparison_offices.add(OfficeFactory(code=code, name=code.title()))
    periods.compute(pilot=pilot, at=NOW, again=True)
    with django_assert_num_queries(13):
        by_manager.get("/pilot/")


@pytest.mark.usefixtures("stored")
def test_the_page_computes_nothing(by_manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periods, "compute", lambda **_options: pytest.fail("computed"))
    text(by_manager)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "De branche en branche"), ("nl", "Van tak naar tak"), ("de", "Von Zweig zu Zweig")],
)
def test_the_page_speaks_the_language_of_the_manager(
    by_manager: Client, manager: User, language: str, words: str
) -> None:
    User.objects.filter(pk=manager.pk).update(language=language)
    assert words in text(by_manager)


@pytest.mark.usefixtures("stored")
def test_the_picture_of_the_flow_is_drawn_once_for_the_same_figures(pilot: Pilot) -> None:
    assert flow_picture.draw(pilot=pilot, at=NOW) == 8
    assert flow_picture.draw(pilot=pilot, at=NOW) == 0
    svg = Chart.objects.get(key=charts.key_of(pilot, WIDE, "en", charts.FLOW)).svg
    assert "September 2023: Received: 0; Closed: 0; Open at the end: 24." in svg


def test_the_lines_of_the_flow_differ_without_colour() -> None:
    lines = flow_picture.LINES
    assert len({line.shape for line in lines}) == len(lines)
    assert len({tuple(line.dash) for line in lines}) == len(lines)


@pytest.mark.usefixtures("stored")
def test_a_gap_in_what_adds_up_is_named(by_manager: Client, pilot: Pilot) -> None:
    """Nothing that came in July was closed in it: the backlog grew, and the law says so."""
    assert "In every month what is open fits" not in text(by_manager)
    row = PeriodFigures.objects.get(side=Side.PILOT, office=None, period="2023-07")
    flow = row.content["flow"]
    flow |= {"closed": 12, "open_at_end": flow["open_at_end"] - 12, "stay_seconds": 12 * 86400}
    row.save()
    assert "(gap above 20%): July 2023." in text(by_manager)


@pytest.mark.usefixtures("stored")
def test_the_time_before_and_during_is_divided_by_branch_and_more(by_manager: Client) -> None:
    shown = text(by_manager).replace("> <", "><")
    assert "By branch, topic, channel and language: before and during the pilot" in shown
    for when in ("before", "during"):
        assert f"Cooperative life and local anchoring, {when}</th><td" in shown
    july = text(by_manager, "/pilot/?period=2023-07")
    assert "By branch, topic, channel and language: July 2023" in july
    assert "Cooperative life and local anchoring</th><td" in july.replace("> <", "><")


@pytest.mark.usefixtures("stored")
def test_a_month_stands_beside_the_same_month_of_the_other_offices(by_manager: Client) -> None:
    """In July an answer took 2 hours there; nothing of theirs is stored about March."""
    july = without_addresses(text(by_manager, "/pilot/?period=2023-07"))
    assert beside("Comparison offices, the same month", "2 h") in july
    assert "Comparison offices: " not in july
    assert "Comparison offices, the same month" not in text(by_manager, "/pilot/?period=2023-03")


@pytest.mark.usefixtures("stored")
def test_the_picture_has_its_series_on_both_clocks_as_a_table(by_manager: Client) -> None:
    shown = text(by_manager)
    assert "The same as a table, on both clocks" in shown
    for heading in ("Pilot offices, office hours", "Comparison offices, as lived"):
        assert f'<th scope="col" class="num">{heading}</th>' in shown
    assert "March 2023</th>" in shown


def test_the_age_of_the_oldest_is_told_on_both_clocks(
    by_manager: Client, pilot: Pilot, office: Office
) -> None:
    """It came on Monday at nine and waits on Wednesday at noon."""
    a_dozen(office, "2023-07", 2)
    lived(office, Step(Action.SUBMIT, "2023-09-18T09:00"))
    periods.compute(pilot=pilot, at=NOW)
    assert "The oldest: 2.4 working days of office hours, 2.1 days as lived." in text(by_manager)


@pytest.mark.usefixtures("stored")
def test_documents_and_suggestions_have_their_place_also_without_any(by_manager: Client) -> None:
    shown = text(by_manager)
    assert "From received to checked, office hours" in shown
    assert "Nobody has decided on a routing suggestion in this time." in shown
