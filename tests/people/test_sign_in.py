"""Members sign in with a mailed code, staff with a password and a second factor."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from people.models import User
from people.roles import Role
from tests.factories import NOW, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

ASK = "/accounts/login/code/"
CONFIRM = "/accounts/login/code/confirm/"
PASSWORD = "correct horse battery"


@pytest.fixture
def member() -> User:
    return MemberFactory(user__email="aline@example.org", user__language="fr").user


@pytest.fixture
def adviser() -> User:
    user = UserFactory(role=Role.ADVISER, email="thomas@example.org")
    user.set_password(PASSWORD)
    user.save()
    return user


def _code() -> str:
    found = re.search(r"\d{4} \d{4}", str(mail.outbox[-1].body))
    assert found
    return found.group()


def _plain(content: bytes) -> bytes:
    """The page without what differs at every request anyhow."""
    return re.sub(rb'(csrfmiddlewaretoken" value="|x-csrftoken": ")\w+', b"", content)


def _is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_member_signs_in_with_the_code_that_came_by_mail(client: Client, member: User) -> None:
    page = client.post(ASK, {"email": "Aline@Example.org"})
    assert page["Location"] == CONFIRM
    assert mail.outbox[0].to == ["aline@example.org"]
    answer = client.post(CONFIRM, {"code": _code().replace(" ", "-")})
    assert answer["Location"] == reverse("home")
    assert _is_signed_in(client)


def test_the_page_that_asked_for_it_is_opened_after_the_code(client: Client, member: User) -> None:
    client.post(ASK, {"email": member.email, "next": "/requests/new/"})
    answer = client.post(CONFIRM + "?next=/requests/new/", {"code": _code()})
    assert answer["Location"] == "/requests/new/"


def test_a_phone_offers_digits_and_the_code_of_the_mail(client: Client, member: User) -> None:
    client.post(ASK, {"email": member.email})
    page = client.get(CONFIRM).content.decode()
    assert 'inputmode="numeric"' in page
    assert 'autocomplete="one-time-code"' in page


def test_a_wrong_code_says_so_and_leaves_another_try(client: Client, member: User) -> None:
    client.post(ASK, {"email": member.email})
    right = _code()
    client.cookies["language"] = "en"
    page = client.post(CONFIRM, {"code": "1234"})
    assert b"This code is not right" in page.content
    client.post(CONFIRM, {"code": right})
    assert _is_signed_in(client)


def test_the_right_code_is_too_late_after_five_wrong_ones(client: Client, member: User) -> None:
    client.post(ASK, {"email": member.email})
    right = _code()
    for _attempt in range(5):
        client.post(CONFIRM, {"code": "1234"})
    client.post(CONFIRM, {"code": right})
    assert not _is_signed_in(client)


def test_a_code_expires_after_ten_minutes_and_the_page_says_so(
    client: Client, member: User
) -> None:
    client.cookies["language"] = "en"
    with time_machine.travel(NOW, tick=False):
        client.post(ASK, {"email": member.email})
    with time_machine.travel(NOW + timedelta(minutes=10, seconds=1), tick=False):
        page = client.post(CONFIRM, {"code": _code()}, follow=True)
    assert not _is_signed_in(client)
    assert b"This code has expired" in page.content


def test_a_code_works_once(client: Client, member: User) -> None:
    client.post(ASK, {"email": member.email})
    client.post(CONFIRM, {"code": _code()})
    client.post("/accounts/logout/")
    client.post(CONFIRM, {"code": _code()})
    assert not _is_signed_in(client)


@pytest.mark.parametrize("address", ["nobody@example.org", "gone@example.org"])
def test_the_page_does_not_tell_who_has_an_account(member: User, address: str) -> None:
    MemberFactory(user__email="gone@example.org", user__is_active=False)
    pages = {}
    for asked in (member.email, address):
        client = Client()
        page = client.post(ASK, {"email": asked}, follow=True)
        pages[asked] = _plain(page.content).replace(str(asked).encode(), b"")
    assert pages[member.email] == pages[address]
    assert len(mail.outbox) == 2


def test_a_stranger_is_told_by_mail_only_and_gets_no_code(client: Client) -> None:
    client.post(ASK, {"email": "nobody@example.org"})
    assert not re.search(r"\d{4}", str(mail.outbox[0].body))


class BrokenBackend:
    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def send_messages(self, _messages: object) -> int:
        raise ConnectionRefusedError


@pytest.mark.parametrize("page", [ASK, "/accounts/password/reset/"])
def test_a_mail_server_that_is_down_does_not_tell_either(
    member: User, settings: Settings, page: str
) -> None:
    settings.EMAIL_BACKEND = "tests.people.test_sign_in.BrokenBackend"
    answers = set()
    for asked in (str(member.email), "nobody@example.org"):
        answer = Client().post(page, {"email": asked}, follow=True)
        answers.add((answer.status_code, _plain(answer.content).replace(asked.encode(), b"")))
    assert len(answers) == 1


@pytest.mark.parametrize("address", ["", "no address", "a\x00b@example.org", "x" * 400])
def test_what_is_no_address_is_an_error_of_the_field(client: Client, address: str) -> None:
    page = client.post(ASK, {"email": address})
    assert page.status_code == 200
    assert b'id="id_email_error"' in page.content
    assert not mail.outbox


def test_the_mail_speaks_the_language_of_the_account(client: Client, member: User) -> None:
    User.objects.filter(pk=member.pk).update(language="en")
    client.cookies["language"] = "nl"
    client.post(ASK, {"email": member.email})
    assert mail.outbox[0].subject.startswith("Your code to sign in:")
    assert mail.outbox[0].extra_headers["Auto-Submitted"] == "auto-generated"


def test_who_mistyped_the_address_asks_again(client: Client, member: User) -> None:
    client.post(ASK, {"email": "aline@example.ogr"})
    assert client.get(ASK).status_code == 200
    client.post(ASK, {"email": member.email})
    client.post(CONFIRM, {"code": _code()})
    assert _is_signed_in(client)


def test_nobody_can_ask_for_codes_without_end(client: Client, member: User) -> None:
    client.cookies["language"] = "en"
    for _time in range(4):
        page = client.post(ASK, {"email": member.email})
    assert len(mail.outbox) == 3
    assert b"Too many attempts" in page.content


def test_staff_sign_in_with_a_password(client: Client, adviser: User) -> None:
    client.post("/accounts/login/", {"login": adviser.email, "password": PASSWORD})
    assert _is_signed_in(client)


def test_a_wrong_password_keeps_the_address_and_says_so(client: Client, adviser: User) -> None:
    page = client.post("/accounts/login/", {"login": adviser.email, "password": "wrong"})
    assert not _is_signed_in(client)
    assert b'role="alert"' in page.content
    assert b'value="thomas@example.org"' in page.content


def _second_factor_of(user: User) -> str:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    return secret


def _totp(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def test_a_mailed_code_does_not_replace_the_second_factor(client: Client, adviser: User) -> None:
    secret = _second_factor_of(adviser)
    client.post(ASK, {"email": adviser.email})
    answer = client.post(CONFIRM, {"code": _code()})
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert not _is_signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": _totp(secret)})
    assert _is_signed_in(client)


def test_a_password_alone_does_not_replace_it_either(client: Client, adviser: User) -> None:
    _second_factor_of(adviser)
    client.post("/accounts/login/", {"login": adviser.email, "password": PASSWORD})
    assert not _is_signed_in(client)
    assert b"</form>" in client.get(reverse("mfa_authenticate")).content


def test_staff_without_a_second_factor_can_only_set_one_up(
    client: Client, adviser: User, settings: Settings
) -> None:
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    client.force_login(adviser)
    assert client.get("/")["Location"] == reverse("mfa_index")


def test_nobody_opens_an_account(client: Client) -> None:
    answer = client.post("/accounts/signup/", {"email": "new@example.org", "password1": PASSWORD})
    assert answer.status_code == 200
    assert not User.objects.filter(email="new@example.org").exists()
    assert reverse("account_request_login_code") in answer.content.decode()


@pytest.mark.parametrize("path", ["/accounts/email/", "/accounts/password/set/"])
def test_addresses_and_first_passwords_are_not_changed_here(
    client: Client, member: User, path: str
) -> None:
    client.force_login(member)
    assert client.get(path).status_code == 404


def test_the_link_to_a_new_password_has_our_own_address(
    client: Client, adviser: User, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://requests.example.org"
    client.post("/accounts/password/reset/", {"email": adviser.email}, HTTP_HOST="127.0.0.1")
    link = re.search(r"https://\S+", str(mail.outbox[0].body))
    assert link
    page = client.get(link.group().removeprefix("https://requests.example.org"), follow=True)
    assert b'name="password1"' in page.content


STAFF_PAGES = [
    # A page of the library, which asks for recovery codes before there are any.
    pytest.param("mfa_index", marks=pytest.mark.ignore_template_errors),
    "mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn",
    "account_change_password", "account_logout",
]  # fmt: skip
OPEN_PAGES = ["account_login", "account_request_login_code", "account_reset_password",
              "account_reset_password_done", "account_signup", "account_inactive"]  # fmt: skip


@pytest.mark.parametrize("name", [*STAFF_PAGES, *OPEN_PAGES])
def test_each_page_looks_like_the_house_and_holds_no_inline_script(
    client: Client, adviser: User, name: str
) -> None:
    if name not in OPEN_PAGES:
        client.post("/accounts/login/", {"login": adviser.email, "password": PASSWORD})
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get(reverse(name))
    text = page.content.decode()
    assert page.status_code == 200
    assert 'class="top"' in text
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*(?:src=|application/json))", text)


def test_keys_and_recovery_codes_are_listed(client: Client, adviser: User) -> None:
    client.post("/accounts/login/", {"login": adviser.email, "password": PASSWORD})
    _second_factor_of(adviser)
    Authenticator.objects.create(
        user=adviser, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "aa", "used_mask": 0}
    )
    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.get(reverse("mfa_view_recovery_codes"), follow=True).status_code == 200
