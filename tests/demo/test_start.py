"""The start page: whom one may become, and nobody else."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from demo.accounts import ACCOUNTS
from people.models import User
from people.roles import Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ENTER = "/demo/enter/"


@pytest.fixture
def manager() -> User:
    return UserFactory(email="direction@demo.example", role=Role.MANAGER, name="Zoé N'Dongala")


def test_an_empty_demo_says_how_to_fill_it(client: Client) -> None:
    assert "manage.py load_demo" in client.get("/demo/").content.decode()


def test_each_card_names_the_person_and_links_lead_to_the_mailbox(
    client: Client, manager: User
) -> None:
    page = client.get("/demo/").content.decode()
    assert "Zoé N&#x27;Dongala" in page
    assert reverse("demo:mail") in page


def test_entering_signs_in_with_a_new_session_and_goes_home(client: Client, manager: User) -> None:
    session = client.session
    session.save()
    before = str(session.session_key)
    client.cookies["session"] = before
    response = client.post(ENTER, {"account": "manager"})
    assert response.headers["Location"] == reverse("home")
    assert client.session["_auth_user_id"] == str(manager.pk)
    assert client.session.session_key != before


def test_entering_as_somebody_else_leaves_nothing_of_the_first(
    client: Client, manager: User
) -> None:
    client.force_login(UserFactory(email="other@demo.example"))
    client.session["left"] = "behind"
    client.post(ENTER, {"account": "manager"})
    assert client.session["_auth_user_id"] == str(manager.pk)
    assert "left" not in client.session


@pytest.mark.parametrize(
    "account", ["", "manager ", "other@demo.example", "direction@demo.example", "1", "\x00"]
)
def test_only_offered_accounts_may_be_entered(client: Client, manager: User, account: str) -> None:
    UserFactory(email="other@demo.example")
    assert client.post(ENTER, {"account": account}).status_code == 404
    assert "_auth_user_id" not in client.session


def test_an_offered_account_that_may_not_sign_in_is_not_offered(
    client: Client, manager: User
) -> None:
    User.objects.filter(pk=manager.pk).update(is_active=False)
    assert client.post(ENTER, {"account": "manager"}).status_code == 404


def test_a_link_alone_signs_nobody_in(client: Client, manager: User) -> None:
    assert client.get(ENTER, {"account": "manager"}).status_code == 405


def test_a_foreign_site_cannot_sign_anybody_in(manager: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(ENTER, {"account": "manager"}).status_code == 403


def test_the_accounts_differ() -> None:
    assert len({account.key for account in ACCOUNTS}) == len(ACCOUNTS) == 9
    assert len({account.email for account in ACCOUNTS}) == 9


def test_the_start_page_asks_the_same_of_the_database_for_any_number_of_accounts(
    client: Client, manager: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        client.get("/demo/")
    for account in ACCOUNTS[:5]:
        UserFactory(email=account.email)
    with django_assert_num_queries(2):
        client.get("/demo/")
