"""The words beside a document and the text of a saved answer are kept like every other."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from people.models import Member, User
from people.roles import Role
from requests_app import drafts, saved_answers
from requests_app.asked_models import AskedDocument
from requests_app.document_rules import DocumentState, Turn
from requests_app.models import Document, Draft, MemberRequest
from requests_app.saved_answers import Words
from requests_app.saved_models import SavedAnswer
from tests.documents import an_asked_document, hand_in
from tests.factories import NOW, MemberFactory, UserFactory, a_request, an_adviser, branch
from tests.requests_app.composing import a_pdf, signed_in

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PAGE = {"Accept": "text/html"}
LINE = "La page 2 manque."


@pytest.fixture
def member() -> Member:
    return MemberFactory()


@pytest.fixture
def browser(member: Member) -> Client:
    return signed_in(member)


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line", language="en")


@pytest.fixture
def desk(client: Client, adviser: User) -> Client:
    client.force_login(adviser)
    return client


@pytest.fixture
def asked(member: Member, adviser: User) -> AskedDocument:
    return an_asked_document(a_request(member=member), by=adviser)


@pytest.fixture
def received(asked: AskedDocument) -> AskedDocument:
    hand_in(asked)
    return asked


def _of(name: str, asked: AskedDocument) -> str:
    return reverse(f"requests_app:{name}", args=[asked.member_request.reference, asked.number])


def _read(browser: Client, address: str) -> str:
    return browser.get(address).content.decode()


def _author_on(browser: Client, address: str) -> str:
    found = re.search(r'name="author" value="([^"]+)"', _read(browser, address))
    assert found
    return found[1]


def _decide(desk: Client, menu: str, asked: AskedDocument, **fields: str) -> HttpResponse:
    sent = {"version": asked.version, f"{menu}-line": LINE}
    return desk.post(_of(f"{menu}_document", asked), sent | fields)


def test_a_line_of_a_review_saves_itself_and_is_there_again(
    desk: Client, received: AskedDocument
) -> None:
    answer = desk.post(_of("save_review_draft", received), {"correct-line": LINE}, headers=HTMX)
    assert answer["X-Draft"] == "saved"
    assert f"{LINE}</textarea>" in _read(desk, _of("review", received))
    # It is not the draft of the answer to the member.
    detail = reverse("requests_app:detail", args=[received.member_request.reference])
    assert LINE not in _read(desk, detail)


def test_a_decision_sends_its_own_line_and_leaves_the_others_typed(
    desk: Client, received: AskedDocument
) -> None:
    more = {"correct-reason": "incomplete", "refuse-line": "Une autre ligne"}
    assert _decide(desk, "correct", received, **more).status_code == 302
    received.refresh_from_db()
    assert received.turn == Turn.MEMBER
    assert Draft.objects.get().fields == {"refuse-line": "Une autre ligne"}
    assert "Une autre ligne" in _read(desk, reverse("requests_app:my_drafts"))


def test_what_was_typed_for_an_answer_is_not_sent_by_the_other_button(
    desk: Client, received: AskedDocument
) -> None:
    _decide(desk, "check", received)
    received.refresh_from_db()
    assert received.state == DocumentState.CHECKED
    assert not received.member_request.messages.filter(body__contains=LINE).exists()
    assert Draft.objects.get().fields == {"check-line": LINE}


def test_a_decision_with_nothing_else_typed_leaves_no_draft(
    desk: Client, received: AskedDocument
) -> None:
    _decide(desk, "check", received, answers="yes")
    assert received.member_request.messages.filter(body__contains=LINE).exists()
    assert not Draft.objects.exists()


def test_who_decides_second_finds_the_line_again(desk: Client, received: AskedDocument) -> None:
    old = received.version
    hand_in(received)
    page = _decide(desk, "refuse", received, version=str(old), **{"refuse-reason": "not_for_us"})
    assert page.status_code == 409
    assert LINE in page.content.decode()
    assert LINE in _read(desk, _of("review", received))


def test_a_line_of_a_review_is_there_after_signing_in(
    desk: Client, received: AskedDocument, adviser: User
) -> None:
    author = _author_on(desk, _of("review", received))
    desk.logout()
    sent = {"author": author, "refuse-line": LINE, "view": "documents"}
    assert desk.post(_of("refuse_document", received), sent)["Location"].startswith("/accounts/")
    desk.force_login(adviser)
    response = desk.get("/desk/", headers=PAGE, follow=True)
    assert response.redirect_chain[-1][0] == _of("review", received) + "?view=documents"
    assert f"{LINE}</textarea>" in response.content.decode()


def _hide() -> None:
    """A colleague has given the request where only others read it."""
    an_adviser("support")
    MemberRequest.objects.update(is_sensitive=True, branch=branch("support"), adviser=None)


def test_a_document_that_went_out_of_sight_leaves_the_line_with_its_adviser(
    desk: Client, received: AskedDocument, adviser: User
) -> None:
    desk.post(_of("save_review_draft", received), {"refuse-line": "La"}, headers=HTMX)
    _hide()
    response = _decide(desk, "refuse", received)
    assert response["Location"] == reverse("requests_app:my_drafts")
    assert LINE in _read(desk, response["Location"])


def test_files_are_kept_with_what_was_typed_when_a_request_goes_out_of_sight(
    desk: Client, received: AskedDocument
) -> None:
    member_request = received.member_request
    _read(desk, reverse("requests_app:detail", args=[member_request.reference]))
    _hide()
    address = reverse("requests_app:answer", args=[member_request.reference])
    desk.post(address, {"version": 1, "body": "", "documents": [a_pdf("preuve.pdf")]})
    page = _read(desk, reverse("requests_app:my_drafts"))
    key = Document.objects.get(draft__isnull=False).key
    assert "preuve.pdf" in page
    assert reverse("requests_app:document", args=[key]) in page


def test_what_a_member_says_with_a_document_saves_itself(
    browser: Client, asked: AskedDocument
) -> None:
    sent = {"body": "Voici enfin"}
    answer = browser.post(_of("save_hand_in_draft", asked), sent, headers=HTMX)
    assert answer["X-Draft"] == "saved"
    page = reverse("requests_app:my_request", args=[asked.member_request.reference])
    assert _read(browser, page).count("Voici enfin</textarea>") == 1
    draft = Draft.objects.get()
    files = {"key": draft.submission_key, "body": "Voici enfin", "documents": [a_pdf()]}
    assert browser.post(_of("hand_in", asked), files).status_code == 302
    assert not Draft.objects.exists()
    # What the script of the page sends late is no new draft.
    browser.post(_of("save_hand_in_draft", asked), sent | {"key": draft.submission_key})
    assert not Draft.objects.exists()


def test_a_refused_hand_in_keeps_the_words_and_asks_for_the_files_again(
    browser: Client, asked: AskedDocument
) -> None:
    sent = {"body": "Voici enfin", "documents": [a_pdf(), a_pdf("virus.exe", b"MZ")]}
    page = browser.post(_of("hand_in", asked), sent)
    assert page.status_code == 422
    assert "Please choose your documents again." in page.content.decode()
    assert Draft.objects.get().fields == {"body": "Voici enfin"}


def test_handing_in_leaves_the_message_that_is_typed_below(
    browser: Client, asked: AskedDocument
) -> None:
    reference = asked.member_request.reference
    message = reverse("requests_app:save_message_draft", args=[reference])
    browser.post(message, {"body": "Une autre question"})
    browser.post(_of("hand_in", asked), {"documents": [a_pdf()]})
    page = reverse("requests_app:my_request", args=[reference])
    assert "Une autre question</textarea>" in _read(browser, page)


def test_the_words_with_a_document_are_there_after_signing_in(
    browser: Client, asked: AskedDocument, member: Member
) -> None:
    page = reverse("requests_app:my_request", args=[asked.member_request.reference])
    author = _author_on(browser, page)
    browser.logout()
    browser.post(_of("hand_in", asked), {"author": author, "body": "Voici enfin"})
    browser.force_login(member.user)
    response = browser.get("/requests/", headers=PAGE, follow=True)
    assert response.redirect_chain[-1][0] == f"{page}#asked-{asked.number}"
    assert "Voici enfin</textarea>" in response.content.decode()


TYPED = {"branch": "first_line", "title_fr": "Bienvenue", "body_fr": "Bonjour {first_name}"}


def _answer() -> SavedAnswer:
    texts = {"fr": Words("Le titre", "Le texte d'avant")}
    by = UserFactory(role=Role.MANAGER)
    return saved_answers.write_new(branch=branch("first_line"), texts=texts, by=by, at=NOW)


def test_a_new_saved_answer_is_a_draft_until_it_is_saved(desk: Client) -> None:
    new = reverse("requests_app:new_saved_answer")
    desk.post(reverse("requests_app:save_new_answer_draft"), TYPED, headers=HTMX)
    assert "Bonjour {first_name}</textarea>" in _read(desk, new)
    everything = _read(desk, reverse("requests_app:all_saved_answers"))
    assert "You have a draft" in everything
    assert "Bonjour {first_name}" in _read(desk, reverse("requests_app:my_drafts"))
    desk.post(new, TYPED)
    assert not Draft.objects.exists()


def test_a_changed_saved_answer_is_a_draft_beside_the_answer(desk: Client) -> None:
    one = _answer()
    typed = TYPED | {"based_on": one.version}
    desk.post(reverse("requests_app:save_answer_draft", args=[one.pk]), typed, headers=HTMX)
    page = reverse("requests_app:saved_answer", args=[one.pk])
    assert "Bonjour {first_name}</textarea>" in _read(desk, page)
    assert one.texts.get().body == "Le texte d'avant"
    desk.post(page, typed)
    assert one.texts.get().body == "Bonjour {first_name}"
    assert not Draft.objects.exists()


def test_an_error_in_a_saved_answer_keeps_the_draft(desk: Client) -> None:
    page = desk.post(reverse("requests_app:new_saved_answer"), TYPED | {"title_fr": ""})
    assert page.status_code == 422
    assert "Bonjour {first_name}" in _read(desk, reverse("requests_app:new_saved_answer"))


def test_who_comes_back_to_an_answer_that_others_changed_sees_both(
    desk: Client, adviser: User
) -> None:
    one = _answer()
    place = drafts.saved_answer_of(one.pk)
    typed: dict[str, Any] = TYPED | {"based_on": "1"}
    drafts.save_draft(
        author=adviser, member_request=None, fields=typed, key=None, at=NOW, place=place
    )
    texts = {"fr": Words("Le titre", "Le texte d'un collègue")}
    by = UserFactory(role=Role.MANAGER)
    saved_answers.change(
        saved_answer=one, branch=branch("first_line"), texts=texts, version=1, by=by, at=NOW
    )
    address = reverse("requests_app:saved_answer", args=[one.pk])
    # Sent as it was begun it is refused, and nothing is overwritten unseen.
    assert desk.post(address, typed).status_code == 409
    page = _read(desk, address)
    assert "Bonjour {first_name}</textarea>" in page
    assert "Le texte d&#x27;un collègue" in page
    assert desk.post(address, TYPED | {"based_on": "2"}).status_code == 302
    assert one.texts.get().body == "Bonjour {first_name}"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR])
def test_a_saved_answer_is_there_after_signing_in(client: Client, role: Role) -> None:
    person, one = UserFactory(role=role, language="en"), _answer()
    client.force_login(person)
    page = reverse("requests_app:saved_answer", args=[one.pk])
    author = _author_on(client, page)
    client.logout()
    client.post(page, TYPED | {"author": author, "based_on": "1"})
    client.force_login(person)
    response = client.get("/", headers=PAGE, follow=True)
    assert response.redirect_chain[-1][0] == page
    assert "Bonjour {first_name}</textarea>" in response.content.decode()


def test_nobody_keeps_a_draft_of_what_others_write(client: Client) -> None:
    one = _answer()
    client.force_login(an_adviser("coop"))
    address = reverse("requests_app:save_answer_draft", args=[one.pk])
    assert client.post(address, TYPED).status_code == 404
    assert not Draft.objects.exists()
