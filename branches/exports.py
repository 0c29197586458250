"""Tables for spreadsheets: CSV and XLSX. The only place that writes them.

The computers that open these files are Belgian: CSV has a byte order mark, semicolons and decimal
commas, whatever the language of the words. What a person typed is never run as a formula.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from branches.working_time import BRUSSELS

Cell: TypeAlias = str | int | float | date | datetime | None

# OWASP's list, with the wide forms that spreadsheets of East Asia read in the same way.
FORMULA_STARTS = tuple("=+-@＝＋－＠")
CONTROL_STARTS = ("\t", "\r", "\n")
SHEET_NAME_LENGTH, CELL_LENGTH = 31, 32_767
NARROWEST, WIDEST = 8, 60


class Kind(StrEnum):
    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    SHARE = "share"  # from 0 to 1; a spreadsheet shows percent
    DAY = "day"
    MONTH = "month"  # the first day of it
    MOMENT = "moment"  # aware; shown as the clock on the wall in Brussels


_FORMATS = {
    Kind.TEXT: "@",
    Kind.WHOLE: "0",
    Kind.SHARE: "0.0%",
    Kind.DAY: "yyyy-mm-dd",
    Kind.MONTH: "yyyy-mm",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
}


@dataclass(frozen=True)
class Column:
    """What stands in a column, in words that a reader of the file alone understands."""

    title: str
    kind: Kind = Kind.TEXT
    unit: str = ""
    definition: str = ""
    decimals: int = 2  # of a number

    @property
    def heading(self) -> str:
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True)
class Table:
    """Rows of cells of the kinds that the columns name; None is an empty cell."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = field(default=())

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"A row of {self.title} has {len(row)} cells: {row!r}.")


def looks_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet could take this text for a formula or a command."""
    return text.startswith(CONTROL_STARTS) or text.lstrip().startswith(FORMULA_STARTS)


def as_csv(table: Table) -> bytes:
    """The table as CSV. Text that looks like a formula gets a quote before it, once."""
    lines = io.StringIO()
    writer = csv.writer(lines, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerow(_safe(_csv_heading(column)) for column in table.columns)
    for row in table.rows:
        writer.writerow(
            _csv_cell(column, cell) for column, cell in zip(table.columns, row, strict=True)
        )
    return lines.getvalue().encode("utf-8-sig")


def as_xlsx(tables: Iterable[Table], *, title: str, at: datetime) -> bytes:
    """One sheet for each table and a last one with the definitions of all columns.

    `at` is written as the moment of creation. The same arguments give the same bytes.
    """
    output = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(output, options) as book:
        # The library wants a naive moment and calls it UTC.
        book.set_properties(
            {"title": title, "created": at.astimezone(BRUSSELS).replace(tzinfo=None)}
        )
        writer = _Book(book)
        tables = list(tables)
        for table in [*tables, _definitions(tables)]:
            writer.write(table)
    return output.getvalue()


def attachment(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """A file for the reader's disk: never shown, never guessed at, never kept by a cache."""
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF_TYPE = "application/pdf"


def _safe(text: str) -> str:
    return f"'{text}" if looks_like_a_formula(text) else text


def _csv_heading(column: Column) -> str:
    is_percent = column.kind == Kind.SHARE and not column.unit
    return f"{column.title} (%)" if is_percent else column.heading


def _csv_cell(column: Column, cell: Cell) -> str:
    return "" if cell is None else _CSV_CELLS[column.kind](column, cell)


def _comma(number: float, decimals: int) -> str:
    return f"{number:.{decimals}f}".replace(".", ",")


def _number(cell: Cell) -> float:
    """Raises ValueError for what is no number: a file with "nan" in it opens nowhere."""
    if isinstance(cell, int | float) and math.isfinite(cell):
        return cell
    raise ValueError(f"{cell!r} is no number.")


def _day(cell: Cell) -> date:
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return cell
    raise ValueError(f"{cell!r} is no day.")


def _wall_clock(cell: Cell) -> datetime:
    """The naive moment on the clock in Brussels: spreadsheets know no zones."""
    if isinstance(cell, datetime) and cell.tzinfo is not None:
        return cell.astimezone(BRUSSELS).replace(tzinfo=None)
    raise ValueError(f"{cell!r} is no aware moment.")


