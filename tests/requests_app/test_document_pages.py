"""The pages on which documents are asked for, handed in, looked at and decided upon."""

from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from people.models import Member, User
from requests_app.asked_models import AskedDocument
from requests_app.document_rules import DocumentState, Turn
from requests_app.models import Document, Draft, MemberRequest
from requests_app.opening_models import Opening
from tests.documents import a_document, an_asked_document, hand_in
from tests.factories import NOW, MemberFactory, a_request, an_adviser, branch
from tests.requests_app.composing import A_PNG, a_pdf, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    return MemberFactory()


@pytest.fixture
def browser(member: Member) -> Client:
    return signed_in(member)


@pytest.fixture
def adviser() -> User:
    return an_adviser(language="en")


@pytest.fixture
def desk(client: Client, adviser: User) -> Client:
    client.force_login(adviser)
    return client


@pytest.fixture
def member_request(member: Member) -> MemberRequest:
    return a_request(member=member)


@pytest.fixture
def asked(member_request: MemberRequest, adviser: User) -> AskedDocument:
    return an_asked_document(member_request, by=adviser)


@pytest.fixture
def received(asked: AskedDocument) -> AskedDocument:
    hand_in(asked)
    return asked


def _send(browser: Client, address: str, **fields: Any) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return browser.post(address, fields)


def _read(browser: Client, address: str, **query: Any) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        response = browser.get(address, query)
    if response.streaming:
        # Read to its end, a file is closed.
        list(response)
    return response


def _of(name: str, asked: AskedDocument) -> str:
    return reverse(f"requests_app:{name}", args=[asked.member_request.reference, asked.number])


def _asking(member_request: MemberRequest, **changes: Any) -> dict[str, Any]:
    return {
        "version": member_request.version,
        "ask_key": str(uuid4()),
        "ask_document-kind": "invoice",
        "ask_document-due_on": "2023-07-03",
        "ask_document-line": "Celle de mai.",
    } | changes


def _ask(desk: Client, member_request: MemberRequest, **changes: Any) -> HttpResponse:
    address = reverse("requests_app:ask_document", args=[member_request.reference])
    return _send(desk, address, **_asking(member_request, **changes))


def test_an_adviser_asks_from_the_page_of_the_request(
    desk: Client, member_request: MemberRequest
) -> None:
    assert _ask(desk, member_request, waits="yes").status_code == 302
    asked = AskedDocument.objects.get()
    assert (asked.kind, str(asked.due_on), asked.line) == ("invoice", "2023-07-03", "Celle de mai.")


def test_asking_keeps_the_answer_that_is_being_typed(
    desk: Client, member_request: MemberRequest
) -> None:
    _ask(desk, member_request, body="Voici le début")
    assert Draft.objects.get().fields == {"body": "Voici le début"}


