"""The desk by keyboard alone, and what colleagues do while one reads."""

import re
from collections.abc import Callable
from secrets import token_hex

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import Visitor, ask

pytestmark = pytest.mark.browser

QUESTION_FIRST = (
    "Write your question to the member here: sent with Ctrl, Shift and Enter, "
    "it becomes their turn."
)
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
def adviser(visitor: Callable[..., Visitor]) -> Visitor:
    adviser = visitor("en", viewport={"width": 1440, "height": 900})
    adviser.enter("adviser_first_line")
    return adviser


def keys(page: Page, *pressed: str) -> None:
    """One after the other, each when the scripts of the page that it is meant for have run."""
    for key in pressed:
        page.wait_for_load_state()
        page.keyboard.press(key)


def own_request(visitor: Callable[..., Visitor]) -> str:
    """A request in the branch of the adviser, that nobody has."""
    member = visitor()
    member.enter("member")
    return ask(member, f"Dritte Frage {token_hex(3)}", about="first_line")


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
    keys(page, "a")
    adviser.shows("The request is closed.")


def test_a_request_is_transferred_by_keyboard_and_t_and_u_say_why_not(
    adviser: Visitor, subjects: list[str], references: list[str]
) -> None:
    page = adviser.page
    go(page, "t", "triage")
    walk_to(page, subjects[0])
    keys(page, "t")
    expect(page.locator("#said.toast")).to_have_text(adviser.words("This is not possible here."))
    keys(page, "u")
    expect(page.locator("#said.toast")).to_have_text(adviser.words("This cannot be undone."))
    keys(page, "2")
    adviser.shows("The request has its branch.")
    go(page, "a", "answer")
    walk_to(page, subjects[0])
    keys(page, "t")
    expect(page.locator("details.act[open] select[name=transfer-branch]")).to_be_focused()
    keys(page, "4")
    expect(page.locator("details.act[open] select[name=transfer-reason]")).to_be_focused()
    keys(page, "a")
    adviser.shows("The request is transferred.")
    assert f"/desk/{references[0]}/" not in page.url


def test_two_keys_transfer_or_close_and_one_takes_it_back(
    adviser: Visitor, visitor: Callable[..., Visitor]
) -> None:
    page = adviser.page
    reference = own_request(visitor)
    page.goto(f"/desk/{reference}/?view=unassigned")
    # Its own branch is none to transfer it to.
    keys(page, "2")
    expect(page.locator("#said.toast")).to_have_text(adviser.words("This is not possible here."))
    keys(page, "4", "b")
    adviser.shows("The request is transferred.")
    keys(page, "u")
    adviser.shows("%(reference)s: undone.", reference=reference)
    page.goto(f"/desk/{reference}/?view=unassigned")
    expect(page.locator("header .branch.first-line")).to_be_visible()
    # A key that is held down, and a reason that is not on offer, close nothing.
    page.keyboard.down("e")
    page.keyboard.down("e")
    keys(page, "a", "e")
    expect(page.locator("details.act[open] select")).to_have_value("")
    keys(page, "s")
    adviser.shows("The request is closed.")
    keys(page, "u")
    adviser.shows("%(reference)s: undone.", reference=reference)


def test_w_asks_for_a_question_then_sends_it_and_waits(
    adviser: Visitor, visitor: Callable[..., Visitor]
) -> None:
    page = adviser.page
    reference = own_request(visitor)
    page.goto(f"/desk/{reference}/?view=first_line")
    keys(page, "w")
    expect(page.locator("textarea[name=body]")).to_be_focused()
    expect(page.locator("#said.toast")).to_contain_text(adviser.words(QUESTION_FIRST))
    page.keyboard.type("Quelle est la date du contrat ?")
    keys(page, "Escape", "w")
    adviser.shows("Your question is sent. It is the member's turn.")
    keys(page, "u")
    adviser.shows("%(reference)s: undone.", reference=reference)
    # The question stands: nothing needs to be typed again.
    page.goto(f"/desk/{reference}/?view=first_line")
    keys(page, "w")
    adviser.shows("It is the member's turn now.")


