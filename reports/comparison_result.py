"""Compares the offices of a pilot and stores everything that its page shows."""

import hashlib
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import structlog
from django.db import connection, transaction

from branches.models import Pilot, Topic
from dop_pilot.celery import wake
from reports import comparison_cells as cells
from reports import shown
from reports.comparison import Panel
from reports.comparison_cells import Requests, outcome_table, read_requests, share_within
from reports.comparison_findings import (
    Found,
    control_chart,
    controlled_series,
    corrected,
    findings,
    plain,
    short,
    without_each_office,
    without_months,
)
from reports.comparison_frame import Frame, frame_of, weeks_of
from reports.comparison_mix import standardised_findings
from reports.months import month_end, month_start
from reports.plan_models import ASKED, HIGHER_IS_BETTER, Measure, PilotComparison, PilotOutcome
from reports.response_times import HORIZON_WORKING_DAYS
from reports.survey_outcomes import monthly_shares
from reports.verdict import Evidence, conditions, verdict

COMPARISON_VERSION = "2"
JOB = "compare_offices"
SUMMER = (7, 8)
# What nobody has fixed otherwise.
USUAL_PRIMARY = Measure.WITHIN_PROMISE

log = structlog.get_logger()


@cache
def code_version() -> str:
    """The first letters of a digest of the modules that compute the comparison."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem.startswith(
            ("cohorts", "comparison", "pauses", "standardisation", "survival", "verdict")
        ):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@transaction.atomic
def compare(*, pilot: Pilot, at: datetime, asked_at: datetime | None = None) -> PilotComparison:
    """Compute and store the comparison of this pilot as of `at`; return it.

    One whose cut-off lies after `asked_at` is returned as it is, so that ten deliveries of one
    wish compute once. Earlier comparisons stay. Raises NoOpeningHours.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{JOB} {pilot.pk}"])
    known = latest(pilot)
    if known is not None and known.cut_off >= (asked_at or at):
        return known
    began = perf_counter()
    found = compared(pilot, cut_off=at)
    stored = PilotComparison.objects.create(
        pilot=pilot,
        cut_off=at,
        computed_at=at,
        computed_in=timedelta(seconds=perf_counter() - began),
        definition_version=COMPARISON_VERSION,
        code_version=code_version(),
        verdict=found["verdict"],
        result=found,
    )
    log.info("offices_compared", pilot=pilot.pk, verdict=stored.verdict)
    return stored


def latest(pilot: Pilot) -> PilotComparison | None:
    return PilotComparison.objects.filter(pilot=pilot).order_by("-cut_off", "-id").first()


def ask(*, pilot: Pilot, at: datetime) -> bool:
    """Have a worker compare the offices now; False when none could be reached."""
    return wake("reports.tasks.compare_offices", pilot.pk, at.isoformat())


def compared(pilot: Pilot, *, cut_off: datetime) -> Found:
    """The whole result as JSON holds it. Shares lie between 0 and 1, times are hours.

    `outcomes` has one entry for each planned outcome, the primary one first (see
    `comparison_findings.findings`); `also` the same for outcomes that are not planned, which get
    no test. Raises NoOpeningHours.
    """
    frame = frame_of(pilot, cut_off=cut_off)
    requests = read_requests(pilot, frame, cut_off=cut_off)
    planned = list(pilot.outcomes.order_by("place"))
    primary = Measure(planned[0].measure) if planned else USUAL_PRIMARY
    tables = _tables(pilot, frame, requests, cut_off=cut_off)
    codes = [office.code for office in frame.offices]
    outcomes = {name: findings(_panel(frame, values), codes) for name, values in tables.items()}
    mix = standardised_findings(requests, frame, _branches(), read=read_of(pilot, primary))
    evidence = evidence_of(primary, outcomes[primary], mix)
    return {
        "verdict": verdict(evidence).value,
        "conditions": conditions(evidence),
        "is_planned": bool(planned),
        "primary": primary.value,
        "outcomes": outcomes,
        "secondary": _secondary(planned, outcomes),
        "mix": mix,
        "frame": _plain_frame(pilot, frame, requests, cut_off),
        "sensitivity": _sensitivity(frame, tables, primary, codes),
        "weeks": _weeks(pilot, frame, requests, cut_off),
    }


def _tables(pilot: Pilot, frame: Frame, requests: Requests, *, cut_off: datetime) -> dict[str, Any]:
    measured = ("within_promise", "restricted_mean", "handling")
    calendar = ("within_calendar_days", "restricted_mean_calendar")
    tables: dict[str, Any] = {
        name: outcome_table(requests, frame, pilot, name) for name in (*measured, *calendar)
    }
    for measure in ASKED:
        shares = monthly_shares(
            measure, offices=frame.offices, months=frame.months, cut_off=cut_off
        )
        if shares is not None:
            tables[measure.value] = shares
    return tables


