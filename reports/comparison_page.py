"""What the page of the comparison shows. It reads the stored result: nothing is computed here."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from branches.models import Office, Pilot
from reports import comparison_charts, comparison_result, comparison_tables
from reports import comparison_words as words
from reports.blocks import Grid
from reports.models import JobRun
from reports.pilot_plan import Outcome
from reports.plan_models import Measure, PilotComparison, PilotOutcome, PilotPlan
from reports.plan_page import threshold
from reports.templatetags.figures import rounded
from reports.wording import verdict_sentence

Found = dict[str, Any]


@dataclass(frozen=True)
class OutcomeRow:
    """One outcome: both sides before and after, the difference, and how unusual it is."""

    name: str
    is_primary: bool
    matters: str  # from which size on a change would matter
    missing: str  # why there is nothing to show; empty when there is
    pilot: tuple[str, str] = ("", "")
    comparison: tuple[str, str] = ("", "")
    difference: str = ""
    interval: str = ""
    larger: int = 0
    groups: int = 0
    floor: str = ""  # empty where there are too few offices or months to look for one
    holm: str = ""
    cells: str = ""  # where the figures of each office and month stand


@dataclass(frozen=True)
class Line:
    """A row of a small table: what, the difference, and its place among all groups."""

    what: str
    difference: str
    larger: int | None = None
    groups: int | None = None
    value: float | None = None  # the difference as a number
    cells: str = ""


@dataclass(frozen=True)
class OfficeLine:
    name: str
    is_pilot: bool
    requests: int | None  # None: too few requests or advisers to be shown
    change: str


@dataclass(frozen=True)
class Weeks:
    grid: Grid
    limits: tuple[str, str, str] | None  # low, centre, high
    outside: list[str]
    runs: list[str]
    series: tuple[str, str] | None  # the change of level and its range


@dataclass(frozen=True)
class Result:
    """What a stored comparison says, in words of the language of the page."""

    verdict: str
    conditions: list[tuple[str, bool]]
    primary: OutcomeRow
    planned: list[OutcomeRow]
    also: list[OutcomeRow]
    offices: list[OfficeLine]
    checks: list[Line]
    months_left_out: list[tuple[str, str]]
    offices_left_out: list[str]
    # Month, whether it lies in the pilot, both sides.
    trend: list[tuple[str, bool, str, str]]
    fake_starts: list[tuple[str, str]]
    weeks: Weeks
    groups: Grid | None
    pictures: dict[str, dict[str, str]]
    is_planned: bool


@dataclass(frozen=True)
class ComparisonPage:
    pilot: Pilot
    plan: PilotPlan | None
    run: JobRun | None
    comparison: PilotComparison | None
    pilot_offices: list[str]
    result: Result | None


def comparison_page(pilot: Pilot) -> ComparisonPage:
    stored = comparison_result.latest(pilot)
    return ComparisonPage(
        pilot=pilot,
        plan=PilotPlan.objects.filter(pilot=pilot).select_related("locked_by").first(),
        run=JobRun.objects.filter(kind=comparison_result.JOB, period=str(pilot.pk)).first(),
        comparison=stored,
        pilot_offices=[office.name for office in pilot.offices.order_by("name", "id")],
        result=None if stored is None else result(stored),
    )


def result(stored: PilotComparison) -> Result:
    """The words for a stored comparison; four queries."""
    pilot, found = stored.pilot, stored.result
    names = dict(Office.objects.values_list("code", "name"))
    planned = list(pilot.outcomes.order_by("place"))
    rows = outcome_rows(found, planned)
    return Result(
        verdict=verdict_sentence(stored.verdict, starts_on=pilot.starts_on),
        conditions=[(words.condition(key), holds) for key, holds in found["conditions"].items()],
        primary=rows[0],
        planned=rows,
        also=_also(found, {row.measure for row in planned} or {found["primary"]}),
        offices=office_lines(found, names),
        checks=check_lines(found, names),
        months_left_out=months_left_out(found),
        offices_left_out=[names.get(code, code) for code in _primary(found)["offices_left_out"]],
        trend=trend(found),
        fake_starts=fake_starts(found),
        weeks=weeks(found),
        groups=comparison_tables.groups(found),
        pictures=comparison_charts.shown(pilot),
        is_planned=found["is_planned"],
    )


def _primary(found: Found) -> Found:
    outcome: Found = found["outcomes"][found["primary"]]
    return outcome


def outcome_rows(found: Found, planned: list[PilotOutcome]) -> list[OutcomeRow]:
    """The planned outcomes in their order; without a plan only the usual primary one."""
    corrected = {row["measure"]: row["holm"] for row in found["secondary"]}
    if not planned:
        return [_row(found, found["primary"], matters="")]
    return [
        _row(
            found,
            row.measure,
            matters=threshold(Outcome(Measure(row.measure), row.threshold)),
            holm=corrected.get(row.measure),
        )
        for row in planned
    ]


def _also(found: Found, planned: set[str]) -> list[OutcomeRow]:
    return [_row(found, name, matters="") for name in found["outcomes"] if name not in planned]


def _row(found: Found, name: str, *, matters: str, holm: float | None = None) -> OutcomeRow:
    outcome = found["outcomes"].get(name)
    title, is_primary = words.names()[name], name == found["primary"]
    if outcome is None:
        return OutcomeRow(title, is_primary, matters, _("not available yet"))
    if outcome["difference"] is None:
        return OutcomeRow(title, is_primary, matters, words.missing(outcome["missing"], name))
    ours, others = (means(found, outcome, side) for side in ("pilot", "comparison"))
    return OutcomeRow(
        name=title,
        is_primary=is_primary,
        matters=matters,
        missing="",
        pilot=(words.level(name, ours[0]), words.level(name, ours[1])),
        comparison=(words.level(name, others[0]), words.level(name, others[1])),
        difference=words.signed(name, outcome["difference"]),
        interval=words.interval(name, outcome["low"], outcome["high"]),
        larger=outcome["larger"],
        groups=outcome["groups"],
        floor=_floor(name, outcome["noise_floor"]),
        holm="" if holm is None else rounded(holm, 2),
        cells=comparison_tables.cells_address(name),
    )


def _floor(name: str, value: float | None) -> str:
    return "" if value is None else words.size(name, value)


def means(found: Found, outcome: Found, side: str) -> tuple[float, float]:
    """The mean of the months before and of those after, of one side."""
    values: tuple[list[float], list[float]] = ([], [])
    for place, value in zip(outcome["months"], outcome["sides"][side], strict=True):
        values[found["frame"]["is_after"][place]].append(value)
    before, after = values
    return sum(before) / len(before), sum(after) / len(after)


def office_lines(found: Found, names: dict[str, str]) -> list[OfficeLine]:
    outcome = _primary(found)
    changed = dict(zip(outcome["offices"], outcome.get("changes", ()), strict=False))
    hidden = changes_hidden(found)
    return [
        OfficeLine(
            name=names.get(office["code"], office["code"]),
            is_pilot=office["is_pilot"],
            requests=office.get("requests"),
            change=words.signed(
                found["primary"],
                None if office["code"] in hidden else changed.get(office["code"]),
            ),
        )
        for office in found["frame"]["offices"]
    ]


def changes_hidden(found: Found) -> set[str]:
    """The codes of offices whose change would tell of a month, or a time, that is hidden."""
    frame = found["frame"]
    used = {frame["months"][place] for place in _primary(found)["months"]}
    return {
        office["code"]
        for office in frame["offices"]
        if office.get("is_hidden") or used & set(office.get("hidden_months", ()))
    }


def _without_offices(found: Found) -> list[Found]:
    """Those of sides without a hidden change: from the others the rest of a side follows."""
    hidden = changes_hidden(found)
    is_pilot = {office["code"]: office["is_pilot"] for office in found["frame"]["offices"]}
    silent = {is_pilot[code] for code in hidden}
    rows: list[Found] = found["sensitivity"]["without_office"]
    return [row for row in rows if is_pilot[row["office"]] not in silent]


def check_lines(found: Found, names: dict[str, str]) -> list[Line]:
    """The same difference looked at in other ways."""
    name, outcome, mix = found["primary"], _primary(found), found["mix"]
    if outcome["difference"] is None:
        return []
    tests, groups = found["sensitivity"], mix.get("groups")
    same_mix = {"difference": mix["difference"], "larger": mix.get("difference_larger")}
    crude = {"difference": mix["crude"], "larger": mix.get("crude_larger"), "groups": groups}
    medians = outcome["difference_of_medians"]
    lines = [
        _short(_("As planned"), name, outcome),
        Line(
            _("Median of the offices instead of their mean"),
            words.signed(name, medians),
            value=medians,
        ),
        _short(_("Each period as a whole"), name, crude),
        _short(
            _("Each period as a whole, with the same mix of requests"),
            name,
            same_mix | {"groups": groups},
        ),
        _short(_("Without July and August"), name, tests["without_summer"]),
        _short(
            _("On the calendar, nights and weekends included"), _calendar(name), tests["calendar"]
        ),
    ]
    for row in _without_offices(found):
        office = names.get(row["office"], row["office"])
        lines.append(_short(_("Without %(office)s") % {"office": office}, name, row))
    return lines


def _calendar(name: str) -> str:
    in_hours = words.is_in_hours(name)
    return "restricted_mean_calendar" if in_hours else "within_calendar_days"


def _short(what: str, name: str, row: Found) -> Line:
    difference, cells = row["difference"], comparison_tables.cells_address(name)
    signed = words.signed(name, difference)
    return Line(what, signed, row["larger"], row["groups"], difference, cells)


def months_left_out(found: Found) -> list[tuple[str, str]]:
    """Each month that is neither before nor after, and why."""
    months = [(month, words.left_out(why)) for month, why in found["frame"]["left_out"]]
    gaps = [found["frame"]["months"][place] for place in _primary(found)["months_with_gaps"]]
    both = sorted(months + [(month, words.left_out("gaps")) for month in gaps])
    return [(_month(month), why) for month, why in both]


def trend(found: Found) -> list[tuple[str, bool, str, str]]:
    """The table behind the picture of the trends: month, whether after, both sides."""
    outcome, frame = _primary(found), found["frame"]
    if outcome["difference"] is None:
        return []
    name, sides = found["primary"], outcome["sides"]
    return [
        (
            _month(frame["months"][place]),
            frame["is_after"][place],
            words.level(name, sides["pilot"][row]),
            words.level(name, sides["comparison"][row]),
        )
        for row, place in enumerate(outcome["months"])
    ]


def fake_starts(found: Found) -> list[tuple[str, str]]:
    outcome = _primary(found)
    months = [found["frame"]["months"][place] for place in outcome["months"]]
    return [
        (_month(months[first]), words.signed(found["primary"], difference))
        for first, difference in outcome.get("fake_starts", ())
    ]


def weeks(found: Found) -> Weeks:
    chart, hours = found["weeks"], Measure.HANDLING.value
    days = [date_format(date.fromisoformat(day), "DATE_FORMAT") for day in chart["mondays"]]
    pilot, limits, series = chart["pilot"], chart["pilot"]["limits"], chart["series"]
    share = Measure.WITHIN_PROMISE.value
    return Weeks(
        grid=comparison_tables.weeks(found),
        limits=limits
        and (
            words.level(hours, max(0, limits["low"])),
            words.level(hours, limits["centre"]),
            words.level(hours, limits["high"]),
        ),
        outside=[days[place] for place in pilot["outside"]],
        runs=[days[place] for place in pilot["runs"]],
        series=series
        and (
            words.signed(share, series["value"]),
            words.interval(share, series["low"], series["high"]),
        ),
    )


def _month(day: str) -> str:
    return date_format(date.fromisoformat(day), "YEAR_MONTH_FORMAT")
