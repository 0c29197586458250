"""Every page works without a script: what members ask, advisers do and managers read."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_hex
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from demo.people_data import OFFERED_NAMES
from tests.browser.test_documents import hand_in
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


def menu(page: Page, name: str) -> Locator:
    """A menu of the desk, opened: a browser does so by itself."""
    act = page.locator(f"details.act[data-act={name}]")
    act.locator("summary").click()
    return act


def test_an_adviser_routes_undoes_consults_closes_and_transfers(
    plain: Callable[[], Visitor],
) -> None:
    member, adviser = plain(), plain()
    member.enter("member")
    reference = ask(member, f"Vers qui aller {token_hex(3)}", about="dont_know")
    adviser.enter("adviser_first_line")
    page, case = adviser.page, f"/desk/{reference}/"
    page.goto(f"{case}?view=triage")
    page.locator(".routes [value=coop]").first.click()
    adviser.shows("The request has its branch.")
    # The next one is open, or the list is empty: here stands what undoes it.
    page.locator("form.undo button").click()
    adviser.shows("%(reference)s: undone.", reference=reference)
    page.goto(case)
    act = menu(page, "route")
    act.locator("select[name=route-branch]").select_option("first_line")
    adviser.press("Give it to this branch", within=act)
    adviser.shows("The request has its branch.")
    page.goto(case)
    act = menu(page, "consult")
    act.locator("select[name=consult-branch]").select_option("coop")
    act.locator("textarea[name=consult-question]").fill("Qu'en pensez-vous ?")
    adviser.press("Ask this branch", within=act)
    adviser.shows("The other branch is asked for its view. The request stays where it is.")
    act = menu(page, "close")
    act.locator("select[name=close-reason]").select_option("withdrawn")
    adviser.press("Close the request", within=act)
    adviser.shows("The request is closed.")
    page.goto(case)
    adviser.press("Undo")
    adviser.shows("%(reference)s: undone.", reference=reference)
    page.goto(case)
    act = menu(page, "transfer")
    act.locator("select[name=transfer-branch]").select_option("support")
    act.locator("select[name=transfer-reason]").select_option("other_expertise")
    adviser.press("Transfer", within=act.locator("[data-menu]"))
    adviser.shows("The request is transferred.")


def test_an_adviser_logs_a_call_finds_it_again_and_filters_the_list(
    plain: Callable[[], Visitor],
) -> None:
    adviser = plain()
    adviser.enter("adviser_first_line")
    page, subject = adviser.page, f"Appel sans script {token_hex(3)}"
    page.goto("/desk/calls/new/")
    if adviser.button("Start again").count():
        adviser.press("Start again")
    page.locator("input[name=subject]").fill(subject)
    page.locator("input[name=find]").fill(OFFERED_NAMES["member"])
    adviser.press("Search")
    page.locator("input[name=member]").first.check()
    page.locator("textarea[name=body]").fill("Il demande une copie.")
    page.locator("input[name=outcome]").last.check()
    page.locator("button.primary.large").click()
    expect(page.get_by_role("heading", name=subject)).to_be_visible()
    page.locator("#search").fill(subject.rpartition(" ")[2])
    page.locator("#search").press("Enter")
    expect(page.locator(".found a", has_text=subject)).to_be_visible()
    page.goto("/desk/?view=answer")
    adviser.follow("Filter")
    page.locator("select[name=lang]").select_option("nl")
    adviser.press("Show")
    expect(page).to_have_url(re.compile("view=answer~lang-nl"))
    expect(page.locator("#list h1")).to_be_visible()


def test_a_document_is_handed_in_and_reviewed(plain: Callable[[], Visitor]) -> None:
    member, adviser = plain(), plain()
    member.enter("member")
    reference = ask(member, "Un document sans script", about="first_line")
    adviser.enter("adviser_first_line")
    page = adviser.page
    page.goto(f"/desk/{reference}/")
    act = menu(page, "ask_document")
    act.locator("select[name=ask_document-kind]").select_option(index=1)
    adviser.press("Ask for it", within=act)
    adviser.shows("The member is asked for the document.")
    member.page.goto("/requests/")
    hand_in(member, reference)
    page.goto(f"/desk/{reference}/documents/1/")
    to_correct = page.locator("details.act", has=page.locator("textarea[name=correct-line]"))
    to_correct.locator("summary").click()
    to_correct.locator("textarea").fill("La page 2 manque.")
    # Something is missing: what was typed is there.
    adviser.press("Send it back to the member", within=to_correct)
    adviser.shows("Choose a reason.")
    expect(to_correct.locator("textarea")).to_have_value("La page 2 manque.")
    to_correct.locator("select").select_option(index=1)
    adviser.press("Send it back to the member", within=to_correct)
    adviser.shows("The document goes back to the member.")


def test_a_manager_sees_pictures_and_tables(plain: Callable[[], Visitor]) -> None:
    manager = plain()
    manager.enter("manager")
    page = manager.page
    first = datetime.now(ZoneInfo("Europe/Brussels")).replace(day=1)
    month = f"{first - timedelta(days=1):%Y-%m}"
    for address in ("/pilot/", "/pilot/comparison/", f"/pilot/LIEGE/{month}/"):
        # A month has figures in tables alone.
        sees(page, address, "main table.figures" if month in address else ".picture-wide svg")
        table = page.locator("main table").first
        if not table.is_visible():
            page.locator("main details", has=page.locator("table")).first.locator("summary").click()
        expect(table).to_be_visible()


def sees(page: Page, address: str, what: str) -> None:
    """A worker draws: without a script one loads the page again until it is there."""
    for _attempt in range(60):
        page.goto(address)
        if page.locator(what).first.is_visible():
            return
        page.wait_for_timeout(1_000)
    expect(page.locator(what).first).to_be_visible()
