"""How long followed documents wait, for reports: with the office, and with the member.

Two cohorts, defined in `docs/figures.md`. Both give arrays of one shape (n,), ready for an
estimate that counts those still waiting as censored: `durations` in whole seconds and `observed`.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

import numpy as np
from django.utils.timezone import localdate
from numpy.typing import NDArray

from branches.calendars import working_calendar
from branches.models import Branch, Office
from branches.working_time import Seconds, epoch_seconds
from requests_app.asked_models import AskedDocument, AskedDocumentQuerySet, AskedEvent
from requests_app.document_rules import DocumentAction

# These end the wait for the office: the document is decided upon.
DECIDED = frozenset({DocumentAction.CHECK, DocumentAction.REFUSE})


@dataclass(frozen=True, eq=False)
class DocumentTimes:
    """One row a document, all of shape (n,)."""

    documents: Seconds  # primary keys
    durations: Seconds
    observed: NDArray[np.bool_]


def review_times(
    *, office: Office, start: datetime, end: datetime, at: datetime, branch: Branch | None = None
) -> DocumentTimes:
    """From received to checked, in office hours, of what was first received in [start, end).

    Only the time in which it was the office's turn counts: while the member corrects, the clock
    rests. A refusal decides as a check does. What is not decided by `at` is censored: at `at`, or
    where the member's turn or the end of the need has stopped the clock. `branch` limits to the
    requests for which it is accountable now. 1 query, and that of the calendar.
    """
    cohort = _cohort(office, branch).filter(
        first_received_at__gte=start, first_received_at__lt=min(end, at)
    )
    stretches: list[tuple[int, int, int]] = []
    decided: dict[int, bool] = {}
    for key, steps in _histories(cohort, at=at):
        found, decided[key] = _office_turns(steps, at=at)
        stretches += [(key, begin, stop) for begin, stop in found]
    keys = np.array(list(decided), dtype=np.int64)
    seconds = np.zeros(len(decided), dtype=np.int64)
    if stretches:
        owners, begins, stops = np.array(stretches, dtype=np.int64).T
        calendar = working_calendar(office, start=localdate(start), end=localdate(at))
        places = {key: place for place, key in enumerate(decided)}
        owned = [places[key] for key in owners.tolist()]
        np.add.at(seconds, owned, calendar.seconds_between(begins, stops))
    return DocumentTimes(keys, seconds, np.array(list(decided.values()), dtype=bool))


def hand_in_times(
    *, office: Office, start: datetime, end: datetime, at: datetime, branch: Branch | None = None
) -> DocumentTimes:
    """From asked to received, in calendar time, of what was asked for in [start, end).

    Only the first receipt counts. Censored: what was not handed in by `at`, and what was no longer
    needed before. 1 query.
    """
    asked = AskedEvent.objects.filter(
        action=DocumentAction.ASK, at__gte=start, at__lt=min(end, at)
    ).values("asked")
    rows = []
    for key, steps in _histories(_cohort(office, branch).filter(pk__in=asked), at=at):
        begin = steps[0][1]
        received = [moment for action, moment in steps if action == DocumentAction.RECEIVE]
        dropped = [moment for action, moment in steps if action == DocumentAction.DROP]
        stop = min([*received[:1], *dropped, at])
        rows.append((key, epoch_seconds(stop) - epoch_seconds(begin), bool(received[:1] == [stop])))
    keys, durations, observed = zip(*rows, strict=True) if rows else ((), (), ())
    return DocumentTimes(
        np.array(keys, dtype=np.int64),
        np.array(durations, dtype=np.int64),
        np.array(observed, dtype=bool),
    )


def _cohort(office: Office, branch: Branch | None) -> AskedDocumentQuerySet:
    found = AskedDocument.objects.filter(member_request__office=office, member_request__source="")
    return found.filter(member_request__branch=branch) if branch else found


def _histories(
    cohort: AskedDocumentQuerySet, *, at: datetime
) -> Iterator[tuple[int, list[tuple[str, datetime]]]]:
    """What happened to each document until `at`, in its order."""
    events = AskedEvent.objects.filter(asked__in=cohort, at__lte=at)
    rows = events.order_by("asked_id", "position").values_list("asked_id", "action", "at")
    for key, steps in groupby(rows, key=itemgetter(0)):
        yield key, [(action, moment) for _key, action, moment in steps]


def _office_turns(
    steps: list[tuple[str, datetime]], *, at: datetime
) -> tuple[list[tuple[int, int]], bool]:
    """The stretches in which it was the office's turn, and whether it has decided."""
    turns: list[tuple[int, int]] = []
    since: datetime | None = None
    for action, moment in steps:
        if action in {DocumentAction.RECEIVE, DocumentAction.FOLLOW}:
            since = since or moment
        elif since is not None and action != DocumentAction.REMIND:
            turns.append((epoch_seconds(since), epoch_seconds(moment)))
            since = None
    if since is not None:
        turns.append((epoch_seconds(since), epoch_seconds(at)))
    return turns, steps[-1][0] in DECIDED


def turns_of(documents: Collection[int], *, at: datetime) -> dict[int, list[tuple[int, int]]]:
    """When it was the office's turn with each of these documents until `at`, UTC epoch seconds."""
    chosen = AskedDocument.objects.filter(pk__in=documents)
    return {key: _office_turns(steps, at=at)[0] for key, steps in _histories(chosen, at=at)}


def review_times_as_lived(times: DocumentTimes, *, at: datetime) -> DocumentTimes:
    """The same documents as of `review_times`, with every hour of the office's turn. 1 query."""
    turns = turns_of(times.documents.tolist(), at=at)
    lived = [
        sum(stop - begin for begin, stop in turns.get(key, [])) for key in times.documents.tolist()
    ]
    return DocumentTimes(times.documents, np.array(lived, dtype=np.int64), times.observed)
