"""What the reader of the dashboard chose, read from the address and refused where it is nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q

from branches.models import Office, Pilot
from reports.months import parse_month
from reports.seal_models import Dimension

CLOCKS = ("office", "calendar")


class NoSuchChoice(ValueError):
    """The address names an office, a month or a clock that the dashboard does not have."""


@dataclass(frozen=True)
class Choice:
    """`office` None: all pilot offices. `period` "": the pilot so far, else a month "2023-07".

    `by` is what the period is divided by.
    """

    office: Office | None = None
    period: str = ""
    clock: str = CLOCKS[0]
    by: Dimension = Dimension.BRANCH

    def address(self, **changes: str) -> str:
        """The query of this choice with changes, as "?office=LIEGE&clock=calendar"."""
        office = self.office.code if self.office else ""
        values = {
            "office": office,
            "period": self.period,
            "clock": self.clock,
            "by": self.by.value,
        } | changes
        # What is usual needs no saying.
        usual = {"office": "", "period": "", "clock": CLOCKS[0], "by": Dimension.BRANCH.value}
        kept = {name: value for name, value in values.items() if value != usual[name]}
        return f"?{urlencode(kept)}"

    @property
    def divisions(self) -> list[tuple[Dimension, str]]:
        """What the period may be divided by, each with the address that divides it so."""
        return [(by, self.address(by=by.value)) for by in Dimension]

    @property
    def on_the_other_clock(self) -> str:
        return self.address(clock=CLOCKS[1 - CLOCKS.index(self.clock)])


def read(values: Mapping[str, str], pilot: Pilot) -> Choice:
    """The choice that an address makes. Raises NoSuchChoice."""
    clock = values.get("clock") or CLOCKS[0]
    if clock not in CLOCKS:
        raise NoSuchChoice(clock)
    by = values.get("by") or Dimension.BRANCH
    if by not in Dimension.values:
        raise NoSuchChoice(by)
    office, period = values.get("office", ""), values.get("period", "")
    return Choice(_office(office, pilot), _period(period), clock, Dimension(by))


def _office(code: str, pilot: Pilot) -> Office | None:
    if not code:
        return None
    if "\0" in code:
        raise NoSuchChoice("office")
    offices = Office.objects.filter(Q(pilots=pilot) | Q(compared_in=pilot), code=code)
    found = offices.distinct().first()
    if found is None:
        raise NoSuchChoice(code)
    return found


def _period(text: str) -> str:
    if not text:
        return ""
    try:
        parse_month(text)
    except ValueError as error:
        raise NoSuchChoice(text) from error
    return text
