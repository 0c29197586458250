"""What a wave will cost and what it will show, in numbers, before anything is sent."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from branches.models import Office
from surveys.enums import Kind
from surveys.frames import Candidate
from surveys.models import Wave
from surveys.proportions import Z_95
from surveys.sampling import (
    MOST_INVITATIONS,
    Group,
    allocate,
    answers_needed,
    invitations_needed,
    margin_of,
)

WAVES_OF_A_QUARTER, WAVES_OF_A_PILOT = 3, 6
# A change is seen in four of five cases when it is this many standard errors: 80 % power.
Z_POWER = 0.8416212335729143
# The usual share of satisfied members, for the question which change could be seen.
USUAL_SHARE = 0.7


@dataclass(frozen=True)
class Precision:
    """Half the width of the 95 % range of a share of one half, in points; None: no answers."""

    month: float | None
    quarter: float | None
    pilot: float | None

    @property
    def all(self) -> tuple[float | None, ...]:
        return self.month, self.quarter, self.pilot


@dataclass(frozen=True)
class OfficePlan:
    """One office of a wave: its frame, whom to ask, and what can be expected of it."""

    office: Office | None
    members: int
    eligible: int
    answers_wanted: int
    invitations: int
    answers_expected: int
    precision: Precision

    @property
    def asks_everybody(self) -> bool:
        return self.invitations == self.eligible

    @property
    def rests(self) -> bool:
        """Everybody was asked too lately, or twice already."""
        return not self.eligible

    @property
    def falls_short(self) -> bool:
        """Fewer answers can be expected than the wanted precision needs."""
        return self.answers_expected < self.answers_wanted

    @property
    def runs_dry(self) -> bool:
        """Six waves of this size would ask more than the members may be asked."""
        return self.invitations * WAVES_OF_A_PILOT > self.members * MOST_INVITATIONS


@dataclass(frozen=True)
class Plan:
    quotas: Mapping[str, int]
    offices: Sequence[OfficePlan]

    @property
    def invitations(self) -> int:
        return sum(self.quotas.values())

    @property
    def members(self) -> int:
        return sum(office.members for office in self.offices)

    @property
    def answers_expected(self) -> int:
        return sum(office.answers_expected for office in self.offices)

    @property
    def runs_dry(self) -> list[Office]:
        return [office.office for office in self.offices if office.office and office.runs_dry]

    @property
    def smallest_changes(self) -> tuple[int, int]:
        """In points, the change that an office's month, and its whole pilot, could show."""
        answers = [office.answers_expected for office in self.offices if office.answers_expected]
        if not answers:
            return 100, 100
        usual = min(answers)
        return smallest_change(usual), smallest_change(usual * WAVES_OF_A_PILOT)


def smallest_change(answers: int) -> int:
    """In points, rounded up: what two shares of so many answers each must differ to be seen.

    `(z + z_power) √(2p(1-p)/n)` at p = 0.7: 19 points at 90 answers, 8 at 540.
    """
    spread = math.sqrt(2 * USUAL_SHARE * (1 - USUAL_SHARE) / answers)
    return min(100, round(100 * (Z_95 + Z_POWER) * spread))


def eligible_of(frame: Sequence[Candidate]) -> Counter[str]:
    """How many of each stratum can be drawn now."""
    return Counter(c.stratum.code for c in frame if c.group != Group.RESTING)


def plan_for(wave: Wave, frame: Sequence[Candidate]) -> Plan:
    """Quotas by stratum and the outlook by office. Advisers are all asked."""
    eligible = eligible_of(frame)
    if wave.kind == Kind.ADVISER:
        quotas = {c.stratum.code: eligible[c.stratum.code] for c in frame}
        return Plan(quotas, [_outlook(wave, None, frame, sum(quotas.values()))] if frame else [])
    quotas = {}
    offices = []
    by_office: dict[Office, list[Candidate]] = {}
    for candidate in frame:
        if candidate.stratum.office is not None:
            by_office.setdefault(candidate.stratum.office, []).append(candidate)
    for office, people in sorted(by_office.items(), key=lambda item: item[0].code):
        plan = _outlook(wave, office, people)
        codes = {c.stratum.code for c in people}
        quotas |= allocate(plan.invitations, {code: eligible[code] for code in codes})
        offices.append(plan)
    return Plan(quotas, offices)


def _outlook(
    wave: Wave, office: Office | None, people: Sequence[Candidate], asked: int | None = None
) -> OfficePlan:
    members = len(people)
    eligible = sum(1 for c in people if c.group != Group.RESTING)
    wanted = answers_needed(members, margin=float(wave.margin) / 100)
    response = wave.expected_response / 100
    if asked is None:
        asked = invitations_needed(wanted, response=response, population=eligible)
    expected = round(asked * response)
    # Nobody is asked more than twice: no number of waves brings more answers than this.
    most = round(members * MOST_INVITATIONS * response)
    return OfficePlan(
        office=office,
        members=members,
        eligible=eligible,
        answers_wanted=wanted,
        invitations=asked,
        answers_expected=expected,
        precision=Precision(
            _points(expected, members),
            _points(min(expected * WAVES_OF_A_QUARTER, most), members),
            _points(min(expected * WAVES_OF_A_PILOT, most), members),
        ),
    )


def _points(answers: int, members: int) -> float | None:
    margin = margin_of(answers, members)
    return None if margin is None else 100 * margin
