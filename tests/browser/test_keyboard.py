"""The desk by keyboard alone, and what colleagues do while one reads."""

import re
from collections.abc import Callable
from secrets import token_hex

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import Visitor, ask

pytestmark = pytest.mark.browser

FOCUS_IS_SEEN = "getComputedStyle(document.activeElement).outlineStyle !== 'none'"


@pytest.fixture
def subjects() -> list[str]:
    """Told apart from what other tests have sent."""
    return [f"{what} {token_hex(3)}" for what in ("Erste Frage", "Zweite Frage")]


@pytest.fixture
def references(visitor: Callable[..., Visitor], subjects: list[str]) -> list[str]:
    """Two requests without a branch."""
    member = visitor()
    member.enter("member")
    return [ask(member, subject, about="dont_know") for subject in subjects]


@pytest.fixture
def adviser(visitor: Callable[..., Visitor], references: list[str]) -> Visitor:
    adviser = visitor("en", viewport={"width": 1440, "height": 900})
    adviser.enter("adviser_first_line")
    assert references
    return adviser


def keys(page: Page, *pressed: str) -> None:
    """One after the other, each when the scripts of the page that it is meant for have run."""
    for key in pressed:
        page.wait_for_load_state()
        page.keyboard.press(key)


def is_open(page: Page, subject: str) -> None:
    """The heading of this request has the focus, and one sees it."""
    expect(page.locator("#case h1", has_text=subject)).to_be_focused()
    assert page.evaluate(FOCUS_IS_SEEN)


def walk_to(page: Page, subject: str) -> None:
    """To the last page and up the list, until the request is open: what is new stands below."""
    onwards = page.locator("#list [rel=next]")
    while onwards.count():
        with page.expect_navigation():
            onwards.press("Enter")
    while page.locator("#case h1").all_inner_texts() != [subject]:
        assert not page.locator("a.item").first.get_attribute("aria-current"), subject
        keys(page, "k")
        opened = page.locator("a.item[aria-current]").get_attribute("href")
        expect(page.locator("#request")).to_have_attribute(
            "data-reference", re.findall(r"[A-Z]{2}-\d+", opened)[0]
        )
    is_open(page, subject)


def go(page: Page, letter: str, view: str) -> None:
    keys(page, "g", letter)
    page.wait_for_url(re.compile(f"view={view}"))
    page.wait_for_load_state()


def test_a_request_is_triaged_taken_answered_and_closed_by_keyboard_alone(
    adviser: Visitor, subjects: list[str], references: list[str]
) -> None:
    page = adviser.page
    go(page, "t", "triage")
    walk_to(page, subjects[0])
    assert f"/desk/{references[0]}/?view=triage" in page.url
    # One key after reading: routed, and the next one is open.
    keys(page, "2")
    adviser.shows("The request has its branch.")
    is_open(page, subjects[1])
    keys(page, "Digit3")
    adviser.shows("The request has its branch.")
    go(page, "a", "answer")
    walk_to(page, subjects[0])
    keys(page, "a")
    adviser.shows("You have this request now.")
    is_open(page, subjects[0])
    keys(page, "u")
    adviser.shows("%(reference)s: undone.", reference=references[0])
    keys(page, "a")
    adviser.shows("You have this request now.")
    keys(page, "r")
    page.keyboard.type("Bonjour, j'ajoute une note au jury.")
    keys(page, "Control+Enter")
    adviser.shows("Your answer is sent.")
    go(page, "m", "mine")
    walk_to(page, subjects[0])
    expect(page.locator(".prose", has_text="Bonjour, j'ajoute une note au jury.")).to_be_visible()
    keys(page, "e")
    expect(page.locator("details.act[open] select")).to_be_focused()
    keys(page, "a", "Enter")
    adviser.shows("The request is closed.")


def test_a_request_is_transferred_by_keyboard_and_w_and_u_say_why_not(
    adviser: Visitor, subjects: list[str], references: list[str]
) -> None:
    page = adviser.page
    go(page, "t", "triage")
    walk_to(page, subjects[0])
    keys(page, "w")
    expect(page.locator("#said.toast")).to_have_text(adviser.words("This is not possible here."))
    keys(page, "u")
    expect(page.locator("#said.toast")).to_have_text(adviser.words("This cannot be undone."))
    keys(page, "2")
    adviser.shows("The request has its branch.")
    go(page, "a", "answer")
    walk_to(page, subjects[0])
    keys(page, "t")
    expect(page.locator("details.act[open] select[name=transfer-branch]")).to_be_focused()
    keys(page, "4", "a", "Enter")
    adviser.shows("The request is transferred.")
    assert f"/desk/{references[0]}/" not in page.url


def test_a_dialog_names_the_keys_and_escape_closes_it(adviser: Visitor) -> None:
    page = adviser.page
    keys(page, "?")
    expect(page.locator("dialog#keys")).to_be_visible()
    # Keys of the desk rest while it is open.
    keys(page, "j")
    expect(page.locator("#request")).to_have_count(0)
    keys(page, "Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()


def test_what_is_typed_is_no_command_and_is_kept_when_the_next_request_opens(
    adviser: Visitor, subjects: list[str]
) -> None:
    page = adviser.page
    go(page, "t", "triage")
    walk_to(page, subjects[0])
    keys(page, "n")
    page.keyboard.type("jkatweu?1")
    expect(page.locator("textarea[name=note]")).to_have_value("jkatweu?1")
    # At once, before the draft has saved itself.
    keys(page, "Escape", "j")
    is_open(page, subjects[1])
    keys(page, "k")
    is_open(page, subjects[0])
    expect(page.locator("textarea[name=note]")).to_have_value("jkatweu?1")
    page.locator("#reply button[name=discard]").click()


def test_the_list_follows_colleagues_and_the_open_request_stays(
    adviser: Visitor, visitor: Callable[..., Visitor], subjects: list[str], references: list[str]
) -> None:
    page = adviser.page
    go(page, "t", "triage")
    walk_to(page, subjects[0])
    colleague = visitor("en")
    colleague.enter("adviser_safeguarding")
    for reference in references:
        colleague.page.goto(f"/desk/{reference}/")
        colleague.page.locator(".routes [value=safeguarding]").click()
        colleague.shows("The request has its branch.")
    # The second has left the list, the first is still being read: it says what happened.
    expect(page.locator("a.item", has_text=subjects[1])).to_have_count(0, timeout=20_000)
    expect(page.locator("#news")).to_contain_text("Routed by")
    expect(page.locator("#case .tag.late")).to_be_visible()
    page.locator("#news a").click()
    expect(page.locator("#case .tag.late")).to_have_count(0)