def _panel(frame: Frame, values: Any) -> Panel:
    return Panel(values, frame.is_pilot, frame.is_after)


def _branches() -> dict[int, int]:
    return dict(Topic.objects.values_list("pk", "branch_id"))


def read_of(pilot: Pilot, primary: Measure) -> cells.Read:
    """What is read from the curve of a cell for the primary outcome."""
    if primary == Measure.WITHIN_PROMISE:
        return share_within(pilot.promise_seconds)
    return cells.mean_hours(HORIZON_WORKING_DAYS * pilot.working_day_hours * cells.HOUR)


def evidence_of(primary: Measure, found: Found, mix: Found) -> Evidence:
    return Evidence(
        difference=found["difference"],
        noise_floor=found.get("noise_floor"),
        standardised=mix["difference"],
        larger=found.get("larger", 0),
        groups=found.get("groups", 0),
        higher_is_faster=primary in HIGHER_IS_BETTER,
    )


def _secondary(planned: list[PilotOutcome], outcomes: dict[str, Found]) -> list[Found]:
    """The planned outcomes after the first, with Holm's correction over all of them."""
    measures = [row.measure for row in planned[1:]]
    p_values = [outcomes.get(measure, {}).get("p") for measure in measures]
    return [
        {"measure": measure, "p": p, "holm": adjusted}
        for measure, p, adjusted in zip(measures, p_values, corrected(p_values), strict=True)
    ]


def _plain_frame(pilot: Pilot, frame: Frame, requests: Requests, cut_off: datetime) -> Found:
    # Those of the months that are compared: a size of other requests would explain nothing.
    ends = [month_end(month).date() for month in frame.months]
    compared_ones = requests.office[requests.period(frame.months, ends) >= 0]
    received = np.bincount(compared_ones, minlength=len(frame.offices)).tolist()
    begin = month_start(pilot.baseline_starts_on)
    hidden = shown.hidden_offices(shown.cells_between(frame.offices, begin, cut_off))
    in_months = shown.hidden_in_pilot(pilot, frame.months)
    return {
        "offices": [
            {"code": office.code, "is_pilot": bool(is_pilot)}
            | ({"is_hidden": True} if office.pk in hidden else {"requests": number})
            | {
                "hidden_months": sorted(
                    month.isoformat() for key, month in in_months if key == office.pk
                )
            }
            for office, is_pilot, number in zip(
                frame.offices, frame.is_pilot, received, strict=True
            )
        ],
        "months": [month.isoformat() for month in frame.months],
        "is_after": frame.is_after.tolist(),
        "left_out": [[month.isoformat(), why.value] for month, why in frame.left_out],
    }


def _sensitivity(frame: Frame, tables: dict[str, Any], primary: Measure, codes: list[str]) -> Found:
    panel = _panel(frame, tables[primary])
    summer = [month.month in SUMMER for month in frame.months]
    calendar = {
        Measure.WITHIN_PROMISE: "within_calendar_days",
        Measure.RESTRICTED_MEAN: "restricted_mean_calendar",
    }[primary]
    return {
        "without_summer": without_months(panel, summer),
        "calendar": short(_panel(frame, tables[calendar])),
        "without_office": without_each_office(panel, codes),
    }


def _weeks(pilot: Pilot, frame: Frame, requests: Requests, cut_off: datetime) -> Found:
    """Weekly medians with frozen limits, and the weekly shares as an interrupted series."""
    weeks = weeks_of(pilot, cut_off=cut_off)
    is_before = [monday + timedelta(days=7) <= pilot.starts_on for monday in weeks]
    medians = cells.weekly_table(requests, frame, weeks, cells.median_hours)
    shares = cells.weekly_table(requests, frame, weeks, share_within(pilot.promise_seconds))
    lived = cells.weekly_table(requests, frame, weeks, cells.median_hours, as_lived=True)
    since = [_weeks_since(pilot.starts_on, monday) for monday in weeks]
    return {
        "mondays": [monday.isoformat() for monday in weeks],
        "is_before": is_before,
        "pilot": control_chart(medians[0], is_before),
        "comparison": control_chart(medians[1], is_before),
        "calendar": {"pilot": plain(lived[0]), "comparison": plain(lived[1])},
        "series": controlled_series(*shares, since),
    }


def _weeks_since(start: date, monday: date) -> int:
    """Whole weeks from the week in which the pilot began, which is week 0."""
    return (monday - (start - timedelta(days=start.weekday()))).days // 7
