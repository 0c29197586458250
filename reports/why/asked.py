"""Which figure somebody asks about: of which offices, which period and which part of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from branches.models import Office, Pilot
from reports.models import Side
from reports.months import month_of, parse_month
from reports.period_content import Content
from reports.period_models import BEFORE, DURING, NOT_SHOWN, PeriodFigures
from reports.period_rows import Span
from reports.periods import seen_from
from reports.why.rows import NotShown, Source


@dataclass(frozen=True)
class Hidden:
    """Offices, by primary key, of which nothing may be shown in a period, or in a month of it."""

    offices: frozenset[int]
    months: frozenset[tuple[int, date]]

    def hides(self, office: int, arrived: datetime) -> bool:
        return office in self.offices or (office, month_of(arrived)) in self.months


@dataclass(frozen=True)
class Asked:
    """`office` None: all offices of the side. What `by` and `key` divide, each figure says."""

    pilot: Pilot
    side: Side
    office: Office | None
    period: str  # as of `PeriodFigures`, or the Monday of a week
    by: str = ""
    key: str = ""

    @property
    def month(self) -> date | None:
        """The first day of the month; None for another period. Raises NotShown for none at all."""
        if self.period in {BEFORE, DURING}:
            return None
        try:
            return parse_month(self.period)
        except ValueError:
            raise NotShown(self.period) from None

    @cached_property
    def figures(self) -> PeriodFigures:
        """What is stored about the period. Raises NotShown."""
        stored = PeriodFigures.objects.filter(
            pilot=self.pilot, side=self.side, office=self.office, period=self.period
        ).first()
        if stored is None or stored.content == NOT_SHOWN:
            raise NotShown(self.period)
        return stored

    @cached_property
    def offices(self) -> list[Office]:
        """Whose requests the stored figures count."""
        if self.office:
            return [self.office]
        return list(Office.objects.filter(code__in=self.figures.offices).order_by("code"))

    @cached_property
    def hidden(self) -> Hidden:
        """What no list of several offices, or of a longer time, may tell of one office; 1 query."""
        rows = PeriodFigures.objects.filter(
            pilot=self.pilot, office__isnull=False, content=NOT_SHOWN
        ).values_list("office_id", "period")
        spans = {BEFORE, DURING}
        return Hidden(
            frozenset(office for office, period in rows if period == self.period),
            frozenset((office, parse_month(name)) for office, name in rows if name not in spans),
        )

    def offices_that_hide(self, is_hidden: Callable[[Content], bool]) -> frozenset[int]:
        """Of several offices those whose own figures of the period hide this part; 1 query."""
        if self.office:
            return frozenset()
        rows = PeriodFigures.objects.filter(
            pilot=self.pilot, side=self.side, office__isnull=False, period=self.period
        ).values_list("office_id", "content")
        return frozenset(key for key, found in rows if found != NOT_SHOWN and is_hidden(found))

    @property
    def span(self) -> Span:
        """The offices and the time that the stored figures are about."""
        keys, stored = [office.pk for office in self.offices], self.figures
        return Span(keys, stored.starts_at, stored.ends_at, seen_from(stored))

    @property
    def source(self) -> Source:
        return Source(self.span.cut_off, self.figures.definition_version)


def read(values: Mapping[str, str], pilot: Pilot) -> Asked:
    """What an address asks about. Raises NotShown for what no pilot has."""
    kept = {name: values.get(name, "") for name in ("office", "side", "period", "by", "key")}
    if any("\0" in value for value in kept.values()):
        raise NotShown
    side, office = _whose(kept["side"] or Side.PILOT, kept["office"], pilot)
    return Asked(pilot, side, office, kept["period"] or DURING, kept["by"], kept["key"])


def _whose(side: str, code: str, pilot: Pilot) -> tuple[Side, Office | None]:
    if side not in Side.values:
        raise NotShown(side)
    if not code:
        return Side(side), None
    for each, offices in (
        (Side.PILOT, pilot.offices),
        (Side.COMPARISON, pilot.comparison_offices),
    ):
        if office := offices.filter(code=code).first():
            return each, office
    raise NotShown(code)
