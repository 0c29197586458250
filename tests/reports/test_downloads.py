"""The report of a month as PDF, XLSX and CSV: what the page says, in the language of the page."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import translation
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from branches.models import LANGUAGES, Office, Pilot
from people.models import User
from reports import monthly, pdf
from reports.blocks import Bullets, Document, Facts, Grid, Heading, Paragraph, Picture, Said
from reports.models import MonthlyReport
from reports.monthly_document import monthly_document
from reports.plain_report import as_text
from reports.publishing import publish
from reports.recomputing import recompute
from reports.seal_page import seal_page
from requests_app.models import MemberRequest
from tests.reports.conftest import Arrive, brussels

JULY = date(2023, 7, 1)
NOW = brussels("2023-11-20T12:00")
FILE = "/pilot/LIEGE/2023-07/report."


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def report(office: Office, pilot: Pilot, a_dozen: list[MemberRequest]) -> MonthlyReport:
    return monthly.compute_report(office=office, month=JULY, at=NOW)


@pytest.fixture
def by_manager(client: Client, manager: User, report: MonthlyReport) -> Client:
    client.force_login(manager)
    return client


def words_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def pdf_of(report: MonthlyReport) -> bytes:
    """The whole report, in the language that is active."""
    document = monthly_document(report, seal=seal_page(report), working_day_hours=8)
    return pdf.as_pdf(document, at=NOW)


def document(*blocks: Any, **changes: Any) -> Document:
    return Document(**({"title": "T", "language": "fr", "blocks": blocks} | changes))


def test_the_csv_holds_the_stored_figures(by_manager: Client) -> None:
    content = by_manager.get(f"{FILE}csv").content.decode("utf-8-sig")
    heading, row = list(csv.reader(io.StringIO(content), delimiter=";"))
    cells = dict(zip(heading, row, strict=True))
    assert (cells["Office"], cells["Month"], cells["Received"]) == ("Liège", "2023-07", "12")
    assert cells["Median (office hours)"] == "6,00"
    assert cells["9 out of 10 (office hours)"] == ""


def test_the_xlsx_holds_numbers_and_dates(by_manager: Client) -> None:
    content = by_manager.get(f"{FILE}xlsx").content
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    heading, row = book.get_sheet_by_index(0).to_python()
    cells = dict(zip(heading, row, strict=True))
    assert (cells["Month"], cells["Received"]) == (JULY, 12)
    assert cells["Median (office hours)"] == 6
    definitions = book.get_sheet_by_name("Definitions").to_python()
    assert any(line[1] == "Still waiting" and line[3] for line in definitions)


def test_the_pdf_says_what_the_page_says(by_manager: Client) -> None:
    words = words_of(by_manager.get(f"{FILE}pdf").content)
    assert "Liège, July 2023" in words
    assert "Median" in words
    assert "6 h" in words
    assert "Requests that are still open are counted." in words


def test_the_pdf_has_the_closings_the_groups_and_the_seal(by_manager: Client) -> None:
    words = words_of(by_manager.get(f"{FILE}pdf").content)
    for told in ("Until it was closed", "waiting for their own reply", "By branch, topic", "Seal"):
        assert told in words


def test_words_and_later_versions_stand_in_the_files(
    by_manager: Client, report: MonthlyReport, manager: User, arrive: Arrive
) -> None:
    publish(report=report, words="Two colleagues were ill.", by=manager, at=NOW)
    arrive("2023-07-05T09:00")
    recompute(office=report.office, month=JULY, at=NOW + timedelta(days=1))
    words = words_of(by_manager.get(f"{FILE}pdf").content)
    assert "Two colleagues were ill." in words
    assert "What changed since" in words
    assert "Received 12 → 13" in words
    book = CalamineWorkbook.from_filelike(io.BytesIO(by_manager.get(f"{FILE}xlsx").content))
    assert {"Versions", "What changed since", "Words of managers"} <= set(book.sheet_names)
    versions = book.get_sheet_by_name("Versions").to_python()
    place = versions[0].index("Received")
    assert [row[place] for row in versions[1:]] == [12, 13]


def test_working_days_are_those_of_the_pilot(report: MonthlyReport) -> None:
    """16 hours are two working days of 8, and more than two of 7."""
    with translation.override("en"):
        document = monthly_document(report, seal=seal_page(report), working_day_hours=7)
        facts = next(block for block in document.blocks if isinstance(block, Facts))
        assert "within 2.3 working days of opening" in dict(facts.rows)["Within the promise"]
        assert "within 2.3 working days" in as_text(report, working_day_hours=7)


def test_there_is_no_file_of_what_is_not_computed(by_manager: Client) -> None:
    assert by_manager.get("/pilot/LIEGE/2023-06/report.csv").status_code == 404
    assert by_manager.get("/pilot/NOWHERE/2023-07/report.csv").status_code == 404
    assert by_manager.get(f"{FILE}exe").status_code == 404


def test_the_page_links_to_its_files(by_manager: Client) -> None:
    page = by_manager.get("/pilot/LIEGE/2023-07/").content.decode()
    assert all(f"{FILE}{ending}" in page for ending in ("pdf", "xlsx", "csv"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_tagged_and_names_its_language(report: MonthlyReport, language: str) -> None:
    with translation.override(language):
        content = pdf.as_pdf(
            monthly_document(report, seal=seal_page(report), working_day_hours=8), at=NOW
        )
    root: Any = PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == language
    assert b"pdfuaid:part" in content


@pytest.mark.parametrize(
    "text",
    [
        "Cœur, œuvre, ça, où, Noël, « l’été », 5 €, n° 7",
        "ĳs, ĳssalon, coöperatie, € 12,50",
        "Straße, Größe, Übergabe, „Maß“",
        "fi fl ffi – — … ’ “ ”",
    ],
)
def test_text_can_be_copied_out_of_the_pdf(text: str) -> None:
    assert text in words_of(pdf.as_pdf(document(Paragraph(text)), at=NOW))


@pytest.mark.parametrize(
    "text",
    [
        "#panic()",
        "$x^2$ *bold* _em_ `raw`",
        "= Heading",
        "@nobody <label>",
        "\\ // /* x */",
        '"#eval',
    ],
)
def test_what_a_person_wrote_is_never_markup(text: str) -> None:
    blocks = [
        Heading(text),
        Paragraph(text),
        Paragraph(text, "said"),
        Bullets([text]),
        Facts([(text, text)]),
        Grid(text, [text, text], [[Said(text), Said(text, text)]], note=text),
        Picture(
            text, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>', text, "", text
        ),
    ]
    content = pdf.as_pdf(document(*blocks, title=text, subtitle=text, footer=text), at=NOW)
    assert words_of(content).count(text) >= 12


def test_a_column_is_as_wide_as_its_figures_need() -> None:
    ranges = [Said("3,1 jours", "2,8 à 3,5 jours ouvrables"), Said("82 %", "80 à 84 %")]
    row = [Said("novembre 2026", "provisoire"), *[Said("1 125")] * 3, *ranges, *ranges]
    headings = ["Mois", "Reçu", "Réponse donnée", "Encore en attente", *["9 sur 10"] * 4]
    content = pdf.as_pdf(document(Grid("Chiffres", headings, [row] * 3)), at=NOW)
    lines = [
        line.strip()
        for page in PdfReader(io.BytesIO(content)).pages
        for line in page.extract_text().splitlines()
    ]
    assert lines.count("2,8 à 3,5 jours ouvrables") == 6
    assert lines.count("80 à 84 %") == 6
    assert lines.count("novembre 2026") == 3


def test_a_table_without_rows_is_printed() -> None:
    grid = Grid("Chiffres", ["Mois", "Reçu"], [], note="Aucun")
    assert "Aucun" in words_of(pdf.as_pdf(document(grid), at=NOW))


def test_a_sign_that_the_font_lacks_is_said_to_be_missing() -> None:
    with translation.override("en"):
        words = words_of(pdf.as_pdf(document(Paragraph("Bravo 😀!")), at=NOW))
    assert "Bravo \ufffd!" in words
    assert "Signs that cannot be printed" in words


def test_a_fault_of_the_template_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_options: object) -> bytes:
        raise pdf.typst.TypstError("broken")

    monkeypatch.setattr(pdf.typst, "compile", broken)
    with pytest.raises(pdf.typst.TypstError):
        pdf.as_pdf(document(Paragraph("a")), at=NOW)


def test_the_same_document_gives_the_same_bytes(report: MonthlyReport) -> None:
    one, other = (
        pdf.as_pdf(monthly_document(report, seal=seal_page(report), working_day_hours=8), at=NOW)
        for _turn in range(2)
    )
    assert one == other


def test_pictures_have_the_light_colours_of_the_style_sheet() -> None:
    css = Path(settings.BASE_DIR, "static", "css", "app.css").read_text("utf-8")
    known = dict(re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}),", css))
    assert known == pdf.COLOURS
    assert pdf.on_paper('<path stroke="var(--accent)"/>') == '<path stroke="#0b5f6b"/>'
