"""What colleagues and members do reaches an open desk without a reload."""

import re
from collections.abc import Callable
from secrets import token_hex

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.visits import Visitor, ask
from tests.browser.watching import Watch

pytestmark = pytest.mark.browser

# An open desk asks every 8 to 12 seconds.
SOON = 25_000  # milliseconds


@pytest.fixture
def member(visitor: Callable[..., Visitor]) -> Visitor:
    member = visitor()
    member.enter("member")
    return member


@pytest.fixture
def adviser(visitor: Callable[..., Visitor]) -> Visitor:
    adviser = visitor("en", viewport={"width": 1440, "height": 900})
    adviser.enter("adviser_first_line")
    return adviser


@pytest.fixture
def colleague(visitor: Callable[..., Visitor]) -> Visitor:
    colleague = visitor("en")
    colleague.enter("adviser_safeguarding")
    return colleague


def a_question(member: Visitor, about: str = "first_line") -> tuple[str, str]:
    """A subject that no other test has used, and the reference of its request."""
    subject = f"Wie lange noch {token_hex(3)}"
    return subject, ask(member, subject, about=about)


def row_of(page: Page, subject: str) -> Locator:
    return page.locator("a.item", has_text=subject)


def route(colleague: Visitor, reference: str) -> None:
    colleague.page.goto(f"/desk/{reference}/")
    colleague.page.locator(".routes [value=safeguarding]").click()
    colleague.shows("The request has its branch.")


def test_the_list_follows_colleagues_and_the_open_request_stays(
    member: Visitor, adviser: Visitor, colleague: Visitor
) -> None:
    page = adviser.page
    (first, first_reference), (second, second_reference) = (
        a_question(member, "dont_know") for _one in range(2)
    )
    adviser.open_from_queue(first, view="triage")
    for reference in (first_reference, second_reference):
        route(colleague, reference)
    # The second has left the list, the first is still being read: it says what happened.
    expect(row_of(page, second)).to_have_count(0, timeout=SOON)
    expect(page.locator("#news")).to_contain_text("Routed by")
    expect(page.locator("#case .tag.late")).to_be_visible()
    page.locator("#news a").click()
    expect(page.locator("#case .tag.late")).to_have_count(0)


def test_a_list_that_was_narrowed_just_now_follows_as_well(
    member: Visitor, adviser: Visitor, colleague: Visitor
) -> None:
    """It is none of the views on the left: nothing there is marked as the open one."""
    subject, reference = a_question(member)
    row = adviser.find_in_queue(subject, view="unassigned~lang-fr")
    expect(row).to_be_visible()
    expect(adviser.page.locator("#views [aria-current]")).to_have_count(0)
    colleague.page.goto(f"/desk/{reference}/")
    colleague.press("Take it")
    colleague.shows("You have this request now.")
    expect(row).to_have_count(0, timeout=SOON)


def test_a_row_becomes_unread_when_its_member_writes_and_read_when_it_opens(
    member: Visitor, adviser: Visitor
) -> None:
    page = adviser.page
    subject, reference = a_question(member)
    page.goto(f"/desk/{reference}/")
    adviser.press("Take it")
    adviser.shows("You have this request now.")
    row = adviser.find_in_queue(subject, view="mine")
    expect(row).not_to_have_class(re.compile("unread"))
    member.page.goto(f"/requests/{reference}/")
    member.page.locator("textarea[name=body]").fill("Je dois ajouter quelque chose.")
    member.page.locator("form:has(textarea[name=body]) button.primary").click()
    expect(member.page.locator(".prose", has_text="Je dois ajouter")).to_be_visible()
    expect(row).to_have_class(re.compile("unread"), timeout=SOON)
    expect(row.locator(".tag.new")).to_be_visible()
    row.click()
    expect(page.locator("#request")).to_have_attribute("data-reference", reference)
    expect(row).not_to_have_class(re.compile("unread"))


def test_a_fault_of_the_script_is_said_and_does_not_end_the_questions(
    adviser: Visitor, watch: Watch
) -> None:
    """An answer that cannot be put into the page: the console has it, and the next one comes."""
    watch.expected.append("TypeError")
    page, asked = adviser.page, []

    def answer_oddly(found: Route) -> None:
        asked.append(found.request.url)
        rows = '<ul class="items"><li data-reference="LG-0"></li></ul>'
        found.fulfill(body=f'<div data-part="views"></div><div data-part="list">{rows}</div>')

    page.route("**/desk/pulse/**", answer_oddly)
    for number in (1, 2):
        with page.expect_response("**/desk/pulse/**", timeout=SOON):
            pass
        assert len(asked) == number
    assert any("TypeError" in problem for problem in watch.problems)
