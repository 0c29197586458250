"""Columns of many rows as packed numbers: PostgreSQL sends them in binary, numpy reads them so.

A row that becomes a Python tuple costs more than all the arithmetic after it. So COPY sends every
value in 8 bytes, in rows of one width, and numpy reads a million of them in milliseconds. A row of
another width (a NULL has no bytes) is refused, never read as something else.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    BigIntegerField,
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

Ints: TypeAlias = NDArray[np.int64]

# Stands for "has not happened". Later than any moment, so it is also later than every cut-off.
NEVER = np.iinfo(np.int64).max
# PostgreSQL counts microseconds from here (2000-01-01 UTC, in UTC epoch seconds) ...
POSTGRES_EPOCH = 946_684_800
MICROSECONDS = 1_000_000
# What stands before and after the rows of a binary COPY, in bytes, and each value within one.
HEADER, TRAILER = 19, 2
PARTS = (("length", ">i4"), ("value", ">i8"))


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


def number(expression: str | Combinable) -> Numbers:
    return Numbers(expression)


def flag(field: str) -> Numbers:
    """True as 1."""
    return Numbers(Cast(field, IntegerField()))


def packed(rows: QuerySet[Model, Any], columns: Mapping[str, Column]) -> dict[str, Ints]:
    """The columns of the rows as int64 arrays of shape (n,), all in one query and one order.

    The order is no particular one. Raises UnreadableColumns for anything but 8 bytes a value.
    """
    table = _table(_copied(rows.order_by().values_list(*columns.values())), len(columns))
    return {
        name: _read(table[f"value{place}"], column)
        for place, (name, column) in enumerate(columns.items())
    }


def _copied(rows: QuerySet[Model, Any]) -> bytes:
    try:
        statement, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        # Among no offices there is no request: nobody needs to be asked.
        return b""
    with connection.cursor() as cursor:
        asked = cursor.mogrify(statement, parameters)
        with cursor.copy(f"COPY ({asked}) TO STDOUT (FORMAT BINARY)") as copy:
            return b"".join(copy)


def _table(content: bytes, width: int) -> NDArray[np.void]:
    """The rows of a binary COPY: for each the number of values, then length and value of each."""
    parts = [(f"{part}{place}", kind) for place in range(width) for part, kind in PARTS]
    row = np.dtype([("values", ">i2"), *parts])
    body = content[HEADER:-TRAILER]
    if len(body) % row.itemsize:
        raise UnreadableColumns("Rows of a query have different widths.")
    table = np.frombuffer(body, dtype=row)
    right = [table["values"] == width, *(table[f"length{place}"] == 8 for place in range(width))]
    if not all(bool(each.all()) for each in right):
        raise UnreadableColumns("A value of a query does not have 8 bytes.")
    return table


def _read(values: NDArray[np.int64], column: Column) -> Ints:
    found = values.astype(np.int64)
    if not isinstance(column, Moments):
        return found
    return np.where(found == NEVER, NEVER, found // MICROSECONDS + POSTGRES_EPOCH)
