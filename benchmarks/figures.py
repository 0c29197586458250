"""The monthly figures of a million requests, beside what PostgreSQL needs for one percentile.

All in one process, one after the other and in turns. Reports are computed by the function that the
worker calls, with all that is stored and sealed along with them.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from django.db import connection, transaction

from benchmarks import history
from branches.models import Office
from branches.working_time import BRUSSELS
from reports import monthly
from reports.models import MonthlyReport
from reports.months import month_start, months_between, next_month
from reports.response_times import cohort, response_times

FIRST, LAST = date(2022, 7, 1), date(2023, 6, 1)
NEW_MONTH, NEW_REQUESTS = date(2023, 7, 1), 9_000
CUT_OFF = datetime(2023, 9, 20, 6, tzinfo=BRUSSELS)
ROUNDS = 3
AIM = 4.0
# A new month may cost so much more with ten times the history: what chance alone does.
GROWTH_ALLOWED = 1.5

PERCENTILES = """
SELECT office_id, date_trunc('month', submitted_at AT TIME ZONE 'Europe/Brussels'),
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM first_responded_at - submitted_at))
FROM requests_app_memberrequest
WHERE submitted_at >= %s AND submitted_at < %s AND first_responded_at IS NOT NULL
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Result:
    """One line: seconds, and how many times those of its floor; None for a floor."""

    name: str
    requests: int
    seconds: float
    ratio: float | None
    aim: float | None = None

    @property
    def text(self) -> str:
        verdict = ""
        if self.ratio is not None and self.aim is not None:
            verdict = f"  aim {self.aim:g}  {'PASS' if self.ratio <= self.aim else 'OVER'}"
        ratio = "" if self.ratio is None else f"  ratio {self.ratio:5.2f}"
        return f"{self.name:58} {self.requests:>9,} requests {self.seconds:8.3f} s{ratio}{verdict}"


class Undone(Exception):
    """Takes back what a round stored, so that the next one finds the same database."""


def run(sizes: list[int]) -> list[Result]:
    """Fill and measure at each number of requests, in order; return the lines, printed already."""
    offices, filled = history.set_up(), 0
    history.add(NEW_REQUESTS, first=0, **_between(NEW_MONTH, NEW_MONTH))
    found: list[Result] = []
    first_month: float | None = None
    for size in sizes:
        history.add(size - filled, first=NEW_REQUESTS + filled, **_between(FIRST, LAST))
        filled = size
        for result in _at_size(offices, size, first_month):
            first_month = first_month or result.seconds
            print(result.text, flush=True)
            found.append(result)
    return found


def _between(first: date, last: date) -> dict[str, str]:
    end = month_start(next_month(last))
    return {"start": month_start(first).isoformat(), "end": end.isoformat()}


def _at_size(offices: list[Office], size: int, first_month: float | None) -> Iterator[Result]:
    new = _seconds(lambda: _reports(offices, NEW_MONTH, NEW_MONTH))
    ratio = None if first_month is None else new / first_month
    yield Result("the 9 reports of a new month", NEW_REQUESTS, new, ratio, GROWTH_ALLOWED)
    floor, figures, reports = _in_turns(
        lambda: _percentiles(size),
        lambda: _figures(offices),
        lambda: _reports(offices, FIRST, LAST),
    )
    yield Result("percentile_cont by office and month (floor)", size, floor, None)
    yield Result("figures of 108 months, read and computed", size, figures, figures / floor, AIM)
    name = "108 reports computed, stored with rows, and sealed"
    yield Result(name, size, reports, reports / floor, AIM)


def _in_turns(*acts: Callable[[], None]) -> list[float]:
    rounds = [[_seconds(act, rounds=1) for act in acts] for _round in range(ROUNDS)]
    return [median(each) for each in zip(*rounds, strict=True)]


def _seconds(act: Callable[[], None], rounds: int = ROUNDS) -> float:
    taken = []
    for _round in range(rounds):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return median(taken)


def _percentiles(size: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PERCENTILES, [month_start(FIRST), month_start(next_month(LAST))])
        rows = cursor.fetchall()
    assert len(rows) == history.OFFICES * 12, f"{len(rows)} cells of {size} requests"


def _figures(offices: list[Office]) -> None:
    for month in months_between(FIRST, LAST):
        for office in offices:
            found = cohort([office], month=month, cut_off=CUT_OFF)
            response_times(found, promise_seconds=57_600)


def _reports(offices: list[Office], first: date, last: date) -> None:
    """As the worker does, then taken back: a second round would find everything sealed."""
    months = list(months_between(first, last))
    try:
        with transaction.atomic():
            for month in months:
                for office in offices:
                    monthly.compute_report(office=office, month=month, at=CUT_OFF)
            sealed = MonthlyReport.objects.filter(sealed_at__isnull=False).count()
            assert sealed == len(months) * len(offices), f"{sealed} sealed reports"
            raise Undone
    except Undone:
        pass
