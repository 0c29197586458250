"""How requests come and go: what was open, what came in, what was closed, and whether it adds up.

Pure: the standard library only. A request *stays* from its arrival, or its reopening, until it is
closed; one that was reopened stays twice. Times are whole seconds on the calendar, because a
request is open at night too. All numbers of a `Flow` are sums, so those of several offices, or of
months that follow each other, can be added without averaging averages.

Source of the check: Little 1961, in the words of Little and Graves 2008 (chapter 5 of "Building
Intuition"): on average open = arrivals per day times days that each stays.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass

DAY = 24 * 3600
# Beyond this the period was not steady, or the data are wrong.
LARGEST_GAP = 0.2


class DoesNotAddUp(ValueError):
    """What was open, plus what came, minus what went, is not what is open."""


@dataclass(frozen=True)
class Flow:
    """What came and went in one period of `seconds`.

    `open_seconds` sums, over all requests, the time that each was open within the period;
    `stay_seconds` sums the whole lengths of the stays that ended in it. Raises DoesNotAddUp.
    """

    seconds: int
    open_at_start: int
    received: int
    reopened: int
    closed: int
    open_at_end: int
    open_seconds: int
    stay_seconds: int

    def __post_init__(self) -> None:
        if self.open_at_end != self.open_at_start + self.received + self.reopened - self.closed:
            raise DoesNotAddUp(repr(self))
        if min(astuple(self)) < 0:
            raise DoesNotAddUp(repr(self))


@dataclass(frozen=True)
class Little:
    """Both sides of Little's law, in requests, and how far they lie apart."""

    on_average_open: float
    arrivals_a_day: float
    days_each: float

    @property
    def expected(self) -> float:
        return self.arrivals_a_day * self.days_each

    @property
    def gap(self) -> float:
        """The difference as a share of what was open on average."""
        return abs(self.on_average_open - self.expected) / self.on_average_open

    @property
    def is_flagged(self) -> bool:
        return self.gap > LARGEST_GAP


def beside_each_other(flows: Iterable[Flow]) -> Flow:
    """The same period of several offices as one. Raises ValueError for none, or other lengths."""
    given = list(flows)
    if len({flow.seconds for flow in given}) != 1:
        raise ValueError("Flows of one and the same period are added.")
    sums = [sum(column) for column in zip(*map(astuple, given), strict=True)]
    return Flow(given[0].seconds, *sums[1:])


def after_each_other(flows: Iterable[Flow]) -> Flow:
    """Periods that follow each other, as one. Raises DoesNotAddUp when one is missing."""
    given = list(flows)
    sums = [sum(column) for column in zip(*map(astuple, given), strict=True)]
    together = Flow.__dataclass_fields__
    values = dict(zip(together, sums, strict=True))
    ends = {"open_at_start": given[0].open_at_start, "open_at_end": given[-1].open_at_end}
    return Flow(**(values | ends))


def little(flow: Flow) -> Little | None:
    """Check the period by Little's law; None where nothing came, nothing went or nothing stood.

    The mean stay is that of the stays that ended in the period: the two sides are then measured
    apart, so that a backlog that grows or a wrong date shows as a gap.
    """
    came = flow.received + flow.reopened
    if not (came and flow.closed and flow.open_seconds and flow.stay_seconds):
        return None
    return Little(
        on_average_open=flow.open_seconds / flow.seconds,
        arrivals_a_day=came * DAY / flow.seconds,
        days_each=flow.stay_seconds / flow.closed / DAY,
    )
