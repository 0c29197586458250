"""From every figure of the dashboard and of the comparison to rows that give it again."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from random import Random

import pytest
import time_machine
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from branches.models import Office, Pilot, Topic
from people.models import User
from people.roles import Role
from reports import comparison_result, monthly, periods
from reports.models import Side
from reports.period_models import BEFORE, DURING, PeriodFigures
from reports.plan_models import PilotComparison
from reports.why import stays, ways
from reports.why.asked import Asked
from reports.why.compared import FROM_REQUESTS
from reports.why.contacts import LINES
from reports.why.registry import FIGURES, address
from reports.why.rows import Behind, NotShown, seconds_of, without
from requests_app.asked_models import AskedDocument, AskedEvent
from requests_app.document_rules import DocumentAction, DocumentKind, DocumentState
from requests_app.enums import Action, Status
from requests_app.models import MemberRequest, Suggestion
from tests.factories import MemberFactory, OfficeFactory, PilotFactory, UserFactory, branch
from tests.reports.conftest import brussels
from tests.reports.lives import Step, lived
from tests.reports.test_cohorts import live, random_life

NOW = brussels("2023-09-20T12:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_september() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def advisers(db: None) -> list[User]:
    return [UserFactory(role=Role.ADVISER) for _ in range(5)]


@pytest.fixture
def pilot(office: Office) -> Pilot:
    charleroi = OfficeFactory(code="CHARLEROI", name="Charleroi")
    mons = OfficeFactory(code="MONS", name="Mons")
    return PilotFactory(
        offices=[office, charleroi],
        comparison_offices=[mons],
        baseline_starts_on=date(2023, 3, 1),
    )


def some_lives(offices: list[Office], advisers: list[User]) -> None:
    """Lives of all kinds from March to September, in three branches, one of them small."""
    random = Random(7)
    for number in range(150):
        at = brussels("2023-03-01T00:00") + timedelta(hours=32 * number)
        code = "first_line" if number % 25 == 3 else "support" if number % 5 < 2 else "coop"
        live(
            offices[number % len(offices)],
            *random_life(random, at),
            branch=branch(code),
            adviser_id=advisers[number % len(advisers)].pk,
        )


def some_handovers(office: Office, advisers: list[User]) -> None:
    topic = Topic.objects.filter(branch=branch("support")).earliest("position")
    for number in range(14):
        one, other = advisers[number % 5], advisers[(number + 1) % 5]
        day = f"2023-07-{number + 3:02}"
        steps = [
            Step(Action.SUBMIT, f"{day}T09:00", branch=branch("coop")),
            Step(Action.TAKE, f"{day}T09:30", one),
            Step(Action.TRANSFER, f"{day}T10:00", one, branch=branch("support")),
            Step(Action.TAKE, f"2023-07-{number + 5:02}T11:{number:02}", other),
        ]
        if number % 2 == 0:
            steps.append(
                Step(Action.SEND_BACK, "2023-08-02T10:00", other, branch("coop"), "not_ours")
            )
        lived(office, *steps, topic=topic)
    for late in (24, 25, 26):
        lived(
            office,
            Step(Action.SUBMIT, f"2023-07-{late}T09:00", branch=branch("support")),
            Step(Action.TRANSFER, f"2023-07-{late}T10:00", one, branch=branch("first_line")),
        )


def some_members(office: Office, advisers: list[User]) -> None:
    """Twelve members who come back before and during the pilot."""
    for turn in range(12):
        member = MemberFactory(office=office)
        for place, day in enumerate(("03-02", "04-03", "05-04", "07-03", "08-01", "08-02")):
            adviser = advisers[(turn + place * (turn % 2)) % 5]
            lived(
                office,
                Step(Action.SUBMIT, f"2023-{day}T09:00", branch=branch("coop")),
                Step(Action.ANSWER, f"2023-{day}T1{place}:{turn:02}", adviser),
                member=member,
            )


def some_documents(office: Office) -> None:
    for number in range(11):
        asked_at = brussels("2023-07-05T10:00") + number * DAY
        steps = [(DocumentAction.ASK, asked_at), (DocumentAction.RECEIVE, asked_at + 30 * HOUR)]
        if number % 3:
            steps.append((DocumentAction.CHECK, asked_at + (50 + number) * HOUR))
        request = MemberRequest.objects.filter(office=office).order_by("pk")[number]
        asked = AskedDocument.objects.create(
            member_request=request,
            number=1,
            kind=DocumentKind.CONTRACT,
            state=DocumentState.CHECKED if number % 3 else DocumentState.RECEIVED,
            turn_since=steps[-1][1],
            first_received_at=steps[1][1],
        )
        for position, (action, at) in enumerate(steps, start=1):
            due_on = date(2023, 8, 30) if action == DocumentAction.ASK else None
            AskedEvent.objects.create(
                asked=asked, position=position, action=action, at=at, due_on=due_on
            )


def some_suggestions(office: Office, adviser: User) -> None:
    for number, request in enumerate(MemberRequest.objects.filter(office=office)[:7]):
        Suggestion.objects.create(
            member_request=request,
            model_version="seed",
            first_branch=branch("coop"),
            first_share=0.8,
            second_branch=branch("support"),
            second_share=0.1,
            suggested_at=brussels("2023-07-03T09:01"),
            decided_branch=branch("coop" if number % 3 else "support"),
            decided_at=brussels("2023-07-03T10:00"),
            decided_by=adviser,
        )


@pytest.fixture
def stored(pilot: Pilot, office: Office, advisers: list[User]) -> Pilot:
    offices = [office, Office.objects.get(code="CHARLEROI"), Office.objects.get(code="MONS")]
    some_lives(offices, advisers)
    some_handovers(office, advisers)
    some_members(office, advisers)
    some_documents(office)
    some_suggestions(office, advisers[0])
    for one in offices:
        for month in (date(2023, 4, 1), date(2023, 7, 1)):
            monthly.compute_report(office=one, month=month, at=NOW)
    for side in Side:
        for month in (date(2023, 4, 1), date(2023, 7, 1)):
            monthly.compute_side(pilot=pilot, side=side, month=month, at=NOW)
    periods.compute(pilot=pilot, at=NOW)
    return pilot


def found(pilot: Pilot, figure: str, period: str = DURING, **more: object) -> Behind:
    side, office = more.pop("side", Side.PILOT), more.pop("office", None)
    asked = Asked(pilot, side, office, period, **more)
    return FIGURES[figure].behind(asked)


def all_figures(pilot: Pilot, office: Office) -> Iterator[tuple[str, Behind]]:
    """Every figure of every kind that is shown, of the side and of one office."""
    for one in (None, office):
        for period in (BEFORE, DURING, "2023-07"):
            for figure in ("first-answer", "waiting", "question", "closing"):
                yield f"{figure} {period}", found(pilot, figure, period, office=one)
            for key in (*stays.COUNTS, *stays.SUMS):
                yield f"{key} {period}", found(pilot, "stays", period, office=one, key=key)
            for key in (*ways.WAYS, "came_back"):
                yield f"{key} {period}", found(pilot, "ways", period, office=one, key=key)
            yield f"suggestions {period}", found(pilot, "suggestions", period, office=one)
        for figure in ("review", "hand-in"):
            yield figure, found(pilot, figure, office=one)
        yield "pair", found(pilot, "pair", office=one, key="coop>support")
        for by in (*LINES, "band-0", "band-1"):
            for key in (BEFORE, DURING):
                yield f"{by} {key}", found(pilot, "continuity", office=one, by=by, key=key)


def test_the_rows_behind_every_figure_give_it_again(stored: Pilot, office: Office) -> None:
    """To the second, to the last digit: each kind, of a side and of an office, in each period."""
    told = dict[str, Behind]()
    for name, each in all_figures(stored, office):
        told[name] = each
        assert each.is_equal, (name, each.checks)
        assert len(each.rows(0, each.size)) == each.size, name
    for name in ("question", "closing", "closed", "open_at_end", "moved", "came_back"):
        assert told[f"{name} during"].size, name
    for name in ("pair", "review", "hand-in", "overall before", "overall during"):
        assert told[name].size > 9, name
        assert told[name].checks[1].computed, name


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("period", [BEFORE, DURING, "2023-07"])
def test_so_do_the_rows_of_every_group_that_is_shown(
    stored: Pilot, side: Side, period: str
) -> None:
    shown = 0
    for by, key in (("branch", "coop"), ("branch", "support"), ("language", "fr"), ("topic", "")):
        try:
            each = found(stored, "first-answer", period, side=side, by=by, key=key)
        except NotShown:
            continue
        shown += 1
        assert each.is_equal, (by, key, each.checks)
    assert shown


def test_openings_add_up_to_the_office_hours_of_each_row(stored: Pilot, office: Office) -> None:
    for figure, more in (
        ("first-answer", {}),
        ("closing", {}),
        ("pair", {"key": "coop>support"}),
        ("review", {}),
    ):
        rows = found(stored, figure, office=office, **more).rows(0, 500)
        counted = [row for row in rows if not row.more_periods]
        assert all(seconds_of(row.periods) == row.office_hours for row in counted), figure
        assert any(row.periods for row in counted)


def test_what_is_left_of_a_stretch_without_its_gaps() -> None:
    assert without((0, 10), [(2, 4), (3, 5), (9, 12)]) == [(0, 2), (5, 9)]
    assert without((0, 10), [(0, 10)]) == []
    assert without((0, 10), []) == [(0, 10)]


def test_a_figure_that_changed_since_is_told(stored: Pilot) -> None:
    row = PeriodFigures.objects.get(side=Side.PILOT, office=None, period=DURING)
    row.content["flow"]["closed"] += 1
    row.save()
    assert not found(stored, "stays", key="closed").is_equal


@pytest.mark.parametrize(
    ("figure", "more"),
    [
        ("first-answer", {"by": "branch", "key": "first_line"}),
        ("first-answer", {"by": "adviser", "key": "1"}),
        ("pair", {"key": "support>first_line"}),
        ("pair", {"key": "coop"}),
        ("topic", {"key": "nothing"}),
        ("stays", {"key": "seconds"}),
        ("ways", {"key": "by_advisers"}),
        ("continuity", {"by": "adviser", "key": DURING}),
        ("continuity", {"by": "overall", "key": "2023-07"}),
        ("first-answer", {"period": "2031-01"}),
        ("waiting", {"period": "July"}),
        ("compared", {"key": "within_promise"}),
    ],
)
def test_there_is_no_list_of_what_is_hidden_or_is_no_figure(
    stored: Pilot, figure: str, more: dict[str, str]
) -> None:
    with pytest.raises(NotShown):
        found(stored, figure, **more)


def test_a_branch_is_named_only_where_enough_stand_behind_it(stored: Pilot) -> None:
    """First line has too few in an office, and in the list another goes with it."""
    rows = found(stored, "first-answer", DURING).rows(0, 500)
    assert "first_line" not in {row.branch for row in rows}
    assert None in {row.branch for row in rows}


def test_a_member_is_a_number_and_an_adviser_a_letter_within_it(
    stored: Pilot, office: Office
) -> None:
    with translation.override("en"):
        rows = found(stored, "continuity", office=office, by="overall", key=DURING).rows(0, 50)
    assert rows[0].said == "member 1, with A"
    assert {row.said.split()[-1] for row in rows} <= set("ABCDE")


# The comparison.


@pytest.fixture
def compared(pilot: Pilot, office: Office) -> PilotComparison:
    """Twelve requests in each office and month, with other waits in each."""
    mons = Office.objects.get(code="MONS")
    member = MemberFactory(office=office)
    for place, one in enumerate((office, Office.objects.get(code="CHARLEROI"), mons)):
        for month in (4, 5, 7, 8):
            for number in range(12):
                at = brussels(f"2023-{month:02}-{number + 10}T09:00")
                MemberRequest.objects.create(
                    reference=f"{one.code[:2]}-{month}{number}",
                    member=member,
                    office=one,
                    subject="Facture",
                    language="fr",
                    status=Status.OPEN,
                    submitted_at=at,
                    first_responded_at=at + timedelta(hours=1 + number * 3 + place),
                )
    return comparison_result.compare(pilot=pilot, at=NOW)


def test_the_rows_behind_every_cell_of_the_comparison_give_it_again(
    compared: PilotComparison, office: Office
) -> None:
    known = 0
    for outcome in FROM_REQUESTS:
        for month in compared.result["frame"]["months"]:
            each = found(compared.pilot, "compared", month[:7], office=office, key=outcome)
            assert each.is_equal, (outcome, month, each.checks)
            known += each.checks[0].stored is not None
    assert known > 8


@pytest.mark.parametrize("side", Side)
def test_so_do_those_of_every_week(compared: PilotComparison, side: Side) -> None:
    mondays = compared.result["weeks"]["mondays"]
    weeks = [found(compared.pilot, "week", monday, side=side) for monday in mondays]
    assert all(each.is_equal for each in weeks)
    # The one comparison office has too few in a week for a median.
    assert any(each.checks[0].stored for each in weeks) == (side == Side.PILOT)


# The pages.


@pytest.fixture
def by_manager(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def text(client: Client, where: str) -> str:
    response = client.get(where)
    assert response.status_code == 200, where
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("page", ["", "?period=2023-07", "?office=LIEGE", "?office=MONS"])
def test_the_links_of_the_dashboard_lead_to_lists_that_are_equal(
    by_manager: Client, stored: Pilot, page: str
) -> None:
    links = sorted(set(addresses_in(text(by_manager, f"/pilot/{page}"))))
    kinds = {link.partition("/?")[0]: link for link in links}
    assert len(kinds) > 5
    for link in {*kinds.values(), *links[::9]}:
        assert '<span class="tag good">equal</span>' in text(by_manager, link), link


def test_the_links_of_the_comparison_leads_to_a_list_that_is_equal(
    by_manager: Client, compared: PilotComparison
) -> None:
    links = set(addresses_in(text(by_manager, "/pilot/comparison/")))
    cells = {link for link in links if "/cells/" in link}
    assert cells
    for page in cells:
        assert '<span class="tag good">equal</span>' in text(by_manager, page)
        links |= set(addresses_in(text(by_manager, page)))
    assert any("/week/" in link for link in links)
    for link in sorted(links - cells)[::9]:
        assert '<span class="tag good">equal</span>' in text(by_manager, link), link


def addresses_in(page: str) -> Iterator[str]:
    for link in re.findall(r'href="([^"]*/pilot/(?:why|comparison/cells)/[^"]*)"', page):
        yield unescape(link)


def test_a_list_tells_no_text_no_member_and_no_adviser(
    by_manager: Client, stored: Pilot, advisers: list[User]
) -> None:
    MemberRequest.objects.update(subject="Très privé")
    member = MemberRequest.objects.earliest("pk").member
    assert member.user is not None
    email = str(member.user.email)
    for figure, more in (
        ("first-answer", {}),
        ("continuity", {"by": "overall", "key": DURING}),
        ("pair", {"key": "coop>support"}),
    ):
        page = text(by_manager, address(figure, **more))
        assert "LI-" in page
        for secret in ("Très privé", email, *(each.name for each in advisers)):
            assert secret not in page


def test_long_lists_have_pages_and_the_file_has_all(by_manager: Client, stored: Pilot) -> None:
    where = address("ways", period=DURING, key="requests")
    size = found(stored, "ways", key="requests").size
    assert size > 50
    assert "page=2" in text(by_manager, where)
    assert text(by_manager, f"{where}&page=2").count("<tr>") == 1 + 1 + 1 + size - 50
    lines = by_manager.get(where.replace("/ways/", "/ways/rows.csv"))
    assert len(lines.content.decode("utf-8-sig").splitlines()) == 1 + size


def test_a_page_of_fifty_rows_asks_no_more_than_one_of_few(
    by_manager: Client, stored: Pilot, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for where in (address("first-answer"), address("waiting"), address("closing")):
        by_manager.get(where)
        with django_assert_max_num_queries(16):
            by_manager.get(where)


@pytest.mark.parametrize(
    "where",
    ["nothing/", "waiting/?side=moon", "waiting/?office=PARIS", "waiting/?office=%00",
     "stays/?key=%00", "waiting/?period=%00", "week/?period=2023-07-03", "compared/"],
)  # fmt: skip
def test_what_an_address_cannot_mean_is_not_found(
    by_manager: Client, stored: Pilot, where: str
) -> None:
    assert by_manager.get(f"/pilot/why/{where}").status_code == 404


def test_a_group_hidden_in_one_month_is_not_dated_in_a_longer_list(
    pilot: Pilot, office: Office, advisers: list[User]
) -> None:
    """Two small months of support are hidden; together they may be known, but not apart."""
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
