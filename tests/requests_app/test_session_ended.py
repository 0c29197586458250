"""The session ends while somebody types: after the sign-in the text is there, for them alone."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import User
from requests_app.models import Draft, MemberRequest, Message
from tests.factories import MemberFactory, a_request, an_adviser
from tests.requests_app.composing import NEW, new_request

pytestmark = pytest.mark.django_db

PAGE = {"Accept": "text/html"}


@pytest.fixture
def adviser() -> User:
    # Postings of the tests have no end: the real clock does.
    return an_adviser("first_line", language="en")


@pytest.fixture
def member_request() -> MemberRequest:
    return a_request()


def _author_on(browser: Client, address: str) -> str:
    found = re.search(r'name="author" value="([^"]+)"', browser.get(address).content.decode())
    assert found
    return found[1]


def _detail(member_request: MemberRequest) -> str:
    return reverse("requests_app:detail", args=[member_request.reference])


def _send(browser: Client, action: str, member_request: MemberRequest, **fields: Any) -> str:
    address = reverse(f"requests_app:{action}", args=[member_request.reference])
    sent = {"version": 1, "key": "0b9c4f6e-1d54-4ac5-8f0b-6a1c52a7f2c0"} | fields
    return str(browser.post(address, sent)["Location"])


@pytest.mark.parametrize("action", ["answer", "note", "take", "save_message_draft"])
def test_an_adviser_finds_the_text_after_signing_in(
    client: Client, adviser: User, member_request: MemberRequest, action: str
) -> None:
    client.force_login(adviser)
    author = _author_on(client, _detail(member_request))
    client.logout()
    where = _send(client, action, member_request, author=author, body="À moitié", view="mine")
    assert where.startswith("/accounts/")
    assert not Draft.objects.exists()
    client.force_login(adviser)
    response = client.get(reverse("requests_app:queue"), headers=PAGE, follow=True)
    assert response.redirect_chain[-1][0] == f"{_detail(member_request)}?view=mine"
    assert "À moitié</textarea>" in response.content.decode()
    assert "Nothing was sent, because your session had ended." in response.content.decode()
    assert Draft.objects.get().author == adviser
    assert Message.objects.count() == 1


def test_a_member_finds_a_new_request_after_signing_in(client: Client) -> None:
    member = MemberFactory()
    client.force_login(member.user)
    author = _author_on(client, NEW)
    client.logout()
    client.post(NEW, new_request(author=author, subject="Avant la fin"))
    client.force_login(member.user)
    response = client.get("/requests/", headers=PAGE, follow=True)
    assert response.redirect_chain[-1][0] == NEW
    assert 'value="Avant la fin"' in response.content.decode()
    assert MemberRequest.objects.count() == 0


def test_a_call_is_there_after_signing_in(client: Client, adviser: User) -> None:
    client.force_login(adviser)
    address = reverse("requests_app:log_call")
    author = _author_on(client, address)
    client.logout()
    client.post(address, {"author": author, "subject": "Au téléphone", "body": "Il demande…"})
    client.force_login(adviser)
    response = client.get(reverse("requests_app:queue"), headers=PAGE, follow=True)
    assert response.redirect_chain[-1][0] == address
    assert "Au téléphone" in response.content.decode()


def test_who_signs_in_instead_gets_nothing_of_it(
    client: Client, adviser: User, member_request: MemberRequest
) -> None:
    client.force_login(adviser)
    author = _author_on(client, _detail(member_request))
    client.logout()
    _send(client, "answer", member_request, author=author, body="Pour moi seul")
    client.force_login(an_adviser("first_line"))
    client.get(reverse("requests_app:queue"), headers=PAGE, follow=True)
    client.force_login(adviser)
    client.get(reverse("requests_app:queue"), headers=PAGE, follow=True)
    assert not Draft.objects.exists()


@pytest.mark.parametrize("author", ["", "1", "1:forged", "\x00"])
def test_a_form_that_was_made_for_nobody_is_not_held(
    client: Client, adviser: User, member_request: MemberRequest, author: str
) -> None:
    _send(client, "answer", member_request, author=author, body="Glissé")
    client.force_login(adviser)
    client.get(reverse("requests_app:queue"), headers=PAGE, follow=True)
    assert not Draft.objects.exists()


def test_a_page_that_was_open_for_too_long_loses_nothing(
    adviser: User, member_request: MemberRequest
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(adviser)
    author = _author_on(browser, _detail(member_request))
    where = _send(browser, "answer", member_request, author=author, body="Trop tard")
    response = browser.get(where, headers=PAGE, follow=True)
    assert "Trop tard</textarea>" in response.content.decode()
    assert Message.objects.count() == 1


def test_a_foreign_site_cannot_make_somebody_type(
    adviser: User, member_request: MemberRequest
) -> None:
    """It knows the field of its own account only: nothing of it reaches a draft."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(other := an_adviser("first_line"))
    foreign = _author_on(browser, _detail(member_request))
    browser.force_login(adviser)
    address = reverse("requests_app:answer", args=[member_request.reference])
    response = browser.post(address, {"author": foreign, "body": "Glissé"})
    assert response.status_code == 403
    assert not Draft.objects.filter(author__in=[adviser, other]).exists()
