"""What somebody else has said since an adviser last opened a request is marked for that adviser."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from people.models import User
from requests_app import transitions
from requests_app.models import MemberRequest
from requests_app.reading_models import Reading
from tests.factories import NOW, a_request, an_adviser

pytestmark = pytest.mark.django_db

NEW = '<span class="tag new">new message</span>'


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


def _queue(desk: Client) -> str:
    with time_machine.travel(NOW, tick=False):
        return desk.get(reverse("requests_app:queue"), {"view": "first_line"}).content.decode()


def _open(desk: Client, member_request: MemberRequest) -> str:
    address = reverse("requests_app:detail", args=[member_request.reference])
    with time_machine.travel(NOW, tick=False):
        return desk.get(address, headers={"HX-Request": "true"}).content.decode()


def _member_writes(member_request: MemberRequest) -> None:
    transitions.member_writes(
        member_request=member_request, by=member_request.member.user,
        at=NOW + timedelta(minutes=1), body="Encore ceci.", key=uuid4(),
    )  # fmt: skip


def _note(member_request: MemberRequest, by: User) -> None:
    member_request.refresh_from_db()
    transitions.note(
        member_request=member_request, by=by, at=NOW, version=member_request.version,
        body="Une note.", key=uuid4(),
    )  # fmt: skip


def test_what_was_never_opened_is_not_marked(desk: Client, member_request: MemberRequest) -> None:
    _member_writes(member_request)
    assert NEW not in _queue(desk)
    assert NEW not in _open(desk, member_request)


@pytest.mark.parametrize(
    "write", [_member_writes, lambda one: _note(one, an_adviser("first_line"))]
)
def test_what_member_and_colleagues_say_is_marked_until_it_is_opened(
    desk: Client, member_request: MemberRequest, write: Callable[[MemberRequest], None]
) -> None:
    _open(desk, member_request)
    write(member_request)
    assert NEW in _queue(desk)
    assert _open(desk, member_request).count(NEW) == 1
    assert NEW not in _queue(desk)
    assert NEW not in _open(desk, member_request)


def test_what_one_says_oneself_is_not_new(
    desk: Client, adviser: User, member_request: MemberRequest
) -> None:
    _open(desk, member_request)
    _note(member_request, adviser)
    assert NEW not in _queue(desk)
    assert NEW not in _open(desk, member_request)


def test_a_move_without_a_word_is_not_a_message(
    desk: Client, member_request: MemberRequest
) -> None:
    _open(desk, member_request)
    transitions.take(member_request=member_request, by=an_adviser(), at=NOW, version=1)
    assert NEW not in _queue(desk)


def test_what_one_adviser_has_read_is_still_new_to_another(
    desk: Client, member_request: MemberRequest
) -> None:
    other = Client()
    other.force_login(an_adviser("first_line", language="en"))
    _open(desk, member_request)
    _open(other, member_request)
    _member_writes(member_request)
    _open(other, member_request)
    assert NEW not in _queue(other)
    assert NEW in _queue(desk)


def test_one_reading_a_person_and_request(adviser: User, member_request: MemberRequest) -> None:
    first = Reading(reader=adviser, member_request=member_request, version=1, read_at=NOW)
    first.save()
    with (
        pytest.raises(IntegrityError, match="one_reading_a_person_and_request"),
        transaction.atomic(),
    ):
        Reading.objects.create(
            reader=adviser, member_request=member_request, version=2, read_at=NOW
        )


def test_what_was_read_has_a_version(adviser: User, member_request: MemberRequest) -> None:
    with (
        pytest.raises(IntegrityError, match="what_was_read_has_a_version"),
        transaction.atomic(),
    ):
        Reading.objects.create(
            reader=adviser, member_request=member_request, version=0, read_at=NOW
        )
