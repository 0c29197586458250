"""Bug 21, and a limit that can be raced: many hands at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from pytest_django import Settings

from people.roles import Role
from requests_app.models import Document, MemberRequest, Outbox
from tests.factories import MemberFactory, UserFactory
from tests.requests_app.composing import NEW, a_pdf, new_request, signed_in

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

T = TypeVar("T")
CLIENTS = 40
LOGINS, ALLOWED = 50, 5  # wrong passwords for one address


def _together(hands: list[Callable[[], T]]) -> list[T]:
    """What each of them is answered; all of them begin at the same moment."""
    start = Barrier(len(hands))

    def one(hand: Callable[[], T]) -> T:
        start.wait(timeout=60)
        try:
            return hand()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(hands)) as pool:
        return list(pool.map(one, hands))


def _press(client: Client, fields: dict[str, str]) -> Callable[[], str]:
    return lambda: str(client.post(NEW, fields | {"documents": [a_pdf()]})["Location"])


def test_bug_21_forty_presses_of_one_button_are_one_request() -> None:
    member, fields = MemberFactory(), new_request()
    told = _together([_press(signed_in(member), fields) for _press_number in range(CLIENTS)])
    assert len(set(told)) == 1
    assert MemberRequest.objects.count() == Document.objects.count() == Outbox.objects.count() == 1


def test_bug_21_there_are_as_many_requests_as_were_acknowledged() -> None:
    """Ten members whose answers are lost press four times each, all at once."""
    hands = []
    for _member in range(CLIENTS // 4):
        member, fields = MemberFactory(), new_request(key=str(uuid4()))
        hands += [_press(signed_in(member), fields) for _retry in range(4)]
    acknowledged = set(_together(hands))
    assert len(acknowledged) == MemberRequest.objects.count() == CLIENTS // 4
    assert acknowledged == {
        f"/requests/{reference}/"
        for reference in MemberRequest.objects.values_list("reference", flat=True)
    }


def test_a_limit_cannot_be_raced_fifty_passwords_at_once_are_fifty(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    adviser = UserFactory(role=Role.ADVISER, email="thomas@example.org")
    adviser.set_password("correct horse battery")
    adviser.save()
    tried: list[str] = []
    original = MD5PasswordHasher.encode

    def encode(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        tried.append(password)
        return str(original(hasher, password, salt))

    def guess(number: int) -> Callable[[], int]:
        words = {"login": adviser.email, "password": f"guess {number}"}
        return lambda: Client().post("/accounts/login/", words).status_code

    with patch.object(MD5PasswordHasher, "encode", encode):
        told = _together([guess(number) for number in range(LOGINS)])
    assert set(told) <= {200, 429}
    assert 1 <= len(tried) <= ALLOWED
