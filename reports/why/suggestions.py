"""Behind the routing suggestions that were followed: the decisions on them."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.period_rows import Decision, decisions
from reports.why.asked import Asked
from reports.why.rows import Behind, Check, NotShown, Row, columns_of, withholding
from reports.why.told import ERASED, Told, known, told_of


def decided(asked: Asked) -> Behind:
    """The decisions of the period; each says whether it followed the first suggestion."""
    stored = asked.figures.content.get("suggested")
    if stored is None:
        raise NotShown(asked.period)
    found = decisions(asked.span)
    requests = known({one.request for one in found}).values()
    told = told_of(asked.offices, ((one.office, one.branch, one.adviser) for one in requests))
    followed = sum(one.is_followed for one in found)
    behind = Behind(
        source=asked.source,
        size=len(found),
        read=Listed(found, told).read,
        checks=(
            Check("decided", stored["decided"], len(found)),
            Check("followed", stored["followed"], followed),
        ),
        columns=columns_of(asked.offices, "branch", "until", "state"),
    )
    return withholding(behind, [asked.hidden.hides(one.office, one.suggested) for one in found])


@dataclass(frozen=True, eq=False)
class Listed:
    """The rows of some decisions: from the suggestion to the decision."""

    kept: Sequence[Decision]
    told: Told

    def read(self, first: int, last: int) -> list[Row]:
        page = self.kept[first:last]
        requests = known({one.request for one in page})
        rows = []
        for one in page:
            request = requests.get(one.request, ERASED)
            rows.append(
                Row(
                    reference=request.reference,
                    state="followed" if one.is_followed else "not_followed",
                    office=self.told.offices.get(one.office, ""),
                    branch=self.told.branch(one.office, request.branch, request.submitted),
                    since=one.suggested,
                    until=one.decided,
                )
            )
        return rows
