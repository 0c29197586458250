"""A slash in the reply finds a saved answer: by keys alone, by mouse, and never costs a word."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import Visitor, ask

pytestmark = pytest.mark.browser


@pytest.fixture
def adviser(visitor: Callable[..., Visitor]) -> Visitor:
    member, adviser = visitor(), visitor()
    member.enter("member")
    reference = ask(member, "Je ne retrouve plus mon compte")
    adviser.enter("adviser_first_line")
    adviser.page.goto(f"/desk/{reference}/")
    return adviser


@pytest.fixture
def page(adviser: Visitor) -> Page:
    return adviser.page


def test_a_slash_and_a_word_insert_an_answer_from_the_keyboard(page: Page) -> None:
    body = page.locator("textarea[name=body]")
    page.keyboard.press("r")
    expect(body).to_be_focused()
    page.keyboard.type("D'accord.\n/")
    combobox = page.get_by_role("combobox")
    expect(combobox).to_be_focused()
    expect(page.locator("#saved-list [role=option]").first).to_be_visible()
    # Without its accent: “acces” finds “accès”.
    page.keyboard.type("acces compte")
    expect(page.locator("#saved-list [role=option]:visible")).to_have_count(1)
    chosen = page.locator("#saved-list [aria-selected=true]")
    expect(combobox).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    page.keyboard.press("Enter")
    expect(body).to_be_focused()
    text = body.input_value()
    assert text.startswith("D'accord.\nBonjour ")
    assert "{" not in text
    # It is typed text like any other: it saves itself.
    expect(page.locator("#reply .draft-status")).not_to_be_empty()


def test_escape_leaves_what_was_typed_as_text(page: Page) -> None:
    body = page.locator("textarea[name=body]")
    body.focus()
    page.keyboard.type("/")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("etc")
    page.keyboard.press("Escape")
    expect(body).to_be_focused()
    expect(body).to_have_value("/etc")
    page.keyboard.type("/hosts 1/2")
    expect(body).to_have_value("/etc/hosts 1/2")


def test_arrows_go_round_the_list_and_the_mouse_chooses(adviser: Visitor, page: Page) -> None:
    page.locator("[data-saved-button]").click()
    options = page.locator("#saved-list [role=option]:visible")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    options.nth(1).click()
    expect(page.locator(".saved-panel")).to_be_hidden()
    expect(page.locator("textarea[name=body]")).not_to_be_empty()
