"""The three panes of the desk: every view and request an address, and after one comes the next."""

import re
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

from people.models import User
from requests_app import transitions
from requests_app.models import Draft, MemberRequest
from tests.factories import NOW, MemberFactory, PilotFactory, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db

THE_PANE: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line", language="en")


@pytest.fixture
def desk(client: Client, adviser: User) -> Client:
    client.force_login(adviser)
    return client


@pytest.fixture
def three() -> list[MemberRequest]:
    """Three requests to answer in the branch, the oldest first."""
    return [a_request(at=NOW - timedelta(hours=hours)) for hours in (3, 2, 1)]


def _detail(member_request: MemberRequest) -> str:
    return reverse("requests_app:detail", args=[member_request.reference])


def _get(desk: Client, address: str, **more: Any) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return desk.get(address, **more)


def _post(desk: Client, action: str, member_request: MemberRequest, **fields: Any) -> HttpResponse:
    address = reverse(f"requests_app:{action}", args=[member_request.reference])
    version = MemberRequest.objects.get(pk=member_request.pk).version
    with time_machine.travel(NOW, tick=False):
        return desk.post(address, {"version": version, "key": uuid4()} | fields)


def test_the_open_request_stands_beside_the_list_of_its_view(
    desk: Client, three: list[MemberRequest]
) -> None:
    page = _get(desk, f"{_detail(three[1])}?view=answer").content.decode()
    assert all(f'href="{_detail(one)}?view=answer"' in page for one in three)
    assert f'href="{_detail(three[1])}?view=answer" aria-current="true"' in page
    assert page.count('aria-current="true"') == 1 + page.count('lang="en" title')


def test_the_pane_alone_brings_the_request_and_no_list(
    desk: Client, three: list[MemberRequest]
) -> None:
    response = _get(desk, f"{_detail(three[0])}?view=mine", **THE_PANE)
    page = response.content.decode()
    assert 'id="request"' in page
    assert "<html" not in page
    assert three[1].reference not in page.split("</section>")[0]
    assert '<input type="hidden" name="view" value="mine" autocomplete="off">' in page


@pytest.mark.parametrize("more", [{}, THE_PANE])
def test_pane_and_page_are_told_apart_by_caches(
    desk: Client, three: list[MemberRequest], more: dict[str, Any]
) -> None:
    assert "HX-Request" in _get(desk, _detail(three[0]), **more)["Vary"]


def test_the_way_back_in_history_brings_the_whole_page(
    desk: Client, three: list[MemberRequest]
) -> None:
    again = THE_PANE | {"HTTP_HX_HISTORY_RESTORE_REQUEST": "true"}
    assert "<html" in _get(desk, _detail(three[0]), **again).content.decode()


def test_an_answered_request_makes_room_for_the_next(
    desk: Client, three: list[MemberRequest]
) -> None:
    response = _post(desk, "answer", three[1], body="Voici.", view="answer")
    assert response["Location"] == f"{_detail(three[2])}?view=answer"
    assert three[1].reference in _get(desk, response["Location"]).content.decode()


def test_after_the_last_comes_the_first_and_after_the_only_one_the_empty_view(
    desk: Client, three: list[MemberRequest]
) -> None:
    leads = [
        _post(desk, "answer", one, body="Voici.", view="answer")["Location"]
        for one in (three[2], three[1], three[0])
    ]
    assert leads == [
        f"{_detail(three[0])}?view=answer",
        f"{_detail(three[0])}?view=answer",
        f"{reverse('requests_app:queue')}?view=answer",
    ]


@pytest.mark.parametrize(
    ("action", "fields"),
    [("take", {}), ("note", {"note": "À voir."})],
)
def test_what_stays_in_its_view_stays_open(
    desk: Client, three: list[MemberRequest], action: str, fields: dict[str, str]
) -> None:
    response = _post(desk, action, three[0], view="answer", after="-7", **fields)
    assert response["Location"] == f"{_detail(three[0])}?view=answer&after=-7"


@pytest.mark.parametrize("view", ["", "no-such-view", "waiting"])
def test_who_came_from_no_view_that_held_the_request_stays_with_it(
    desk: Client, three: list[MemberRequest], view: str
) -> None:
    response = _post(desk, "answer", three[0], body="Voici.", view=view)
    assert response["Location"].partition("?")[0] == _detail(three[0])


def test_a_routed_request_makes_room_for_the_next_to_triage(desk: Client) -> None:
    first, second = (a_request(topic_code=None) for _one in range(2))
    response = _post(desk, "route", first, branch="coop", view="triage")
    assert response["Location"] == f"{_detail(second)}?view=triage&done={first.reference}"


def test_a_transferred_request_makes_room_for_the_next(
    desk: Client, three: list[MemberRequest]
) -> None:
    response = _post(desk, "transfer", three[0], branch="support", reason="capacity", view="answer")
    done = f"&done={three[0].reference}"
    assert response["Location"] == f"{_detail(three[1])}?view=answer{done}"


