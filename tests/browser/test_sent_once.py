"""Impatient hands, lost connections, and the way back: one request, and no word lost."""

from collections.abc import Callable
from secrets import token_hex

import pytest
from playwright.sync_api import Route, expect

from tests.browser.visits import Visitor, fill_request
from tests.browser.watching import Watch

pytestmark = pytest.mark.browser

BODY = "Ein längerer Text mit Umlauten: äöüß – und einem Zeichen 🎻."


@pytest.fixture
def member(visitor: Callable[..., Visitor]) -> Visitor:
    member = visitor("de")
    member.enter("member_de")
    return member


@pytest.fixture
def subject() -> str:
    """Told apart from what other tests have sent from the same account."""
    return f"Nur einmal {token_hex(3)}"


def expect_one(member: Visitor, subject: str) -> None:
    member.page.goto("/requests/")
    expect(member.page.locator(".subject", has_text=subject)).to_have_count(1)


def test_a_double_click_sends_one_request(member: Visitor, subject: str) -> None:
    fill_request(member, subject=subject, body=BODY)
    member.button("Send my request").dblclick()
    expect(member.page.locator(".receipt")).to_be_visible()
    expect_one(member, subject)


def test_a_retry_after_a_lost_answer_sends_one_request(
    member: Visitor, watch: Watch, subject: str
) -> None:
    arrived: list[int] = []

    def cut_the_answer(route: Route) -> None:
        """The server has stored the request; its answer never arrives."""
        if route.request.method == "POST" and not arrived:
            arrived.append(route.fetch(max_redirects=0).status)
            route.abort("connectionreset")
        else:
            route.continue_()

    watch.expected.append("ERR_CONNECTION_RESET")
    fill_request(member, subject=subject, body=BODY)
    member.page.route("**/requests/new/", cut_the_answer)
    member.press("Send my request")
    member.page.wait_for_url("chrome-error://**")
    assert arrived == [302]
    # The browser offers to send the form again, and the member does.
    member.page.reload()
    expect(member.page.locator(".receipt")).to_be_visible()
    expect_one(member, subject)


def test_a_draft_survives_a_reload(member: Visitor, subject: str) -> None:
    fill_request(member, subject=subject, body=BODY)
    expect(member.page.locator(".draft-status")).not_to_be_empty()
    member.page.reload()
    expect(member.page.locator("input[name=subject]")).to_have_value(subject)
    expect(member.page.locator("textarea[name=body]")).to_have_value(BODY)
    member.press("Start again")
    expect(member.page.locator("textarea[name=body]")).to_be_empty()


def test_the_way_back_keeps_what_was_typed(member: Visitor, subject: str) -> None:
    fill_request(member, subject=subject, body=BODY)
    # At once: the draft has had no time to save itself.
    member.page.goto("/requests/")
    member.page.go_back()
    expect(member.page.locator("textarea[name=body]")).to_have_value(BODY)
    expect(member.page.locator("input[name=subject]")).to_have_value(subject)
