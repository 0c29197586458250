"""From what was measured to ratios, and to what is not as it should be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.explaining import Plan
from benchmarks.measuring import Measure, Taken


@dataclass(frozen=True)
class Line:
    """One line of the table, in milliseconds. `ratio` is median to median; None for a floor.

    `at_work` is the median time in which the measuring process itself worked.
    """

    name: str
    rounds: int
    median: float
    ninety_fifth: float
    at_work: float
    queries: int
    most_queries: int | None
    floor: str | None
    ratio: float | None
    aim: float | None
    # Of the 95th percentile: a search is no quicker for being quick half of the time.
    aim_milliseconds: float | None = None

    @property
    def verdict(self) -> str:
        """Whether every aim is met; "" where there is none."""
        judged = [(self.ratio, self.aim), (self.ninety_fifth, self.aim_milliseconds)]
        met = [took <= aim for took, aim in judged if took is not None and aim is not None]
        if not met:
            return ""
        return "PASS" if all(met) else "OVER"


def compared(measures: Sequence[Measure], taken: Mapping[str, Taken]) -> list[Line]:
    """Each beside its floor. Raises KeyError when a floor was not measured."""
    return [_line(measure, taken) for measure in measures]


def _line(measure: Measure, taken: Mapping[str, Taken]) -> Line:
    own = taken[measure.name]
    return Line(
        name=measure.name,
        rounds=own.milliseconds.size,
        median=own.median,
        ninety_fifth=own.ninety_fifth,
        at_work=float(np.median(own.at_work)),
        queries=own.queries,
        most_queries=measure.most_queries,
        floor=measure.floor,
        ratio=own.median / taken[measure.floor].median if measure.floor else None,
        aim=measure.aim,
        aim_milliseconds=measure.aim_milliseconds,
    )


def faults(lines: Sequence[Line], plans: Sequence[Plan], *, table: str) -> Iterator[str]:
    """What must not be, whatever the machine: too many queries, and reading a whole table.

    Being over an aim is no fault: time depends on the machine, these do not.
    """
    for line in lines:
        if line.most_queries is not None and line.queries > line.most_queries:
            yield f"The {line.name} needs {line.queries} queries, more than {line.most_queries}."
    for plan in plans:
        if plan.reads_every_row_of(table):
            yield f"The query of {plan.what} reads every row of {table}."
