"""What a balance holds: figures, dates and names as JSON, no sentences.

The sentences are chosen from it when it is read, in four languages, by rule (`reports.balance`
chapters). A part that was not computed is null, and the chapters say so. Schema 3; schema 2 had
no `log_rank`, schema 1 no `groups` and no `resolution` in the monthly figures:

- `pilot`: names, offices of both sides, dates, the promise
- `periods`: figures before and during, of both sides, from the requests themselves
- `log_rank`: both sides compared curve against curve, in each period and on each clock
- `groups`: the same by branch, topic, channel and language, over whole months
- `sides`, `offices`: the stored monthly figures of each side and of each office
- `plan`: what was fixed in advance, when, and what changed since
- `comparison`, `work`, `surveys`: what the other parts of the product have stored, or null
- `versions`: of the definitions and of the code
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from branches.models import Branch, Office, Pilot
from reports import asked, pilot_plan
from reports.balance.groups import figures_of_groups
from reports.balance.log_rank import log_ranks
from reports.balance.periods import figures_of_periods, hidden_months, parts_of
from reports.comparison_result import latest
from reports.models import Figures, MonthlyReport, Side, SideReport
from reports.monthly import offices_of
from reports.period_models import PeriodFigures
from reports.plan_models import PilotPlan, Planned
from reports.response_times import DEFINITION_VERSION
from reports.sealing import code_version
from reports.shown import hidden_sides

SCHEMA = 3
FIGURES = (
    "received",
    "first_answered",
    "still_waiting",
    "oldest_waiting",
    "closed_unanswered",
    "excluded",
    "only_a_question",
    "promise_seconds",
    "office_clock",
    "calendar_clock",
    "resolution",
    "is_provisional",
    "definition_version",
    "cut_off",
)


def gathered(pilot: Pilot, *, cut_off: datetime) -> dict[str, Any]:
    """Everything that is known about the pilot at the cut-off, as JSON holds it."""
    parts = parts_of(pilot, cut_off=cut_off)
    content = {
        "schema": SCHEMA,
        "pilot": _pilot(pilot),
        "periods": figures_of_periods(pilot, parts),
        "log_rank": log_ranks(parts),
        "groups": figures_of_groups(pilot, cut_off=cut_off),
        "sides": _sides(pilot),
        "offices": _offices(pilot, cut_off),
        "plan": _plan(pilot),
        "comparison": _comparison(pilot),
        "work": _work(pilot),
        "surveys": asked.asked_of(pilot, cut_off=cut_off),
        "versions": {"definitions": DEFINITION_VERSION, "code": code_version()},
    }
    plain: dict[str, Any] = json.loads(json.dumps(content, cls=DjangoJSONEncoder))
    return plain


def digest_of(content: dict[str, Any]) -> str:
    """A fingerprint that changes with any figure: SHA-256 of the JSON with sorted keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _pilot(pilot: Pilot) -> dict[str, Any]:
    return {
        "name": pilot.name,
        "offices": [office.name for office in offices_of(pilot, Side.PILOT)],
        "comparison_offices": [office.name for office in offices_of(pilot, Side.COMPARISON)],
        "baseline_starts_on": pilot.baseline_starts_on,
        "starts_on": pilot.starts_on,
        "ends_on": pilot.ends_on,
        "promise_seconds": pilot.promise_seconds,
        "promise_working_days": pilot.promise_working_days,
        "working_day_hours": pilot.working_day_hours,
        "branches": [branch.names for branch in Branch.objects.order_by("position")],
    }


def _plan(pilot: Pilot) -> dict[str, Any]:
    stored = PilotPlan.objects.filter(pilot=pilot).first()
    changes = pilot.changes.order_by("changed_at", "id")
    told = ("field", "before", "after", "reason", "changed_at")
    return {
        "locked_at": stored and stored.locked_at,
        "outcomes": pilot_plan.written(pilot_plan.of_pilot(pilot))[Planned.OUTCOMES],
        "changes": [{name: getattr(change, name) for name in told} for change in changes],
        "names": dict(Office.objects.values_list("code", "name")),
    }


def _comparison(pilot: Pilot) -> dict[str, Any] | None:
    stored = latest(pilot)
    if stored is None:
        return None
    told = ("verdict", "result", "cut_off", "definition_version", "code_version")
    return {name: getattr(stored, name) for name in told}


def _work(pilot: Pilot) -> list[dict[str, Any]] | None:
    """The figures of the dashboard of both sides, but for how much single advisers close."""
    rows = PeriodFigures.objects.shown().filter(pilot=pilot, office=None)
    return [
        {name: getattr(row, name) for name in ("side", "period", "starts_at", "ends_at", "cut_off")}
        | {"content": {name: part for name, part in row.content.items() if name != "workload"}}
        for row in rows.order_by("period", "side")
    ] or None


def _sides(pilot: Pilot) -> list[dict[str, Any]]:
    """The months of both sides. Those of too few requests or advisers keep their place only."""
    stored = list(SideReport.objects.filter(pilot=pilot).order_by("month", "side"))
    hidden = hidden_sides(stored)
    return [
        ({} if is_hidden else _figures(report))
        | {"side": report.side, "month": report.month, "is_hidden": is_hidden}
        for report in stored
        for is_hidden in [report.pk in hidden]
    ]


def _offices(pilot: Pilot, cut_off: datetime) -> list[dict[str, Any]]:
    """The months of the offices, office by office. Hidden ones keep their place and no figure."""
    offices = {side: offices_of(pilot, side) for side in Side}
    in_order = [office.pk for of_side in offices.values() for office in of_side]
    places = {key: place for place, key in enumerate(in_order)}
    in_pilot = {office.pk for office in offices[Side.PILOT]}
    hidden = hidden_months(pilot, cut_off=cut_off)
    stored = MonthlyReport.objects.filter(
        office__in=places,
        month__gte=pilot.baseline_starts_on.replace(day=1),
        month__lte=pilot.ends_on,
    ).select_related("office")
    reports = sorted(stored, key=lambda report: (places[report.office_id], report.month))
    return [
        {"office": report.office.name, "is_pilot": report.office_id in in_pilot}
        | ({} if is_hidden else _figures(report))
        | {"month": report.month, "is_hidden": is_hidden}
        for report in reports
        for is_hidden in [(report.office_id, report.month) in hidden]
    ]


def _figures(report: Figures) -> dict[str, Any]:
    return {"month": report.month, "counted": report.counted} | {
        name: getattr(report, name) for name in FIGURES
    }
