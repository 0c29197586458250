"""Bugs 4 to 7: what comes in as a document, under which name, and what it may do on its way out."""

import re
import time
import tracemalloc
import unicodedata
from unittest.mock import patch
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from people.models import Member
from requests_app import documents
from requests_app.documents import CONTENT_TYPES
from requests_app.models import Document, Draft, MemberRequest
from tests.factories import NOW, MemberFactory, PilotFactory, an_adviser
from tests.reliability.hostile_files import ACTIVE, BOMBS, MIB, NAMES, POLYGLOTS
from tests.requests_app.composing import NEW, a_pdf, errors_of, new_request, signed_in

pytestmark = pytest.mark.django_db

UNPACKERS = (
    "zipfile.ZipFile.open", "zipfile.ZipFile.read", "zipfile.ZipFile.extractall",
    "xml.etree.ElementTree.XMLParser", "xml.sax.make_parser", "pypdf.PdfReader",
)  # fmt: skip


@pytest.fixture
def member() -> Member:
    member = MemberFactory()
    PilotFactory(offices=[member.office])
    return member


@pytest.fixture
def sender(member: Member) -> Client:
    return signed_in(member)


def _send(sender: Client, name: str, content: bytes) -> HttpResponseBase:
    # The browser says what it likes about the type.
    file = SimpleUploadedFile("devis.pdf", content, "text/html")
    # Django's own test file would already shorten the name.
    file._name = name
    return sender.post(NEW, new_request(documents=[file]))


# --- 4: active content ---------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "content"), ACTIVE, ids=[name for name, _ in ACTIVE])
def test_bug_4_what_could_run_does_not_come_in(sender: Client, name: str, content: bytes) -> None:
    assert set(errors_of(_send(sender, name, content))) == {"documents"}
    assert not MemberRequest.objects.exists()
    assert not Document.objects.exists()


@pytest.mark.parametrize(("name", "content", "kept_as"), POLYGLOTS, ids=[p[0] for p in POLYGLOTS])
def test_bug_4_what_is_two_things_is_only_the_one_of_our_list(
    sender: Client, name: str, content: bytes, kept_as: str
) -> None:
    _send(sender, name, content)
    document = Document.objects.get()
    assert document.content_type == kept_as
    for address, person in _ways_out(document):
        client = Client()
        client.force_login(person)
        answer = client.get(address)
        list(answer)
        assert answer.status_code == 200
        assert answer["Content-Type"] == kept_as
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def _ways_out(document: Document) -> list[tuple[str, object]]:
    member_request = document.member_request
    assert member_request
    adviser = an_adviser("first_line", office=member_request.office)
    return [
        (reverse("requests_app:document", args=[document.key]), member_request.member.user),
        (reverse("requests_app:document", args=[document.key]), adviser),
        (reverse("requests_app:view_document", args=[document.key]), adviser),
    ]


def test_bug_4_our_list_holds_nothing_that_a_browser_runs() -> None:
    runs = re.compile(r"html|svg|xml$|javascript|^text/|flash|java")
    assert not [kind for kind in CONTENT_TYPES.values() if runs.search(kind)]


# --- 5 and 6: names ------------------------------------------------------------------------------


@pytest.fixture
def named(member: Member) -> list[Document]:
    """A document under each of the names, kept in a draft as the form keeps it."""
    draft = Draft.objects.create(author=member.user, saved_at=NOW)
    kept = []
    for name in NAMES:
        file = a_pdf()
        file._name = name
        document = documents.described(file, by=member.user, at=NOW)
        document.draft = draft
        documents.store(document, file)
        kept.append(document)
    return kept


def test_bug_5_a_name_makes_one_header_and_never_two(sender: Client, named: list[Document]) -> None:
    for document in named:
        answer = sender.get(reverse("requests_app:document", args=[document.key]))
        list(answer)
        disposition = answer["Content-Disposition"]
        assert not re.search(r"[\x00-\x1f\x7f]", disposition)
        # RFC 6266: a quoted name whose quotes are escaped, or RFC 8187's percent encoding.
        form = r'attachment; filename(="(?:[^"\\]|\\.)*"|\*=utf-8\'\'[\w.!#$&+^`|~%-]+)'
        found = re.fullmatch(form, disposition)
        assert found, disposition
        if found[1].startswith("*"):
            assert unquote(found[1].removeprefix("*=utf-8''")) == document.name


def test_bug_6_no_name_leads_out_of_the_folder_or_fools_a_reader(named: list[Document]) -> None:
    assert len({str(document.file.name) for document in named}) == len(NAMES)
    for document in named:
        assert re.fullmatch(r"[\w-]{22,}", str(document.file.name).rsplit("/", 1)[-1])
        assert document.name not in str(document.file.name)
        assert not re.search(r"[/\\\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\ufeff]",
                             document.name)  # fmt: skip
        assert document.name == unicodedata.normalize("NFC", document.name)
        assert 0 < len(document.name) <= 150
        assert document.name.lower().endswith(".pdf")


def test_bug_6_two_files_of_one_name_are_two_files(sender: Client) -> None:
    for content in (b"%PDF-1.4\nfirst", b"%PDF-1.4\nsecond"):
        _send(sender, "devis.pdf", content)
    kept = []
    for document in Document.objects.order_by("pk"):
        with document.file.open() as file:
            kept.append(file.read())
    assert kept == [b"%PDF-1.4\nfirst", b"%PDF-1.4\nsecond"]


# --- 7: bombs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOMBS)
def test_bug_7_a_bomb_is_kept_as_it_came_and_never_unpacked(sender: Client, name: str) -> None:
    content = BOMBS[name]()
    assert len(content) < 4 * MIB
    tracemalloc.start()
    began = time.process_time()
    try:
        with _nobody_unpacks():
            _send(sender, name, content)
            document = Document.objects.get()
            for address, person in _ways_out(document):
                client = Client()
                client.force_login(person)
                list(client.get(address))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert document.size == len(content)
    assert peak < 48 * MIB
    assert time.process_time() - began < 10


class _nobody_unpacks:  # noqa: N801
    """Whatever opens a container says so."""

    def __enter__(self) -> None:
        def refuse(*_args: object, **_options: object) -> None:
            raise AssertionError("Somebody unpacks what a stranger sent.")

        self._patches = [patch(name, refuse) for name in UNPACKERS]
        for one in self._patches:
            one.start()

    def __exit__(self, *_raised: object) -> None:
        for one in self._patches:
            one.stop()


def test_bug_7_a_header_with_a_hundred_thousand_parameters_costs_nothing(sender: Client) -> None:
    parameters = "; ".join(f"p{number}=x" for number in range(100_000))
    header = f'Content-Disposition: form-data; name="body"; {parameters}'
    part = f"--x\r\n{header}\r\n\r\nwords\r\n--x--\r\n"
    began = time.process_time()
    answer = sender.post(NEW, part.encode(), content_type="multipart/form-data; boundary=x")
    assert answer.status_code in {400, 422}
    assert time.process_time() - began < 3
