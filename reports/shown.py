"""Which figures of whole offices may be shown: the one place where that is decided.

An office with fewer than 5 requests or 3 advisers in a period is about those people, so nothing is
shown of it, on no page and in no file. Where the total of its side is shown, as many other offices
are hidden with it as it takes that nobody finds it by subtraction (`branches.suppression`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from branches.models import Office, Pilot
from branches.suppression import ALL, Cell, Rule, suppress
from branches.working_time import BRUSSELS
from reports.models import MonthlyReport, Side, SideReport
from reports.months import month_end, month_start, next_month
from requests_app.models import MemberRequest

# The primary key of an office, and the first day of a month.
OfficeMonth: TypeAlias = tuple[int, date]
RULE = Rule()
PEOPLE = ArrayAgg("adviser", filter=Q(adviser__isnull=False), distinct=True, default=[])


def hidden_offices(cells: Mapping[int, Cell]) -> set[int]:
    """Which offices of one side are hidden, the total of the side being shown if it may be."""
    found = suppress({(office,): cell for office, cell in cells.items()}, rule=RULE)
    return {office for office in cells if not found.shows(office)}


def hides_total(cells: Mapping[int, Cell]) -> bool:
    """Whether all offices of a side together are too few as well."""
    found = suppress({(office,): cell for office, cell in cells.items()}, rule=RULE)
    return not found.shows(ALL)


def cells_between(offices: Sequence[Office], start: datetime, end: datetime) -> dict[int, Cell]:
    """On how many requests and whom each office rests in a period; 1 query."""
    arrived = MemberRequest.objects.filter(office__in=offices).arrived_between(start, end)
    rows = arrived.values("office").annotate(number=Count("pk"), people=PEOPLE)
    found = {row["office"]: Cell(row["number"], frozenset(row["people"])) for row in rows}
    return {office.pk: found.get(office.pk, Cell(0)) for office in offices}


def is_hidden(report: MonthlyReport) -> bool:
    """Whether nothing of this report may be shown."""
    return bool(hidden_months([report]))


def hidden_months(reports: Iterable[MonthlyReport]) -> set[OfficeMonth]:
    """Which of these reports may not be shown; 5 to 7 queries, however many there are."""
    asked = {(report.office_id, report.month) for report in reports}
    months = {month for _office, month in asked}
    cells = _cells_of(months) if asked else {}
    hidden = {key for key in asked if not RULE.allows(cells[key])}
    sides = _sides(months)
    for side in sides:
        hidden |= side.hidden(cells)
    # The total of a side may know more than the reports of its offices: one that is not computed
    # yet, or what was entered after they were sealed. Then who subtracts learns what is true now.
    if beyond := [side for side in sides if side.total not in {None, side.received(cells)}]:
        now = _cells_now(beyond)
        for side in beyond:
            hidden |= side.hidden(now)
    return hidden & asked


def hidden_in_pilot(pilot: Pilot, months: Collection[date]) -> set[OfficeMonth]:
    """Which of its offices are hidden in these months, also where no report is stored yet."""
    sides = (tuple(office.pk for office in offices.all()) for offices in _offices_of(pilot))
    lines = [_Side(month, offices, None) for offices in sides for month in months]
    reports = MonthlyReport.objects.filter(
        month__in=months, office__in={key for line in lines for key in line.offices}
    )
    stored = list(reports.only("office_id", "month"))
    hidden, known = hidden_months(stored), {(each.office_id, each.month) for each in stored}
    unknown = [line for line in lines if {(key, line.month) for key in line.offices} - known]
    now = _cells_now(unknown) if unknown else {}
    return hidden.union(*(line.hidden(now) for line in unknown))


def _offices_of(pilot: Pilot) -> tuple[Any, Any]:
    return pilot.offices, pilot.comparison_offices


def hidden_sides(reports: Iterable[SideReport]) -> set[int]:
    """The keys of those of which nothing may be shown: all their offices together are too few."""
    return {report.pk for report in reports if not RULE.allows(_cell_of_side(report))}


def _cell_of_side(report: SideReport) -> Cell:
    people = report.advisers
    if people is None:
        # From before it was kept, counted from the requests.
        arrived = MemberRequest.objects.filter(office__code__in=report.offices)
        of_month = arrived.arrived_between(month_start(report.month), month_end(report.month))
        people = int(of_month.aggregate(people=Count("adviser", distinct=True))["people"])
    return cell_of(report.received, people)


def cell_of(requests: int, people: int) -> Cell:
    """A cell of which only is known how many people are behind it, not who."""
    return Cell(requests, frozenset(range(people)))


def _cells_of(months: Collection[date]) -> dict[OfficeMonth, Cell]:
    """What the stored reports of these months rest on.

    A report keeps how many people they were, not who: those of two offices are taken to be the
    same, because then more is hidden.
    """
    stored = list(
        MonthlyReport.objects.filter(month__in=months).values_list(
            "office_id", "month", "received", "advisers"
        )
    )
    unknown = {(office, month) for office, month, _number, people in stored if people is None}
    counted = _people_now(unknown) if unknown else {}
    return {
        (office, month): cell_of(
            number, counted.get((office, month), 0) if people is None else people
        )
        for office, month, number, people in stored
    }


def _people_now(keys: Collection[OfficeMonth]) -> dict[OfficeMonth, int]:
    """The same of reports from before it was kept, counted from the requests."""
    months = {month for _office, month in keys}
    arrived = MemberRequest.objects.filter(office__in={office for office, _month in keys})
    rows = (
        arrived.arrived_between(month_start(min(months)), month_end(max(months)))
        .annotate(month=TruncMonth("submitted_at", tzinfo=BRUSSELS))
        .values_list("office", "month")
        .annotate(people=Count("adviser", distinct=True))
    )
    return {(office, month.date()): people for office, month, people in rows}


@dataclass(frozen=True)
class _Side:
    """The offices of one side in one month, whose total is shown."""

    month: date
    offices: tuple[int, ...]
    total: int | None  # as it is stored; None: it is not yet

    def hidden(self, cells: Mapping[OfficeMonth, Cell]) -> set[OfficeMonth]:
        return {(office, self.month) for office in hidden_offices(self._line(cells))}

    def received(self, cells: Mapping[OfficeMonth, Cell]) -> int:
        return sum(cell.requests for cell in self._line(cells).values())

    def _line(self, cells: Mapping[OfficeMonth, Cell]) -> dict[int, Cell]:
        keys = ((office, self.month) for office in self.offices)
        return {key[0]: cells[key] for key in keys if key in cells}


def _sides(months: Collection[date]) -> list[_Side]:
    """For each of these months both sides of every pilot to which it belongs; 4 queries."""
    if not months:
        return []
    pilots = Pilot.objects.filter(
        baseline_starts_on__lt=next_month(max(months)), ends_on__gte=min(months)
    )
    stored = SideReport.objects.filter(pilot__in=pilots, month__in=months)
    totals = {
        (pilot, side, month): received
        for pilot, side, month, received in stored.values_list(
            "pilot_id", "side", "month", "received"
        )
    }
    return [
        _Side(
            month, tuple(office.pk for office in offices.all()), totals.get((pilot.pk, side, month))
        )
        for pilot in pilots.prefetch_related("offices", "comparison_offices")
        for side, offices in (
            (Side.PILOT, pilot.offices),
            (Side.COMPARISON, pilot.comparison_offices),
        )
        for month in months
        if pilot.baseline_starts_on.replace(day=1) <= month <= pilot.ends_on
    ]


def _cells_now(sides: Collection[_Side]) -> dict[OfficeMonth, Cell]:
    """What these offices rest on in these months now, from the requests; 1 query."""
    months = {side.month for side in sides}
    arrived = MemberRequest.objects.filter(
        office__in={key for side in sides for key in side.offices}
    )
    rows = (
        arrived.arrived_between(month_start(min(months)), month_end(max(months)))
        .annotate(month=TruncMonth("submitted_at", tzinfo=BRUSSELS))
        .values_list("office", "month")
        .annotate(number=Count("pk"), people=PEOPLE)
    )
    return {
        (office, month.date()): Cell(number, frozenset(people))
        for office, month, number, people in rows
    }
