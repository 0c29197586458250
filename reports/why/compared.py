"""Behind a comparison: the requests of one office and month, or of one side and week, of a figure.

A difference between offices is arithmetic on such cells. Their requests are read anew as of the
cut-off of the comparison, in the way in which it read them.
"""

from collections.abc import Sequence
from datetime import date, datetime, time

import numpy as np

from branches.calendars import BRUSSELS
from branches.models import Office, Pilot
from reports import comparison_cells as cells
from reports.cohorts import Cohort, calendars_between, cohort_between
from reports.comparison_frame import WEEK, Frame
from reports.comparison_result import latest
from reports.models import Side
from reports.monthly import offices_of
from reports.months import month_end, month_start
from reports.plan_models import IN_HOURS, Measure, PilotComparison
from reports.why.asked import Asked
from reports.why.responses import Response
from reports.why.rows import Behind, Check, NotShown, Source, Unit
from reports.why.told import told_of
from reports.why.waits import behind_response

# What is asked of members and advisers has no request behind it.
FROM_REQUESTS = (
    "within_promise", "restricted_mean", "handling", "within_calendar_days",
    "restricted_mean_calendar",
)  # fmt: skip


def cell(asked: Asked) -> Behind:
    """The requests of an office that arrived in a month, and one outcome (`key`) of them."""
    found, month = _latest(asked.pilot), asked.month
    if asked.key not in FROM_REQUESTS or asked.office is None or month is None:
        raise NotShown(asked.key)
    stored = _stored_cell(found, asked.key, asked.office, month)
    start, end = month_start(month), min(month_end(month), found.cut_off)
    response = _response(found, [asked.office], start, end)
    requests = cells.of_cohort(response.requests, [asked.office])
    table = cells.outcome_table(
        requests, _frame([asked.office], [month], Side.PILOT), asked.pilot, asked.key
    )
    unit = Unit.HOURS if _is_in_hours(asked.key) else Unit.SHARE
    check = Check(asked.key, stored, _known(table[0, 0]), unit)
    is_handling = asked.key == Measure.HANDLING
    return behind_response(response, [check], asked=asked, until_closed=is_handling)


def week(asked: Asked) -> Behind:
    """The requests of all offices of a side that arrived in a week; its median in office hours."""
    found = _latest(asked.pilot)
    offices = offices_of(asked.pilot, asked.side)
    chart = found.result["weeks"]
    if asked.period not in chart["mondays"] or asked.office:
        raise NotShown(asked.period)
    monday = date.fromisoformat(asked.period)
    start, end = (datetime.combine(day, time(), BRUSSELS) for day in (monday, monday + WEEK))
    response = _response(found, offices, start, end)
    requests = cells.of_cohort(response.requests, offices)
    frame = _frame(offices, [], asked.side)
    place = chart["mondays"].index(asked.period)
    kept = {"office": chart[asked.side]["points"][place]}
    if "calendar" in chart:
        kept["calendar"] = chart["calendar"][asked.side][place]
    checks = []
    for clock, value in kept.items():
        sides = cells.weekly_table(
            requests, frame, [monday], cells.median_hours, as_lived=clock == "calendar"
        )
        computed = _known(sides[0 if asked.side == Side.PILOT else 1][0])
        checks.append(Check("week", value, computed, Unit.HOURS, clock))
    return behind_response(response, checks, asked=asked)


def _latest(pilot: Pilot) -> PilotComparison:
    found = latest(pilot)
    if found is None:
        raise NotShown
    return found


def _stored_cell(found: PilotComparison, outcome: str, office: Office, month: date) -> float | None:
    frame, outcomes = found.result["frame"], found.result["outcomes"]
    codes = [each["code"] for each in frame["offices"]]
    if outcome not in outcomes or office.code not in codes:
        raise NotShown(outcome)
    if month.isoformat() not in frame["months"]:
        raise NotShown(month)
    place = codes.index(office.code)
    if month.isoformat() in frame["offices"][place].get("hidden_months", ()):
        raise NotShown(month)
    row = outcomes[outcome]["cells"][place]
    value: float | None = row[frame["months"].index(month.isoformat())]
    return value


def _response(
    found: PilotComparison, offices: Sequence[Office], start: datetime, end: datetime
) -> Response:
    requests = cohort_between(offices, start=start, end=end, cut_off=found.cut_off)
    calendars = calendars_between(offices, start=start, end=max(end, found.cut_off))
    kept: Cohort = requests.where(requests.counts)
    columns = (kept.office.tolist(), kept.branch.tolist(), kept.adviser.tolist())
    return Response(
        source=Source(found.cut_off, found.definition_version, found.code_version),
        figures={},
        cells={},
        requests=requests,
        openings={key: (each.opens, each.closes) for key, each in calendars.items()},
        told=told_of(offices, zip(*columns, strict=True)),
    )


def _frame(offices: Sequence[Office], months: list[date], side: Side) -> Frame:
    held = np.full(len(offices), side == Side.PILOT)
    return Frame(list(offices), held, months, np.zeros(len(months), dtype=np.bool_), [])


def _is_in_hours(outcome: str) -> bool:
    return outcome in IN_HOURS or outcome == "restricted_mean_calendar"


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
