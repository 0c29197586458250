"""Every page works without a script: the member asks, the adviser answers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.visits import Visitor, ask
from tests.documents import A_PDF

pytestmark = pytest.mark.browser

SUBJECT = "Une question sans JavaScript"


@pytest.fixture
def plain(visitor: Callable[..., Visitor]) -> Callable[[], Visitor]:
    return lambda: visitor(java_script_enabled=False)


def test_a_member_asks_and_an_adviser_answers(plain: Callable[[], Visitor]) -> None:
    member, adviser = plain(), plain()
    member.enter("member")
    reference = ask(member, SUBJECT, about="first_line")
    adviser.enter("adviser_first_line")
    adviser.open_from_queue(SUBJECT)
    adviser.press("Take it")
    adviser.page.locator("textarea[name=body]").fill("Une réponse sans JavaScript.")
    adviser.press("Send and close")
    adviser.shows("Your answer is sent, and the request is closed.")
    member.page.goto(f"/requests/{reference}/")
    expect(member.page.locator(".prose", has_text="Une réponse sans JavaScript.")).to_be_visible()


def test_a_form_with_an_error_keeps_text_and_document(plain: Callable[[], Visitor]) -> None:
    member = plain()
    member.enter("member")
    page = member.page
    page.goto("/requests/new/")
    page.locator("textarea[name=body]").fill("Le sujet manque encore.")
    pdf = {"name": "devis.pdf", "mimeType": "application/pdf", "buffer": A_PDF}
    page.locator("input[name=documents]").set_input_files([pdf])
    member.press("Send my request")
    expect(page.locator("[role=alert]")).to_contain_text(
        member.words("Say in one sentence what you need.")
    )
    expect(page.locator("textarea[name=body]")).to_have_value("Le sujet manque encore.")
    expect(page.locator(".documents")).to_contain_text("devis.pdf")
    member.press("Start again")


def test_another_button_keeps_the_reply_and_the_list(plain: Callable[[], Visitor]) -> None:
    member, adviser = plain(), plain()
    member.enter("member")
    subject = "Le bouton d'à côté"
    reference = ask(member, subject, about="first_line")
    adviser.enter("adviser_first_line")
    page = adviser.page
    page.goto(f"/desk/{reference}/?view=first_line")
    page.locator("textarea[name=body]").fill("Une réponse à moitié")
    adviser.press("Take it")
    adviser.shows("You have this request now.")
    expect(page.locator("textarea[name=body]")).to_have_value("Une réponse à moitié")
    page.locator("textarea[name=note]").fill("Une note à moitié")
    page.locator("#reply").get_by_role(
        "button", name=adviser.words("Save the draft"), exact=True
    ).click()
    expect(page).to_have_url(re.compile(r"view=first_line"))
    expect(page.locator("textarea[name=body]")).to_have_value("Une réponse à moitié")
    expect(page.locator("textarea[name=note]")).to_have_value("Une note à moitié")
    page.locator("#reply button[name=discard]").click()
    expect(page.locator("textarea[name=body]")).to_be_empty()
