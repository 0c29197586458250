"""Behind what comes, goes and stands open: the stays of requests, and the sums over them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from reports.period_rows import Span, Stay, stays
from reports.why.asked import Asked
from reports.why.rows import Behind, Check, NotShown, Row, Unit, columns_of, withholding
from reports.why.told import ERASED, Told, known, told_of

COLUMNS = ("branch", "until", "state", "calendar_time")
SECOND = timedelta(seconds=1)

# Which stays each count of a period is about.
Chosen = Callable[[Stay, Span], bool]
COUNTS: Mapping[str, Chosen] = {
    "received": lambda stay, span: stay.since >= span.start and not stay.is_reopened,
    "reopened": lambda stay, span: stay.since >= span.start and stay.is_reopened,
    "closed": lambda stay, _span: stay.until is not None,
    "open_at_end": lambda stay, _span: stay.until is None,
}
# Sums of time: of all stays, and of those that ended in the period.
SUMS: Mapping[str, Chosen] = {"open_seconds": lambda *_of: True, "stay_seconds": COUNTS["closed"]}


def count(asked: Asked) -> Behind:
    """The stays of one count or sum of the period, `key` as in COUNTS or SUMS."""
    chosen = {**COUNTS, **SUMS}.get(asked.key)
    if chosen is None:
        raise NotShown(asked.key)
    span = asked.span
    found = stays(span)
    kept = [stay for stay in found if chosen(stay, span)]
    unit = Unit.SECONDS if asked.key in SUMS else Unit.NUMBER
    stored, computed = asked.figures.content["flow"][asked.key], _sum(kept, asked.key, span)
    behind = Behind(
        source=asked.source,
        size=len(kept),
        read=Listed(kept, asked.key, span, _told(asked, found)).read,
        checks=(Check(asked.key, stored, computed, unit),),
        columns=columns_of(asked.offices, *COLUMNS),
    )
    return withholding(behind, [asked.hidden.hides(stay.office, stay.since) for stay in kept])


def _told(asked: Asked, found: Sequence[Stay]) -> Told:
    requests = known({stay.request for stay in found}).values()
    return told_of(asked.offices, ((one.office, one.branch, one.adviser) for one in requests))


def _sum(kept: Sequence[Stay], key: str, span: Span) -> int:
    """How many stays, or how long they were; seconds are rounded office by office."""
    if key in COUNTS:
        return len(kept)
    return sum(
        _seconds(time_of(stay, key, span) for stay in kept if stay.office == office)
        for office in span.offices
    )


def time_of(stay: Stay, key: str, span: Span) -> timedelta:
    """The whole stay until the end of the period, or for `open_seconds` what lies within it."""
    begin = max(stay.since, span.start) if key == "open_seconds" else stay.since
    return max((stay.until or span.end) - begin, timedelta())


def _seconds(times: Iterable[timedelta]) -> int:
    """Their sum, rounded as PostgreSQL rounds: halves away from nothing."""
    return int((sum(times, timedelta()) + SECOND / 2) // SECOND)


@dataclass(frozen=True, eq=False)
class Listed:
    """The rows of some stays."""

    kept: Sequence[Stay]
    key: str
    span: Span
    told: Told

    def read(self, first: int, last: int) -> list[Row]:
        page = self.kept[first:last]
        requests = known({stay.request for stay in page})
        rows = []
        for stay in page:
            one = requests.get(stay.request, ERASED)
            rows.append(
                Row(
                    reference=one.reference,
                    state=_state(stay),
                    office=self.told.offices.get(stay.office, ""),
                    branch=self.told.branch(stay.office, one.branch, one.submitted),
                    since=stay.since,
                    until=stay.until or self.span.end,
                    calendar_time=_seconds([time_of(stay, self.key, self.span)]),
                )
            )
        return rows


def _state(stay: Stay) -> str:
    if stay.until is None:
        return "open_again" if stay.is_reopened else "open"
    return "closed_again" if stay.is_reopened else "ended"
