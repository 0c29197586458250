"""What the reader of the dashboard chose, read from the address and refused where it is nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q

from branches.models import Office, Pilot
from reports.months import parse_month

CLOCKS = ("office", "calendar")


class NoSuchChoice(ValueError):
    """The address names an office, a month or a clock that the dashboard does not have."""


@dataclass(frozen=True)
class Choice:
    """`office` None: all pilot offices. `period` "": the pilot so far, else a month "2023-07"."""

    office: Office | None = None
    period: str = ""
    clock: str = "office"

    def address(self, **changes: str) -> str:
        """The query of this choice with changes, as "?office=LIEGE&clock=calendar"."""
        office = self.office.code if self.office else ""
        values = {"office": office, "period": self.period, "clock": self.clock} | changes
        # What is usual needs no saying.
        usual = {"office": "", "period": "", "clock": CLOCKS[0]}
        kept = {name: value for name, value in values.items() if value != usual[name]}
        return f"?{urlencode(kept)}"

    @property
    def on_the_other_clock(self) -> str:
        return self.address(clock=CLOCKS[1 - CLOCKS.index(self.clock)])


def read(values: Mapping[str, str], pilot: Pilot) -> Choice:
    """The choice that an address makes. Raises NoSuchChoice."""
    clock = values.get("clock") or CLOCKS[0]
    if clock not in CLOCKS:
        raise NoSuchChoice(clock)
    return Choice(
        _office(values.get("office", ""), pilot), _period(values.get("period", "")), clock
    )


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
