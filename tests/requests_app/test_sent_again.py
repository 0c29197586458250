"""A page that was sent and is sent again: nothing added since is lost, and nothing is doubled."""

from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from people.models import Member
from requests_app.asked_models import AskedDocument
from requests_app.enums import ClosingReason, MessageKind
from requests_app.models import Document, Draft, MemberRequest, Message
from requests_app.transitions import close
from tests.documents import an_asked_document
from tests.factories import NOW, MemberFactory, a_request, an_adviser
from tests.requests_app.composing import A_PNG, NEW, a_pdf, new_request, signed_in

pytestmark = pytest.mark.django_db

PHOTO = "photo.png"


@pytest.fixture
def member() -> Member:
    return MemberFactory()


@pytest.fixture
def browser(member: Member) -> Client:
    return signed_in(member)


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(an_adviser(language="en"))
    return client


def _post(browser: Client, address: str, **fields: Any) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return browser.post(address, fields)


def _page(browser: Client, address: str) -> str:
    with time_machine.travel(NOW, tick=False):
        return browser.get(address).content.decode()


def _names(message: Message) -> list[str]:
    return sorted(message.documents.values_list("name", flat=True))


def _said(kind: MessageKind) -> list[tuple[str, list[str]]]:
    return [(said.body, _names(said)) for said in Message.objects.filter(kind=kind).order_by("pk")]


def _a_photo() -> Any:
    return a_pdf(PHOTO, A_PNG)


# --- a new request ---------------------------------------------------------------------------


def test_a_file_forgotten_in_a_new_request_waits_beside_it(browser: Client) -> None:
    fields = new_request()
    _post(browser, NEW, **fields, documents=[a_pdf()])
    response = _post(browser, NEW, **fields, documents=[a_pdf(), _a_photo()])
    sent = MemberRequest.objects.get()
    page = _page(browser, response["Location"])
    assert response["Location"] == reverse("requests_app:my_request", args=[sent.reference])
    assert f"{sent.reference} was sent already." in page
    assert [document.name for document in Draft.objects.get().documents.all()] == [PHOTO]
    assert PHOTO in page


def test_what_is_typed_there_meanwhile_stays(browser: Client) -> None:
    fields = new_request()
    _post(browser, NEW, **fields)
    sent = MemberRequest.objects.get()
    draft = reverse("requests_app:save_message_draft", args=[sent.reference])
    _post(browser, draft, key=str(uuid4()), body="Une suite")
    _post(browser, NEW, **fields, documents=[_a_photo()])
    assert Draft.objects.get().fields["body"] == "Une suite"
    assert Draft.objects.get().documents.get().name == PHOTO


def test_a_second_press_brings_the_same_files_and_changes_nothing(browser: Client) -> None:
    fields = new_request()
    places = {_post(browser, NEW, **fields, documents=[a_pdf()])["Location"] for _press in (1, 2)}
    assert len(places) == 1
    assert Document.objects.count() == 1
    assert not Draft.objects.exists()


def test_a_forgotten_file_that_may_not_come_in_is_named(browser: Client) -> None:
    fields = new_request()
    _post(browser, NEW, **fields)
    response = _post(browser, NEW, **fields, documents=[a_pdf("virus.exe", b"MZ")])
    assert "virus.exe" in _page(browser, response["Location"])


def test_a_file_beside_a_field_that_is_missing_now_is_kept(browser: Client) -> None:
    fields = new_request()
    _post(browser, NEW, **fields)
    answer = _post(browser, NEW, **fields | {"subject": ""}, documents=[_a_photo()])
    assert answer.status_code == 422
    assert PHOTO in answer.content.decode()


# --- a message of the member -----------------------------------------------------------------


def _write(member_request: MemberRequest) -> str:
    return reverse("requests_app:write", args=[member_request.reference])


def test_a_file_forgotten_in_a_message_is_sent_in_another_one(
    browser: Client, member: Member
) -> None:
    address = _write(a_request(member=member))
    fields = {"key": str(uuid4()), "body": "Voici."}
    _post(browser, address, **fields, documents=[a_pdf()])
    for _press in range(2):
        _post(browser, address, **fields, documents=[a_pdf(), _a_photo()])
    said = _said(MessageKind.FROM_MEMBER)[1:]
    assert said == [("Voici.", ["devis.pdf"]), ("Voici.", [PHOTO])]


def test_another_text_with_a_forgotten_file_is_sent_once(browser: Client, member: Member) -> None:
    address = _write(a_request(member=member))
    key = str(uuid4())
    _post(browser, address, key=key, body="Voici.")
    for _press in range(2):
        _post(browser, address, key=key, body="Et ceci.", documents=[_a_photo()])
    assert _said(MessageKind.FROM_MEMBER)[1:] == [("Voici.", []), ("Et ceci.", [PHOTO])]


