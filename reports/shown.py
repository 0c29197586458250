"""Which figures of whole offices may be shown: the one place where that is decided.

An office with fewer than 5 requests or 3 advisers in a period is about those people, so nothing is
shown of it, on no page and in no file. Where the total of its side is shown, as many other offices
are hidden with it as it takes that nobody finds it by subtraction (`branches.suppression`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeAlias

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from branches.models import Office, Pilot
from branches.suppression import ALL, Cell, Rule, suppress
from branches.working_time import BRUSSELS
from reports.models import MonthlyReport
from reports.months import month_end, month_start, next_month
from requests_app.models import MemberRequest

# The primary key of an office, and the first day of a month.
OfficeMonth: TypeAlias = tuple[int, date]
RULE = Rule()


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
    rows = arrived.values("office").annotate(
        number=Count("pk"),
        people=ArrayAgg("adviser", filter=Q(adviser__isnull=False), distinct=True, default=[]),
    )
    found = {row["office"]: Cell(row["number"], frozenset(row["people"])) for row in rows}
    return {office.pk: found.get(office.pk, Cell(0)) for office in offices}


def is_hidden(report: MonthlyReport) -> bool:
    """Whether nothing of this report may be shown."""
    return bool(hidden_months([report]))


def hidden_months(reports: Iterable[MonthlyReport]) -> set[OfficeMonth]:
    """Which of these reports may not be shown; 4 queries however many there are."""
    asked = {(report.office_id, report.month) for report in reports}
    months = {month for _office, month in asked}
    cells = _cells_of(months) if asked else {}
    hidden = {key for key in asked if not RULE.allows(cells[key])}
    for month, side in _sides(months):
        line = {office: cells[office, month] for office in side if (office, month) in cells}
        hidden |= {(office, month) for office in hidden_offices(line)}
    return hidden & asked


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
        (office, month): Cell(
            number,
            frozenset(range(counted.get((office, month), 0) if people is None else people)),
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


def _sides(months: Collection[date]) -> Iterable[tuple[date, list[int]]]:
    """For each of these months the offices of each side whose total is shown."""
    if not months:
        return
    pilots = Pilot.objects.filter(
        baseline_starts_on__lt=next_month(max(months)), ends_on__gte=min(months)
    )
    for pilot in pilots.prefetch_related("offices", "comparison_offices"):
        first, last = pilot.baseline_starts_on.replace(day=1), pilot.ends_on
        for side in (pilot.offices, pilot.comparison_offices):
            keys = [office.pk for office in side.all()]
            yield from ((month, keys) for month in months if first <= month <= last)
