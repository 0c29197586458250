"""A drawn member answers on a phone, in German, by thumb and by keyboard alone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.addresses import survey_links
from tests.browser.visits import Visitor
from tests.browser.watching import Watch

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# Each test takes an invitation of its own: an answer spends it.
BY_THUMB, BY_KEYBOARD, WITHOUT_SCRIPT, WITHOUT_CONTACT, BACK = range(5)


def invitation(visitor: Visitor, number: int) -> str:
    """The link in one of the invitations that the demo has sent."""
    return survey_links(visitor.page)[number]


def choose(page: Page, code: str, value: str) -> None:
    page.locator(f"label.step:has(input[name={code}][value='{value}'])").click()


def test_by_thumb_in_german_stopping_and_going_on(visitor: Callable[..., Visitor]) -> None:
    member = visitor("de", **PHONE)
    page = member.page
    link = invitation(member, BY_THUMB)
    page.goto(link + "?language=de")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("h1")).to_have_text(
        member.words("How did we support you in the past month?")
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    choose(page, "contact", "1")
    choose(page, "m1", "4")
    expect(page.locator("#progress-words")).to_have_text("1 von 7")
    expect(page.locator("#kept")).to_have_text(member.words("Kept"))
    # Stop here; the same link goes on, in another browser.
    other = visitor("de", **PHONE)
    other.page.goto(link + "?language=de")
    expect(other.page.locator("input[name=m1][value='4']")).to_be_checked()
    choose(other.page, "m2", "na")
    other.press("Send my answer")
    other.shows("Thank you")
    # The first tab is still open: its answer is not taken twice.
    page.locator("textarea[name=comment]").fill("Noch etwas")
    member.press("Send my answer")
    member.shows("Thank you")
    expect(page.locator("textarea.unsent")).to_have_value(re.compile("Noch etwas"))


def test_back_after_sending_offers_no_second_answer(visitor: Callable[..., Visitor]) -> None:
    member = visitor("de", **PHONE)
    page = member.page
    page.goto(invitation(member, BACK) + "?language=de")
    choose(page, "contact", "1")
    choose(page, "m1", "5")
    member.press("Send my answer")
    member.shows("Thank you")
    page.go_back()
    # The form is not brought back from memory: the page is asked for again, and knows.
    member.shows("Thank you")
    expect(page.locator("form.survey")).to_have_count(0)
    expect(page.locator("textarea")).to_have_count(0)
    page.reload()
    member.shows("You may close this page.")


def test_without_contact_only_one_question_is_left(visitor: Callable[..., Visitor]) -> None:
    member = visitor("de", **PHONE)
    page = member.page
    page.goto(invitation(member, WITHOUT_CONTACT) + "?language=de")
    choose(page, "contact", "2")
    expect(page.locator("fieldset.numbered:visible")).to_have_count(1)
    expect(page.locator("#progress-words")).to_have_text("0 von 1")


def test_by_keyboard_alone(visitor: Callable[..., Visitor]) -> None:
    member = visitor("de")
    page = member.page
    page.goto(invitation(member, BY_KEYBOARD) + "?language=de")
    page.locator("input[name=contact]").first.focus()
    page.keyboard.press("Space")
    for _question in range(7):
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        outline = "getComputedStyle(document.activeElement.closest('label')).outlineStyle"
        assert page.evaluate(outline) != "none"
    expect(page.locator("#progress-words")).to_have_text("7 von 7")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    member.shows("Thank you")


def test_without_a_script_and_never_again(visitor: Callable[..., Visitor], watch: Watch) -> None:
    member = visitor("fr", java_script_enabled=False)
    page = member.page
    link = invitation(member, WITHOUT_SCRIPT)
    page.goto(link + "?language=fr")
    page.locator("input[name=m1][value='5']").check()
    page.locator("button[name=language][value=nl]").click()
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    expect(page.locator("input[name=m1][value='5']")).to_be_checked()
    page.goto(link + "?language=fr")
    member.press("Never ask me again")
    member.shows("You will not be asked again")
    watch.expected.append("404: GET")
    page.goto(link.rstrip("/")[:-4] + "/")
    member.shows("This link does not exist")
