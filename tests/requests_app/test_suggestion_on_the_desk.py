"""The suggestion stands where one routes; one key follows it, and nothing depends on it."""

from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from people.models import User
from requests_app import suggesting
from requests_app.models import MemberRequest
from requests_app.routing_models import Suggestion
from requests_app.selectors.routing import routing_page
from tests.factories import NOW, MemberFactory, UserFactory, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line", language="en")


@pytest.fixture
def desk(client: Client, adviser: User) -> Client:
    client.force_login(adviser)
    return client


def _page(desk: Client, member_request: MemberRequest) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return desk.get(reverse("requests_app:detail", args=[member_request.reference]))


def _ill() -> MemberRequest:
    member = MemberFactory(user=UserFactory(language="fr"))
    body = "Je suis en incapacité de travail et la mutuelle me demande un document."
    return a_request(member=member, topic_code=None, subject="Maladie et mutuelle", body=body)


def test_the_two_likeliest_branches_stand_with_their_share_and_words(desk: Client) -> None:
    member_request = _ill()
    page = _page(desk, member_request).content.decode()
    suggestion = Suggestion.objects.select_related("first_branch", "second_branch").get()
    for one in (suggestion.first_branch, suggestion.second_branch):
        assert one.names["en"] in page
    assert f"{round(100 * suggestion.first_share)} %" in page
    assert suggestion.first_words
    # The words are the member's: whoever hears the page hears them in that language.
    for word in suggestion.first_words:
        assert f'<q lang="fr">{word}</q>' in page


def test_one_key_follows_the_suggestion_and_both_are_stored(desk: Client, adviser: User) -> None:
    member_request = _ill()
    page = _page(desk, member_request).content.decode()
    first = Suggestion.objects.select_related("first_branch").get().first_branch
    assert f'name="branch" value="{first.code}" data-key="s"' in page
    _route(desk, member_request, branch=first.code)
    suggestion = Suggestion.objects.get()
    assert (suggestion.decided_branch, suggestion.decided_by) == (first, adviser)
    assert routing_page().followed.right == routing_page().followed.tried == 1


def test_another_decision_is_stored_as_another(desk: Client) -> None:
    member_request = _ill()
    _page(desk, member_request)
    second = Suggestion.objects.select_related("second_branch").get().second_branch
    _route(desk, member_request, branch=second.code)
    assert (routing_page().followed.right, routing_page().followed.tried) == (0, 1)


def _route(desk: Client, member_request: MemberRequest, **sent: Any) -> None:
    address = reverse("requests_app:route", args=[member_request.reference])
    with time_machine.travel(NOW, tick=False):
        assert desk.post(address, {"version": 1, "key": uuid4()} | sent).status_code == 302


def test_a_model_that_does_not_load_stops_neither_page_nor_routing(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_version: str) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(suggesting, "load", broken)
    member_request = _ill()
    response = _page(desk, member_request)
    assert response.status_code == 200
    assert 'data-key="s"' not in response.content.decode()
    assert 'data-key="3"' in response.content.decode()
    _route(desk, member_request, branch="support")
    assert MemberRequest.objects.get().branch == branch("support")


def test_nothing_is_suggested_for_what_has_its_branch(desk: Client) -> None:
    page = _page(desk, a_request()).content.decode()
    assert 'data-key="s"' not in page
    assert not Suggestion.objects.exists()
