"""Who reads a balance, who publishes it, and whose words stand in it."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from branches.models import Pilot
from people.models import User
from reports.balance import drawing_up
from reports.balance_models import Balance
from tests.reports.balances import (
    LIST,
    NOW,
    drawn_up,
    page_of,
)

pytestmark = pytest.mark.usefixtures("balance")


@pytest.fixture
def by_manager(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def test_nobody_reads_what_is_not_published(client: Client, balance: Balance) -> None:
    for address in ("", "balance-fr.pdf", "balance-fr.xlsx", "monthly-fr.csv"):
        assert client.get(page_of(balance, public=True) + address).status_code == 404


def test_a_balance_that_is_withdrawn_is_closed_again(
    client: Client, balance: Balance, manager: User
) -> None:
    drawing_up.publish(balance=balance, by=manager, at=NOW)
    assert client.get(page_of(balance, public=True)).status_code == 200
    assert client.get(page_of(balance, public=True) + "balance-de.pdf").status_code == 200
    drawing_up.withdraw(balance=balance, by=manager)
    assert client.get(page_of(balance, public=True)).status_code == 404


def test_the_public_page_names_nobody_and_offers_nothing_to_press(
    client: Client, balance: Balance, manager: User
) -> None:
    drawing_up.publish(balance=balance, by=manager, at=NOW)
    public = client.get(page_of(balance, public=True)).content.decode()
    assert manager.name not in public
    assert f"{page_of(balance)}" not in public


def test_words_of_a_published_balance_stay(
    by_manager: Client, balance: Balance, manager: User
) -> None:
    drawing_up.publish(balance=balance, by=manager, at=NOW)
    response = by_manager.post(f"{page_of(balance)}words/", {"fr": "Plus tard"})
    assert response.status_code == 409
    assert "Plus tard" in response.content.decode()
    with pytest.raises(DatabaseError, match="a published balance is frozen"), transaction.atomic():
        Balance.objects.filter(pk=balance.pk).update(words={"fr": "Plus tard"})


@pytest.mark.parametrize("typed", ["x" * 4_001, "a\0b"])
def test_words_that_cannot_be_stored_are_kept_and_named(
    by_manager: Client, balance: Balance, typed: str
) -> None:
    response = by_manager.post(f"{page_of(balance)}words/", {"de": typed, "fr": "Bon"})
    assert response.status_code == 422
    assert "Bon" in response.content.decode()
    assert Balance.objects.get().words == {}


def test_words_of_a_language_without_any_are_the_french_ones(
    balance: Balance, manager: User
) -> None:
    drawing_up.write_words(balance=balance, words={"fr": "Merci", "nl": "  "}, by=manager)
    held = Balance.objects.get()
    assert held.words == {"fr": "Merci"}
    with translation.override("nl"):
        assert held.words_here == "Merci"


def test_the_pages_cost_the_same_for_one_balance_and_for_many(
    by_manager: Client,
    balance: Balance,
    pilot: Pilot,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    by_manager.get(LIST)
    with django_assert_num_queries(4) as listed:
        by_manager.get(LIST)
    with django_assert_num_queries(8) as read:
        by_manager.get(page_of(balance))
    for days in range(1, 4):
        drawn_up(pilot, at=NOW + timedelta(days=days))
    with django_assert_num_queries(len(listed)):
        by_manager.get(LIST)
    with django_assert_num_queries(len(read)):
        by_manager.get(page_of(balance))
