"""Whatever happens while somebody types, at the desk or in the member's form, no word is lost.

A page is asked for anew to see what the server has: what a browser fills in again is no proof.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stack import Product
from tests.browser.test_documents import hand_in
from tests.browser.visits import Visitor, ask
from tests.browser.watching import Watch
from tests.documents import A_PDF

pytestmark = pytest.mark.browser

PATIENCE = 40_000  # milliseconds: longer than any pause between two attempts


@dataclass(frozen=True)
class Writing:
    """Somebody who writes: on which page, in which box."""

    who: Visitor
    account: str
    address: str
    box: str = "textarea[name=body]"

    @property
    def page(self) -> Page:
        return self.who.page

    @property
    def status(self) -> Locator:
        """Of the form in which the box stands."""
        return self.page.locator(f"form:has({self.box}) .draft-status")

    def types(self, text: str) -> None:
        """In one go: the draft has had no time to save itself."""
        self.page.locator(self.box).fill(text)

    def finds(self, text: str) -> None:
        expect(self.page.locator(self.box)).to_have_value(text)

    def comes_back_to(self, text: str) -> None:
        """On the page as the server gives it now; what was sent while one left may still arrive."""
        for _attempt in range(20):
            self.page.goto(self.address)
            if self.page.locator(self.box).input_value() == text:
                return
            self.page.wait_for_timeout(250)
        self.finds(text)

    def starts_again(self) -> None:
        self.page.goto(self.address)
        discard = self.page.locator("button[name=discard]").first
        if discard.count():
            discard.click()


@pytest.fixture
def member(visitor: Callable[..., Visitor]) -> Writing:
    """In the form of a new request."""
    somebody = visitor()
    somebody.enter("member")
    writing = Writing(somebody, "member", "/requests/new/")
    writing.starts_again()
    writing.page.goto(writing.address)
    return writing


@pytest.fixture
def adviser(visitor: Callable[..., Visitor]) -> Writing:
    """In the reply to a request of the first line, beside the list of its branch."""
    sender, somebody = visitor(), visitor(viewport={"width": 1440, "height": 900})
    sender.enter("member")
    reference = ask(sender, f"Pas un mot perdu {token_hex(3)}", about="first_line")
    somebody.enter("adviser_first_line")
    writing = Writing(somebody, "adviser_first_line", f"/desk/{reference}/?view=first_line")
    writing.page.goto(writing.address)
    return writing


@pytest.fixture(params=["member", "adviser"])
def writing(request: pytest.FixtureRequest) -> Writing:
    writing: Writing = request.getfixturevalue(request.param)
    return writing


def reference_of(writing: Writing) -> str:
    (reference,) = re.findall(r"[A-Z]{2}-\d+", writing.address)
    return str(reference)


def test_who_leaves_at_once_finds_every_word(writing: Writing) -> None:
    page = writing.page
    writing.types("Rechargé 🙂")
    page.reload()
    writing.finds("Rechargé 🙂")
    writing.comes_back_to("Rechargé 🙂")
    # By a link of the page, and back.
    writing.types("Suivi d'un lien")
    page.locator("a.brand").click()
    page.wait_for_url(lambda url: not url.endswith(writing.address))
    page.go_back()
    writing.finds("Suivi d'un lien")
    writing.comes_back_to("Suivi d'un lien")
    # By an address that is typed, and by closing the tab.
    writing.types("Parti ailleurs")
    page.goto("/privacy/")
    writing.comes_back_to("Parti ailleurs")
    writing.types("Onglet fermé")
    tab = page.context.new_page()
    page.close(run_before_unload=True)
    Writing(Visitor(tab), writing.account, writing.address).comes_back_to("Onglet fermé")
    Writing(Visitor(tab), writing.account, writing.address).starts_again()


def test_the_tab_remembers_what_the_server_did_not_get_in_time(
    writing: Writing, watch: Watch
) -> None:
    watch.expected.append("net::ERR_FAILED")
    page = writing.page
    address = re.compile(re.escape(str(writing.status.get_attribute("data-draft"))) + "$")
    page.route(address, lambda route: route.abort())
    writing.types("Parti trop vite\nsur deux lignes")
    page.reload()
    writing.finds("Parti trop vite\nsur deux lignes")
    # It is not a memory only: the server gets it as soon as it can.
    page.unroute(address)
    writing.types("Parti trop vite, enfin gardé")
    expect(writing.status).to_contain_text(re.compile(r"\d\d:\d\d"), timeout=PATIENCE)
    assert not page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('left '))")
    tab = page.context.new_page()
    elsewhere = Writing(Visitor(tab), writing.account, writing.address)
    elsewhere.comes_back_to("Parti trop vite, enfin gardé")
    writing.starts_again()
    writing.finds("")


def test_the_next_to_sign_in_finds_nothing_of_the_former(adviser: Writing, watch: Watch) -> None:
    watch.expected.append("net::ERR_FAILED")
    page = adviser.page
    page.route(re.compile("/draft/$"), lambda route: route.abort())
    adviser.types("Seulement pour moi")
    page.goto("/demo/")
    page.locator("button[name=account][value=adviser_safeguarding]").click()
    page.goto(adviser.address)
    adviser.finds("")
    page.goto("/demo/")
    page.locator("button[name=account][value=adviser_first_line]").click()
    page.goto(adviser.address)
    adviser.finds("Seulement pour moi")


def test_keys_of_the_desk_lose_no_word(adviser: Writing) -> None:
    page = adviser.page
    adviser.types("Juste avant une autre vue")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.wait_for_url(re.compile("view=mine"))
    adviser.comes_back_to("Juste avant une autre vue")
    adviser.starts_again()


def test_a_chosen_file_is_kept_before_a_link_is_followed(adviser: Writing) -> None:
    page = adviser.page
    pdf = {"name": "modèle.pdf", "mimeType": "application/pdf", "buffer": A_PDF}
    page.locator("input[name=documents]").set_input_files([pdf])
    adviser.types("Avec sa pièce jointe")
    page.locator("#views [data-view=mine]").click()
    page.wait_for_url(re.compile("view=mine"))
    adviser.comes_back_to("Avec sa pièce jointe")
    expect(page.locator("#reply .documents")).to_contain_text("modèle.pdf")
    adviser.starts_again()


def test_an_ended_session_gives_the_text_back_after_the_sign_in(writing: Writing) -> None:
    who, page = writing.who, writing.page
    writing.types("Avant la fin de la session")
    expect(writing.status).not_to_be_empty()
    page.context.clear_cookies(name="session")
    writing.types("Après la fin de la session")
    expect(writing.status).to_have_text(
        who.words("Your session has ended. What you typed comes back when you sign in again.")
    )
    # Once more, and sent at once: the sign-in page answers.
    writing.types("Envoyé sans session")
    page.locator(f"form:has({writing.box}) button.primary").first.click()
    page.wait_for_url(re.compile("/accounts/"))
    who.enter(writing.account)
    who.shows("Nothing was sent, because your session had ended.")
    writing.finds("Envoyé sans session")
    writing.comes_back_to("Envoyé sans session")
    writing.starts_again()


def test_a_transfer_meanwhile_costs_the_adviser_no_word(
    adviser: Writing, visitor: Callable[..., Visitor]
) -> None:
    colleague = visitor()
    colleague.enter("adviser_first_line")
    colleague.page.goto(f"/desk/{reference_of(adviser)}/")
    adviser.types("J'écrivais encore")
    act = colleague.page.locator("details.act[data-act=transfer]")
    act.locator("summary").click()
    act.locator("select[name=transfer-branch]").select_option("coop")
    act.locator("select[name=transfer-reason]").select_option("other_expertise")
    colleague.press("Transfer", within=act.locator("[data-menu]"))
    colleague.shows("The request is transferred.")
    adviser.types("J'écrivais encore un mot")
    adviser.page.locator("#reply [data-send]").first.click()
    expect(adviser.page.locator(".alert.error[role=alert]")).to_be_visible()
    adviser.finds("J'écrivais encore un mot")
    adviser.comes_back_to("J'écrivais encore un mot")


def test_a_request_that_is_closed_meanwhile_costs_the_member_no_word(
    adviser: Writing, visitor: Callable[..., Visitor]
) -> None:
    reference = reference_of(adviser)
    member = visitor()
    member.enter("member")
    message = Writing(member, "member", f"/requests/{reference}/", "#write textarea[name=body]")
    member.page.goto(message.address)
    message.types("Encore une précision")
    adviser.page.locator("details.act[data-act=close] summary").click()
    adviser.page.locator("select[name=close-reason]").select_option("withdrawn")
    adviser.who.press("Close the request")
    adviser.who.shows("The request is closed.")
    member.page.reload()
    message.finds("Encore une précision")
    message.comes_back_to("Encore une précision")
    member.press("Send", within=member.page.locator("#write"))
    member.shows("Your message is sent.")
    expect(member.page.locator(".prose", has_text="Encore une précision")).to_be_visible()


def test_a_server_that_starts_again_gets_what_was_typed_meanwhile(
    product: Product, watch: Watch, adviser: Writing, member: Writing
) -> None:
    watch.expected += ["net::ERR_", "htmx:sendError"]
    with product.without_web():
        for writing in (adviser, member):
            writing.types("Tapé pendant la panne")
        for writing in (adviser, member):
            expect(writing.status).to_have_text(
                writing.who.words("Not saved yet. It is tried again by itself.")
            )
        # Another request does not open before the words are safe.
        adviser.page.locator("#case h1").press("j")
        expect(adviser.page.locator("#said.toast")).to_be_visible()
        adviser.finds("Tapé pendant la panne")
    saved = re.compile(r"\d\d:\d\d")
    for writing in (adviser, member):
        expect(writing.status).to_have_text(saved, timeout=PATIENCE)
        writing.comes_back_to("Tapé pendant la panne")
        writing.starts_again()


def asks_for_a_document(adviser: Writing, place: int) -> None:
    """On the page of the request, for the document at this place of the list."""
    adviser.page.goto(adviser.address)
    adviser.page.locator("details.act[data-act=ask_document] summary").click()
    adviser.page.locator("select[name=ask_document-kind]").select_option(index=place)
    adviser.who.press("Ask for it")
    adviser.who.shows("The member is asked for the document.")


def test_the_words_beside_a_document_are_kept_for_member_and_adviser(
    adviser: Writing, visitor: Callable[..., Visitor]
) -> None:
    reference, page = reference_of(adviser), adviser.page
    for number in (1, 2):
        asks_for_a_document(adviser, number)
    member = visitor()
    member.enter("member")
    box = "#asked-1 textarea[name=body]"
    words = Writing(member, "member", f"/requests/{reference}/", box)
    member.page.goto(words.address)
    words.types("La seconde page suit.")
    member.page.goto("/requests/")
    words.comes_back_to("La seconde page suit.")
    for number in (1, 2):
        hand_in(member, reference, number)
        # What is said next is said of the next one.
        member.page.goto("/requests/")
    # The adviser types a line to the member, and opens the other document at once.
    page.goto(f"/desk/{reference}/documents/1/?view=documents")
    expect(page.locator(".review")).to_contain_text("La seconde page suit.")
    line = page.locator("textarea[name=correct-line]")
    page.keyboard.press("x")
    line.fill("La page 2 manque.")
    line.press("Escape")
    page.keyboard.press("j")
    expect(page.locator(f'[data-reference="{reference}.2"] a.item[aria-current]')).to_be_visible()
    expect(line).to_have_value("")
    page.keyboard.press("k")
    expect(line).to_have_value("La page 2 manque.")
    page.locator("#decide button[name=discard]").click()
    expect(line).to_have_value("")


def test_a_saved_answer_is_written_over_several_days(visitor: Callable[..., Visitor]) -> None:
    adviser = visitor("en")
    adviser.enter("adviser_first_line")
    text = Writing(adviser, "adviser_first_line", "/saved-answers/new/", "textarea[name=body_fr]")
    adviser.page.goto(text.address)
    text.types("Bonjour {first_name}, voici le début")
    adviser.follow("Requests")
    text.comes_back_to("Bonjour {first_name}, voici le début")
    adviser.page.goto("/saved-answers/")
    adviser.shows("You have a draft")
    text.starts_again()
    expect(adviser.page.locator(text.box)).to_have_value("")
