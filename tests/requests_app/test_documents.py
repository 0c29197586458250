"""Which files come in, who gets them out, and how."""

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from people.models import Member
from requests_app.composing import vanished
from requests_app.documents import display_name
from requests_app.models import Document, Draft, MemberRequest
from tests.documents import A_PDF, a_document
from tests.factories import MemberFactory, UserFactory, a_request, an_adviser
from tests.requests_app.composing import A_PNG, NEW, a_pdf, errors_of, new_request, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    return MemberFactory()


@pytest.fixture
def browser(member: Member) -> Client:
    return signed_in(member)


def _address(document: Document) -> str:
    return reverse("requests_app:document", args=[document.key])


def _docx() -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return content.getvalue()


GOOD = {
    "devis.PDF": A_PDF,
    "photo.png": A_PNG,
    "contrat.docx": _docx(),
    "ancien.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "é" * 200 + ".pdf": A_PDF,
    "a\u200bb\u202efdp.pdf": A_PDF,
}


@pytest.mark.parametrize("name", GOOD)
def test_what_members_send_comes_in(browser: Client, name: str) -> None:
    browser.post(NEW, new_request(documents=[a_pdf(name, GOOD[name])]))
    document = MemberRequest.objects.get().documents.get()
    with document.file.open() as stored:
        assert stored.read() == GOOD[name]
    assert document.name == display_name(name)
    assert document.name not in str(document.file.name)


BAD = {
    "a page": ("page.html", b"<html><script>", "is not a PDF, an image or an office document"),
    "a drawing that runs": ("logo.svg", b"<svg onload=alert(1)>", "is not a PDF"),
    "a program": ("setup.exe", b"MZ" * 99, "is not a PDF"),
    "no ending": ("devis", A_PDF, "is not a PDF"),
    "two endings": ("devis.pdf.html", A_PDF, "is not a PDF"),
    "a page named PDF": ("devis.pdf", b"<html><script>", "is not what its name says"),
    "an image named PDF": ("devis.pdf", A_PNG, "is not what its name says"),
    "a PDF named Word": ("devis.docx", A_PDF, "is not what its name says"),
    "empty": ("devis.pdf", b"", "is empty"),
}


@pytest.mark.parametrize(("name", "content", "said"), BAD.values(), ids=BAD)
def test_what_may_not_come_in_is_named_and_nothing_is_sent(
    browser: Client, name: str, content: bytes, said: str
) -> None:
    page = browser.post(NEW, new_request(documents=[a_pdf(name, content), a_pdf("bon.pdf")]))
    found = errors_of(page)["documents"]
    assert len(found) == 1
    assert f"“{name}”" in found[0]
    assert said in found[0]
    assert not MemberRequest.objects.exists()
    assert [document.name for document in Document.objects.all()] == ["bon.pdf"]


def test_a_file_over_ten_megabytes_is_too_large(browser: Client) -> None:
    large = a_pdf("scan.pdf", A_PDF + b"\0" * 10 * 1024 * 1024)
    page = browser.post(NEW, new_request(documents=[large]))
    assert errors_of(page) == {"documents": ["“scan.pdf” is larger than 10 MB."]}


def test_the_sixth_document_is_one_too_many_and_five_are_kept(browser: Client) -> None:
    files = [a_pdf(f"{n}.pdf", A_PDF + b"%d" % n) for n in range(6)]
    page = browser.post(NEW, new_request(documents=files))
    assert errors_of(page) == {"documents": ["At most 5 documents fit in one message."]}
    assert Draft.objects.get().documents.count() == 5


@pytest.mark.parametrize("name", ["", ".", "..", "folder/"])
def test_a_file_that_vanished_on_the_way_is_named(browser: Client, name: str) -> None:
    boundary = "frontier"
    fields: dict[str, Any] = new_request(announced="étrange/")
    parts = [f'name="{key}"\r\n\r\n{value}' for key, value in fields.items()]
    parts.append(f'name="documents"; filename="{name}"\r\n\r\n{A_PDF.decode()}')
    body = "".join(f"--{boundary}\r\nContent-Disposition: form-data; {p}\r\n" for p in parts)
    page = browser.post(
        NEW,
        f"{body}--{boundary}--\r\n".encode(),
        content_type=f"multipart/form-data; boundary={boundary}",
    )
    assert errors_of(page)["documents"][0].startswith("“étrange/” did not arrive.")
    assert not MemberRequest.objects.exists()


def test_without_a_script_no_names_are_announced_and_files_come_in_all_the_same() -> None:
    assert vanished([], [a_pdf()]) == []
    assert vanished(["devis.pdf"], [a_pdf()]) == []
    assert vanished(["devis.pdf", "autre.pdf"], [a_pdf()]) == ["autre.pdf"]
    assert vanished(["devis.pdf", "devis.pdf"], [a_pdf()]) == ["devis.pdf"]


@pytest.fixture
def document(member: Member) -> Document:
    return a_document(a_request(member=member), 'devis "école".pdf')


def test_a_download_never_runs_in_our_pages(browser: Client, document: Document) -> None:
    answer = browser.get(_address(document))
    assert b"".join(answer.streaming_content) == A_PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "private, no-store"
    name = answer["Content-Disposition"]
    assert name.startswith("attachment; filename*=utf-8''devis%20%22%C3%A9cole%22.pdf")


def test_the_proxy_sends_the_file_where_there_is_one(
    browser: Client, document: Document, settings: Settings
) -> None:
    settings.UPLOADS_THROUGH_PROXY = "/protected-uploads/"
    answer = browser.get(_address(document))
    assert answer["X-Accel-Redirect"] == f"/protected-uploads/{document.file.name}"
    assert answer.content == b""
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"].startswith("sandbox")


def test_a_foreign_document_and_a_missing_one_answer_the_same(
    document: Document, settings: Settings
) -> None:
    stranger = signed_in(MemberFactory())
    foreign = stranger.get(_address(document))
    missing = stranger.get(reverse("requests_app:document", args=["x" * 32]))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


def test_a_file_that_is_gone_answers_like_one_that_never_was(
    browser: Client, document: Document
) -> None:
    document.file.storage.delete(str(document.file.name))
    assert browser.get(_address(document)).status_code == 404


def test_the_file_of_a_note_stays_among_advisers(browser: Client, document: Document) -> None:
    message = document.message
    assert message
    message.kind = "note"
    message.save()
    assert browser.get(_address(document)).status_code == 404


def test_advisers_of_the_branch_get_it_and_managers_do_not(document: Document) -> None:
    answers = {}
    for person in (an_adviser("first_line"), UserFactory(role="manager")):
        client = Client()
        client.force_login(person)
        answer = client.get(_address(document))
        answers[person.role] = answer.status_code
        assert b"".join(answer)
    assert answers == {"adviser": 200, "manager": 404}
