"""Which offices and which months a comparison rests on, and which months it leaves out and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import numpy as np

from branches.models import Office, Pilot
from branches.working_time import BRUSSELS
from reports.comparison import Mask
from reports.months import months_between, next_month
from reports.response_times import is_provisional

WEEK = timedelta(days=7)


class WhyLeftOut(StrEnum):
    """Why a month is in neither of the two periods."""

    PARTLY_BEFORE = "partly_before"  # the months before begin within it
    CHANGE = "change"  # the pilot began within it
    PARTLY_AFTER = "partly_after"  # the pilot ends within it
    PROVISIONAL = "provisional"  # it may still change


@dataclass(frozen=True, eq=False)
class Frame:
    """Offices in the order of their codes, the pilot offices first; whole months, in order."""

    offices: list[Office]
    is_pilot: Mask
    months: list[date]
    is_after: Mask
    left_out: list[tuple[date, WhyLeftOut]]


def frame_of(pilot: Pilot, *, cut_off: datetime) -> Frame:
    """The frame of this pilot at the cut-off. Raises NoOpeningHours."""
    sides = [
        list(offices.order_by("code")) for offices in (pilot.offices, pilot.comparison_offices)
    ]
    offices = sides[0] + sides[1]
    last = min(pilot.ends_on, cut_off.astimezone(BRUSSELS).date())
    kept, after, left_out = [], [], []
    for month in months_between(pilot.baseline_starts_on, last):
        why = _why_left_out(pilot, offices, month, cut_off)
        if why is None:
            kept.append(month)
            after.append(month >= pilot.starts_on)
        else:
            left_out.append((month, why))
    return Frame(
        offices=offices,
        is_pilot=np.arange(len(offices)) < len(sides[0]),
        months=kept,
        is_after=np.array(after, dtype=np.bool_),
        left_out=left_out,
    )


def _why_left_out(
    pilot: Pilot, offices: Sequence[Office], month: date, cut_off: datetime
) -> WhyLeftOut | None:
    end = next_month(month)
    if month < pilot.baseline_starts_on:
        return WhyLeftOut.PARTLY_BEFORE
    if month < pilot.starts_on < end:
        return WhyLeftOut.CHANGE
    if end > pilot.ends_on + timedelta(days=1):
        return WhyLeftOut.PARTLY_AFTER
    hours = pilot.working_day_hours
    if is_provisional(offices, month=month, cut_off=cut_off, working_day_hours=hours):
        return WhyLeftOut.PROVISIONAL
    return None


def weeks_of(pilot: Pilot, *, cut_off: datetime) -> list[date]:
    """The Mondays of the whole weeks since the months before, without the youngest two.

    What arrived in those two weeks has not had 10 working days to be answered.
    """
    monday = pilot.baseline_starts_on + timedelta(days=-pilot.baseline_starts_on.weekday() % 7)
    weeks = []
    while (end := monday + WEEK) <= pilot.ends_on + timedelta(days=1):
        if end + 2 * WEEK > cut_off.astimezone(BRUSSELS).date():
            break
        weeks.append(monday)
        monday = end
    return weeks
