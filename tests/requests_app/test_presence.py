"""Who else has a request open: shown to those who may read it, gone in seconds, never stored."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
import time_machine
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from requests_app import presence, transitions
from requests_app.models import MemberRequest
from requests_app.presence import PRESENT_FOR
from tests.factories import NOW, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db

READS, WRITES = "Anna Peeters reads this too", "Anna Peeters is writing here"


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The cache of this test process, whichever address the settings had when it began."""
    address = cache._servers[0]
    client = redis.Redis.from_url(address, decode_responses=True, socket_timeout=1)
    monkeypatch.setattr(presence, "_client", client)
    monkeypatch.setattr(presence, "_rests_until", 0.0)
    yield
    client.close()


@pytest.fixture
def member_request() -> MemberRequest:
    return a_request()


def _desk(name: str, branch_code: str = "first_line") -> Client:
    client = Client()
    client.force_login(an_adviser(branch_code, name=name, language="en"))
    return client


@pytest.fixture
def anna() -> Client:
    return _desk("Anna Peeters")


@pytest.fixture
def zoe() -> Client:
    return _desk("Zoé Claes")


def _open(desk: Client, member_request: MemberRequest, *, later: float = 0) -> str:
    address = reverse("requests_app:detail", args=[member_request.reference])
    with time_machine.travel(NOW + timedelta(seconds=later), tick=False):
        return desk.get(address, headers={"HX-Request": "true"}).content.decode()


def _pulse(
    desk: Client, member_request: MemberRequest, *, later: float = 0, etag: str = "", **asked: Any
) -> HttpResponse:
    asked |= {"view": "first_line", "open": member_request.reference, "version": 1}
    headers = {"If-None-Match": etag} if etag else {}
    with time_machine.travel(NOW + timedelta(seconds=later), tick=False):
        return desk.get(reverse("requests_app:pulse"), asked, headers=headers)


def test_who_opens_a_request_sees_who_has_it_open(
    anna: Client, zoe: Client, member_request: MemberRequest
) -> None:
    assert READS not in _open(anna, member_request)
    assert READS in _open(zoe, member_request)


def test_an_open_page_learns_that_somebody_comes_writes_and_goes(
    anna: Client, zoe: Client, member_request: MemberRequest
) -> None:
    _open(zoe, member_request)
    alone = _pulse(zoe, member_request)
    _open(anna, member_request, later=1)
    came = _pulse(zoe, member_request, later=2, etag=alone["ETag"])
    assert READS in came.content.decode()
    _pulse(anna, member_request, later=3, writes="yes")
    writes = _pulse(zoe, member_request, later=4, etag=came["ETag"])
    assert WRITES in writes.content.decode()
    gone = _pulse(zoe, member_request, later=4 + PRESENT_FOR.total_seconds(), etag=writes["ETag"])
    assert gone.status_code == 200
    assert "Anna" not in gone.content.decode()


def test_who_opens_another_request_has_left_this_one(
    anna: Client, zoe: Client, member_request: MemberRequest
) -> None:
    _open(anna, member_request)
    _open(anna, a_request())
    assert READS not in _open(zoe, member_request)


def test_who_has_never_opened_a_request_neither_sees_nor_is_seen(
    anna: Client, zoe: Client, member_request: MemberRequest
) -> None:
    _open(anna, member_request)
    assert READS not in _pulse(zoe, member_request).content.decode()
    assert "Zoé" not in _pulse(anna, member_request).content.decode()


def test_who_may_not_read_it_any_more_sees_nobody(
    anna: Client, zoe: Client, member_request: MemberRequest
) -> None:
    an_adviser("support")
    _open(zoe, member_request)
    assert READS not in _pulse(zoe, member_request).content.decode()
    _open(anna, member_request)
    assert READS in _pulse(zoe, member_request).content.decode()
    MemberRequest.objects.filter(pk=member_request.pk).update(
        is_sensitive=True, branch=branch("coop")
    )
    assert READS not in _pulse(zoe, member_request).content.decode()


def test_an_unchanged_desk_with_an_open_request_costs_three_queries(
    zoe: Client, member_request: MemberRequest
) -> None:
    _open(zoe, member_request)
    etag = _pulse(zoe, member_request)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        assert _pulse(zoe, member_request, etag=etag).status_code == 304
    assert len(queries) == 3


def test_without_a_cache_nobody_is_shown_and_everything_works(
    anna: Client, zoe: Client, member_request: MemberRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    _open(anna, member_request)
    asked = []

    def refuse(*_args: Any, **_options: Any) -> None:
        asked.append(1)
        raise redis.ConnectionError

    monkeypatch.setattr("redis.client.Pipeline.execute", refuse)
    assert READS not in _open(zoe, member_request)
    assert _pulse(zoe, member_request).status_code == 200
    # It is not asked again and again while it is down.
    assert len(asked) == 1


def test_nothing_of_it_is_stored(anna: Client, zoe: Client, member_request: MemberRequest) -> None:
    _open(anna, member_request)
    _open(zoe, member_request)
    etag = _pulse(zoe, member_request)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        _pulse(zoe, member_request, etag=etag, writes="yes")
    assert not [one for one in queries if not one["sql"].startswith("SELECT")]


def test_a_version_read_in_between_does_not_hide_a_colleague(
    anna: Client, zoe: Client, member_request: MemberRequest
) -> None:
    _open(anna, member_request)
    transitions.take(member_request=member_request, by=an_adviser(), at=NOW, version=1)
    assert READS in _open(zoe, member_request)