def test_with_shift_what_is_sent_waits_and_with_alt_it_closes(
    adviser: Visitor, visitor: Callable[..., Visitor]
) -> None:
    page = adviser.page
    reference = own_request(visitor)
    page.goto(f"/desk/{reference}/?view=first_line")
    keys(page, "n")
    page.keyboard.type("Voir avec Ada.")
    # A note asks the member nothing.
    keys(page, "Control+Shift+Enter")
    expect(page.locator("#said.toast")).to_have_text(adviser.words("This is not possible here."))
    keys(page, "Control+Enter")
    adviser.shows("Your note is kept.")
    keys(page, "r")
    page.keyboard.type("Quelle est la date ?")
    keys(page, "Control+Shift+Enter")
    adviser.shows("Your question is sent. It is the member's turn.")
    page.goto(f"/desk/{reference}/?view=first_line")
    keys(page, "r")
    page.keyboard.type("Merci, c'est en ordre.")
    keys(page, "Control+Alt+Enter")
    adviser.shows("Your answer is sent, and the request is closed.")


def test_the_suggestion_is_followed_and_another_branch_asked_for_its_view(
    adviser: Visitor, subjects: list[str], references: list[str]
) -> None:
    page = adviser.page
    go(page, "t", "triage")
    walk_to(page, subjects[0])
    suggested = page.locator("[data-key=s]").get_attribute("value")
    keys(page, "s")
    adviser.shows("The request has its branch.")
    is_open(page, subjects[1])
    keys(page, "2")
    adviser.shows("The request has its branch.")
    page.goto(f"/desk/{references[1]}/?view=first_line")
    keys(page, "v", "1")
    expect(page.locator("textarea[name=consult-question]")).to_be_focused()
    page.keyboard.type("Faut-il une facture ?")
    keys(page, "Control+Enter")
    adviser.shows("The other branch is asked for its view. The request stays where it is.")
    if suggested != "support":
        page.goto(f"/desk/{references[0]}/")
        expect(page.locator(f"header .branch.{suggested.replace('_', '-')}")).to_be_visible()


def test_arrows_walk_the_list_digits_open_branches_and_a_slash_searches(
    adviser: Visitor, subjects: list[str], references: list[str]
) -> None:
    page = adviser.page
    go(page, "Digit2", "first_line")
    go(page, "t", "triage")
    walk_to(page, subjects[1])
    keys(page, "ArrowUp")
    is_open(page, subjects[0])
    keys(page, "ArrowDown")
    is_open(page, subjects[1])
    keys(page, "ArrowDown")
    expect(page.locator("#said.toast")).to_have_text(adviser.words("No more requests."))
    keys(page, "/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type(references[0])
    with page.expect_navigation():
        keys(page, "Enter")
    expect(page.locator("main")).to_contain_text(subjects[0])


def test_a_document_is_refused_with_f(adviser: Visitor) -> None:
    page = adviser.page
    go(page, "d", "documents")
    keys(page, "ArrowDown")
    expect(page.locator("#case [data-key=f]")).to_be_visible()
    keys(page, "f")
    expect(page.locator("details.act[open] select")).to_be_focused()
    # The member hears of it at once: it takes a yes.
    keys(page, "a", "Enter")
    adviser.shows("The document is refused.")


def test_keys_of_one_letter_can_be_switched_off_and_on_again(
    adviser: Visitor, visitor: Callable[..., Visitor]
) -> None:
    page = adviser.page
    reference = own_request(visitor)
    page.goto(f"/desk/{reference}/?view=unassigned")
    expect(page.locator("[data-key=a] kbd")).to_be_visible()
    keys(page, "?")
    page.get_by_label(adviser.words("Use the keys of one letter, digit or sign")).press("Space")
    keys(page, "Escape")
    page.reload()
    expect(page.locator("[data-key=a]")).not_to_have_attribute("aria-keyshortcuts", "a")
    expect(page.locator("[data-key=a] kbd")).to_be_hidden()
    keys(page, "a", "4", "?", "g", "m")
    expect(page.locator("dialog#keys")).to_be_hidden()
    expect(page.locator("details.act[open]")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"/desk/{reference}/.view=unassigned"))
    # Keys that are no letters stay, and so does the way back.
    keys(page, "ArrowUp")
    page.locator("#open-keys").press("Enter")
    page.get_by_label(adviser.words("Use the keys of one letter, digit or sign")).press("Space")
    keys(page, "Escape")
    go(page, "m", "mine")


def test_a_dialog_names_the_keys_and_escape_closes_it(adviser: Visitor) -> None:
    page = adviser.page
    keys(page, "?")
    expect(page.locator("dialog#keys")).to_be_visible()
    # Keys of the desk rest while it is open.
    keys(page, "j")
    expect(page.locator("#request")).to_have_count(0)
    keys(page, "Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()


@pytest.mark.usefixtures("references")
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