def test_an_empty_message_with_a_forgotten_file_keeps_it(browser: Client, member: Member) -> None:
    address, key = _write(a_request(member=member)), str(uuid4())
    _post(browser, address, key=key, body="Voici.")
    answer = _post(browser, address, key=key, body="", documents=[_a_photo()])
    assert answer.status_code == 422
    assert PHOTO in answer.content.decode()
    _post(browser, address, key=str(answer.context["key"]), body="La photo.")
    assert _said(MessageKind.FROM_MEMBER)[2:] == [("La photo.", [PHOTO])]


def test_what_is_said_after_a_request_was_begun_anew_is_said_there(
    browser: Client, member: Member
) -> None:
    old = a_request(member=member, at=NOW.replace(month=5))
    at = NOW.replace(month=5)
    close(member_request=old, by=an_adviser(), at=at, version=1, reason=ClosingReason.SPAM)
    key = str(uuid4())
    for body in ("Encore.", "Encore.", "Et ceci."):
        response = _post(browser, _write(old), key=key, body=body)
    begun = MemberRequest.objects.get(follows=old)
    assert [message.body for message in begun.messages.order_by("pk")] == ["Encore.", "Et ceci."]
    assert begun.reference in response["Location"]


# --- an adviser ------------------------------------------------------------------------------


def _at_the_desk(desk: Client, action: str, member_request: MemberRequest, **fields: Any) -> int:
    version = MemberRequest.objects.get(pk=member_request.pk).version
    form = {"version": version, "body": "", "note": ""} | fields
    address = reverse(f"requests_app:{action}", args=[member_request.reference])
    return _post(desk, address, **form).status_code


def test_a_file_forgotten_in_an_answer_is_sent_in_another_one(desk: Client) -> None:
    member_request, key = a_request(), uuid4()
    _at_the_desk(desk, "answer", member_request, key=key, body="Voici.")
    for _press in range(2):
        _at_the_desk(desk, "answer", member_request, key=key, body="Voici.", documents=[_a_photo()])
    assert _said(MessageKind.TO_MEMBER) == [("Voici.", []), ("Voici.", [PHOTO])]


@pytest.mark.parametrize(
    ("action", "more"), [("note", {"note": "À vérifier"}), ("take", {}), ("release", {})]
)
def test_what_stands_beside_a_message_that_was_sent_is_kept(
    desk: Client, action: str, more: dict[str, str]
) -> None:
    member_request, key = a_request(), uuid4()
    _at_the_desk(desk, "answer", member_request, key=key, body="Voici.")
    fields = more | {"body": "Et encore ceci.", "documents": [_a_photo()]}
    _at_the_desk(desk, action, member_request, key=key, **fields)
    draft = Draft.objects.get()
    assert draft.fields["body"] == "Et encore ceci."
    assert draft.documents.get().name == PHOTO


def test_what_was_sent_is_no_draft_again(desk: Client) -> None:
    member_request, key = a_request(), uuid4()
    _at_the_desk(desk, "answer", member_request, key=key, body="Voici.")
    _at_the_desk(desk, "release", member_request, key=key, body="Voici.")
    assert not Draft.objects.exists()


# --- a document that was asked for -----------------------------------------------------------


def _hand_in(browser: Client, asked: AskedDocument, **fields: Any) -> HttpResponse:
    address = [asked.member_request.reference, asked.number]
    return _post(browser, reverse("requests_app:hand_in", args=address), **fields)


def test_a_page_that_was_forgotten_is_handed_in_after_the_others(
    browser: Client, member: Member
) -> None:
    asked, key = an_asked_document(a_request(member=member)), str(uuid4())
    _hand_in(browser, asked, key=key, documents=[a_pdf()])
    for _press in range(2):
        _hand_in(browser, asked, key=key, documents=[a_pdf(), _a_photo()])
    assert [document.name for document in asked.documents.order_by("pk")] == ["devis.pdf", PHOTO]


def test_words_that_were_forgotten_come_with_the_file_once_more(
    browser: Client, member: Member
) -> None:
    asked, key = an_asked_document(a_request(member=member)), str(uuid4())
    _hand_in(browser, asked, key=key, documents=[a_pdf()])
    for _press in range(2):
        _hand_in(browser, asked, key=key, body="Signé hier.", documents=[a_pdf()])
    assert _said(MessageKind.FROM_MEMBER)[2:] == [("Signé hier.", ["devis.pdf"])]
