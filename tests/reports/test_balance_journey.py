"""From asking for a balance to reading it in public."""

import pytest
from django.test import Client

from branches.models import Pilot
from people.models import User
from reports import tasks
from reports.balance_models import Balance
from tests.reports.balances import (
    LIST,
    page_of,
    text,
)

pytestmark = pytest.mark.usefixtures("in_november", "asked")


@pytest.fixture
def by_manager(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def test_the_manager_asks_reads_adds_words_and_publishes(
    by_manager: Client, client: Client, pilot: Pilot, asked: list[str]
) -> None:
    by_manager.post(f"{LIST}ask/")
    assert asked == ["reports.tasks.draw_up_balances"]
    assert "Being computed" in text(by_manager, LIST)
    tasks.draw_up_balances()
    balance = Balance.objects.get()
    assert f'href="{page_of(balance)}"' in text(by_manager, LIST)
    by_manager.post(f"{page_of(balance)}words/", {"en": "We learnt <b>much</b>."})
    by_manager.post(f"{page_of(balance)}publish/")
    client.logout()
    client.cookies.load({"language": "en"})
    public = client.get(page_of(balance, public=True)).content.decode()
    assert "We learnt &lt;b&gt;much&lt;/b&gt;." in public
