"""An adviser narrows a list, keeps it under a name, and finds it again with its count."""

from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from people.models import User
from requests_app import saved_lists
from requests_app.models import MemberRequest
from requests_app.saved_lists import SavedViewRefused
from requests_app.saved_models import VIEWS_A_PERSON, SavedView
from tests.factories import NOW, MemberFactory, UserFactory, a_request, an_adviser

pytestmark = pytest.mark.django_db

QUEUE = "/desk/"


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line", language="en")


@pytest.fixture
def desk(client: Client, adviser: User) -> Client:
    client.force_login(adviser)
    return client


def _get(desk: Client, address: str, **asked: Any) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return desk.get(address, asked)


def _shown(desk: Client, key: str) -> set[str]:
    """The references in the list of a view; its count agrees."""
    response = _get(desk, QUEUE, view=key)
    assert response.context["view"].key == key
    shown = {row["reference"] for row in response.context["found"].rows}
    assert response.context["view"].count == len(shown)
    return shown


def _save(desk: Client, name: str, key: str) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return desk.post(reverse("requests_app:save_view"), {"name": name, "view": key})


def _a_german_request(**changes: Any) -> str:
    member = MemberFactory(user=UserFactory(language="de"))
    one = a_request(member=member, **changes)
    MemberRequest.objects.filter(pk=one.pk).update(language="de")
    return one.reference


def test_a_list_is_narrowed_by_each_of_its_filters(desk: Client, adviser: User) -> None:
    german = _a_german_request()
    mine = a_request(taken_by=adviser).reference
    other = a_request(topic_code="tool_bug").reference
    assert _shown(desk, "first_line~lang-de") == {german}
    assert _shown(desk, "first_line~who-mine") == {mine}
    assert _shown(desk, "first_line~who-nobody") == {german, other}
    assert _shown(desk, "first_line~topic-tool_bug") == {other}
    assert _shown(desk, "first_line~turn-ours") == {german, mine, other}
    assert _shown(desk, "first_line~turn-member") == set()
    assert _shown(desk, "answer~lang-de~turn-member") == set()


def test_the_fields_of_the_filter_lead_to_one_address(desk: Client) -> None:
    asked = {"view": "answer", "topic": "", "lang": "de", "who": "mine", "turn": ""}
    a_request()
    response = _get(desk, reverse("requests_app:narrow"), **asked)
    assert response["Location"] == "/desk/?view=answer~lang-de~who-mine"


@pytest.mark.parametrize(
    "key",
    [
        "no-such-view~lang-de", "answer~lang-it", "answer~who-boss", "answer~turn-", "answer~x-1",
        "answer~topic-none", "answer~lang-de~lang-fr", "answer~\x00", "documents~lang-de",
        "saved-0", "saved-x", "answer~lang-de" + "~" * 500,
    ],
)  # fmt: skip
def test_a_list_that_does_not_exist_shows_the_first_and_is_not_kept(desk: Client, key: str) -> None:
    a_request()
    assert _get(desk, QUEUE, view=key).context["view"].key == "answer"
    if not key.endswith("turn-"):
        _save(desk, "Inconnue", key)
        assert not SavedView.objects.exists()


def test_a_named_view_has_its_address_its_title_and_its_count(desk: Client) -> None:
    german = _a_german_request()
    a_request()
    _get(desk, QUEUE)
    response = _save(desk, "Auf Deutsch", "first_line~lang-de")
    saved = SavedView.objects.get()
    assert response["Location"] == f"/desk/?view=saved-{saved.pk}"
    assert _shown(desk, f"saved-{saved.pk}") == {german}
    page = _get(desk, QUEUE)
    assert [(one.title, one.count) for one in page.context["saved_views"]] == [("Auf Deutsch", 1)]
    assert "Auf Deutsch" in page.content.decode()


def test_a_view_is_renamed_and_deleted_by_its_owner_alone(desk: Client) -> None:
    a_request()
    _save(desk, "Avant", "mine")
    saved = SavedView.objects.get()
    other = Client()
    other.force_login(an_adviser("first_line"))
    for action in ("rename_view", "delete_view"):
        address = reverse(f"requests_app:{action}", args=[saved.pk])
        assert other.post(address, {"name": "Pris"}).status_code == 404
    with time_machine.travel(NOW, tick=False):
        desk.post(reverse("requests_app:rename_view", args=[saved.pk]), {"name": "Après"})
        assert SavedView.objects.get().name == "Après"
        desk.post(reverse("requests_app:delete_view", args=[saved.pk]))
    assert not SavedView.objects.exists()


def test_nobody_sees_the_views_of_a_colleague(desk: Client) -> None:
    a_request()
    _save(desk, "À moi", "mine")
    key = f"saved-{SavedView.objects.get().pk}"
    other = Client()
    other.force_login(an_adviser("first_line"))
    response = _get(other, QUEUE, view=key)
    assert "À moi" not in response.content.decode()
    assert response.context["view"].key != key


def test_a_name_is_used_once_and_there_are_a_dozen_views(adviser: User) -> None:
    for number in range(VIEWS_A_PERSON):
        saved_lists.save_view(by=adviser, name=f"Vue {number}", key="mine")
    with pytest.raises(SavedViewRefused):
        saved_lists.save_view(by=adviser, name="Une de trop", key="mine")
    first = adviser.saved_views.earliest("position")
    with pytest.raises(SavedViewRefused):
        saved_lists.rename_view(saved_view=first, by=adviser, name="VUE 1")
    saved_lists.delete_view(saved_view=first, by=adviser)
    with pytest.raises(SavedViewRefused):
        saved_lists.save_view(by=adviser, name="vue 1", key="mine")
    assert saved_lists.save_view(by=adviser, name="Une autre", key="mine").position == 1


@pytest.mark.parametrize("name", ["", " ", "\u200b", "x" * 41, "a\x00b"])
def test_a_name_that_is_none_is_refused(desk: Client, name: str) -> None:
    a_request()
    assert _save(desk, name, "mine").status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("constraint", "second"),
    [
        ("saved_views_of_a_person_have_names_of_their_own", {"position": 2, "name": "VUE"}),
        ("one_saved_view_a_place", {"position": 1, "name": "Autre"}),
        ("a_person_has_so_many_saved_views", {"position": 13, "name": "Autre"}),
        ("saved_views_have_a_name", {"position": 2, "name": ""}),
    ],
)
def test_the_database_holds_what_the_code_relies_on(
    adviser: User, constraint: str, second: dict[str, Any]
) -> None:
    SavedView.objects.create(owner=adviser, position=1, name="Vue", key="mine")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        SavedView.objects.create(owner=adviser, key="mine", **second)


def test_a_dozen_views_cost_as_many_queries_as_one(desk: Client, adviser: User) -> None:
    a_request()

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert _get(desk, QUEUE).status_code == 200
        return len(queries)

    cost()
    saved_lists.save_view(by=adviser, name="Une", key="first_line~topic-account_access")
    one = cost()
    for number in range(1, VIEWS_A_PERSON):
        saved_lists.save_view(by=adviser, name=f"Vue {number}", key="first_line~lang-de")
    assert cost() == one


def test_the_page_of_the_filter_shows_what_is_asked(desk: Client) -> None:
    a_request()
    page = _get(desk, reverse("requests_app:narrow"), view="answer~lang-de").content.decode()
    assert '<option value="de" selected>' in page
    assert 'name="view" value="answer~lang-de"' in page
