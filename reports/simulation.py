"""Pilots whose truth is known: how often is one called faster or slower when nothing happened?

Waiting times are drawn, everything after them is the product's own comparison. Offices differ,
months differ, and each office has good and bad months; that last part is what makes small numbers
of offices hard to judge. The artists' reform shifts the mix of requests in every office alike.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import product

import numpy as np

from branches.models import Office, Pilot
from branches.working_time import BRUSSELS
from reports.comparison import Panel
from reports.comparison_cells import HOUR, Requests, outcome_table
from reports.comparison_findings import findings
from reports.comparison_frame import Frame
from reports.comparison_mix import standardised_findings
from reports.comparison_result import evidence_of, read_of
from reports.months import month_start, months_between
from reports.plan_models import HIGHER_IS_BETTER, Measure
from reports.verdict import Verdict, verdict

WORKING_DAY = 8 * HOUR
BEFORE, AFTER = (date(2023, 1, 1), date(2023, 5, 1)), (date(2023, 7, 1), date(2023, 11, 1))
TOPICS = {topic: branch for branch in range(1, 5) for topic in (2 * branch - 1, 2 * branch)}
MEDIAN_HOURS, SPREAD = 11.0, 1.0
BY_OFFICE, BY_MONTH, BY_CELL = 0.25, 0.12, 0.1
REQUESTS_A_MONTH = 90


@dataclass(frozen=True)
class Rates:
    """What was said of so many simulated pilots, and how often the sign was right."""

    runs: int
    verdicts: Counter[str]
    better: int  # the outcome changed for the better, compared with the other offices

    @property
    def called(self) -> float:
        """The share that was called faster or slower."""
        return (self.verdicts[Verdict.FASTER] + self.verdicts[Verdict.SLOWER]) / self.runs


def simulate(
    *,
    runs: int,
    seed: int,
    effect: float = 0.0,
    offices: int = 9,
    fake_start: bool = False,
    primary: Measure = Measure.WITHIN_PROMISE,
) -> Rates:
    """Simulate so many pilots of two offices among `offices`; `effect` is in office seconds.

    `primary` is the outcome that is judged: the share in time, or the restricted mean wait.

    The effect is added to each wait in the pilot offices after the start; no wait gets shorter
    than a minute. With `fake_start` the comparison is made with the months before alone, as if
    the pilot had begun in the middle of them.
    """
    dice = np.random.default_rng(seed)
    frame = _frame(offices)
    pilot = Pilot(promise_working_days=2, working_day_hours=8)
    verdicts: Counter[str] = Counter()
    better = 0
    for _run in range(runs):
        requests = _requests(dice, frame, effect)
        judged = _before_only(frame) if fake_start else frame
        said, difference = _judged(requests, judged, pilot, primary)
        verdicts[said] += 1
        better += difference > 0 if primary in HIGHER_IS_BETTER else difference < 0
    return Rates(runs, verdicts, better)


def _judged(
    requests: Requests, frame: Frame, pilot: Pilot, primary: Measure
) -> tuple[Verdict, float]:
    """What is said, and the difference of the primary outcome."""
    shares = outcome_table(requests, frame, pilot, primary)
    panel = Panel(shares, frame.is_pilot, frame.is_after)
    found = findings(panel, [office.code for office in frame.offices])
    said = verdict(evidence_of(primary, found, {"difference": found["difference"]}))
    if said != Verdict.NO_CLEAR_DIFFERENCE:
        # The last condition costs most, and can only take back what the others would say.
        mix = standardised_findings(requests, frame, TOPICS, read=read_of(pilot, primary))
        said = verdict(evidence_of(primary, found, mix))
    return said, found["difference"]


def _frame(number: int) -> Frame:
    months = [*months_between(*BEFORE), *months_between(*AFTER)]
    return Frame(
        offices=[Office(pk=place, code=f"office-{place}") for place in range(number)],
        is_pilot=np.arange(number) < 2,
        months=months,
        is_after=np.array([month >= AFTER[0] for month in months]),
        left_out=[],
    )


def _before_only(frame: Frame) -> Frame:
    months = [month for month in frame.months if month <= BEFORE[1]]
    is_after = np.arange(len(months)) >= len(months) // 2
    return Frame(frame.offices, frame.is_pilot, months, is_after, [])


def _requests(dice: np.random.Generator, frame: Frame, effect: float) -> Requests:
    shape = (len(frame.offices), len(frame.months))
    slow = (
        dice.normal(0, BY_OFFICE, (shape[0], 1))
        + dice.normal(0, BY_MONTH, (1, shape[1]))
        + dice.normal(0, BY_CELL, shape)
    )
    sizes = dice.lognormal(0, 0.4, (shape[0], 1)) * REQUESTS_A_MONTH
    counts = dice.poisson(np.broadcast_to(sizes, shape)) + 20
    office, month = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(shape))
    topic = _topics(dice, month, shape[1])
    log_wait = np.log(MEDIAN_HOURS * HOUR) + slow[office, month] + 0.1 * (topic % 4 - 1.5)
    wait = np.exp(log_wait + dice.normal(0, SPREAD, office.size))
    wait += effect * (frame.is_pilot[office] & frame.is_after[month])
    seconds = np.maximum(wait, 60).astype(np.int64)
    starts = np.array([int(month_start(m).astimezone(BRUSSELS).timestamp()) for m in frame.months])
    # The wait on the calendar, and the time until it is settled, are not judged here.
    return Requests(
        office=office,
        topic=topic,
        submitted=starts[month] + 12 * HOUR,
        wait=seconds,
        calendar_wait=3 * seconds,
        is_answered=np.ones(office.size, np.bool_),
        settled=2 * seconds,
        is_settled=np.ones(office.size, np.bool_),
    )


def _topics(
    dice: np.random.Generator, month: np.ndarray[tuple[int], np.dtype[np.intp]], months: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Eight topics, of which the last one becomes three times as frequent, everywhere alike."""
    grows = dice.random(month.size) < 0.05 + 0.1 * month / months
    return np.where(grows, len(TOPICS), dice.integers(1, len(TOPICS), month.size))


OUTCOMES = (Measure.WITHIN_PROMISE, Measure.RESTRICTED_MEAN)
SCENES = tuple(product(OUTCOMES, (7, 9), (0.0, -WORKING_DAY, WORKING_DAY)))
