"""Bugs 12, 13 and 17: who has an account, who gets a new password, and whose session ends when."""

import re
from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.test import Client
from pytest_django import Settings

from people.models import User
from people.roles import Role
from tests.factories import NOW, MemberFactory, UserFactory, an_adviser

pytestmark = pytest.mark.django_db

ASK = "/accounts/login/code/"
CONFIRM = "/accounts/login/code/confirm/"
RESET = "/accounts/password/reset/"
PASSWORD = "correct horse battery"
ANOTHER = "staple correct battery"
# Written like `mike@example.org`: Kelvin's K, which is a k in small letters; a dotless i; a
# Cyrillic e; full width; a letter nobody sees.
TWINS = [
    "mi\u212ae@example.org", "m\u0131ke@example.org", "mik\u0435@example.org",
    "\uff4dike@example.org", "mi\u200bke@example.org", "mike@example.org\u200b",
    "mike@exampl\u0435.org", "mike@example\u3002org",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _quick_hashes(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def mike() -> User:
    return _with_password(UserFactory(role=Role.ADVISER, email="mike@example.org"))


def _sign_in(email: str | None) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return client


def _is_in(client: Client) -> bool:
    return client.get("/")["Location"] not in {"/demo/", ASK}


# --- 12: who has an account ----------------------------------------------------------------------


@pytest.fixture
def hashed() -> Iterator[list[str]]:
    """Which salts were hashed with: the dearest thing that signing in does."""
    salts: list[str] = []
    original = MD5PasswordHasher.encode

    def encode(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        salts.append(salt)
        return str(original(hasher, password, salt))

    with patch.object(MD5PasswordHasher, "encode", encode):
        yield salts


def _plain(content: bytes, address: str) -> bytes:
    """The page without what differs at every request anyhow, and without what was typed."""
    keys = rb'(csrfmiddlewaretoken" value="|x-csrftoken": ")\w+'
    return re.sub(keys, b"", content).replace(address.encode(), b"")


def _somebody_of_each_kind() -> list[str]:
    _with_password(UserFactory(role=Role.ADVISER, email="adviser@example.org"))
    _with_password(UserFactory(role=Role.ADVISER, email="gone@example.org", is_active=False))
    MemberFactory(user__email="member@example.org")
    return [f"{who}@example.org" for who in ("adviser", "gone", "member", "nobody")]


def test_bug_12_a_wrong_password_costs_and_says_the_same_for_everybody(hashed: list[str]) -> None:
    kinds = _somebody_of_each_kind()
    answers, costs = set(), {}
    for address in kinds:
        hashed.clear()
        page = Client().post("/accounts/login/", {"login": address, "password": "wrong"})
        answers.add((page.status_code, _plain(page.content, address)))
        costs[address] = len(hashed)
    assert len(answers) == 1
    assert set(costs.values()) == {1}


@pytest.mark.parametrize("page", [ASK, RESET])
def test_bug_12_asking_by_mail_says_the_same_and_sends_one_mail_to_everybody(page: str) -> None:
    answers = set()
    for address in _somebody_of_each_kind():
        answer = Client().post(page, {"email": address}, follow=True)
        answers.add((answer.status_code, _plain(answer.content, address)))
        assert [message.to for message in mail.outbox] == [[address]]
        mail.outbox.clear()
    assert len(answers) == 1


# --- 13: a new password --------------------------------------------------------------------------


def _link() -> str:
    found = re.search(r"https?://[^/\s]+(/\S+/key/\S+)", str(mail.outbox[-1].body))
    assert found
    return found.group(1)


def _choose(client: Client, link: str, password: str) -> None:
    page = client.get(link)
    if page.status_code == 302:
        client.post(page["Location"], {"password1": password, "password2": password})


def _password_is(user: User, password: str) -> bool:
    return User.objects.get(pk=user.pk).check_password(password)


def test_bug_13_a_link_to_a_new_password_works_once(mike: User) -> None:
    Client().post(RESET, {"email": mike.email})
    _choose(Client(), _link(), ANOTHER)
    assert _password_is(mike, ANOTHER)
    _choose(Client(), _link(), "a third one altogether")
    assert _password_is(mike, ANOTHER)


@pytest.mark.parametrize(("days", "works"), [(2, True), (4, False)])
def test_bug_13_a_link_to_a_new_password_ends_after_three_days(
    mike: User, days: int, works: bool
) -> None:
    with time_machine.travel(NOW, tick=False):
        Client().post(RESET, {"email": mike.email})
    with time_machine.travel(NOW + timedelta(days=days), tick=False):
        _choose(Client(), _link(), ANOTHER)
    assert _password_is(mike, ANOTHER) is works


def test_bug_13_looking_at_the_link_spends_nothing(mike: User) -> None:
    Client().post(RESET, {"email": mike.email})
    for _scanner in range(5):
        Client().get(_link(), follow=True)
        Client().head(_link())
    _choose(Client(), _link(), ANOTHER)
    assert _password_is(mike, ANOTHER)


@pytest.mark.parametrize("token", ["", "-", "%20", "0-0", "set-password", "1-set-password", "%00"])
def test_bug_13_an_empty_token_is_nobodys(mike: User, token: str) -> None:
    _choose(Client(), f"/accounts/password/reset/key/{token}/", ANOTHER)
    assert _password_is(mike, PASSWORD)


@pytest.mark.parametrize("page", [ASK, RESET])
@pytest.mark.parametrize("twin", TWINS)
def test_bug_13_an_address_that_only_looks_alike_gets_nothing(
    mike: User, page: str, twin: str
) -> None:
    Client().post(page, {"email": twin})
    for message in mail.outbox:
        tells = re.search(r"/key/|\d{4} \d{4}", str(message.body))
        assert message.to == [mike.email] or not tells


@pytest.mark.parametrize("address", ["", " ", "\u200b", "%", "_", "*", "None", "@", "mike@"])
def test_bug_13_no_address_is_nobodys(mike: User, address: str) -> None:
    UserFactory(email=None, is_active=False)
    for page in (ASK, RESET):
        Client().post(page, {"email": address})
    assert not mail.outbox


# --- 17: sessions --------------------------------------------------------------------------------


def test_bug_17_the_key_of_a_session_changes_at_sign_in() -> None:
    member = MemberFactory().user
    client = Client()
    client.post(ASK, {"email": member.email})
    before = client.session.session_key
    code = re.search(r"\d{4} \d{4}", str(mail.outbox[0].body))
    assert before
    assert code
    client.post(CONFIRM, {"code": code.group()})
    assert _is_in(client)
    assert client.session.session_key != before
    thief = Client()
    thief.cookies["session"] = before
    assert not _is_in(thief)


def test_bug_17_signing_out_ends_the_session_for_its_copies_too(mike: User) -> None:
    client = _sign_in(mike.email)
    thief = Client()
    thief.cookies["session"] = str(client.session.session_key)
    assert _is_in(thief)
    client.post("/accounts/logout/")
    assert not _is_in(thief)


def test_bug_17_a_new_password_ends_every_other_session(mike: User) -> None:
    here, elsewhere = _sign_in(mike.email), _sign_in(mike.email)
    words = {"oldpassword": PASSWORD, "password1": ANOTHER, "password2": ANOTHER}
    here.post("/accounts/password/change/", words)
    assert _password_is(mike, ANOTHER)
    assert _is_in(here)
    assert not _is_in(elsewhere)


def test_bug_17_a_password_that_was_reset_ends_every_session(mike: User) -> None:
    before = _sign_in(mike.email)
    Client().post(RESET, {"email": mike.email})
    _choose(Client(), _link(), ANOTHER)
    assert not _is_in(before)


@pytest.mark.parametrize("change", [{"role": Role.MANAGER}, {"is_active": False}])
def test_bug_17_another_role_or_none_ends_every_session_at_the_next_page(
    change: dict[str, object],
) -> None:
    adviser = _with_password(an_adviser())
    here, elsewhere = _sign_in(adviser.email), _sign_in(adviser.email)
    assert here.get("/desk/").status_code == 200
    User.objects.filter(pk=adviser.pk).update(**change)
    for client in (here, elsewhere):
        assert client.get("/desk/")["Location"].startswith("/accounts/")
        assert not _is_in(client)
