"""The balance, once drawn up: nothing changes it any more."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from branches.models import Pilot
from reports.balance import content as contents
from reports.balance import drawing_up
from reports.balance_models import Balance
from tests.reports.balances import (
    NOW,
    OVER,
    drawn_up,
    figures_of,
    said_in,
)
from tests.reports.conftest import Arrive

pytestmark = pytest.mark.usefixtures("balance")


def test_two_workers_draw_it_up_once(balance: Balance) -> None:
    assert not drawing_up.draw_up(balance.pk, at=NOW + timedelta(hours=1))
    assert Balance.objects.get().computed_at == NOW


def test_the_next_balance_has_the_next_number(balance: Balance, pilot: Pilot) -> None:
    assert drawn_up(pilot, at=NOW + timedelta(days=1)).number == balance.number + 1


def test_a_balance_of_a_running_pilot_is_provisional(balance: Balance) -> None:
    assert balance.is_provisional
    assert "This balance is provisional" in said_in(balance)


@pytest.mark.parametrize(
    "change",
    [
        {"content": {}},
        {"digest": "other"},
        {"cut_off": OVER},
        {"is_provisional": False},
        {"number": 9},
        {"key": "other"},
    ],
)
def test_the_database_refuses_to_change_a_balance(
    balance: Balance, change: dict[str, object]
) -> None:
    with pytest.raises(DatabaseError, match="a balance is frozen"), transaction.atomic():
        Balance.objects.filter(pk=balance.pk).update(**change)


def test_the_database_keeps_every_balance_and_its_pictures(balance: Balance) -> None:
    with pytest.raises(DatabaseError, match="a balance is kept"), transaction.atomic():
        Balance.objects.filter(pk=balance.pk)._raw_delete("default")
    balance.pictures.create(name="first-response", size="wide", language="fr", svg="<svg/>")
    with pytest.raises(DatabaseError, match="are frozen"), transaction.atomic():
        balance.pictures.update(svg="<svg></svg>")


def test_the_digest_is_that_of_the_figures(balance: Balance) -> None:
    assert balance.digest == contents.digest_of(balance.content)
    changed = figures_of(balance) | {"schema": 0}
    assert contents.digest_of(changed) != balance.digest


def test_late_entries_do_not_change_what_was_said(balance: Balance, arrive: Arrive) -> None:
    before = said_in(balance)
    arrive("2023-07-04T09:00", "2023-07-05T09:00")
    assert said_in(Balance.objects.get()) == before
