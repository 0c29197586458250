"""The desk on a telephone, and a call that is written down while it goes on."""

import re
from collections.abc import Callable
from secrets import token_hex

import pytest
from playwright.sync_api import expect

from demo.people_data import OFFERED_NAMES
from tests.browser.visits import Visitor, ask

pytestmark = pytest.mark.browser

# Large enough for a finger, as WCAG 2.2 counts: 24 CSS pixels at least.
TOO_SMALL = """
() => [...document.querySelectorAll("#request .actions button, #request .actions summary, a.item")]
  .filter((one) => one.checkVisibility() && !one.classList.contains("sr"))
  .filter((one) => one.getBoundingClientRect().height < 24)
  .map((one) => one.textContent.trim())
"""


def test_the_panes_follow_each_other_and_a_tap_acts(visitor: Callable[..., Visitor]) -> None:
    member = visitor()
    member.enter("member")
    subject = f"Du bout du doigt {token_hex(3)}"
    ask(member, subject, about="first_line")
    adviser = visitor(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    adviser.enter("adviser_first_line")
    page = adviser.page
    page.goto("/desk/")
    # One pane at a time: the list with its views, then the request alone.
    expect(page.locator("#views")).to_be_visible()
    expect(page.locator("#case")).to_be_hidden()
    page.locator("#views [data-view=first_line]").tap()
    page.wait_for_url(re.compile("view=first_line"))
    onwards = page.locator("#list [rel=next]")
    while onwards.count():
        with page.expect_navigation():
            onwards.tap()
    page.locator("a.item", has_text=subject).tap()
    expect(page.locator("#case h1", has_text=subject)).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()
    assert not page.evaluate(TOO_SMALL)
    adviser.button("Take it").tap()
    adviser.shows("You have this request now.")
    page.locator("textarea[name=body]").fill("Réponse du téléphone.")
    adviser.button("Send").tap()
    adviser.shows("Your answer is sent.")
    page.locator("details.act[data-act=close] summary").tap()
    page.locator("select[name=close-reason]").select_option("answered")
    adviser.button("Close the request").tap()
    adviser.shows("The request is closed.")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    if page.locator("#request").count():
        page.locator(".back a").tap()
    expect(page.locator("#list")).to_be_visible()
    expect(page.locator("a.item", has_text=subject)).to_have_count(0)


def test_a_call_is_logged_and_answered_in_a_few_steps(visitor: Callable[..., Visitor]) -> None:
    adviser = visitor()
    adviser.enter("adviser_first_line")
    page, subject = adviser.page, f"Au téléphone {token_hex(3)}"
    page.goto("/desk/calls/new/")
    if adviser.button("Start again").count():
        adviser.press("Start again")
    # Where one types first is where the cursor stands.
    expect(page.locator("input[name=find]")).to_be_focused()
    page.keyboard.type(OFFERED_NAMES["member"].lower()[:11])
    found = page.locator("#found input[name=member]")
    expect(found).to_have_count(1)
    expect(found).to_be_checked()
    page.locator("input[name=subject]").fill(subject)
    page.locator("textarea[name=body]").fill("Demande une attestation.")
    page.locator("textarea[name=answer]").fill("Envoyée à l'instant.")
    page.locator("button.primary.large").click()
    # Answered and closed at once, with a trace of both.
    expect(page.get_by_role("heading", name=subject)).to_be_visible()
    expect(page.locator(".prose", has_text="Envoyée à l'instant.")).to_be_visible()
    expect(page.locator("#case header")).to_contain_text(adviser.words("Closed"))
