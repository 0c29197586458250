"""The benchmarks run, on a few hundred requests, and compute what they say. Nothing is timed."""

from typing import ClassVar

import numpy as np
import pytest

from benchmarks.comparing import Line, compared, faults
from benchmarks.explaining import Node, Plan
from benchmarks.filling import NotEmpty, fill, rows_that_contradict_their_events
from benchmarks.measuring import Measure, Taken, measured
from benchmarks.polling import POLLING
from benchmarks.printing import table
from benchmarks.running import measure_all
from benchmarks.search import SEARCHES
from requests_app.models import MemberRequest, RequestEvent
from tests.factories import NOW, a_request

TABLE = "requests_app_memberrequest"


@pytest.fixture
def _at_that_time(time_machine: object) -> None:
    time_machine.move_to(NOW, tick=True)


class Slow(Measure):
    name = "slow"
    floor: ClassVar[str | None] = "quick"
    aim: ClassVar[float | None] = 3.0

    acted = checked = 0

    def prepare(self) -> None:
        pass

    def act(self) -> int:
        self.acted += 1
        return self.acted

    def check(self, outcome: int) -> None:
        self.checked = outcome


class Quick(Slow):
    name = "quick"
    floor = None
    aim = None


class Modest(Slow):
    most_queries = 12


def _taken(*milliseconds: float, queries: int = 1) -> Taken:
    each = np.array(milliseconds)
    return Taken(milliseconds=each, at_work=each / 2, queries=queries)


@pytest.mark.django_db
@pytest.mark.usefixtures("_at_that_time")
def test_everything_is_measured_on_a_filled_database() -> None:
    filled = fill(requests=300, at=NOW)
    assert filled.requests == 300
    assert rows_that_contradict_their_events(sample=300) == []
    assert not RequestEvent.objects.filter(at__gt=NOW).exists()
    lines, plans = measure_all(rounds=2)
    assert {line.name for line in lines if line.ratio} == {
        "queue page",
        "detail page",
        "pilot at a glance",
        "pilot at a glance, first reader",
        "submission",
        *(kind.name for kind in (*SEARCHES, *POLLING)),
    }
    assert list(faults(lines, [], table=TABLE)) == []
    assert any(TABLE in {node.table for node in plan.nodes} for plan in plans)


@pytest.mark.django_db
def test_a_database_that_holds_requests_is_left_alone() -> None:
    a_request()
    with pytest.raises(NotEmpty):
        fill(requests=10, at=NOW)
    assert MemberRequest.objects.count() == 1


@pytest.mark.django_db
def test_each_is_run_and_checked_as_often_as_was_asked() -> None:
    slow, quick = Slow(), Quick()
    taken = measured([slow, quick], rounds=5)
    assert slow.checked == slow.acted == quick.acted == 5 + 3
    assert taken["slow"].milliseconds.size == 5
    assert taken["slow"].queries == 0


def test_a_ratio_is_median_to_median() -> None:
    taken = {"slow": _taken(10, 30, 1000), "quick": _taken(9, 10, 11)}
    line, bare = compared([Slow(), Quick()], taken)
    assert (line.median, line.ratio, line.verdict) == (30, 3, "PASS")
    assert line.ninety_fifth == pytest.approx(903)
    assert (bare.ratio, bare.verdict) == (None, "")
    assert "3.00" in table([line, bare])


def test_more_than_the_aim_is_over() -> None:
    taken = {"slow": _taken(31), "quick": _taken(10)}
    assert compared([Slow(), Quick()], taken)[0].verdict == "OVER"


class Prompt(Slow):
    aim = None
    aim_milliseconds = 100.0


@pytest.mark.parametrize(("slowest", "verdict"), [(90, "PASS"), (110, "OVER")])
def test_an_aim_in_milliseconds_is_judged_by_the_slower_rounds(
    slowest: float, verdict: str
) -> None:
    taken = {"slow": _taken(10, slowest, slowest), "quick": _taken(1)}
    lines = compared([Prompt(), Quick()], taken)
    assert lines[0].verdict == verdict
    assert f"100 ms {verdict}" in table(lines)
    # It is said in print, and no run fails for it.
    assert list(faults(lines, [], table=TABLE)) == []


def _line(queries: int) -> Line:
    return compared([Modest()], {"slow": _taken(1, queries=queries), "quick": _taken(1)})[0]


def _plan(kind: str, read: str) -> Plan:
    node = Node(0, kind, read, "", rows=1, thrown_away=0, buffers=1)
    return Plan("the list", 1.0, (node,))


@pytest.mark.parametrize(
    ("queries", "kind", "read", "found"),
    [
        (12, "Index Scan", TABLE, 0),
        (13, "Index Scan", TABLE, 1),
        (12, "Seq Scan", TABLE, 1),
        (12, "Parallel Seq Scan", TABLE, 1),
        (12, "Seq Scan", "branches_topic", 0),
    ],
)
def test_too_many_queries_and_whole_tables_are_faults(
    queries: int, kind: str, read: str, found: int
) -> None:
    assert len(list(faults([_line(queries)], [_plan(kind, read)], table=TABLE))) == found
