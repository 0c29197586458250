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
from branches.models import Office, Pilot
from branches.working_time import BRUSSELS
from reports import monthly, periods
from reports.cohorts import cohorts
from reports.models import MonthlyReport
from reports.months import month_start, months_between, next_month
from reports.response_times import response_times

FIRST, LAST = date(2022, 7, 1), date(2023, 6, 1)
NEW_MONTH, NEW_REQUESTS = date(2023, 7, 1), 9_000
PILOT = date(2023, 6, 8), date(2023, 12, 7)
CUT_OFF = datetime(2023, 9, 20, 6, tzinfo=BRUSSELS)
ROUNDS = 3
NEW = "the 9 reports of a new month"
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
    before: float | None = None
    for size in sizes:
        history.add(size - filled, first=NEW_REQUESTS + filled, **_between(FIRST, LAST))
        filled = size
        for result in _at_size(offices, size, before):
            before = result.ratio if result.name == NEW else before
            print(result.text, flush=True)
            found.append(result)
    return found


def _between(first: date, last: date) -> dict[str, str]:
    end = month_start(next_month(last))
    return {"start": month_start(first).isoformat(), "end": end.isoformat()}


def _at_size(offices: list[Office], size: int, before: float | None) -> Iterator[Result]:
    floor, new = _in_turns(
        lambda: _percentiles(NEW_MONTH, NEW_MONTH),
        lambda: _reports(offices, NEW_MONTH, NEW_MONTH),
    )
    yield Result("percentile_cont of a new month (floor)", NEW_REQUESTS, floor, None)
    yield Result(NEW, NEW_REQUESTS, new, new / floor)
    if before is not None:
        growth = new / floor / before
        yield Result("... beside the smaller history", NEW_REQUESTS, new, growth, GROWTH_ALLOWED)
    floor, figures, reports = _in_turns(
        lambda: _percentiles(FIRST, LAST),
        lambda: _figures(offices),
        lambda: _reports(offices, FIRST, LAST),
    )
    yield Result("percentile_cont by office and month (floor)", size, floor, None)
    yield Result(
        "figures of 108 reports, as the job computes them", size, figures, figures / floor, AIM
    )
    yield Result("108 reports computed, stored and sealed", size, reports, reports / floor)
    # Once: from nothing it takes minutes, and there is no aim that a median would have to hold.
    night = _seconds(lambda: _night(offices))
    yield Result("a night of the dashboard, before and during included", size, night, night / floor)


def _in_turns(*acts: Callable[[], None]) -> list[float]:
    rounds = [[_seconds(act) for act in acts] for _round in range(ROUNDS)]
    return [median(each) for each in zip(*rounds, strict=True)]


def _seconds(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _percentiles(first: date, last: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PERCENTILES, [month_start(first), month_start(next_month(last))])
        rows = cursor.fetchall()
    cells = len(list(months_between(first, last))) * history.OFFICES
    assert len(rows) == cells, f"{len(rows)} cells instead of {cells}"


def _night(offices: list[Office]) -> None:
    """Everything on the dashboard, of nine offices on two sides, from nothing."""
    try:
        with transaction.atomic():
            pilot = Pilot.objects.create(
                name="Bench", baseline_starts_on=FIRST, starts_on=PILOT[0], ends_on=PILOT[1]
            )
            pilot.offices.set(offices[:2])
            pilot.comparison_offices.set(offices[2:])
            stored = periods.compute(pilot=pilot, at=CUT_OFF)
            assert stored >= 13 * len(offices), f"{stored} rows of periods"
            raise Undone
    except Undone:
        pass


def _figures(offices: list[Office]) -> None:
    for month in months_between(FIRST, LAST):
        for requests in cohorts(offices, month=month, cut_off=CUT_OFF).values():
            response_times(requests, promise_seconds=57_600)


def _reports(offices: list[Office], first: date, last: date) -> None:
    """As the worker does, then taken back: a second round would find everything sealed."""
    months = list(months_between(first, last))
    try:
        with transaction.atomic():
            for month in months:
                requests = cohorts(offices, month=month, cut_off=CUT_OFF)
                for office in offices:
                    monthly.compute_report(
                        office=office, month=month, at=CUT_OFF, requests=requests[office.pk]
                    )
            sealed = MonthlyReport.objects.filter(sealed_at__isnull=False).count()
            assert sealed == len(months) * len(offices), f"{sealed} sealed reports"
            raise Undone
    except Undone:
        pass
