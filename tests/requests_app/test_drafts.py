"""Nothing typed is lost: drafts save themselves, are offered again, and end with the sending."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from people.models import Member
from requests_app.models import Document, Draft, MemberRequest
from tests.factories import MemberFactory, a_request, an_adviser
from tests.requests_app.composing import NEW, SAVE, a_pdf, errors_of, new_request, signed_in

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def member() -> Member:
    return MemberFactory()


@pytest.fixture
def browser(member: Member) -> Client:
    return signed_in(member)


def test_a_draft_saves_itself_and_says_when(browser: Client) -> None:
    answer = browser.post(SAVE, new_request(body="Je com"), headers=HTMX)
    assert answer.content.decode().strip().startswith("Draft saved at ")
    assert answer["X-Draft"] == "saved"
    assert Draft.objects.get().fields["body"] == "Je com"


def test_the_button_saves_text_and_files_without_a_script(browser: Client) -> None:
    answer = browser.post(SAVE, new_request(documents=[a_pdf()]), follow=True)
    page = answer.content.decode()
    assert "Draft saved." in page
    assert "devis.pdf" in page
    assert "Depuis hier" in page


def test_a_draft_is_offered_to_who_comes_back(browser: Client) -> None:
    key = str(uuid4())
    browser.post(SAVE, new_request(key=key, subject="Un brouillon"), headers=HTMX)
    assert "Un brouillon" in browser.get("/requests/").content.decode()
    page = browser.get(NEW)
    assert 'value="Un brouillon"' in page.content.decode()
    assert str(page.context["key"]) == key


def test_a_draft_that_arrives_after_the_sending_is_left_out(browser: Client) -> None:
    fields = new_request()
    browser.post(NEW, fields)
    browser.post(SAVE, fields, headers=HTMX)
    assert not Draft.objects.exists()


def test_starting_again_forgets_text_and_files(browser: Client) -> None:
    browser.post(SAVE, new_request(documents=[a_pdf()]))
    browser.post(SAVE, {"discard": "yes"})
    assert not Draft.objects.exists()
    assert not Document.objects.exists()


def test_an_error_keeps_the_files_that_came_with_it(browser: Client) -> None:
    page = browser.post(NEW, new_request(subject="", documents=[a_pdf()]))
    assert "subject" in errors_of(page)
    assert "devis.pdf" in page.content.decode()
    browser.post(NEW, new_request(key=str(page.context["key"])))
    assert MemberRequest.objects.get().documents.get().name == "devis.pdf"


def test_a_document_is_taken_out_again_and_the_text_stays(browser: Client) -> None:
    browser.post(SAVE, new_request(documents=[a_pdf()]))
    document = Document.objects.get()
    address = reverse("requests_app:remove_document", args=[document.key])
    answer = browser.post(address, new_request(subject="Plus loin"))
    assert answer["Location"] == NEW
    assert not Document.objects.exists()
    assert Draft.objects.get().fields["subject"] == "Plus loin"


def test_nobody_takes_out_the_document_of_another_draft(browser: Client) -> None:
    browser.post(SAVE, new_request(documents=[a_pdf()]))
    address = reverse("requests_app:remove_document", args=[Document.objects.get().key])
    assert signed_in(MemberFactory()).post(address).status_code == 404
    assert Document.objects.exists()


def test_strange_characters_do_not_stop_a_draft(browser: Client) -> None:
    answer = browser.post(SAVE, new_request(body="a\x00b 85073003328"), headers=HTMX)
    assert answer.status_code == 200
    assert Draft.objects.get().fields["body"] == "ab […]"


def test_a_draft_is_seen_by_nobody_else(browser: Client) -> None:
    browser.post(SAVE, new_request(subject="Un brouillon"))
    other = signed_in(MemberFactory())
    assert "Un brouillon" not in other.get(NEW).content.decode()


def test_a_message_has_a_draft_of_its_own(browser: Client, member: Member) -> None:
    member_request = a_request(member=member)
    address = reverse("requests_app:save_message_draft", args=[member_request.reference])
    browser.post(address, {"key": str(uuid4()), "body": "Encore"}, headers=HTMX)
    page = reverse("requests_app:my_request", args=[member_request.reference])
    assert "Encore" in browser.get(page).content.decode()
    assert "Encore" not in browser.get(NEW).content.decode()


def test_an_adviser_drafts_in_the_same_way(client: Client) -> None:
    member_request, adviser = a_request(), an_adviser("first_line")
    client.force_login(adviser)
    address = reverse("requests_app:save_message_draft", args=[member_request.reference])
    answer = client.post(address, {"key": str(uuid4()), "body": "Bonjour"})
    assert answer["Location"] == reverse("requests_app:detail", args=[member_request.reference])
    assert Draft.objects.get().author == adviser
