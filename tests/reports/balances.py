"""Balances for the tests: drawn up, read as words, found by their address."""

import csv
import io
from datetime import date
from html import unescape
from typing import Any

from django.test import Client
from django.utils import translation

from branches.models import Pilot
from people.models import User
from reports.balance import drawing_up, files
from reports.balance.document import balance_document
from reports.balance_models import Balance
from reports.blocks import Bullets, Grid
from tests.reports.conftest import NOVEMBER, brussels

JULY = date(2023, 7, 1)
NOW = NOVEMBER
# Ten working days after the end of December.
OVER = brussels("2024-01-31T12:00")
LIST = "/pilot/balance/"


def drawn_up(pilot: Pilot, by: User | None = None, **at: Any) -> Balance:
    wish, _told = drawing_up.ask(pilot=pilot, at=at.get("at", NOW), by=by)
    assert drawing_up.draw_up(wish.pk, at=at.get("at", NOW))
    return Balance.objects.get(pk=wish.pk)


def figures_of(balance: Balance) -> dict[str, Any]:
    content: dict[str, Any] = balance.content or {}
    return content


def said_in(balance: Balance, language: str = "en") -> str:
    """Every word of the document outside its tables."""
    with translation.override(language):
        blocks = balance_document(balance).blocks
        texts = [block.text for block in blocks if hasattr(block, "text")]
        return "\n".join(
            texts + [item for b in blocks if isinstance(b, Bullets) for item in b.items]
        )


def grids_of(balance: Balance, language: str = "en") -> dict[str, Grid]:
    """Its tables by title."""
    with translation.override(language):
        blocks = balance_document(balance).blocks
    return {block.title: block for block in blocks if isinstance(block, Grid)}


def rows_of(balance: Balance, name: str) -> list[dict[str, str]]:
    made = files.file_of(balance, name=name, language="en", ending="csv").content
    return list(csv.DictReader(io.StringIO(made.decode("utf-8-sig")), delimiter=";"))


def page_of(balance: Balance, *, public: bool = False) -> str:
    return f"/balance/{balance.key}/" if public else f"/pilot/balance/{balance.key}/"


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(unescape(response.content.decode()).split())
