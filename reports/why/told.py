"""What a list may tell of a request: its reference, and its branch where enough people stand there.

A list is of one period, and can be counted by branch. So a branch is named in it only where office
and branch together have enough requests and advisers in that list, and where it is not hidden among
the figures of the month in which the request arrived.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from branches.models import Branch, Office
from branches.suppression import Cell, Key, suppress
from reports.breakdowns import NOTHING
from reports.months import month_of
from reports.period_parts import Hidden, hidden_in_months
from reports.seal_models import Dimension
from requests_app.models import MemberRequest


class Known(NamedTuple):
    """What is told of a request, and whose it is, which is not told."""

    reference: str
    office: int
    branch: int | None
    adviser: int | None
    submitted: datetime


ERASED = Known("", 0, None, None, datetime.min)  # noqa: DTZ901 - compared with nothing


def known(keys: Collection[int]) -> dict[int, Known]:
    """The requests with these keys that still exist; 1 query."""
    rows = MemberRequest.objects.filter(pk__in=keys).values_list(
        "pk", "reference", "office_id", "branch_id", "adviser_id", "submitted_at"
    )
    return {row[0]: Known(*row[1:]) for row in rows}


@dataclass(frozen=True)
class Told:
    """Which branches of which offices the rows of a list name."""

    codes: Mapping[int, str]
    offices: Mapping[int, str]  # the code of each; empty: a list of one office names none
    hidden: frozenset[Key]
    in_months: Hidden

    def branch(self, office: int, branch: int | None, submitted: datetime) -> str | None:
        """The code of the branch, NOTHING without one, None where it is not told."""
        code = self.codes.get(branch or 0, NOTHING)
        if (office, code) in self.hidden or (office, month_of(submitted), code) in self.in_months:
            return None
        return code


def told_of(
    offices: Sequence[Office],
    places: Iterable[tuple[int, int | None, int | None]],
    *,
    more_hidden: Collection[Key] = (),
) -> Told:
    """What a list of these requests tells; `places` are office, branch and adviser of each."""
    codes = dict(Branch.objects.values_list("pk", "code"))
    table: dict[Key, Cell] = {}
    for (office, branch, adviser), number in Counter(places).items():
        key = (office, codes.get(branch or 0, NOTHING))
        people = frozenset({adviser} - {None, 0})
        table[key] = table.get(key, Cell(0)) + Cell(number, people)  # type: ignore[arg-type]
    return Told(
        codes=codes,
        offices={office.pk: office.code for office in offices} if len(offices) > 1 else {},
        hidden=suppress(table).hidden | frozenset(more_hidden),
        in_months=hidden_in_months(offices, Dimension.BRANCH),
    )
