"""What a wave will cost and what it will show, in numbers, before anything is sent."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from branches.models import Office
from surveys.enums import Contact, Kind, Side
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
    pooled,
)

WAVES_OF_A_QUARTER, WAVES_OF_A_PILOT = 3, 6
# A change is seen in four of five cases when it is this many standard errors: 80 % power.
Z_POWER = 0.8416212335729143
# The usual share of satisfied members, for the question which change could be seen.
USUAL_SHARE = 0.7
# A half, give or take so many points: any share at all.
_NOTHING_KNOWN = 50.0
# As large as makes no difference.
_NO_END = 10**9


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
class Size:
    """How large a stratum is, and how many of it may be asked now."""

    code: str
    office: Office | None
    side: Side
    contact: Contact
    members: int
    eligible: int


@dataclass(frozen=True)
class Part:
    """What can be expected of some people of whom so many are asked: an office, or a stratum."""

    members: int
    eligible: int
    invitations: int
    answers_expected: int
    answers_of_pilot: int
    precision: Precision

    @property
    def resting(self) -> int:
        return self.members - self.eligible

    @property
    def asks_everybody(self) -> bool:
        return self.invitations == self.eligible

    @property
    def rests(self) -> bool:
        """Everybody was asked too lately, or twice already."""
        return not self.eligible


@dataclass(frozen=True)
class StratumPlan(Part):
    side: Side
    contact: Contact


@dataclass(frozen=True)
class OfficePlan(Part):
    """One office of a wave, with its strata. Without an office: all advisers."""

    office: Office | None
    answers_wanted: int
    # So many would be needed if the office had no end: the correction is what it saves.
    answers_without_end: int
    strata: tuple[StratumPlan, ...]

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
    def resting(self) -> int:
        return sum(office.resting for office in self.offices)

    @property
    def answers_expected(self) -> int:
        return sum(office.answers_expected for office in self.offices)

    @property
    def runs_dry(self) -> list[Office]:
        return [office.office for office in self.offices if office.office and office.runs_dry]

    @property
    def smallest_changes(self) -> tuple[int, int]:
        """In points, the change that an office's month, and its whole pilot, could show."""
        offices = [office for office in self.offices if office.answers_expected]
        if not offices:
            return 100, 100
        usual = min(offices, key=lambda office: office.answers_expected)
        return smallest_change(usual.answers_expected), smallest_change(usual.answers_of_pilot)


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
    """Quotas by stratum and the outlook by office and stratum. Advisers are all asked."""
    eligible = eligible_of(frame)
    members = Counter(candidate.stratum.code for candidate in frame)
    keys = {candidate.stratum.code: candidate.stratum for candidate in frame}
    return _plan(
        wave,
        [
            Size(code, key.office, key.side, key.contact, members[code], eligible[code])
            for code, key in sorted(keys.items())
        ],
    )


def plan_of_sample(wave: Wave) -> Plan:
    """The same outlook for a sample that is drawn; one query."""
    strata = list(wave.strata.select_related("office").order_by("code"))
    sizes = [
        Size(s.code, s.office, Side(s.side), Contact(s.contact), s.members, s.eligible)
        for s in strata
    ]
    return _plan(wave, sizes, {stratum.code: stratum.drawn for stratum in strata})


def _plan(wave: Wave, sizes: Sequence[Size], drawn: Mapping[str, int] | None = None) -> Plan:
    if wave.kind == Kind.ADVISER:
        drawn = drawn or {size.code: size.eligible for size in sizes}
    by_office: dict[Office | None, list[Size]] = {}
    for size in sizes:
        by_office.setdefault(size.office, []).append(size)
    quotas: dict[str, int] = {}
    offices = []
    for office, strata in sorted(by_office.items(), key=lambda item: str(item[0])):
        wanted = answers_needed(sum(s.members for s in strata), margin=_margin(wave))
        of_office = _quotas(wave, strata, wanted) if drawn is None else drawn
        quotas |= {size.code: of_office[size.code] for size in strata}
        offices.append(_office(wave, office, strata, quotas, wanted))
    return Plan(quotas, offices)


def _quotas(wave: Wave, strata: Sequence[Size], wanted: int) -> dict[str, int]:
    eligible = {size.code: size.eligible for size in strata}
    response, population = _response(wave), sum(eligible.values())
    return allocate(invitations_needed(wanted, response=response, population=population), eligible)


def _office(
    wave: Wave,
    office: Office | None,
    strata: Sequence[Size],
    quotas: Mapping[str, int],
    wanted: int,
) -> OfficePlan:
    whole = _part(
        wave,
        members=sum(size.members for size in strata),
        eligible=sum(size.eligible for size in strata),
        asked=sum(quotas[size.code] for size in strata),
    )
    parts = (
        StratumPlan(
            **vars(
                _part(wave, members=s.members, eligible=s.eligible, asked=quotas[s.code]),
            ),
            side=s.side,
            contact=s.contact,
        )
        for s in sorted(strata, key=lambda s: (s.side, list(Contact).index(s.contact)))
    )
    return OfficePlan(
        **vars(whole),
        office=office,
        answers_wanted=wanted,
        answers_without_end=answers_needed(_NO_END, margin=_margin(wave)),
        strata=tuple(parts),
    )


def _part(wave: Wave, *, members: int, eligible: int, asked: int) -> Part:
    response = _response(wave)
    one, quarter, pilot = (
        pooled(asked, members, response=response, waves=waves)
        for waves in (1, WAVES_OF_A_QUARTER, WAVES_OF_A_PILOT)
    )
    expected = round(one.answers)
    return Part(
        members=members,
        eligible=eligible,
        invitations=asked,
        answers_expected=expected,
        answers_of_pilot=max(round(pilot.answers), expected),
        precision=Precision(
            _points(expected, members),
            _points(quarter.answers, members, quarter.people),
            _points(pilot.answers, members, pilot.people),
        ),
    )


def _points(answers: float, members: int, people: float | None = None) -> float | None:
    margin = margin_of(answers, members, people=people)
    return None if margin is None else min(100 * margin, _NOTHING_KNOWN)


def _margin(wave: Wave) -> float:
    return float(wave.margin) / 100


def _response(wave: Wave) -> float:
    return wave.expected_response / 100
