"""CSV files that people hand us, read line by line; what cannot be read is named by its line.

Nothing here grows with the file: a line is at most `MAX_LINE_BYTES` long, and rows are passed on
one by one.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from os import fstat
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from people.plain_text import mask_register_numbers

MAX_LINE_BYTES = 256 * 1024
RAW_LENGTH = 200
DELIMITERS = ";,\t"
REPORT_COLUMNS = ("line", "key", "reason", "row")

_SURROGATES = re.compile("[\ud800-\udfff]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class UnreadableTable(Exception):
    """The file as a whole cannot be used. `line` is where that shows; the text says why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is not kept. `key` is what it belongs to, where that could be read."""

    line: int
    reason: str
    key: str = ""
    raw: str = ""


class _LineTooLong(Exception):
    pass


class _Lines:
    """Lines as text. Bytes that the encoding does not know survive as lone surrogates.

    Quoted fields may hold line ends, so `first` remembers where the present row began.
    """

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self.file, self.encoding = file, encoding
        self.number, self.first, self.bytes_read = 0, 0, 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.file.readline(MAX_LINE_BYTES)
        if not line:
            raise StopIteration
        self.number += 1
        self.bytes_read += len(line)
        self.first = self.first or self.number
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            self._skip_to_the_next_line()
            raise _LineTooLong
        return line.decode(self.encoding, "surrogateescape")

    def _skip_to_the_next_line(self) -> None:
        while rest := self.file.readline(MAX_LINE_BYTES):
            self.bytes_read += len(rest)
            if rest.endswith(b"\n"):
                return


class Table:
    """A CSV file with a header. Iterating gives each row once: a `Row`, or a `BadRow`.

    `delimiter` None means: the one of semicolon, comma and tab that the header holds most often.
    Raises UnreadableTable where there is no usable header.
    """

    def __init__(self, file: BinaryIO, *, encoding: str = "utf-8", delimiter: str | None = None):
        check_encoding(encoding)
        self.encoding = encoding
        self._lines = _Lines(file, encoding)
        header = self._header_line()
        self._reader = csv.reader(
            self._lines, delimiter=delimiter or max(DELIMITERS, key=header.count), strict=True
        )
        self.columns = self._columns(header)

    def _header_line(self) -> str:
        try:
            line = next(self._lines)
        except StopIteration:
            raise UnreadableTable(1, _("The file is empty.")) from None
        except _LineTooLong:
            raise UnreadableTable(1, _too_long()) from None
        line = line.removeprefix("\ufeff")
        if "\x00" in line or _SURROGATES.search(line):
            raise UnreadableTable(1, self._wrong_encoding())
        return line

    def _columns(self, header: str) -> list[str]:
        try:
            cells = next(csv.reader([header], dialect=self._reader.dialect, strict=True))
        except csv.Error as error:
            raise UnreadableTable(1, _broken(error)) from None
        names = [cell.strip() for cell in cells]
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise UnreadableTable(
                1, _("The header names a column twice: %(columns)s.") % {"columns": twice[0]}
            )
        return names

    def place_of(self, column: str) -> int:
        """Where this column stands. Raises UnreadableTable, naming what the header has."""
        try:
            return self.columns.index(column)
        except ValueError:
            raise UnreadableTable(
                1,
                _("The column “%(column)s” is missing; the header has: %(columns)s.")
                % {"column": column, "columns": ", ".join(self.columns)},
            ) from None

    @property
    def bytes_read(self) -> int:
        return self._lines.bytes_read

    @property
    def size(self) -> int:
        """Bytes of the whole file; 0 where that is not known, as in a pipe."""
        file = self._lines.file
        return fstat(file.fileno()).st_size if file.seekable() else 0

    def __iter__(self) -> Iterator[Row | BadRow]:
        while True:
            self._lines.first = 0
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except _LineTooLong:
                yield BadRow(self._lines.first, _too_long())
            except csv.Error as error:
                yield BadRow(self._lines.first, _broken(error))
            else:
                # An empty line is no row.
                if cells:
                    yield self._checked(Row(self._lines.first, cells))

    def _checked(self, row: Row) -> Row | BadRow:
        if len(row.cells) != len(self.columns):
            return self.refuse(
                row,
                _("The row has %(fields)s fields, the header has %(columns)s.")
                % {"fields": len(row.cells), "columns": len(self.columns)},
            )
        text = "".join(row.cells)
        if "\x00" in text:
            return self.refuse(row, _("The row holds a null character."))
        if not text.isascii() and _SURROGATES.search(text):
            return self.refuse(row, self._wrong_encoding())
        return row

    def refuse(self, row: Row, reason: str, *, key: str = "") -> BadRow:
        return BadRow(row.line, reason, key, shown(self._reader.dialect.delimiter.join(row.cells)))

    def _wrong_encoding(self) -> str:
        return _("Wrong encoding: this is not %(encoding)s text.") % {"encoding": self.encoding}


def check_encoding(encoding: str) -> None:
    """Raise UnreadableTable for an encoding that is unknown, or whose lines we cannot tell apart.

    UTF-16 and its like put null bytes around a line end: such files are saved as UTF-8 first.
    """
    try:
        plain = "\n,".encode(encoding).endswith(b"\n,")
    except LookupError:
        plain = False
    if not plain:
        raise UnreadableTable(
            1, _("“%(encoding)s” is not an encoding that can be read.") % {"encoding": encoding}
        )


def shown(text: str) -> str:
    """The beginning of a text, storable and printable whatever it holds.

    National register numbers are masked: the law keeps them out of our reports too.
    """
    start = mask_register_numbers(text[: 2 * RAW_LENGTH])[:RAW_LENGTH]
    start = start.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in start)


def write_report(path: Path, bad_rows: Iterable[BadRow]) -> int:
    """Write the bad rows as CSV that a spreadsheet opens without running anything; return how many.

    A report of an earlier run is overwritten even by an empty one, so that none misleads; without
    bad rows no new file appears. Raises OSError.
    """
    written = 0
    rows = iter(bad_rows)
    first = next(rows, None)
    if first is None and not path.exists():
        return 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(REPORT_COLUMNS)
        for bad in chain([first] if first else [], rows):
            writer.writerow(_report_cells(bad))
            written += 1
    return written


def _report_cells(bad: BadRow) -> list[str]:
    texts = (bad.key, bad.reason, bad.raw)
    return [str(bad.line), *("'" + t if t.startswith(_FORMULA_STARTS) else t for t in texts)]


def _too_long() -> str:
    return _("The line is longer than %(limit)s bytes.") % {"limit": MAX_LINE_BYTES}


def _broken(error: csv.Error) -> str:
    if "field limit" in str(error):
        return _("A field is longer than %(limit)s characters, or a quote is never closed.") % {
            "limit": csv.field_size_limit()
        }
    return _("The row is not readable as CSV: %(error)s.") % {"error": error}
