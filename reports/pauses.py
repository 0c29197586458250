"""When a request waited for its member, and when it was closed in between. Pure.

A request waits for its member from the moment on at which it is set to waiting and something was
asked since the member last wrote, until the member writes or it is closed. A wait without any
question is ours, not the member's. Times while it is closed before a reopening are nobody's. A
step that was undone has never been: a wait that it seemed to end goes on.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

# The numbers by which the events of a request are known here.
ANSWER, WAIT, MEMBER_WRITES, CLOSE, REOPEN, UNDO = range(1, 7)


@dataclass(frozen=True)
class Events:
    """Events of many requests, each array of shape (n,). `at` in UTC epoch seconds.

    `request` numbers the requests, `position` the events within one; `asks` is of answers.
    """

    request: Ints
    position: Ints
    action: Ints
    asks: Ints
    at: Ints


@dataclass(frozen=True)
class Spans:
    """Stretches of time of requests, each array of shape (k,): from `start` to `end`."""

    request: Ints
    start: Ints
    end: Ints


def spans(events: Events, *, cut_off: int) -> tuple[Spans, Spans]:
    """The stretches in which each request waited for its member, and those between two lives.

    What happened after the cut-off has not happened yet: a wait that goes on ends there, and a
    closing that was not followed by a reopening is an end, not a pause.
    """
    order = _standing(events, np.lexsort((events.position, events.request)))
    kept = order[events.at[order] <= cut_off]
    request, action, at = events.request[kept], events.action[kept], events.at[kept]
    asks = (events.asks[kept] > 0) & (action == ANSWER)
    is_last = np.r_[request[1:] != request[:-1], True][: request.size]
    until = np.where(is_last, cut_off, np.r_[at[1:], cut_off][: at.size])
    begins = _last_place(np.r_[True, request[1:] != request[:-1]][: request.size])
    status = _last_place(action != ANSWER)
    is_set = (status >= begins) & (action[np.maximum(status, 0)] == WAIT)
    asked = _last_place(asks)
    heard = _last_place((action == MEMBER_WRITES) | (action == REOPEN))
    waits = is_set & (asked >= begins) & (asked > heard)
    # Nothing but a reopening follows a closing.
    gone = (action == CLOSE) & ~is_last
    # Two clicks within one moment may stand in any order of time: a stretch is never negative.
    until = np.maximum(until, at)
    return Spans(request[waits], at[waits], until[waits]), Spans(
        request[gone], at[gone], until[gone]
    )


def _standing(events: Events, order: Ints) -> Ints:
    """Without the steps that were undone, whenever that was, and without the undoing.

    An undo takes back the event right before it; that one may be of no interest here.
    """
    request, position = events.request[order], events.position[order]
    is_undo = events.action[order] == UNDO
    follows = (request[1:] == request[:-1]) & (position[1:] == position[:-1] + 1)
    undone = np.r_[is_undo[1:] & follows, False][: order.size]
    standing: Ints = order[~is_undo & ~undone]
    return standing


def _last_place(holds: Mask) -> Ints:
    """For each place the last one up to it where this holds, -1 where there is none."""
    return np.maximum.accumulate(np.where(holds, np.arange(holds.size), -1), dtype=np.int64)
