"""Columns of many rows as packed numbers: PostgreSQL joins them, numpy reads them, nothing between.

A row that becomes a Python tuple costs more than all the arithmetic after it. So one aggregate for
each column strings the binary form of its values together, and numpy reads a million of them in
milliseconds. All aggregates of one query see its rows in the same order, so place i of every column
is row i; a column that lost one (NULL is skipped) would have another length, and is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Aggregate,
    BinaryField,
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


class Numbers(Aggregate):
    """Whole numbers, NULL as 0."""

    template = "STRING_AGG(int8send(COALESCE(%(expressions)s, 0)::bigint), ''::bytea)"
    output_field = BinaryField()


class Moments(Aggregate):
    """Moments in UTC epoch seconds, microseconds cut off; NEVER where there is none."""

    # ... and sends infinity as the largest number there is.
    template = "STRING_AGG(timestamptz_send(COALESCE(%(expressions)s, 'infinity')), ''::bytea)"
    output_field = BinaryField()


class Place(Func):
    """The place of a text among those that are known, from 1 on; NULL for any other."""

    function = "ARRAY_POSITION"
    output_field = IntegerField()

    def __init__(self, field: str, known: Sequence[str]) -> None:
        texts = Value(list(known), output_field=ArrayField(TextField()))
        super().__init__(texts, Cast(field, TextField()))


def number(expression: str | Combinable) -> Numbers:
    return Numbers(expression)


def flag(field: str) -> Numbers:
    """True as 1."""
    return Numbers(Cast(field, IntegerField()))


def packed(rows: QuerySet[Model, Any], columns: Mapping[str, Aggregate]) -> dict[str, Ints]:
    """The columns of the rows as int64 arrays of shape (n,), all in one query and one order.

    The order is no particular one. Raises RuntimeError if a column has another length.
    """
    found = rows.order_by().aggregate(**columns)
    read = {name: _read(found[name], columns[name]) for name in columns}
    if len({column.size for column in read.values()}) > 1:
        raise RuntimeError("The columns of one query have different lengths.")
    return read


def _read(packed_values: bytes | memoryview | None, column: Aggregate) -> Ints:
    values = np.frombuffer(packed_values or b"", dtype=">i8").astype(np.int64)
    if not isinstance(column, Moments):
        return values
    return np.where(values == NEVER, NEVER, values // MICROSECONDS + POSTGRES_EPOCH)
