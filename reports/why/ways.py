"""Behind the way of requests through the branches: which were handed over, and by how many seen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import ngettext

from reports.handoffs import came_back
from reports.period_rows import Span, Way, hops, ways
from reports.why.asked import Asked
from reports.why.rows import Behind, Check, NotShown, Row, columns_of, withholding
from reports.why.told import ERASED, Told, known, told_of

# Requests on which nobody has acted yet are no part of these shares.
Chosen = Callable[[Way], bool]
WAYS: Mapping[str, Chosen] = {
    "requests": lambda _way: True,
    "settled": lambda way: way.is_settled,
    "right_first_time": lambda way: way.is_settled and not way.is_moved,
    "moved": lambda way: way.is_moved,
    "consulted": lambda way: way.is_consulted,
    "one_adviser": lambda way: way.advisers == 1,
    "two_advisers": lambda way: way.advisers == 2,
    "more_advisers": lambda way: way.advisers >= 3,
}
BY_ADVISERS = {"one_adviser": (1,), "two_advisers": (2,), "more_advisers": (3, 4)}


def way(asked: Asked) -> Behind:
    """The requests of one count, `key` as in WAYS or "came_back"."""
    chosen = WAYS.get(asked.key)
    if chosen is None and asked.key != "came_back":
        raise NotShown(asked.key)
    found = ways(asked.span)
    returned = set(_returned(asked.span)) if chosen is None else set()
    kept = [one for one in found if (chosen(one) if chosen else one.request in returned)]
    behind = Behind(
        source=asked.source,
        size=len(kept),
        read=Listed(kept, _told(asked, found)).read,
        checks=(Check(asked.key, _stored(asked), len(kept)),),
        columns=columns_of(asked.offices, "branch", "said"),
    )
    return withholding(behind, [asked.hidden.hides(one.office, one.submitted) for one in kept])


def _stored(asked: Asked) -> int:
    stored = asked.figures.content["journeys"]
    if asked.key in BY_ADVISERS:
        by_advisers = {int(many): number for many, number in stored["by_advisers"].items()}
        return sum(by_advisers.get(many, 0) for many in BY_ADVISERS[asked.key])
    return int(stored[asked.key])


def _returned(span: Span) -> Iterator[int]:
    """The requests that came to a branch that had had them before."""
    for request, path in groupby(hops(span), key=lambda hop: hop.request):
        each = list(path)
        if came_back([each[0].giver, *(hop.taker for hop in each)]):
            yield request


def _told(asked: Asked, found: Sequence[Way]) -> Told:
    requests = known({one.request for one in found}).values()
    return told_of(asked.offices, ((one.office, one.branch, one.adviser) for one in requests))


@dataclass(frozen=True, eq=False)
class Listed:
    """The rows of some ways."""

    kept: Sequence[Way]
    told: Told

    def read(self, first: int, last: int) -> list[Row]:
        page = self.kept[first:last]
        requests = known({one.request for one in page})
        return [
            Row(
                reference=requests.get(one.request, ERASED).reference,
                state="",
                office=self.told.offices.get(one.office, ""),
                branch=self.told.branch(
                    one.office, requests.get(one.request, ERASED).branch, one.submitted
                ),
                since=one.submitted,
                said=_advisers(one.advisers),
            )
            for one in page
        ]


def _advisers(number: int) -> str:
    return ngettext("%(number)s adviser acted on it", "%(number)s advisers acted on it", number) % {
        "number": number if number < 4 else "4+"
    }