WRONG = {
    "no document": {"ask_document-kind": ""},
    "another document": {"ask_document-kind": "poem"},
    "no day": {"ask_document-due_on": "demain"},
    "no key": {"ask_key": "x"},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_a_wrong_form_comes_back_with_what_was_typed(
    desk: Client, member_request: MemberRequest, changes: dict[str, str]
) -> None:
    page = _ask(desk, member_request, **changes)
    assert page.status_code == 422
    assert "Celle de mai." in page.content.decode()
    assert not AskedDocument.objects.exists()


def test_a_day_that_is_over_is_said_and_the_line_is_kept(
    desk: Client, member_request: MemberRequest
) -> None:
    page = _ask(desk, member_request, **{"ask_document-due_on": "2023-06-01"})
    assert page.status_code == 409
    assert "Celle de mai." in page.content.decode()


def test_the_member_sees_what_they_owe_on_both_pages(browser: Client, asked: AskedDocument) -> None:
    start = _read(browser, reverse("requests_app:my_requests"))
    assert [one.title for one in start.context["debts"].by_member] == ["Contract"]
    page = reverse("requests_app:my_request", args=[asked.member_request.reference])
    assert _of("hand_in", asked) in _read(browser, page).content.decode()


def test_the_member_hands_in_and_sees_what_the_office_owes(
    browser: Client, asked: AskedDocument
) -> None:
    answer = _send(browser, _of("hand_in", asked), key=str(uuid4()), documents=[a_pdf()])
    assert answer.status_code == 302
    start = _read(browser, reverse("requests_app:my_requests"))
    assert not start.context["debts"].by_member
    assert len(start.context["debts"].by_office) == 1


@pytest.mark.parametrize("files", [[], [a_pdf("page.html", b"<html>")]], ids=["none", "a page"])
def test_a_file_that_may_not_come_in_is_said_and_the_words_are_kept(
    browser: Client, asked: AskedDocument, files: list[Any]
) -> None:
    sent = {"key": str(uuid4()), "documents": files, "body": "Mon explication"}
    page = _send(browser, _of("hand_in", asked), **sent)
    assert page.status_code == 422
    assert "Mon explication" in page.content.decode()
    assert not Document.objects.exists()


def test_a_file_that_vanished_on_the_way_is_named(browser: Client, asked: AskedDocument) -> None:
    sent = {"key": str(uuid4()), "documents": [a_pdf()], "announced": ["devis.pdf", "...."]}
    page = _send(browser, _of("hand_in", asked), **sent)
    assert page.status_code == 422
    assert "“....” did not arrive" in page.content.decode()


def test_the_view_lists_documents_with_their_member(desk: Client, received: AskedDocument) -> None:
    page = _read(desk, reverse("requests_app:queue"), view="documents")
    (row,) = page.context["found"].rows
    assert row["subject"] == "Contract"
    assert row["member"] == received.member_request.member.user.name
    assert row["url"] == _of("review", received)
    assert page.context["view"].count == 1


def test_after_a_decision_the_next_document_opens(
    desk: Client, received: AskedDocument, adviser: User
) -> None:
    other = an_asked_document(a_request(), by=adviser, received=True)
    sent = {"version": received.version, "view": "documents"}
    answer = _send(desk, _of("check_document", received), **sent)
    assert answer["Location"] == _of("review", other) + "?view=documents"
    sent = {"version": other.version, "view": "documents"}
    answer = _send(desk, _of("check_document", other), **sent)
    assert answer["Location"] == reverse("requests_app:queue") + "?view=documents"


def test_who_came_from_the_request_goes_back_to_it(desk: Client, received: AskedDocument) -> None:
    answer = _send(desk, _of("check_document", received), version=received.version)
    page = reverse("requests_app:detail", args=[received.member_request.reference])
    assert answer["Location"] == page + "#asked"


@pytest.mark.parametrize("menu", ["correct", "refuse"])
def test_a_decision_without_a_reason_comes_back(
    desk: Client, received: AskedDocument, menu: str
) -> None:
    sent = {"version": received.version, f"{menu}-line": "La page 2 manque."}
    page = _send(desk, _of(f"{menu}_document", received), **sent)
    assert page.status_code == 422
    assert "La page 2 manque." in page.content.decode()
    received.refresh_from_db()
    assert received.turn == Turn.OFFICE


def test_a_decision_on_an_old_version_says_what_happened(
    desk: Client, received: AskedDocument
) -> None:
    page = _send(desk, _of("check_document", received), version=received.version - 1)
    assert page.status_code == 409
    received.refresh_from_db()
    assert received.state == DocumentState.RECEIVED


def test_an_attachment_is_marked_for_review_in_one_action(
    desk: Client, member_request: MemberRequest
) -> None:
    document = a_document(member_request)
    detail = reverse("requests_app:detail", args=[member_request.reference])
    follow = reverse("requests_app:follow_document", args=[document.key])
    assert follow in _read(desk, detail).content.decode()
    _send(desk, follow, version=member_request.version)
    document.refresh_from_db()
    assert document.asked is not None
    assert follow not in _read(desk, detail).content.decode()


def test_what_an_adviser_sent_is_not_followed(
    desk: Client, member_request: MemberRequest, adviser: User
) -> None:
    document = a_document(member_request)
    Document.objects.update(uploaded_by=an_adviser())
    _send(desk, reverse("requests_app:follow_document", args=[document.key]))
    assert not AskedDocument.objects.exists()


def _view(document: Document) -> str:
    return reverse("requests_app:view_document", args=[document.key])


def test_a_pdf_is_shown_without_origin_script_or_foreign_frame(
    desk: Client, received: AskedDocument
) -> None:
    shown = _read(desk, _view(received.documents.get()))
    policy = shown["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'; script-src 'none'; object-src 'none'")
    assert "frame-ancestors 'self'" in policy
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert shown["Cache-Control"] == "private, no-store"
    assert shown["Content-Type"] == "application/pdf"
    assert shown["Content-Disposition"].startswith("inline")


def test_what_is_not_what_it_says_is_not_shown(desk: Client, received: AskedDocument) -> None:
    document = received.documents.get()
    document.content_type = "image/png"
    document.save()
    assert _read(desk, _view(document)).status_code == 404


def test_an_image_is_shown_when_it_is_one(desk: Client, asked: AskedDocument) -> None:
    hand_in(asked, files=[a_pdf("photo.png", A_PNG)])
    assert _read(desk, _view(asked.documents.get()))["Content-Type"] == "image/png"


@pytest.mark.parametrize("content_type", ["image/svg+xml", "text/html", "application/msword"])
def test_anything_else_is_only_saved(
    desk: Client, received: AskedDocument, content_type: str
) -> None:
    Document.objects.update(content_type=content_type)
    document = received.documents.get()
    assert _read(desk, _view(document)).status_code == 404
    assert _view(document) not in _read(desk, _of("review", received)).content.decode()


def test_looking_at_a_private_document_is_recorded(client: Client, member: Member) -> None:
    private = a_request(member=member, topic_code=None, branch=branch("support"))
    reader = an_adviser("support")
    asked = an_asked_document(private, by=reader, received=True)
    client.force_login(reader)
    _read(client, _view(asked.documents.get()))
    assert list(Opening.objects.values_list("reader", "part")) == [(reader.pk, "document")]
    _read(client, _of("review", asked))
    assert Opening.objects.filter(part="request").count() == 1


def test_private_documents_are_in_nobody_elses_view(
    desk: Client, member: Member, received: AskedDocument
) -> None:
    private = a_request(member=member, topic_code=None, branch=branch("support"))
    hidden = an_asked_document(private, by=an_adviser("support"), received=True)
    page = _read(desk, reverse("requests_app:queue"), view="documents")
    assert len(page.context["found"].rows) == 1
    assert _read(desk, _of("review", hidden)).status_code == 404
    assert _read(desk, _view(hidden.documents.get())).status_code == 404


def test_a_check_is_news_for_every_desk(desk: Client, received: AskedDocument) -> None:
    pulse = reverse("requests_app:pulse")
    before = _read(desk, pulse)["ETag"]
    assert _read(desk, pulse)["ETag"] == before
    _send(desk, _of("check_document", received), version=received.version)
    assert _read(desk, pulse)["ETag"] != before


def test_the_view_costs_the_same_for_two_documents_and_for_twelve(
    desk: Client, adviser: User, django_assert_max_num_queries: Any
) -> None:
    address, counts = reverse("requests_app:queue"), []
    for more in (2, 10):
        for _number in range(more):
            an_asked_document(a_request(), by=adviser, received=True)
        with django_assert_max_num_queries(20) as queries:
            _read(desk, address, view="documents")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_review_costs_a_fixed_number_of_queries(
    desk: Client, received: AskedDocument, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20) as queries:
        _read(desk, _of("review", received))
    few = len(queries)
    hand_in(received, files=[a_pdf(f"page-{number}.pdf") for number in range(5)])
    with django_assert_max_num_queries(20) as queries:
        _read(desk, _of("review", received))
    assert len(queries) == few
