"""From a figure of the dashboard to the list of the requests behind it."""

from dataclasses import dataclass

from reports.dashboard.stored import Stored
from reports.why.registry import address


@dataclass(frozen=True)
class Behind:
    """Whose figures these are, and of when; `office` is a code, empty: all of the side."""

    side: str
    office: str
    period: str
    is_kept: bool = True  # False: a copy within a document, which leads nowhere

    @classmethod
    def of(cls, stored: Stored) -> "Behind":
        row = stored.row
        return cls(row.side, stored.office, row.period, is_kept=row.pk is not None)

    def list(self, figure: str, **part: str) -> str:
        """The address of the list, of a part of it where the figure has parts; empty: of none."""
        if not self.is_kept:
            return ""
        side = "" if self.office else self.side
        return address(figure, side=side, office=self.office, period=self.period, **part)
