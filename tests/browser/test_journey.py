"""The main job of the product, from the member's question to the figures of the manager."""

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.visits import Mail, Visitor, fill_request, reference_on
from tests.documents import A_PDF

pytestmark = pytest.mark.browser

MEMBER = "membre@demo.example"
SUBJECT = "Facture refusée par le client à Liège 🎭"
QUESTION = "Le cœur du problème : « 1 250 € » déjà payés…\n\nQue puis-je faire d'ici l'été ? 🙏🏽"
ANSWER = "Bonjour, voici la marche à suivre : envoyez-nous l'échange complet. À bientôt !"
HANDOVER = "Il s'agit surtout de trésorerie : à vous la suite."


def sign_in_by_mail(member: Visitor) -> None:
    member.page.goto("/accounts/login/code/")
    member.page.locator("#id_email").fill(MEMBER)
    member.press("Send me a code")
    (code,) = re.findall(r"\d{4} \d{4}", member.mails(MEMBER)[0].subject)
    member.page.locator("#id_code").fill(code)
    member.press("Sign in")
    expect(member.page).to_have_url(re.compile("/requests/$"))
    member.speak()


def send_a_question(member: Visitor) -> str:
    """Fill the form, send it, and give the reference on the receipt."""
    fill_request(member, subject=SUBJECT, body=QUESTION, about="safeguarding")
    member.page.locator("select[name=topic_safeguarding]").select_option(index=1)
    pdf = {"name": "échange avec le client.pdf", "mimeType": "application/pdf", "buffer": A_PDF}
    member.page.locator("input[name=documents]").set_input_files([pdf])
    member.press("Send my request")
    expect(member.page.locator(".receipt")).to_contain_text(MEMBER)
    expect(member.page.locator(".promise")).to_be_visible()
    expect(member.page.locator(".prose")).to_have_text(QUESTION)
    return reference_on(member)


def wait_for_mail(member: Visitor, subject: str) -> Mail:
    """The worker sends it: look until it is there."""
    for _attempt in range(40):
        for mail in member.mails(MEMBER):
            if mail.subject == subject:
                return mail
        member.page.wait_for_timeout(250)
    raise AssertionError(f"no mail “{subject}”")


def read_the_receipt(member: Visitor, reference: str) -> None:
    subject = member.words("We have received your request %(reference)s", reference=reference)
    mail = wait_for_mail(member, subject)
    assert mail.link.endswith(f"/requests/{reference}/")
    assert not [part for part in (SUBJECT, QUESTION, "1 250") if part in mail.body]


def transfer(adviser: Visitor, reference: str) -> None:
    adviser.open_from_queue(SUBJECT)
    expect(adviser.page.locator(".said .prose")).to_have_text(QUESTION)
    act = adviser.page.locator("details.act[data-act=transfer]")
    act.locator("summary").click()
    act.locator("select[name=transfer-branch]").select_option("support")
    act.locator("select[name=transfer-reason]").select_option("other_expertise")
    act.locator("textarea[name=transfer-line]").fill(HANDOVER)
    adviser.press("Transfer", within=act.locator("[data-menu]"))
    adviser.shows("The request is transferred.")


def take_and_answer(adviser: Visitor) -> None:
    adviser.open_from_queue(SUBJECT)
    adviser.shows("Needs another expertise")
    expect(adviser.page.locator("main")).to_contain_text(HANDOVER)
    adviser.press("Take it")
    adviser.shows("You have this request now.")
    adviser.page.locator("textarea[name=body]").fill(ANSWER)
    adviser.press("Send and wait for the member")
    adviser.shows("Your question is sent. It is the member's turn.")


def read_the_answer(member: Visitor, reference: str) -> None:
    subject = member.words("A question about your request %(reference)s", reference=reference)
    mail = wait_for_mail(member, subject)
    assert ANSWER not in mail.body
    member.page.goto(mail.link)
    expect(member.page.locator(".prose", has_text=ANSWER)).to_be_visible()
    assert HANDOVER not in member.page.content()
    with member.page.expect_download() as download:
        member.page.get_by_role("link", name="échange avec le client.pdf").click()
    assert download.value.suggested_filename == "échange avec le client.pdf"
    assert download.value.path().read_bytes() == A_PDF


def recompute(manager: Visitor, month: str) -> int:
    """Ask the worker for the month and wait for its figures; give the requests received."""
    page = manager.page
    page.goto(f"/pilot/LIEGE/{month}/")
    page.locator("form[action$=recompute\\/] button").click()
    manager.shows("The worker was asked. The new figures appear here.")
    # The page asks by itself how far the worker is, and loads the figures when it is done.
    expect(page.locator("#run:not([hx-get])")).to_be_visible(timeout=20_000)
    return int(page.locator(".figure-big").first.inner_text())


def received_on_the_pilot_page(manager: Visitor, month: str) -> int:
    manager.page.goto("/pilot/months/")
    row = manager.page.locator("tr", has=manager.page.locator(f"a[href='/pilot/LIEGE/{month}/']"))
    return int(row.locator("td").first.inner_text())


def test_a_question_travels_from_the_form_to_the_answer_and_into_the_monthly_report(
    visitor: Callable[..., Visitor],
) -> None:
    month = f"{datetime.now(ZoneInfo('Europe/Brussels')):%Y-%m}"
    manager, first, second, member = visitor(), visitor(), visitor(), visitor()
    manager.enter("manager")
    before = recompute(manager, month)
    sign_in_by_mail(member)
    reference = send_a_question(member)
    read_the_receipt(member, reference)
    first.enter("adviser_safeguarding")
    transfer(first, reference)
    second.enter("adviser_support")
    take_and_answer(second)
    read_the_answer(member, reference)
    assert recompute(manager, month) == before + 1
    assert received_on_the_pilot_page(manager, month) == before + 1
