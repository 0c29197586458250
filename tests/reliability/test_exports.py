"""Bug 8: what is exported fetches nothing, reads no file, and runs nothing of what it prints."""

import io
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from branches.exports import Column, Table, as_csv, as_xlsx
from reports import pdf
from reports.blocks import Bullets, Document, Facts, Grid, Heading, Paragraph, Said
from tests.branches.test_exports import xml_of

AT = datetime(2023, 11, 20, 11, 0, tzinfo=UTC)
SECRET = "a word that stands only in this file"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    return file


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Somebody to whom every way out leads: connections of Python and of what is not Python."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, address)
            monkeypatch.setenv(name.upper(), address)
        yield server


@pytest.fixture(autouse=True)
def _no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise AssertionError("An export opens a connection.")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def _hostile(listener: socket.socket, secret: Path) -> list[str]:
    """What a person may have typed, in the languages of all that could read it."""
    here = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    return [
        f'<img src="{here}"><link rel="stylesheet" href="{here}"><script src="{here}"></script>',
        f'<iframe src="file://{secret}"></iframe>',
        f'#image("{secret}") #read("{secret}") #include "{secret}"',
        f'#image("../../../../../../../..{secret}")',
        '#import "@preview/cetz:0.3.4": canvas',
        f'#eval("read(\\"{secret}\\")") $ #sys.inputs.content $ \\u{{41}} *bold* _soft_ @ref <l>',
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]><x>&e;</x>',
        f'<svg xmlns:xlink="x"><image xlink:href="{here}"/><image href="file://{secret}"/></svg>',
        f'=WEBSERVICE("{here}")',
        f'=IMAGE("{here}")',
        f'=HYPERLINK("{here}";"x")',
        f"='file://{secret}'#$A1",
        f"\\\\127.0.0.1\\x {here}",
        f"\\input{{{secret}}} \\write18{{id}}",
        "{{ 7|add:7 }}{% include 'base.html' %}${7*7}",
    ]


def _document(words: list[str]) -> Document:
    said = [Said(text, text) for text in words]
    return Document(
        title=words[2],
        language="fr",
        subtitle=words[0],
        footer=words[5],
        blocks=[
            Heading(words[2]),
            *(Paragraph(text, "soft") for text in words),
            Bullets(words),
            Facts([(text, text) for text in words]),
            Grid(title=words[3], headings=["A", words[4]], rows=[[one, one] for one in said]),
        ],
    )


def test_bug_8_a_pdf_prints_what_was_typed_and_fetches_and_reads_nothing(
    listener: socket.socket, secret: Path
) -> None:
    made = pdf.as_pdf(_document(_hostile(listener, secret)), at=AT)
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    assert SECRET not in words
    assert "#read(" in words
    assert b"/URI" not in made
    assert b"/JavaScript" not in made
    with pytest.raises(TimeoutError):
        listener.accept()


def test_bug_8_tables_hold_what_was_typed_and_lead_nowhere(
    listener: socket.socket, secret: Path
) -> None:
    words = _hostile(listener, secret)
    table = Table("Texts", [Column("Said")], [(text,) for text in words])
    xml = xml_of(as_xlsx([table], title=words[0], at=AT))
    assert "<f>" not in xml
    assert "<hyperlink" not in xml
    assert 'TargetMode="External"' not in xml
    assert SECRET.encode() not in as_csv(table)
    with pytest.raises(TimeoutError):
        listener.accept()


def test_bug_8_the_template_of_documents_loads_no_package() -> None:
    for template in Path(pdf.TEMPLATES).iterdir():
        assert "@preview" not in template.read_text("utf-8")
        assert "#read(" not in template.read_text("utf-8")
