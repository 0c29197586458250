"""Columns of many rows as packed numbers: PostgreSQL sends them in binary, numpy reads them so.

A row that becomes a Python tuple, or only a message of its own, costs more than all the arithmetic
after it. So PostgreSQL makes one array of each column, with 8 bytes a value, and numpy reads a
million of them in milliseconds. An array with a NULL, or of anything else, is refused, never read
as something else. PostgreSQL holds 1 GB a value: 89 million rows in one query.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import (
    BigIntegerField,
    BooleanField,
    DateTimeField,
    Func,
    IntegerField,
    Model,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from numpy.typing import NDArray
from psycopg import Connection, Cursor
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.postgres import types
from psycopg.pq import Format

Ints: TypeAlias = NDArray[np.int64]

# Stands for "has not happened". Later than any moment, so it is also later than every cut-off.
NEVER = np.iinfo(np.int64).max
# PostgreSQL counts microseconds from here (2000-01-01 UTC, in UTC epoch seconds) ...
POSTGRES_EPOCH = 946_684_800
MICROSECONDS = 1_000_000
# An array in binary: its dimensions, whether it holds a NULL, the type of its values, their number
# and the first place; then each value after its length in bytes.
EMPTY_HEAD = struct.Struct(">iiI")
HEAD = struct.Struct(">iiIii")
ELEMENT = np.dtype([("length", ">i4"), ("value", ">i8")])


class UnreadableColumns(RuntimeError):
    """The database sent something else than rows of numbers of 8 bytes."""


class Numbers(Func):
    """Whole numbers, NULL as 0."""

    template = "COALESCE(%(expressions)s, 0)::bigint"
    output_field = BigIntegerField()


class Moments(Func):
    """Moments in UTC epoch seconds, microseconds cut off; NEVER where there is none."""

    # ... and sends infinity as the largest number there is.
    template = "COALESCE(%(expressions)s, 'infinity'::timestamptz)"
    output_field = DateTimeField()


class Place(Func):
    """The place of a text among those that are known, from 1 on; NULL for any other."""

    function = "ARRAY_POSITION"
    output_field = IntegerField()

    def __init__(self, field: str, known: Sequence[str]) -> None:
        texts = Value(list(known), output_field=ArrayField(TextField()))
        super().__init__(texts, Cast(field, TextField()))


Column: TypeAlias = Numbers | Moments


class IsAnyOf(Func):
    """Whether a key is one of these, which are sent as one array, however many they are."""

    arg_joiner = " = ANY("
    template = "(%(expressions)s))"
    output_field = BooleanField()

    def __init__(self, field: str, keys: Ints) -> None:
        # As one text: Django looks at each value of a list, which takes longer than the query.
        written = Value(f"{{{','.join(map(str, keys.tolist()))}}}")
        super().__init__(field, Cast(written, ArrayField(BigIntegerField())))


def number(expression: str | Combinable) -> Numbers:
    return Numbers(expression)


def flag(field: str) -> Numbers:
    """True as 1."""
    return Numbers(Cast(field, IntegerField()))


def packed(rows: QuerySet[Model, Any], columns: Mapping[str, Column]) -> dict[str, Ints]:
    """The columns of the rows as int64 arrays of shape (n,), all in one query and one order.

    The order is no particular one. Raises UnreadableColumns for anything but 8 bytes a value.
    """
    arrays = _arrays(rows.order_by().values_list(*columns.values()), len(columns))
    return {
        name: _read(array, column)
        for array, (name, column) in zip(arrays, columns.items(), strict=True)
    }


def _arrays(rows: QuerySet[Model, Any], width: int) -> Sequence[NDArray[np.int64]]:
    none = [np.zeros(0, np.int64)] * width
    try:
        statement, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        # Among no offices there is no request: nobody needs to be asked.
        return none
    names = [f"value{place}" for place in range(width)]
    together = ", ".join(f"array_agg({name})" for name in names)
    with connection.cursor() as cursor:
        asked = cursor.mogrify(statement, parameters)
        with _binary_cursor(cursor.connection) as binary:
            # Names are our own, and the values of the question are quoted already.
            binary.execute(
                f"SELECT {together} FROM ({asked}) AS rows ({', '.join(names)})"  # noqa: S608
            )
            found = binary.fetchone()
    return none if found[0] is None else _checked(found)


def _binary_cursor(of: Connection[Any]) -> CursorWrapper:
    """Django's own cursors get text only. This one is counted and logged as they are."""
    binary: Any = Cursor(of)
    binary.format = Format.BINARY
    for kind in ("int8", "timestamptz"):
        binary.adapters.register_loader(types[kind].array_oid, _ArrayLoader)
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    return wrap(binary)


def _checked(found: Sequence[Any]) -> Sequence[NDArray[np.int64]]:
    for array in found:
        if not isinstance(array, np.ndarray):
            raise UnreadableColumns(f"A column is {type(array).__name__}, not numbers of 8 bytes.")
    return found


class _ArrayLoader(Loader):
    """An array of PostgreSQL as numbers of 8 bytes, as they came."""

    format = Format.BINARY

    def load(self, data: Buffer) -> NDArray[np.int64]:
        _dimensions, has_null, _kind = EMPTY_HEAD.unpack_from(data)
        if has_null:
            raise UnreadableColumns("A column has rows without a value.")
        return np.frombuffer(data, ELEMENT, offset=HEAD.size)["value"]


def _read(values: NDArray[np.int64], column: Column) -> Ints:
    found = values.astype(np.int64)
    if not isinstance(column, Moments):
        return found
    return np.where(found == NEVER, NEVER, found // MICROSECONDS + POSTGRES_EPOCH)
