"""Bugs 14 and 18: what a visitor writes into a header is worth nothing."""

import re

import pytest
from django.core import mail
from django.test import Client, RequestFactory
from pytest_django import Settings

from people.roles import Role
from tests.factories import MemberFactory, UserFactory
from tests.reliability.installation import settings_with

pytestmark = pytest.mark.django_db

ASK = "/accounts/login/code/"
RESET = "/accounts/password/reset/"
OURS = "https://requests.example.org"
CODES_A_MINUTE = 20  # for each address of the network
FORGED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Host": "evil.example",
    "X-Original-URL": "/admin/",
    "X-Rewrite-URL": "/admin/",
    "Forwarded": "host=evil.example;proto=https",
}


@pytest.fixture(params=["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def header(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _asks(number: int, **told: str) -> bool:
    """Somebody asks for a code for one more address; False when there were too many."""
    headers = {name.replace("_", "-"): value for name, value in told.items()}
    before = len(mail.outbox)
    Client().post(ASK, {"email": f"nobody{number}@example.org"}, headers=headers)
    return len(mail.outbox) > before


def test_bug_18_behind_the_proxy_each_visitor_has_a_limit_of_their_own(settings: Settings) -> None:
    installed = settings_with(BEHIND_PROXY="on")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = installed["ALLAUTH_TRUSTED_PROXY_COUNT"]
    for number in range(CODES_A_MINUTE):
        assert _asks(number, X_Forwarded_For="203.0.113.7")
    assert not _asks(20, X_Forwarded_For="203.0.113.7")
    # What a visitor adds stands before what the proxy says.
    assert not _asks(21, X_Forwarded_For="198.51.100.1, 203.0.113.7")
    assert _asks(22, X_Forwarded_For="203.0.113.8")


def test_bug_18_without_a_proxy_a_forged_address_opens_no_new_limit(
    settings: Settings, header: str
) -> None:
    installed = settings_with(BEHIND_PROXY="off")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = installed["ALLAUTH_TRUSTED_PROXY_COUNT"]
    for number in range(CODES_A_MINUTE):
        assert _asks(number, **{header: f"203.0.113.{number}"})
    assert not _asks(20, **{header: "203.0.113.200"})


def test_bug_18_only_behind_a_proxy_is_the_scheme_believed(settings: Settings) -> None:
    for proxy, secure in (("off", False), ("on", True)):
        installed = settings_with(BEHIND_PROXY=proxy)
        settings.SECURE_PROXY_SSL_HEADER = installed.get("SECURE_PROXY_SSL_HEADER")
        request = RequestFactory().get("/", headers={"X-Forwarded-Proto": "https"})
        assert request.is_secure() is secure


@pytest.mark.parametrize(
    "name", ["Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Coop-User"]
)
def test_bug_18_a_header_signs_nobody_in(client: Client, name: str) -> None:
    administrator = UserFactory(role=Role.ADMINISTRATOR)
    answer = client.get(
        "/admin/", headers={name: administrator.email}, REMOTE_USER=administrator.email
    )
    assert answer.status_code == 302
    assert "_auth_user_id" not in client.session


def test_bug_14_a_forged_header_changes_no_byte_of_a_page_or_mail(settings: Settings) -> None:
    settings.PUBLIC_URL = OURS
    adviser = UserFactory(role=Role.ADVISER)
    adviser.set_password("correct horse battery")
    adviser.save()
    answer = Client().post(RESET, {"email": adviser.email}, headers=FORGED)
    assert answer["Location"] == "/accounts/password/reset/done/"
    assert "evil" not in str(mail.outbox[0].message())
    links = re.findall(r"https?://\S+", str(mail.outbox[0].body))
    assert links
    assert all(link.startswith(OURS + "/") for link in links)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "127.0.0.1/evil", ""],
)
@pytest.mark.parametrize("page", [ASK, RESET])
def test_bug_14_a_host_that_is_not_ours_is_refused(page: str, host: str) -> None:
    member = MemberFactory().user
    answer = Client().post(page, {"email": member.email}, HTTP_HOST=host)
    assert answer.status_code == 400
    assert b"evil" not in answer.content
    assert not mail.outbox


@pytest.mark.parametrize("port", ["80", "31337"])
def test_bug_14_another_port_of_our_name_does_not_reach_the_mail(
    settings: Settings, port: str
) -> None:
    settings.PUBLIC_URL = OURS
    member = MemberFactory().user
    Client().post(ASK, {"email": member.email}, HTTP_HOST=f"127.0.0.1:{port}")
    assert port not in str(mail.outbox[0].body)
    assert "127.0.0.1" not in str(mail.outbox[0].body)
