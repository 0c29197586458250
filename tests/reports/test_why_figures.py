"""From every figure of the dashboard and of the comparison to rows that give it again."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
import time_machine
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from branches.models import Office, Pilot, Topic
from people.models import User
from people.roles import Role
from reports import monthly, periods
from reports.models import Side
from reports.period_models import BEFORE, DURING, PeriodFigures
from reports.why import stays, ways
from reports.why.contacts import LINES
from reports.why.registry import address
from reports.why.rows import Behind, NotShown, seconds_of, without
from requests_app.asked_models import AskedDocument, AskedEvent
from requests_app.document_rules import DocumentAction, DocumentKind, DocumentState
from requests_app.enums import Action
from requests_app.models import MemberRequest, Suggestion
from tests.factories import MemberFactory, branch
from tests.made_once import made_once
from tests.reports.conftest import brussels
from tests.reports.lives import Step, lived
from tests.reports.test_cohorts import live, random_life
from tests.reports.why_figures import (
    NOW,
    a_pilot_of_two_offices,
    addresses_in,
    five_advisers,
    found,
    offices,
    text,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _in_september() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def some_lives(where: list[Office], advisers: list[User]) -> None:
    """Lives of all kinds from March to September, in three branches, one of them small."""
    random = Random(7)
    for number in range(150):
        at = brussels("2023-03-01T00:00") + timedelta(hours=32 * number)
        code = "first_line" if number % 25 == 3 else "support" if number % 5 < 2 else "coop"
        live(
            where[number % len(where)],
            *random_life(random, at),
            branch=branch(code),
            adviser_id=advisers[number % len(advisers)].pk,
        )


def enough_of_june(where: list[Office], advisers: list[User]) -> None:
    """In both parts of the month in which the pilot begins: else no group of it may be shown."""
    for office in where:
        for number, day in enumerate(("05", "06", "07", "12", "13", "14") * 2):
            lived(
                office,
                Step(Action.SUBMIT, f"2023-06-{day}T09:00", branch=branch("coop")),
                Step(Action.ANSWER, f"2023-06-{day}T1{number % 9}:00", advisers[number % 5]),
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


def store(pilot: Pilot, advisers: list[User]) -> None:
    liege, _charleroi, _mons = offices()
    some_lives(offices(), advisers)
    enough_of_june(offices(), advisers)
    some_handovers(liege, advisers)
    some_members(liege, advisers)
    some_documents(liege)
    some_suggestions(liege, advisers[0])
    for one in offices():
        for month in (date(2023, 4, 1), date(2023, 7, 1)):
            monthly.compute_report(office=one, month=month, at=NOW)
    for side in Side:
        for month in (date(2023, 4, 1), date(2023, 7, 1)):
            monthly.compute_side(pilot=pilot, side=side, month=month, at=NOW)
    periods.compute(pilot=pilot, at=NOW)


@pytest.fixture(scope="module")
def _stored_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with made_once(django_db_blocker):
        with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False):
            store(a_pilot_of_two_offices(), five_advisers())
        yield


@pytest.fixture
def stored(_stored_once: None, db: None) -> Pilot:
    return Pilot.objects.get()


@pytest.fixture
def advisers(stored: Pilot) -> list[User]:
    return list(User.objects.filter(role=Role.ADVISER).order_by("pk"))


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
        counted = [row for row in rows if not (row.more_periods or row.is_withheld)]
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


# The pages.


@pytest.fixture
def by_manager(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


@pytest.mark.parametrize("page", ["", "?period=2023-07", "?office=LIEGE", "?office=MONS"])
def test_the_links_of_the_dashboard_lead_to_lists_that_are_equal(
    by_manager: Client, stored: Pilot, page: str
) -> None:
    links = sorted(set(addresses_in(text(by_manager, f"/pilot/{page}"))))
    kinds = {link.partition("/?")[0]: link for link in links}
    assert len(kinds) > 5
    for link in {*kinds.values(), *links[::9]}:
        assert '<span class="tag good">equal</span>' in text(by_manager, link), link


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
    second = text(by_manager, f"{where}&page=2")
    assert second.count("<tr>") == 1 + 1 + 1 + min(size - 50, 50)
    lines = by_manager.get(where.replace("/ways/", "/ways/rows.csv"))
    assert len(lines.content.decode("utf-8-sig").splitlines()) == 1 + size


def test_a_page_of_fifty_rows_asks_no_more_than_one_of_few(
    by_manager: Client, stored: Pilot, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for where in (address("first-answer"), address("waiting"), address("closing")):
        by_manager.get(where)
        with django_assert_max_num_queries(17):
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
