"""Bugs 3, 10 and 25: every page of the product, with hostile words in its data and its address."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from people.models import User
from tests.factories import NOW
from tests.reliability.every_address import a_stage, filters, looked_at
from tests.reliability.hostile_texts import MARKUP, SEARCHES
from tests.test_access import READ

pytestmark = pytest.mark.django_db

PAGES = sorted(name for name in READ if name not in {"healthz", "readyz"})
# Where somebody types what is looked for.
SEARCHED = {
    "requests_app:search": "adviser",
    "requests_app:queue": "adviser",
    "requests_app:find_members": "adviser",
}
RUNS = {"script", "iframe", "object", "embed", "base", "meta", "math", "style"}


@pytest.fixture(autouse=True)
def _in_the_pilot() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


class Elements(HTMLParser):
    """What a browser would make of a page, as far as it can run or load something."""

    def __init__(self) -> None:
        super().__init__()
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        for name, value in known.items():
            address = name in {"href", "src", "action", "formaction", "data", "hx-get", "hx-post"}
            runs = (value or "").strip().lower().startswith(("javascript:", "data:text", "//"))
            if name.startswith("on") or name == "style" or (address and runs):
                self.active.append(f"<{tag} {name}={value}>")
        if tag == "script" and not known.get("src"):
            self.active.append("<script>")
        if tag in RUNS and "evil" in str(known):
            self.active.append(f"<{tag} {known}>")


def _signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def _active(page: str) -> list[str]:
    elements = Elements()
    elements.feed(page)
    return elements.active


def test_bug_3_no_text_of_a_person_becomes_markup_on_any_page() -> None:
    everything = " ".join(MARKUP)
    stage = a_stage(name="<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
                    subject=MARKUP[3] + MARKUP[9] + MARKUP[24], body=everything)  # fmt: skip
    seen = ""
    for name in PAGES:
        for person in stage.may(name, post=False)[:1]:
            with transaction.atomic():
                answer = looked_at(_signed_in(person), stage.address(name))
                transaction.set_rollback(True)
            if answer["Content-Type"].startswith("text/html"):
                page = answer.content.decode()
                assert not _active(page), name
                assert "<script>alert" not in page
                seen += page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen
    assert "{{ 7|add:7 }}" in seen


@pytest.mark.parametrize("name", SEARCHED)
def test_bug_10_no_search_word_ends_a_query_or_a_pattern(name: str) -> None:
    stage = a_stage()
    adviser = stage.people["adviser"]
    assert adviser
    client = _signed_in(adviser)
    for word in SEARCHES:
        answer = looked_at(client, stage.address(name), dict.fromkeys(("q", "find", "sort"), word))
        assert answer.status_code < 500


def test_bug_10_no_word_of_an_address_reaches_the_database_as_more_than_a_word() -> None:
    stage = a_stage()
    assert {"page", "open", "q", "version"} <= filters()
    for name in PAGES:
        for person in stage.may(name, post=False)[:1]:
            with transaction.atomic():
                client, address = _signed_in(person), stage.address(name)
                for word in ("' OR 1=1--\\%", "\x00\ud800", "9" * 30):
                    words = dict.fromkeys(filters(), word)
                    assert looked_at(client, address, words).status_code < 500
                transaction.set_rollback(True)
