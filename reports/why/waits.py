"""Behind the response times: requests with their waits on both clocks, and the openings counted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from branches.working_time import Seconds, epoch_seconds
from reports.cohorts import NO_REPLY, REASONS, Cohort, Mask, pauses_of
from reports.columns import NEVER
from reports.months import month_end, month_start
from reports.period_parts import hidden_in_months
from reports.response_times import ResponseTimes, response_times
from reports.seal_models import Dimension
from reports.why.asked import Asked
from reports.why.responses import Response, Version, of_version, response_of
from reports.why.rows import (
    PERIODS_SHOWN,
    Behind,
    Check,
    NotShown,
    Row,
    Stretch,
    Unit,
    columns_of,
    moment,
    openings_in,
    withholding,
    without,
)
from reports.why.told import ERASED, Known, known
from requests_app.enums import ClosingReason

NAMES = ("median", "ninetieth", "within_promise")
COLUMNS = ("branch", "until", "state", "office_hours", "calendar_time", "waited", "openings")


@dataclass(frozen=True, eq=False)
class Listed:
    """Rows of a response: `order` are the places of its requests, `until_closed` which wait."""

    response: Response
    order: Seconds
    until_closed: bool = False

    def read(self, first: int, last: int) -> list[Row]:
        """The rows with their references, from 1 query; with their pauses, from 1 more."""
        places = self.order[first:last]
        requests = self.response.requests
        told = known(requests.key[places].tolist())
        gaps = self._gaps(requests.key[places].tolist()) if self.until_closed else {}
        return [
            self._row(int(place), told.get(int(requests.key[place]), ERASED), gaps)
            for place in places
        ]

    def _gaps(self, keys: list[int]) -> dict[int, list[Stretch]]:
        """When these waited for their member, or were closed before they were reopened."""
        chosen = np.array(keys, dtype=np.int64)
        found: dict[int, list[Stretch]] = {}
        for spans in pauses_of(chosen, epoch_seconds(self.response.source.cut_off)):
            columns = (spans.request.tolist(), spans.start.tolist(), spans.end.tolist())
            for key, start, end in zip(*columns, strict=True):
                found.setdefault(key, []).append((start, end))
        return found

    def _row(self, place: int, told: Known, gaps: Mapping[int, list[Stretch]]) -> Row:
        requests, response = self.response.requests, self.response
        start, office = int(requests.submitted[place]), int(requests.office[place])
        until = self._until(place)
        stretches = without((start, until), gaps.get(int(requests.key[place]), []))
        periods = openings_in(response.openings[office], stretches)
        return Row(
            reference=told.reference,
            state=self._state(place),
            office=response.told.offices.get(office, ""),
            branch=response.told.branch(office, int(requests.branch[place]), moment(start)),
            since=moment(start),
            until=moment(until),
            is_counted=bool(requests.counts[place]),
            periods=tuple(periods[:PERIODS_SHOWN]),
            more_periods=max(len(periods) - PERIODS_SHOWN, 0),
            **self._durations(place),
        )

    def _until(self, place: int) -> int:
        requests = self.response.requests
        if not self.until_closed:
            return int(requests.submitted[place] + requests.calendar_time[place])
        closed, cut_off = int(requests.closed[place]), self.response.source.cut_off
        return epoch_seconds(cut_off) if closed == NEVER else closed

    def _durations(self, place: int) -> dict[str, Any]:
        requests = self.response.requests
        waited, office, calendar = requests.waited, requests.office_hours, requests.calendar_time
        if self.until_closed:
            office, calendar = requests.lived_office - requests.waited_office, requests.lived
        return {
            "office_hours": int(office[place]),
            "calendar_time": int(calendar[place]),
            "waited_for_member": int(waited[place]),
        }

    def _state(self, place: int) -> str:
        requests = self.response.requests
        if requests.excluded[place] >= 0:
            return str(ClosingReason(REASONS[int(requests.excluded[place])]))
        if self.until_closed:
            return _end(requests, place)
        if requests.is_answered[place]:
            return "answered"
        return "waiting" if requests.closed[place] == NEVER else "closed"


def _end(requests: Cohort, place: int) -> str:
    if requests.closed[place] == NEVER:
        return "open"
    return str(ClosingReason.NO_REPLY) if requests.closing[place] == NO_REPLY else "resolved"


def first_answer(asked: Asked) -> Behind:
    """All requests of the period, or of one group in it, until their first answer."""
    return first_answer_in(response_of(asked), by=asked.by, key=asked.key, asked=asked)


def of_report(version: Version, *, by: str, key: str) -> Behind:
    """The same of a report of an office and month, or of a version beside it."""
    return first_answer_in(of_version(version), by=by, key=key, asked=None)


def first_answer_in(response: Response, *, by: str, key: str, asked: Asked | None) -> Behind:
    if by and by not in Dimension.values:
        raise NotShown(by)
    stored = response.cell(by, key) if by else response.figures
    places = response.places(by, key)
    withheld = _withheld(response, by, key, asked) if asked else None
    found = _computed(response, places)
    excluded = response.part(places).excluded
    return _behind(
        response,
        places,
        [_counted(stored, found, is_cell=bool(by)), *_clocks(stored, asdict(found))],
        withheld=withheld,
        left_out={str(reason): int((excluded == at).sum()) for at, reason in enumerate(REASONS)},
    )


def waiting(asked: Asked) -> Behind:
    """Those without a first answer at the cut-off, and the oldest of them."""
    response, places = _all(asked)
    kept = places[response.requests.is_waiting[places]]
    found, stored = _computed(response, kept), response.figures
    oldest = Check("oldest_waiting", stored["oldest_waiting"], found.oldest_waiting, Unit.SECONDS)
    number = Check("still_waiting", stored["still_waiting"], found.still_waiting)
    return _behind(response, kept, [number, oldest], withheld=_withheld(response, "", "", asked))


def only_a_question(asked: Asked) -> Behind:
    """Those whose first answer only asked the member something."""
    response, places = _all(asked)
    requests = response.requests
    kept = places[(requests.is_answered & requests.was_question)[places]]
    found, stored = _computed(response, kept).only_a_question, response.figures["only_a_question"]
    check, withheld = Check("only_a_question", stored, found), _withheld(response, "", "", asked)
    return _behind(response, kept, [check], withheld=withheld)


def until_closed(asked: Asked) -> Behind:
    """All requests until their last closing, with the slice that waited for the member."""
    response, places = _all(asked)
    stored = response.figures["resolution"]
    if not stored:
        raise NotShown(asked.period)
    found = asdict(_computed(response, places).resolution)
    numbers = [
        Check(name, stored[name], found[name]) for name in ("resolved", "no_reply", "still_open")
    ]
    waited = [
        Check(f"waited_{name}", stored["waited"][name], found["waited"][name], unit)
        for name, unit in (
            ("requests", Unit.NUMBER),
            ("lived", Unit.SECONDS),
            ("calendar", Unit.SECONDS),
            ("office", Unit.SECONDS),
        )
    ]
    checks = [*numbers, *_clocks(stored, found), *waited]
    withheld = _withheld(response, "", "", asked)
    return _behind(response, places, checks, withheld=withheld, until_closed=True)


def behind_response(
    response: Response, checks: Sequence[Check], *, asked: Asked, until_closed: bool = False
) -> Behind:
    """All requests of a response, with figures that somebody else has computed from them."""
    excluded = response.requests.excluded
    left_out = {str(reason): int((excluded == at).sum()) for at, reason in enumerate(REASONS)}
    return _behind(
        response,
        response.places("", ""),
        checks,
        withheld=_withheld(response, "", "", asked),
        left_out=left_out,
        until_closed=until_closed,
    )


def _all(asked: Asked) -> tuple[Response, Seconds]:
    response = response_of(asked)
    return response, response.places("", "")


def _computed(response: Response, places: Seconds) -> ResponseTimes:
    part = response.part(places)
    return response_times(part, promise_seconds=response.promise_seconds)


def _counted(stored: Mapping[str, Any], found: ResponseTimes, *, is_cell: bool) -> Check:
    number = stored["counted"] if is_cell else stored["received"] - sum(stored["excluded"].values())
    return Check("counted", number, found.counted)


def _clocks(stored: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Check]:
    for clock in ("office", "calendar"):
        for name in NAMES:
            unit = Unit.SHARE if name == "within_promise" else Unit.SECONDS
            kept, again = (each[f"{clock}_clock"][name]["value"] for each in (stored, found))
            yield Check(name, kept, again, unit, clock)


def _withheld(response: Response, by: str, key: str, asked: Asked) -> Mask:
    """Which requests are of an office, a month or a group that is hidden.

    Their rows are there, so that the figure follows from them; but not whose they are or when they
    arrived, or whoever counts them would have what is not shown.
    """
    offices, months = set(asked.hidden.offices), set(asked.hidden.months)
    if by:
        hidden = hidden_in_months(asked.offices, Dimension(by))
        months |= {(office, month) for office, month, code in hidden if code == key}
        offices |= _hiding(asked, by, key)
    requests = response.requests
    found: Mask = np.isin(requests.office, list(offices))
    for office, month in months:
        begins, ends = epoch_seconds(month_start(month)), epoch_seconds(month_end(month))
        within = (requests.submitted >= begins) & (requests.submitted < ends)
        found |= (requests.office == office) & within
    return found


def _hiding(asked: Asked, by: str, key: str) -> frozenset[int]:
    """The offices that hide this group over the whole of a longer time."""
    if asked.month is not None:
        return frozenset()
    return asked.offices_that_hide(
        lambda content: any(
            cell["key"] == key and "hidden" in cell for cell in content["parts"].get(by, [])
        )
    )


def _behind(
    response: Response,
    order: Seconds,
    checks: Sequence[Check],
    *,
    withheld: Mask | None = None,
    left_out: Mapping[str, int] | None = None,
    until_closed: bool = False,
) -> Behind:
    found = Behind(
        source=response.source,
        size=int(order.size),
        read=Listed(response, order, until_closed).read,
        checks=tuple(checks),
        columns=columns_of(response.told.offices, *COLUMNS),
        left_out=left_out or {},
    )
    return found if withheld is None else withholding(found, withheld[order].tolist())
