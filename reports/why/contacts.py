"""Behind continuity: the answered requests of each member, without saying who anybody is.

A member has a number within the list, and an adviser a letter within the member. Letters of two
members have nothing to do with each other: so nobody can be counted over the list.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np
from django.utils.translation import gettext as _

from reports.continuity import (
    BANDS,
    FEWEST_CONTACTS,
    Continuity,
    Indices,
    continuity,
    indices,
)
from reports.period_models import DURING
from reports.period_rows import AnsweredRequest, answered
from reports.periods import equal_times
from reports.why.asked import Asked
from reports.why.rows import Behind, Check, NotShown, Row, Unit, columns_of, withholding
from reports.why.told import ERASED, Told, known, told_of

LINES = ("overall", "within_branch", "same_branch")
BAND = "band"
MEANS = ("upc", "coc", "secon", "beyond_chance")


def same_person(asked: Asked) -> Behind:
    """One line of continuity: `by` as in LINES or "band-0", `key` the time before or during."""
    during = asked.figures
    if asked.period != DURING or asked.key not in during.content["continuity"]:
        raise NotShown(asked.key)
    keys = [office.pk for office in asked.offices]
    times = equal_times(asked.pilot, keys, at=during.ends_at)
    everybody = answered(times[asked.key])
    line = _line(everybody, asked.by)
    stored = during.content["continuity"][asked.key]
    found = stored["bands"][line.band] if line.band is not None else stored[asked.by]
    listed = Listed(line, asked, _told(asked, everybody))
    behind = Behind(
        source=asked.source,
        size=len(line.rows),
        read=listed.read,
        checks=tuple(_checks(found, line)),
        columns=columns_of(asked.offices, "branch", "said"),
        note=_(
            "The letters stand for advisers (or branches) of one member alone; those of another "
            "member have nothing to do with them. What chance alone would give follows from the "
            "share of each adviser in all requests, which is not listed."
        ),
    )
    hidden = asked.hidden
    return withholding(behind, [hidden.hides(one.office, one.submitted) for one in line.rows])


@dataclass(frozen=True, eq=False)
class Line:
    """Contacts as one line of continuity follows them: `follows` are members, or parts of them."""

    rows: list[AnsweredRequest]
    follows: list[int]
    with_whom: list[int]
    found: Indices
    band: int | None


def _line(everybody: Sequence[AnsweredRequest], by: str) -> Line:
    band = int(by.removeprefix(f"{BAND}-")) if by in {f"{BAND}-{at}" for at in range(3)} else None
    if band is None and by not in LINES:
        raise NotShown(by)
    given = [one for one in everybody if by in {"overall"} or band is not None or one.branch > 0]
    size = max((one.branch for one in everybody), default=0) + 1
    apart = by == "within_branch"
    follows = [one.member * size + one.branch if apart else one.member for one in given]
    whom = [one.branch if by == "same_branch" else one.adviser for one in given]
    groups = [one.office * size + one.branch if apart else one.office for one in given]
    least, most = BANDS[band] if band is not None else (FEWEST_CONTACTS, None)
    found = indices(follows, whom, groups)
    enough = (found.contacts >= least) & (found.contacts <= (most or np.iinfo(np.int64).max))
    # One place for each that is followed, in the order of its number.
    kept = {key for key, keep in zip(sorted(set(follows)), enough.tolist(), strict=True) if keep}
    held = sorted(
        (place for place, key in enumerate(follows) if key in kept), key=follows.__getitem__
    )
    return Line(
        rows=[given[place] for place in held],
        follows=[follows[place] for place in held],
        with_whom=[whom[place] for place in held],
        found=found.where(enough),
        band=band,
    )


def _checks(stored: dict[str, object], line: Line) -> list[Check]:
    # The range comes from redrawn samples of members, with a fixed seed: nothing here to follow.
    found: Continuity = continuity(line.found, resamples=1)
    checks = [
        Check("members", stored["members"], found.members),  # type: ignore[arg-type]
        Check("contacts", stored["contacts"], found.contacts),  # type: ignore[arg-type]
    ]
    for name in MEANS:
        kept, mean = stored[name], getattr(found, name)
        value = kept["value"] if isinstance(kept, dict) else None
        checks.append(Check(name, value, mean.value if mean else None, Unit.SHARE))
    return [*checks, Check("chance", stored["chance"], found.chance, Unit.SHARE)]  # type: ignore[arg-type]


def _told(asked: Asked, everybody: Sequence[AnsweredRequest]) -> Told:
    places = ((one.office, one.branch, one.adviser) for one in everybody)
    return told_of(asked.offices, places)


@dataclass(frozen=True, eq=False)
class Listed:
    """The rows of a line, member by member."""

    line: Line
    asked: Asked
    told: Told

    def read(self, first: int, last: int) -> list[Row]:
        page = self.line.rows[first:last]
        requests = known({one.request for one in page})
        said = self._said()[first:last]
        return [
            Row(
                reference=requests.get(one.request, ERASED).reference,
                state="",
                office=self.told.offices.get(one.office, ""),
                branch=self.told.branch(one.office, one.branch, one.submitted),
                since=one.submitted,
                said=words,
            )
            for one, words in zip(page, said, strict=True)
        ]

    def _said(self) -> list[str]:
        numbers: dict[int, int] = {}
        letters: dict[int, dict[int, str]] = defaultdict(dict)
        said = []
        for follows, whom in zip(self.line.follows, self.line.with_whom, strict=True):
            number = numbers.setdefault(follows, len(numbers) + 1)
            met = letters[follows]
            letter = met.setdefault(whom, _letter(len(met)))
            said.append(
                _("member %(number)s, with %(letter)s") % {"number": number, "letter": letter}
            )
        return said


def _letter(place: int) -> str:
    """A to Z, then A2 to Z2, and so on."""
    again, letter = divmod(place, len(ascii_uppercase))
    return ascii_uppercase[letter] + (str(again + 1) if again else "")