_CSV_CELLS: dict[Kind, Callable[[Column, Cell], str]] = {
    Kind.TEXT: lambda _column, cell: _safe(str(cell)),
    Kind.WHOLE: lambda _column, cell: str(int(_number(cell))),
    Kind.NUMBER: lambda column, cell: _comma(_number(cell), column.decimals),
    Kind.SHARE: lambda _column, cell: _comma(100 * _number(cell), 1),
    Kind.MOMENT: lambda _column, cell: _wall_clock(cell).isoformat(sep=" ", timespec="minutes"),
    Kind.DAY: lambda _column, cell: _day(cell).isoformat(),
    Kind.MONTH: lambda _column, cell: f"{_day(cell):%Y-%m}",
}


def _definitions(tables: Iterable[Table]) -> Table:
    """What each column of each table holds, and the notes below the tables."""
    rows: list[tuple[Cell, ...]] = []
    for table in tables:
        rows += [
            (table.title, column.title, column.unit, column.definition) for column in table.columns
        ]
        rows += [(table.title, "", "", note) for note in table.notes]
    titles = (_("Table"), _("Column"), _("Unit"), _("Definition"))
    return Table(_("Definitions"), [Column(title) for title in titles], rows)


class _Book:
    """Writes sheets one row after the other, so that a long table needs no more memory."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.heading = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "num_format": "@"}
        )
        self.text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        # Excel's own mark for "this is text", which survives being saved as CSV.
        self.quoted = book.add_format(
            {"num_format": "@", "text_wrap": True, "valign": "top", "quote_prefix": True}
        )
        self.formats: dict[str, Any] = {}
        self.names: set[str] = set()

    def write(self, table: Table) -> None:
        sheet = self.book.add_worksheet(self._name(table.title))
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, _width(table, place, column))
        for place, column in enumerate(table.columns):
            self._text(sheet, 0, place, column.heading, self.heading)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(table.rows, start=1):
            for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
                self._cell(sheet, number, place, column, cell)
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)

    def _cell(self, sheet: Any, row: int, place: int, column: Column, cell: Cell) -> None:
        if cell is None:
            return
        match column.kind:
            case Kind.TEXT:
                self._text(sheet, row, place, str(cell), self.text)
            case Kind.MOMENT:
                sheet.write_datetime(row, place, _wall_clock(cell), self._format(column))
            case Kind.DAY | Kind.MONTH:
                sheet.write_datetime(row, place, _day(cell), self._format(column))
            case _:
                sheet.write_number(row, place, _number(cell), self._format(column))

    def _text(self, sheet: Any, row: int, place: int, text: str, usual: Any) -> None:
        form = self.quoted if looks_like_a_formula(text) else usual
        sheet.write_string(row, place, text[:CELL_LENGTH], form)

    def _format(self, column: Column) -> Any:
        number = f"0.{'0' * column.decimals}".rstrip(".")
        written = _FORMATS.get(column.kind, number)
        if written not in self.formats:
            self.formats[written] = self.book.add_format({"num_format": written, "valign": "top"})
        return self.formats[written]

    def _name(self, title: str) -> str:
        """A name that Excel accepts: short, without its separators, and once in the book."""
        plain = "".join(" " if sign in "[]:*?/\\" else sign for sign in title).strip("' ") or "1"
        for name in _numbered(plain):
            if name.casefold() not in self.names:
                self.names.add(name.casefold())
                return name
        raise AssertionError("There is always a next number.")


def _numbered(plain: str) -> Iterator[str]:
    yield plain[:SHEET_NAME_LENGTH].strip("' ")
    number = 2
    while True:
        ending = f" {number}"
        yield plain[: SHEET_NAME_LENGTH - len(ending)].strip("' ") + ending
        number += 1


def _width(table: Table, place: int, column: Column) -> float:
    """Wide enough for the longest text of the column, within reason; headings may wrap."""
    longest_word = max((len(word) for word in column.heading.split()), default=0)
    cells = (row[place] for row in table.rows)
    longest = max((len(str(cell)) for cell in cells if isinstance(cell, str)), default=0)
    usual = 17 if column.kind == Kind.MOMENT else 11
    return min(max(NARROWEST, usual, longest_word + 3, longest + 2), WIDEST)