def test_who_takes_from_the_unassigned_of_the_branch_has_the_next_open(
    desk: Client, three: list[MemberRequest]
) -> None:
    """Where it stays in its view one goes on to answer it; here one goes on taking."""
    leads = [_post(desk, "take", one, view="unassigned")["Location"] for one in three]
    taken = [f"?view=unassigned&done={one.reference}" for one in three]
    assert leads == [
        _detail(three[1]) + taken[0],
        _detail(three[2]) + taken[1],
        reverse("requests_app:queue") + taken[2],
    ]


def test_what_a_colleague_has_taken_leaves_the_unassigned_with_the_next_pulse(
    desk: Client, three: list[MemberRequest]
) -> None:
    asked = f"{reverse('requests_app:pulse')}?view=unassigned"
    before = _get(desk, asked).context["view"].count
    transitions.take(member_request=three[0], by=an_adviser("first_line"), at=NOW, version=1)
    after = _get(desk, asked)
    assert (before, after.context["view"].count) == (3, 2)
    assert three[0].reference not in after.content.decode()


def test_who_takes_from_the_unassigned_may_give_back_while_reading_the_next(
    client: Client,
) -> None:
    PilotFactory(offices=[])
    client.force_login(an_adviser(None, language="en"))
    first, second = (a_request(pilot=False) for _one in range(2))
    response = _post(client, "take", first, view="unassigned")
    assert response["Location"].startswith(_detail(second))
    page = _get(client, response["Location"]).content.decode()
    assert f'action="{reverse("requests_app:undo", args=[first.reference])}"' in page
    first.refresh_from_db()
    response = _post(client, "undo", first, view="mine")
    assert MemberRequest.objects.get(pk=first.pk).adviser is None


@pytest.mark.parametrize("done", ["\x00", "LI-999", "é", "x" * 5000])
def test_nothing_is_offered_to_undo_that_was_not_done(
    desk: Client, three: list[MemberRequest], done: str
) -> None:
    for reference in (done, three[0].reference):
        response = desk.get(reverse("requests_app:queue"), {"done": reference})
        assert 'class="undo' not in response.content.decode()


def test_a_refused_action_keeps_the_list_beside_it(
    desk: Client, three: list[MemberRequest]
) -> None:
    response = _post(desk, "take", three[0], version=7, view="answer")
    assert response.status_code == 409
    assert f"{_detail(three[1])}?view=answer" in response.content.decode()


def test_the_view_is_not_taken_for_something_typed(
    desk: Client, adviser: User, three: list[MemberRequest]
) -> None:
    _post(desk, "answer", three[0], body="Voici.", note="Plus tard.", view="answer", after="-1")
    assert Draft.objects.get(author=adviser).fields == {"note": "Plus tard."}


def test_a_request_without_a_branch_offers_each_branch_on_a_key(desk: Client) -> None:
    page = _get(desk, _detail(a_request(topic_code=None))).content.decode()
    for code, key in (("safeguarding", 1), ("first_line", 2), ("support", 3), ("coop", 4)):
        assert branch(code).position == key
        assert f'name="branch" value="{code}" data-key="{key}"' in page


def test_each_reason_for_closing_keeps_its_letter(desk: Client, adviser: User) -> None:
    """Also where “answered” is not on offer: a letter closes at once."""
    new, answered = a_request(), a_request(answered_by=adviser)
    found = [
        dict(
            re.findall(
                r'value="(\w+)" data-choose="(\w)"', _get(desk, _detail(one)).content.decode()
            )
        )
        for one in (new, answered)
    ]
    without = {"no_reply": "n", "withdrawn": "w", "duplicate": "d", "spam": "s"}
    assert found == [without, {"answered": "a"} | without]


def test_a_list_that_was_narrowed_says_for_which_view_it_asks(desk: Client) -> None:
    PilotFactory()
    narrow = "answer~lang-de"
    page = _get(desk, f"{reverse('requests_app:queue')}?view={narrow}").content.decode()
    assert f'data-view="{narrow}" data-pulse=' in page


def test_each_view_has_a_key_of_its_own(desk: Client) -> None:
    PilotFactory()
    page = _get(desk, reverse("requests_app:queue"))
    letters = [one.letter for one in [*page.context["views"], *page.context["branch_views"]]]
    assert all(letters)
    assert len(set(letters)) == len(letters)


def _queries(desk: Client, address: str, **more: Any) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert _get(desk, address, **more).status_code == 200
    return len(queries)


def test_the_three_panes_cost_the_same_for_a_short_and_a_long_list(desk: Client) -> None:
    member_request = a_request(member=MemberFactory())
    address = f"{_detail(member_request)}?view=first_line"
    few = _queries(desk, address), _queries(desk, address, **THE_PANE)
    for _one in range(20):
        a_request()
    assert few == (_queries(desk, address), _queries(desk, address, **THE_PANE)) == (31, 24)
