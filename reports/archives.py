"""The requests of one report as a compact piece of bytes, and back. Pure but for the cohort's type.

About 25 bytes a request instead of a row in a table: whole columns of numbers, their bytes sorted
by place (neighbours resemble each other), then compressed. The opening hours that counted are kept
beside them. Kept are keys, moments, durations and groups: no text, no member, no adviser.
"""

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from branches.working_time import Seconds, WorkingCalendar
from reports.cohorts import LEFT_OUT, NONE, Cohort
from reports.columns import NEVER

FORMAT = 1
# The highest level takes three times as long, and saves 2 of 23 bytes a request.
LEVEL = 1
COLUMNS = (
    "key", "branch", "topic", "channel", "language", "submitted", "answered", "closed", "closing",
    "was_question", "office_hours", "calendar_time", "lived", "lived_office", "waited",
    "waited_office",
)  # fmt: skip
OPENINGS = ("opens", "closes")


@dataclass(frozen=True, eq=False)
class Archive:
    """A cohort of one office as it was counted, and when the office was open meanwhile."""

    cohort: Cohort
    opens: Seconds
    closes: Seconds

    @property
    def digest(self) -> str:
        """The same for the same inputs, in 64 hexadecimal digits (SHA-256 of all numbers)."""
        found = hashlib.sha256(f"{FORMAT} {COLUMNS}".encode())
        for column in _columns(self):
            found.update(np.ascontiguousarray(column, dtype="<i8").tobytes() + b"|")
        return found.hexdigest()


def archive(requests: Cohort, calendar: WorkingCalendar, *, cut_off: int) -> Archive:
    """`requests` are those of one office; openings are kept from the first request to the cut-off.

    `cut_off` in UTC epoch seconds.
    """
    first = int(requests.submitted.min()) if requests.submitted.size else cut_off
    meant = (calendar.closes > first) & (calendar.opens < cut_off)
    return Archive(requests, calendar.opens[meant], calendar.closes[meant])


def packed(kept: Archive) -> bytes:
    """The bytes to store: a line of JSON that describes them, then the compressed columns."""
    columns = _columns(kept)
    described = {"format": FORMAT, "columns": COLUMNS, "sizes": [len(each) for each in columns]}
    body = b"".join(_by_place(column) for column in columns)
    return json.dumps(described).encode() + b"\n" + zlib.compress(body, level=LEVEL)


def unpacked(content: bytes | memoryview, *, office: int) -> Archive:
    """What `packed` stored. `office` is the key of the office; advisers were never kept.

    Raises ValueError for a format that this version does not know.
    """
    head, _line, body = bytes(content).partition(b"\n")
    described = json.loads(head)
    if described["format"] != FORMAT:
        raise ValueError(f"Rows of format {described['format']} cannot be read.")
    names = (*described["columns"], *OPENINGS)
    columns = dict(zip(names, _in_order(zlib.decompress(body), described["sizes"]), strict=True))
    opens, closes = (columns.pop(name) for name in OPENINGS)
    return Archive(_cohort(columns, office), opens, closes)


def _columns(kept: Archive) -> list[Seconds]:
    return [*(getattr(kept.cohort, name) for name in COLUMNS), kept.opens, kept.closes]


def _by_place(column: Seconds) -> bytes:
    """All first bytes, then all second bytes, ...: the high ones are nearly always the same."""
    return np.ascontiguousarray(column, dtype="<i8").view(np.uint8).reshape(-1, 8).T.tobytes()


def _in_order(body: bytes, sizes: list[int]) -> list[Seconds]:
    columns, start = [], 0
    for size in sizes:
        places = np.frombuffer(body, np.uint8, count=8 * size, offset=start).reshape(8, size)
        columns.append(np.ascontiguousarray(places.T).view("<i8").reshape(size).astype(np.int64))
        start += 8 * size
    return columns


def _cohort(columns: dict[str, Any], office: int) -> Cohort:
    """What follows from the kept columns is not kept."""
    answered, closed, closing = (columns[name] for name in ("answered", "closed", "closing"))
    excluded = np.full_like(closing, -1)
    for place, reason in LEFT_OUT.items():
        excluded[closing == place] = reason
    was_question = columns.pop("was_question").astype(np.bool_)
    return Cohort(
        **columns,
        was_question=was_question,
        office=np.full_like(closing, office),
        adviser=np.full_like(closing, NONE),
        is_answered=(answered < NEVER) & (excluded < 0),
        is_waiting=(answered == NEVER) & (closed == NEVER),
        excluded=excluded,
    )
