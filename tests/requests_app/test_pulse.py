"""An open desk asks whether anything is new: cheap when nothing is, right when something is."""

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
from requests_app import handover, transitions
from requests_app.models import MemberRequest
from requests_app.selectors.pulse import STALE_AFTER
from tests.factories import NOW, OfficeFactory, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line", language="en")


@pytest.fixture
def desk(client: Client, adviser: User) -> Client:
    client.force_login(adviser)
    return client


@pytest.fixture
def member_request() -> MemberRequest:
    return a_request()


def _pulse(desk: Client, etag: str = "", *, later: float = 0, **asked: Any) -> HttpResponse:
    headers = {"If-None-Match": etag} if etag else {}
    with time_machine.travel(NOW + timedelta(seconds=later), tick=False):
        return desk.get(reverse("requests_app:pulse"), {"view": "answer"} | asked, headers=headers)


def _etag(desk: Client, **asked: Any) -> str:
    response = _pulse(desk, **asked)
    assert response.status_code == 200
    return str(response["ETag"])


def _take(member_request: MemberRequest, **by: Any) -> None:
    colleague = an_adviser(name="Inès Lambert", **by)
    version = member_request.version
    transitions.take(member_request=member_request, by=colleague, at=NOW, version=version)


@pytest.mark.usefixtures("member_request")
def test_a_desk_where_nothing_happened_answers_nothing(desk: Client) -> None:
    response = _pulse(desk, _etag(desk))
    assert (response.status_code, response.content) == (304, b"")


def test_what_a_colleague_does_is_new(desk: Client, member_request: MemberRequest) -> None:
    etag = _etag(desk)
    _take(member_request)
    response = _pulse(desk, etag)
    assert response.status_code == 200
    assert "Inès Lambert" in response.content.decode()


def test_a_request_that_arrives_or_ends_is_new(desk: Client, adviser: User) -> None:
    etag = _etag(desk)
    member_request = a_request()
    arrived = _pulse(desk, etag)
    assert member_request.reference in arrived.content.decode()
    transitions.close(
        member_request=member_request, by=adviser, at=NOW, version=1, reason="withdrawn"
    )
    ended = _pulse(desk, arrived["ETag"])
    assert ended.status_code == 200
    assert member_request.reference not in ended.content.decode()


def test_an_end_and_an_arrival_do_not_cancel_each_other_out(desk: Client, adviser: User) -> None:
    """As many requests and as many events as before, but others."""
    old = a_request()
    etag = _etag(desk)
    transitions.close(member_request=old, by=adviser, at=NOW, version=1, reason="withdrawn")
    a_request()
    assert _pulse(desk, etag).status_code == 200


@pytest.mark.usefixtures("member_request")
def test_what_happens_in_another_office_is_not_new_here(desk: Client) -> None:
    etag = _etag(desk)
    mons = OfficeFactory(code="MONS", name="Mons", reference_prefix="MO")
    assert an_adviser(None, office=mons).posting_on(day=NOW.date())
    elsewhere = a_request(pilot=False)
    MemberRequest.objects.filter(pk=elsewhere.pk).update(office=mons)
    assert _pulse(desk, etag).status_code == 304


def test_a_promise_that_passes_is_new(desk: Client, member_request: MemberRequest) -> None:
    MemberRequest.objects.filter(pk=member_request.pk).update(
        promise_due_at=NOW + timedelta(seconds=10)
    )
    etag = _etag(desk)
    assert _pulse(desk, etag, later=5).status_code == 304
    assert _pulse(desk, etag, later=20).status_code == 200


@pytest.mark.usefixtures("member_request")
def test_clocks_are_drawn_anew_after_a_while(desk: Client) -> None:
    assert _pulse(desk, _etag(desk), later=STALE_AFTER).status_code == 200


def test_another_view_is_not_the_same_page(desk: Client) -> None:
    assert _pulse(desk, _etag(desk), view="mine").status_code == 200


def test_reading_another_request_is_no_news(desk: Client, member_request: MemberRequest) -> None:
    asked = {"open": member_request.reference, "version": 1}
    assert _pulse(desk, _etag(desk), **asked).status_code == 304


def test_the_open_request_is_named_when_somebody_acts_on_it(
    desk: Client, member_request: MemberRequest
) -> None:
    asked = {"open": member_request.reference, "version": 1}
    assert _pulse(desk, **asked).context["news"] == ""
    _take(member_request)
    response = _pulse(desk, **asked)
    assert response.context["news"].startswith("Taken by Inès Lambert at 11")
    address = reverse("requests_app:detail", args=[member_request.reference])
    assert f'href="{address}?view=answer"' in response.content.decode()


def test_a_request_that_one_may_not_read_tells_nothing(desk: Client, adviser: User) -> None:
    hidden = a_request(topic_code=None)
    an_adviser("support")
    handover.route(member_request=hidden, by=adviser, at=NOW, version=1, branch=branch("support"))
    foreign = _pulse(desk, open=hidden.reference, version=1)
    missing = _pulse(desk, open="LI-9999999", version=1)
    assert foreign.context["news"] == missing.context["news"] != ""


@pytest.mark.parametrize("open_", ["\x00", "' OR 1=1", "x" * 5000, "é", "LI-1"])
@pytest.mark.parametrize("version", ["", "-1", "1e9", "9" * 40, "\x00", "²"])
def test_what_makes_no_sense_is_no_request(desk: Client, open_: str, version: str) -> None:
    assert _pulse(desk, open=open_, version=version, after="\x00", view="\x00").status_code == 200


def test_an_unchanged_desk_costs_three_queries(desk: Client, member_request: MemberRequest) -> None:
    asked = {"open": member_request.reference, "version": 1}
    etag = _etag(desk, **asked)
    for _one in range(20):
        a_request(key=uuid4())
    etag = _etag(desk, **asked)
    with CaptureQueriesContext(connection) as queries:
        assert _pulse(desk, etag, **asked).status_code == 304
    assert len(queries) == 3


def test_the_answer_is_kept_by_nobody_else(desk: Client) -> None:
    assert _pulse(desk)["Cache-Control"] == "private, no-store"
