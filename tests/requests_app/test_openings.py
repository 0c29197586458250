"""Who opens a private request is written down, and its member can read the list."""

from typing import Any

import pytest
import time_machine
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from people.models import Member, User
from requests_app.models import MemberRequest
from requests_app.opening_models import OpenedPart, Opening
from requests_app.openings import record_opening
from tests.documents import a_document
from tests.factories import NOW, MemberFactory, a_request, an_adviser, branch
from tests.requests_app.composing import signed_in

pytestmark = pytest.mark.django_db

REFUSED = "openings are append only"


@pytest.fixture
def member() -> Member:
    return MemberFactory()


@pytest.fixture
def private(member: Member) -> MemberRequest:
    return a_request(member=member, topic_code=None, branch=branch("support"))


@pytest.fixture
def reader() -> User:
    return an_adviser("support", name="Nora Peeters", language="en")


@pytest.fixture
def desk(client: Client, reader: User) -> Client:
    client.force_login(reader)
    return client


def _get(browser: Client, address: str) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        response = browser.get(address)
    if response.streaming:
        # Read to its end, a file is closed.
        list(response)
    return response


def _recorded() -> list[Any]:
    return list(Opening.objects.order_by("id").values_list("reader", "part", "opened_at"))


def test_each_opening_is_recorded(desk: Client, private: MemberRequest, reader: User) -> None:
    for _time in range(2):
        _get(desk, f"/desk/{private.reference}/")
    assert _recorded() == [(reader.pk, OpenedPart.REQUEST, NOW)] * 2


def test_opening_a_document_is_recorded(desk: Client, private: MemberRequest, reader: User) -> None:
    document = a_document(private)
    _get(desk, f"/documents/{document.key}/")
    assert _recorded() == [(reader.pk, OpenedPart.DOCUMENT, NOW)]


def test_asking_only_for_the_headers_of_a_document_is_no_opening(
    desk: Client, private: MemberRequest, settings: Settings
) -> None:
    # Then the proxy would send the file, and none is left open here.
    settings.UPLOADS_THROUGH_PROXY = "/uploads/"
    assert desk.head(f"/documents/{a_document(private).key}/").status_code in {200, 404}
    assert not _recorded()


def test_a_page_that_comes_back_with_an_error_was_opened_too(
    desk: Client, private: MemberRequest, reader: User
) -> None:
    with time_machine.travel(NOW, tick=False):
        assert desk.post(f"/desk/{private.reference}/answer/").status_code == 422
    assert _recorded() == [(reader.pk, OpenedPart.REQUEST, NOW)]


def test_what_is_not_private_is_not_recorded(desk: Client) -> None:
    member_request = a_request()
    assert _get(desk, f"/desk/{member_request.reference}/").status_code == 200
    _get(desk, f"/documents/{a_document(member_request).key}/")
    assert not _recorded()


def test_who_may_not_read_it_opens_nothing(private: MemberRequest) -> None:
    stranger = Client()
    stranger.force_login(an_adviser("coop"))
    assert _get(stranger, f"/desk/{private.reference}/").status_code == 404
    assert not _recorded()


def test_members_who_read_their_own_are_not_recorded(
    member: Member, private: MemberRequest
) -> None:
    own = signed_in(member)
    _get(own, f"/requests/{private.reference}/")
    _get(own, f"/documents/{a_document(private).key}/")
    assert not _recorded()


def _opened(private: MemberRequest, reader: User) -> Opening:
    record_opening(member_request=private, by=reader, at=NOW)
    return Opening.objects.get()


def test_an_opening_is_not_changed(private: MemberRequest, reader: User) -> None:
    opening = _opened(private, reader)
    with pytest.raises(IntegrityError, match=REFUSED):
        Opening.objects.filter(pk=opening.pk).update(part=OpenedPart.DOCUMENT)


def test_an_opening_is_not_deleted(private: MemberRequest, reader: User) -> None:
    _opened(private, reader)
    with pytest.raises(IntegrityError, match=REFUSED):
        Opening.objects.all()._raw_delete("default")


def test_only_known_parts_are_opened(private: MemberRequest, reader: User) -> None:
    with pytest.raises(IntegrityError, match="opened_parts_are_known"):
        Opening.objects.create(member_request=private, reader=reader, part="x", opened_at=NOW)


@pytest.mark.parametrize("page", ["", "openings/"])
def test_the_member_reads_who_and_when(
    member: Member, private: MemberRequest, reader: User, page: str
) -> None:
    _opened(private, reader)
    shown = _get(signed_in(member), f"/requests/{private.reference}/{page}").content.decode()
    assert "Nora Peeters" in shown
    assert 'datetime="2023-06-15T11:00:00+02:00"' in shown


def test_a_request_that_is_not_private_has_no_list(member: Member) -> None:
    member_request = a_request(member=member)
    own = signed_in(member)
    page = _get(own, f"/requests/{member_request.reference}/").content.decode()
    assert "/openings/" not in page
    assert _get(own, f"/requests/{member_request.reference}/openings/").status_code == 200


@pytest.mark.parametrize("many", [2, 20])
def test_the_list_costs_the_same_for_two_openings_and_for_twenty(
    member: Member,
    private: MemberRequest,
    reader: User,
    many: int,
    django_assert_num_queries: Any,
) -> None:
    for _number in range(many):
        record_opening(member_request=private, by=reader, at=NOW)
    own = signed_in(member)
    with django_assert_num_queries(5):
        _get(own, f"/requests/{private.reference}/openings/")
    with django_assert_num_queries(11):
        _get(own, f"/requests/{private.reference}/")
