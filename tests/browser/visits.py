"""What people do in their browsers, in the words of the pages."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Locator, Page, expect


def words(text: str, language: str = "fr", **values: object) -> str:
    """The text as a page in that language shows it."""
    with translation.override(language):
        return gettext(text) % values if values else gettext(text)


@dataclass(frozen=True)
class Mail:
    subject: str
    body: str

    @property
    def link(self) -> str:
        """The only address in it."""
        (address,) = re.findall(r"http://\S+", self.body)
        return str(address)


@dataclass(frozen=True)
class Visitor:
    """One person with one page. What is offered by name is asked for in `language`."""

    page: Page
    language: str = "fr"

    def words(self, text: str, **values: object) -> str:
        return words(text, self.language, **values)

    def enter(self, account: str) -> None:
        """By the start page of the demo, and then in the language of this visitor."""
        self.page.goto("/demo/")
        self.page.locator(f"button[name=account][value={account}]").click()
        # Whoever presses keys at once must find the scripts of the page at work.
        self.page.wait_for_url(re.compile(r"^https?://[^/]+/(?!demo/)"))
        if account != "administrator":
            self.speak()

    def speak(self) -> None:
        """Other tests have used the same account, perhaps in another language."""
        button = self.page.locator(f"button[name=language][value={self.language}]")
        if not button.get_attribute("aria-current"):
            button.click()
            expect(self.page.locator("html")).to_have_attribute("lang", self.language)
            self.page.wait_for_load_state()

    def button(self, text: str, within: Locator | None = None, **values: object) -> Locator:
        name = self.words(text, **values)
        return (within or self.page.locator("main")).get_by_role("button", name=name, exact=True)

    def press(self, text: str, within: Locator | None = None, **values: object) -> None:
        self.button(text, within, **values).click()

    def follow(self, text: str) -> None:
        self.page.get_by_role("link", name=self.words(text), exact=True).first.click()

    def shows(self, text: str, **values: object) -> None:
        expect(self.page.locator("body")).to_contain_text(self.words(text, **values))

    def mails(self, to: str) -> list[Mail]:
        """The mailbox of an address, newest first, looked at in another tab."""
        tab = self.page.context.new_page()
        tab.goto(f"/demo/mail/?to={to}")
        found = [
            Mail(article.locator("h2").inner_text(), article.locator(".prose").inner_text())
            for article in tab.locator("article").all()
        ]
        tab.close()
        return found

    def find_in_queue(self, subject: str, view: str = "") -> Locator:
        """Leaf through the queue, the oldest first, until the request is there."""
        self.page.goto(f"/desk/?view={view}")
        item = self.page.locator("a.item", has_text=subject)
        onwards = self.page.locator("nav.pages a[rel=next]")
        while not item.count() and onwards.count():
            onwards.click()
        return item

    def open_from_queue(self, subject: str, view: str = "") -> None:
        self.find_in_queue(subject, view).click()
        expect(self.page.get_by_role("heading", name=subject)).to_be_visible()


def ask(visitor: Visitor, subject: str, **more: Any) -> str:
    """Send a request as a member, and give its reference."""
    fill_request(visitor, subject=subject, body="Bonjour, pouvez-vous m'aider ?", **more)
    visitor.press("Send my request")
    return reference_on(visitor)


def reference_on(visitor: Visitor) -> str:
    """The reference on the receipt."""
    (reference,) = re.findall(r"[A-Z]{2}-\d+", visitor.page.locator(".receipt").inner_text())
    return str(reference)


def fill_request(visitor: Visitor, *, subject: str, body: str, **more: Any) -> None:
    """The form of a new request, from a clean page. `about` is a branch, `topic` one of its."""
    page = visitor.page
    page.goto("/requests/new/")
    if visitor.button("Start again").count():
        visitor.press("Start again")
    about = more.get("about", "first_line")
    page.locator(f"label:has(input[name=about][value={about}])").click()
    if topic := more.get("topic"):
        page.locator(f"select[name=topic_{about}]").select_option(topic)
    page.locator("input[name=subject]").fill(subject)
    page.locator("textarea[name=body]").fill(body)
