"""Two advisers at the same request: one wins, the other loses no word."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.visits import Visitor, ask

pytestmark = pytest.mark.browser


@pytest.fixture
def reference(visitor: Callable[..., Visitor]) -> str:
    member = visitor()
    member.enter("member")
    return ask(member, "Qui me répond le plus vite ?")


@pytest.fixture
def two(visitor: Callable[..., Visitor], reference: str) -> list[Visitor]:
    """Both have opened the request before either of them acts."""
    advisers = [visitor(), visitor()]
    for adviser, branch in zip(advisers, ("first_line", "safeguarding"), strict=True):
        adviser.enter(f"adviser_{branch}")
        adviser.page.goto(f"/desk/{reference}/")
    return advisers


def test_of_two_who_take_a_request_one_has_it_and_the_other_is_told(two: list[Visitor]) -> None:
    winner, loser = two
    winner.press("Take it")
    winner.shows("You have this request now.")
    loser.press("Take it")
    expect(loser.page.locator(".alert.error[role=alert]")).to_be_visible()
    loser.page.reload()
    expect(loser.button("Take it")).to_be_hidden()


def test_who_answers_second_is_told_and_finds_the_text_again(
    two: list[Visitor], reference: str
) -> None:
    winner, loser = two
    loser.page.locator("textarea[name=body]").fill("Ma réponse, écrite en même temps 🙂")
    winner.page.locator("textarea[name=body]").fill("Voici la réponse.")
    winner.press("Send")
    winner.shows("Your answer is sent.")
    loser.press("Send")
    expect(loser.page.locator(".alert.error[role=alert]")).to_be_visible()
    loser.shows("What you typed is kept below.")
    expect(loser.page.locator(".prose", has_text="Voici la réponse.")).to_be_visible()
    expect(loser.page.locator("textarea[name=body]")).to_have_value(
        "Ma réponse, écrite en même temps 🙂"
    )
    winner.page.goto(f"/desk/{reference}/")
    expect(winner.page.locator(".said.adviser")).to_have_count(1)
