"""The queue of a desk: what comes first, what a row says, and what it costs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from people.models import User
from people.roles import Role
from requests_app import handover, transitions
from requests_app.enums import AfterAnswer, TransferReason
from requests_app.models import MemberRequest
from requests_app.selectors.queue import (
    Desk,
    Place,
    View,
    counted,
    desk_of,
    home_of,
    views_of,
)
from requests_app.selectors.rows import PAGE, Row, page_of
from tests.documents import a_document
from tests.factories import (
    NOW,
    MemberFactory,
    PilotFactory,
    UserFactory,
    a_request,
    an_adviser,
    branch,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line")


def _desk(adviser: User) -> Desk:
    desk = desk_of(adviser, at=NOW)
    assert desk is not None
    return desk


def _view(desk: Desk, key: str) -> View:
    return next(view for view in views_of(desk) if view.key == key)


def _rows(adviser: User, key: str = "answer") -> list[Row]:
    desk = _desk(adviser)
    return page_of(desk, _view(desk, key), after=None).rows


def _counts(adviser: User) -> dict[str, int]:
    desk = _desk(adviser)
    return {view.key: view.count for view in counted(desk, views_of(desk))}


def _open(client: Client, adviser: User, **query: Any) -> HttpResponse:
    client.force_login(adviser)
    with time_machine.travel(NOW, tick=False):
        return client.get(reverse("requests_app:queue"), query)


def test_the_longest_waiting_comes_first_and_who_waits_for_nobody_last(adviser: User) -> None:
    answered = a_request(at=NOW - timedelta(days=6), answered_by=adviser)
    new = a_request(at=NOW - timedelta(hours=1))
    old = a_request(at=NOW - timedelta(days=2))
    order = [row["reference"] for row in _rows(adviser, "first_line")]
    assert order == [old.reference, new.reference, answered.reference]


@pytest.mark.parametrize(
    ("hours", "level", "text"),
    [(0.5, "ok", "30 min"), (25, "ok", "9 h"), (45, "soon", "13 h"), (50, "late", "18 h")],
)
def test_a_row_tells_the_office_hours_used_against_the_promise(
    adviser: User, hours: float, level: str, text: str
) -> None:
    # Open from 9 to 17; now it is Thursday 11:00. The promise is 16 office hours.
    a_request(at=NOW - timedelta(hours=hours))
    row = _rows(adviser)[0]
    assert (row["level"], row["time"]) == (level, text)


def test_the_promise_concerns_the_first_answer_only(adviser: User) -> None:
    member_request = a_request(at=NOW - timedelta(days=6), answered_by=adviser)
    transitions.member_writes(
        member_request=member_request,
        by=member_request.member.user,
        at=NOW - timedelta(hours=1),
        body="Merci, mais encore ?",
        key=uuid4(),
    )
    row = _rows(adviser)[0]
    assert (row["level"], row["time"]) == ("again", "1 h")
    assert _counts(adviser)["late"] == 0


def test_a_row_says_what_else_matters(adviser: User) -> None:
    member_request = a_request()
    a_document(member_request)
    a_document(member_request, name="annexe.pdf")
    handover.transfer(
        member_request=member_request, by=adviser, at=NOW, version=1,
        branch=branch("safeguarding"), reason=TransferReason.OTHER_EXPERTISE,
    )  # fmt: skip
    row = _rows(adviser, "safeguarding")[0]
    assert row["tags"] == (f"moved from {branch('first_line').name}",)
    assert (row["how"], row["initials"]) == ("Web form · 2 documents", "–")


def test_a_reopened_and_a_waiting_request_say_so(adviser: User) -> None:
    reopened = a_request(answered_by=adviser, closed_by=adviser)
    transitions.reopen(
        member_request=reopened, by=adviser, at=NOW, version=reopened.version, key=uuid4()
    )
    waiting = a_request()
    transitions.answer(
        member_request=waiting, by=adviser, at=NOW, version=1,
        body="Quelle date ?", key=uuid4(), then=AfterAnswer.WAIT,
    )  # fmt: skip
    tags = {row["reference"]: row["tags"] for row in _rows(adviser, "mine")}
    assert tags == {
        reopened.reference: ("reopened",),
        waiting.reference: ("Waiting for the member",),
    }


def test_each_view_counts_what_it_shows(adviser: User) -> None:
    a_request()
    a_request(topic_code=None)
    a_request(taken_by=adviser)
    a_request(at=NOW - timedelta(days=6))
    a_request(answered_by=adviser, closed_by=adviser)
    assert _counts(adviser) == {
        "triage": 1, "unassigned": 2, "answer": 3, "mine": 1,
        "waiting": 0, "late": 1, "documents": 0, "asked": 0,
        "safeguarding": 0, "first_line": 3, "support": 0, "coop": 0,
    }  # fmt: skip


def test_the_views_stand_in_the_order_of_work_and_the_branch_opens_first(adviser: User) -> None:
    PilotFactory()
    views = views_of(_desk(adviser))
    assert [view.key for view in views if view.branch is None] == [
        "triage", "unassigned", "answer", "mine", "waiting", "late", "documents", "asked",
    ]  # fmt: skip
    assert home_of(views).key == "answer"


def test_unassigned_is_what_nobody_has_in_the_own_branch_and_waits_for_us(adviser: User) -> None:
    old, new = (a_request(at=NOW - timedelta(hours=hours)) for hours in (9, 2))
    a_request(taken_by=an_adviser("first_line"))
    a_request(topic_code=None)
    handed_on = a_request()
    handover.transfer(
        member_request=handed_on, by=adviser, at=NOW, version=1,
        branch=branch("coop"), reason=TransferReason.OTHER_EXPERTISE,
    )  # fmt: skip
    waiting = a_request()
    transitions.answer(
        member_request=waiting, by=adviser, at=NOW, version=1,
        body="Quelle date ?", key=uuid4(), then=AfterAnswer.WAIT,
    )  # fmt: skip
    transitions.release(member_request=waiting, by=adviser, at=NOW, version=waiting.version)
    rows = [row["reference"] for row in _rows(adviser, "unassigned")]
    assert rows == [old.reference, new.reference]
    assert _counts(adviser)["unassigned"] == 2


def test_an_office_by_team_has_no_branches() -> None:
    adviser = an_adviser(None)
    PilotFactory(offices=[])
    a_request(pilot=False)
    a_request(pilot=False, taken_by=adviser)
    assert _counts(adviser) == {
        "unassigned": 1, "mine": 1, "waiting": 0, "late": 0, "documents": 0, "all": 2,
    }  # fmt: skip
    assert home_of(views_of(_desk(adviser))).key == "unassigned"


def test_the_view_stands_in_the_address_and_an_unknown_one_is_that_of_the_branch(
    client: Client, adviser: User
) -> None:
    subject = a_request(taken_by=adviser).subject
    assert subject in _open(client, adviser, view="mine").content.decode()
    assert subject not in _open(client, adviser, view="coop").content.decode()
    assert _open(client, adviser, view="<script>", after="' OR 1=1").status_code == 200


def test_an_adviser_without_a_posting_is_told_whom_to_ask(client: Client) -> None:
    response = _open(client, UserFactory(role=Role.ADVISER))
    assert response.templates[0].name == "requests_app/no_posting.html"


def test_nothing_typed_becomes_markup(client: Client, adviser: User) -> None:
    a_request(subject="<script>alert(1)</script>", member=MemberFactory(user__name='"><b>Ada'))
    page = _open(client, adviser).content.decode()
    assert "<script>alert" not in page
    assert '"><b>Ada' not in page


def _many(number: int, adviser: User) -> None:
    """Requests at odd moments, some of them equal, some of them answered."""
    one = a_request(answered_by=adviser)
    plain = MemberRequest.objects.get(pk=one.pk)
    for index in range(number - 1):
        plain.pk, plain.reference, plain.submission_key = None, f"LI-9{index:04}", uuid4()
        waits = index % 4 != 3
        plain.waiting_since = NOW - timedelta(hours=index // 3) if waits else None
        plain.save(force_insert=True)


def test_pages_follow_each_other_without_gap_or_repetition(adviser: User) -> None:
    _many(3 * PAGE + 7, adviser)
    desk = _desk(adviser)
    view, place, seen = _view(desk, "first_line"), None, []
    for _page in range(4):
        page = page_of(desk, view, after=place)
        seen += [row["reference"] for row in page.rows]
        place = Place.read(str(page.next)) if page.next else None
    assert place is None
    all_of_them = MemberRequest.objects.for_queue().values_list("reference", flat=True)
    assert seen == list(all_of_them)


@pytest.mark.parametrize(
    "text",
    ["", "x", "-", "-x", "1", "1-", "9" * 30 + "-1", "-" + "9" * 30, "9" * 5000 + "-1", "--1"],
)
def test_a_place_that_makes_no_sense_never_breaks_the_page(
    text: str, client: Client, adviser: User
) -> None:
    a_request()
    assert _open(client, adviser, after=text).status_code == 200


def _queries(client: Client, adviser: User) -> int:
    client.force_login(adviser)
    with time_machine.travel(NOW, tick=False), CaptureQueriesContext(connection) as queries:
        assert client.get(reverse("requests_app:queue"), {"view": "first_line"}).status_code == 200
    return len(queries)


def test_a_long_queue_costs_as_many_queries_as_a_short_one(client: Client, adviser: User) -> None:
    _many(2, adviser)
    few = _queries(client, adviser)
    MemberRequest.objects.filter(reference__startswith="LI-9").delete()
    _many(60, adviser)
    assert few == _queries(client, adviser) <= 12


def test_a_page_of_the_queue_reads_the_index_in_its_order(adviser: User) -> None:
    """No sort and no walk through the table, for the first page and for a later one."""
    PilotFactory()
    desk = _desk(adviser)
    with connection.cursor() as cursor:
        # A small table is read whole for good reason; what matters is that the index can serve.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    for after in (None, Place(NOW, 7)):
        with CaptureQueriesContext(connection) as queries:
            page_of(desk, _view(desk, "first_line"), after=after)
        lists = [q["sql"] for q in queries if "LIMIT" in q["sql"] and "waiting_since" in q["sql"]]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {lists[0]}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "desk_of_a" in plan
        assert "Sort" not in plan
