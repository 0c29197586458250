"""A document is asked for, handed in, sent back, handed in again and checked: the real product."""

from collections.abc import Callable
from secrets import token_hex

import pytest
from playwright.sync_api import expect

from demo.files import small_pdf
from tests.browser.test_journey import wait_for_mail
from tests.browser.visits import Visitor, ask

pytestmark = pytest.mark.browser

CONTRACT = {
    "name": "contrat.pdf",
    "mimeType": "application/pdf",
    "buffer": small_pdf("Contrat du 3 juin"),
}


def hand_in(member: Visitor, reference: str, number: int = 1) -> None:
    """On the page of the request, in the form of the document of this number."""
    member.page.goto(f"/requests/{reference}/#asked-{number}")
    box = member.page.locator(f"#asked-{number}")
    box.locator("input[type=file]").set_input_files([CONTRACT])
    box.locator("button.primary").click()
    member.shows("Your document has arrived. We tell you when it is checked.")


def mail_about(member: Visitor, subject: str, reference: str) -> None:
    mail = wait_for_mail(member, member.words(subject, reference=reference))
    assert mail.link.endswith(f"/requests/{reference}/#asked-1")
    assert "ontrat" not in mail.body


def open_the_review(adviser: Visitor, reference: str) -> None:
    """By the keys alone: g d opens the view; its rows are walked with j."""
    adviser.page.keyboard.press("g")
    with adviser.page.expect_navigation():
        adviser.page.keyboard.press("d")
    row = adviser.page.locator(f'li[data-reference="{reference}.1"] a.item')
    row.press("Enter")
    expect(adviser.page.locator(".review")).to_have_attribute("data-reference", reference)


def the_viewer_is_there(adviser: Visitor) -> None:
    """Chromium has given the PDF to its own viewer, which is a page of the browser itself."""
    page = adviser.page
    expect(page.locator(".sheet iframe").first).to_be_visible()
    for _attempt in range(40):
        if any(frame.url.startswith("chrome-extension://") for frame in page.frames):
            return
        page.wait_for_timeout(250)
    raise AssertionError([frame.url for frame in page.frames])


def test_a_document_goes_back_and_forth_until_it_is_checked(
    visitor: Callable[..., Visitor],
) -> None:
    member, adviser = visitor(), visitor("en", viewport={"width": 1440, "height": 900})
    member.enter("member")
    adviser.enter("adviser_first_line")
    subject = f"Document attendu {token_hex(3)}"
    reference = ask(member, subject, about="first_line")

    adviser.page.goto(f"/desk/{reference}/")
    adviser.page.keyboard.press("d")
    # The menu tells the keys that it is open: the letter after it is meant for the menu.
    expect(adviser.page.locator("select[name=ask_document-kind]")).to_be_focused()
    adviser.page.keyboard.press("a")
    with adviser.page.expect_navigation():
        adviser.page.keyboard.press("Enter")
    adviser.shows("The member is asked for the document.")
    mail_about(member, "We need a document for your request %(reference)s", reference)
    member.page.goto("/requests/")
    member.shows("Documents that we wait for")
    hand_in(member, reference)

    open_the_review(adviser, reference)
    the_viewer_is_there(adviser)
    adviser.page.keyboard.press("x")
    expect(adviser.page.locator("details.act[open] select")).to_be_focused()
    adviser.page.keyboard.press("a")
    with adviser.page.expect_navigation():
        adviser.page.keyboard.press("Enter")
    adviser.shows("The document goes back to the member.")
    mail_about(member, "A document of your request %(reference)s is to be corrected", reference)

    # The second time in a browser that runs no script.
    plain = visitor(java_script_enabled=False)
    plain.enter("member")
    plain.page.goto(f"/requests/{reference}/")
    plain.shows("It cannot be read well")
    hand_in(plain, reference)

    open_the_review(adviser, reference)
    with adviser.page.expect_navigation():
        adviser.page.keyboard.press("c")
    adviser.shows("The document is checked.")
    mail_about(member, "A document of your request %(reference)s is checked", reference)
    member.page.goto(f"/requests/{reference}/")
    expect(member.page.locator("#asked-1 .tag")).to_have_text(member.words("Checked"))
