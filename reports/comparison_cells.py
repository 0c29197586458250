"""The tables of offices by months on which a comparison rests, from the requests themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from branches.models import Office, Pilot
from branches.working_time import BRUSSELS, Seconds, epoch_seconds
from reports.cohorts import Cohort, cohort_between
from reports.comparison import Mask
from reports.comparison_frame import WEEK, Frame
from reports.months import month_end, month_start
from reports.response_times import FEWEST_FOR_A_SHARE, HORIZON_WORKING_DAYS
from reports.survival import Floats, KaplanMeier, kaplan_meier

HOUR, DAY = 3600, 24 * 3600
# Ten working days are two weeks on the calendar.
HORIZON_DAYS = 14
# A share or a mean of fewer requests is a matter of luck, and so is a cell.
FEWEST_IN_A_CELL = FEWEST_FOR_A_SHARE

Read = Callable[[KaplanMeier], float | None]


@dataclass(frozen=True, eq=False)
class Requests:
    """The requests that count, as columns of shape (n,); `office` is the place in the frame.

    Durations are in seconds. `settled` is the time until the closing without what was spent
    waiting for the member.
    """

    office: Seconds
    topic: Seconds
    submitted: Seconds
    wait: Seconds
    calendar_wait: Seconds
    is_answered: Mask
    settled: Seconds
    is_settled: Mask

    def period(self, starts: Sequence[date], ends: Sequence[date]) -> Seconds:
        """The place of the period in which each arrived, -1 for none; periods do not overlap."""
        begin = np.array([_midnight(day) for day in starts], dtype=np.int64)
        end = np.array([_midnight(day) for day in ends], dtype=np.int64)
        place = np.searchsorted(begin, self.submitted, side="right") - 1
        inside = (place >= 0) & (self.submitted < np.append(end, 0)[place])
        return np.where(inside, place, -1)


@dataclass(frozen=True, eq=False)
class Waits:
    """Durations in seconds and whether each ended with what is waited for, shapes (n,)."""

    durations: Seconds
    ended: Mask


def read_requests(pilot: Pilot, frame: Frame, *, cut_off: datetime) -> Requests:
    """Everything that arrived at these offices before and during the pilot, until the cut-off."""
    found = cohort_between(
        frame.offices,
        start=month_start(pilot.baseline_starts_on),
        end=min(month_end(pilot.ends_on), cut_off),
        cut_off=cut_off,
    )
    return of_cohort(found, frame.offices)


def of_cohort(cohort: Cohort, offices: Sequence[Office]) -> Requests:
    kept = cohort.where(cohort.counts)
    places = {office.pk: place for place, office in enumerate(offices)}
    return Requests(
        office=np.array([places[key] for key in kept.office.tolist()], dtype=np.int64),
        topic=kept.topic,
        submitted=kept.submitted,
        wait=kept.office_hours,
        calendar_wait=kept.calendar_time,
        is_answered=kept.is_answered,
        settled=kept.lived_office - kept.waited_office,
        is_settled=kept.is_resolved,
    )


def table(
    waits: Waits, rows: Seconds, columns: Seconds, shape: tuple[int, int], read: Read
) -> Floats:
    """One figure of the Kaplan-Meier curve of each cell, nan where it is not known or rests on
    fewer than 10 requests. Requests whose column is -1 are in no cell.
    """
    found = np.full(shape, np.nan)
    held = columns >= 0
    cell = (rows * shape[1] + columns)[held]
    order = np.argsort(cell, kind="stable")
    durations, ended = waits.durations[held][order], waits.ended[held][order]
    edges = np.searchsorted(cell[order], np.arange(shape[0] * shape[1] + 1))
    for place in range(shape[0] * shape[1]):
        here = slice(edges[place], edges[place + 1])
        if edges[place + 1] - edges[place] >= FEWEST_IN_A_CELL:
            value = read(kaplan_meier(durations[here], ended[here]))
            if value is not None:
                found[divmod(place, shape[1])] = value
    return found


def share_within(seconds: float) -> Read:
    return lambda curve: curve.share_answered_by(seconds).value


def mean_hours(horizon: float) -> Read:
    def read(curve: KaplanMeier) -> float | None:
        value = curve.restricted_mean(horizon).value
        return None if value is None else value / HOUR

    return read


def median_hours(curve: KaplanMeier) -> float | None:
    value = curve.percentile(0.5).value
    return None if value is None else value / HOUR


def outcome_table(requests: Requests, frame: Frame, pilot: Pilot, name: str) -> Floats:
    """The table of one outcome by office and month, shape (offices, months).

    Shares lie between 0 and 1, times are hours: office hours, but for those named calendar.
    """
    office_wait = Waits(requests.wait, requests.is_answered)
    calendar_wait = Waits(requests.calendar_wait, requests.is_answered)
    horizon = HORIZON_WORKING_DAYS * pilot.working_day_hours * HOUR
    waits, read = {
        "within_promise": (office_wait, share_within(pilot.promise_seconds)),
        "restricted_mean": (office_wait, mean_hours(horizon)),
        "handling": (Waits(requests.settled, requests.is_settled), median_hours),
        "within_calendar_days": (
            calendar_wait,
            share_within(pilot.promise_working_days * DAY),
        ),
        "restricted_mean_calendar": (calendar_wait, mean_hours(HORIZON_DAYS * DAY)),
    }[name]
    ends = [month_end(month).date() for month in frame.months]
    months = requests.period(frame.months, ends)
    return table(waits, requests.office, months, (len(frame.offices), len(frame.months)), read)


def weekly_table(
    requests: Requests, frame: Frame, weeks: Sequence[date], read: Read, *, as_lived: bool = False
) -> tuple[Floats, Floats]:
    """A figure of the waits of each week, of all pilot offices and of all comparison offices.

    In office hours, or `as_lived` on the calendar.
    """
    place = requests.period(weeks, [monday + WEEK for monday in weeks])
    sides = (~frame.is_pilot[requests.office]).astype(np.int64)
    wait = requests.calendar_wait if as_lived else requests.wait
    waits = Waits(wait, requests.is_answered)
    both = table(waits, sides, place, (2, len(weeks)), read)
    return both[0], both[1]


def _midnight(day: date) -> int:
    return epoch_seconds(datetime(day.year, day.month, day.day, tzinfo=BRUSSELS))
