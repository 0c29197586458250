"""Who is asked: how many, from which stratum, and which of them. Pure and replayable.

A draw is decided by a recorded seed and the keys of the people alone: each gets a place from
SHA-256 of seed and key, and the first so many of a group are taken. Whoever has the archived frame
and the seed draws the same list again, in whatever order the rows come, with any tool that knows
SHA-256. Within a group this is a simple random sample without replacement, so the chance to be
drawn is exactly `taken / group`.

Sources: Cochran 1977, Sampling Techniques, sections 4.4 (size) and 5.5 (proportional allocation);
the largest remainders of Hamilton for whole numbers; Ohlsson 1995 for permanent random numbers.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256

from surveys.proportions import Z_95

# Nobody is asked more often than this in one pilot, nor sooner again than so many calendar months.
MOST_INVITATIONS = 2
REST_MONTHS = 2
# A stratum with no more eligible people than this is asked whole.
SMALL_STRATUM = 30


class Group(StrEnum):
    """Why somebody may be drawn or not. The value is stored with the archived frame."""

    PANEL = "panel"  # asked two months before: half of the wave
    FRESH = "fresh"  # never asked in this pilot: the other half
    RETURNING = "returning"  # asked once in another month, and rested
    RESTING = "resting"  # asked this month or the one before, or twice: not now


@dataclass(frozen=True)
class Person:
    """One row of the frame: an opaque key, the stratum, and the group in this wave."""

    key: str
    stratum: str
    group: Group


@dataclass(frozen=True)
class Drawn:
    """The keys that were drawn, with the exact chance that each had in this wave."""

    chances: Mapping[str, Fraction]


def answers_needed(population: int, *, margin: float, share: float = 0.5) -> int:
    """Completed answers for a 95 % interval of `share` ± `margin` (0.1 is ten points).

    `n0 = z² p(1-p)/e²`, then the finite population correction `n0 / (1 + (n0-1)/N)`, rounded up.
    Raises ValueError for a margin outside (0, 1) or a negative population.
    """
    if not 0 < margin < 1 or population < 0:
        raise ValueError("A margin lies between 0 and 1, and a population is not negative.")
    if population == 0:
        return 0
    infinite = Z_95**2 * share * (1 - share) / margin**2
    # A hair of rounding must not ask for one answer more.
    return min(population, math.ceil(infinite / (1 + (infinite - 1) / population) - 1e-9))


def margin_of(
    answers: float, population: int, *, share: float = 0.5, people: float | None = None
) -> float | None:
    """Half the width of the 95 % interval that so many answers give; None without an answer.

    `people`: how many different people gave them, where some were asked in several waves. The
    correction for a finite population counts people: those who answer twice are no new part of it.
    """
    if answers <= 0 or population <= 0:
        return None
    different = answers if people is None else people
    if different >= population:
        return 0.0
    rest = (population - different) / max(population - 1, 1)
    return Z_95 * math.sqrt(share * (1 - share) / answers * rest)


@dataclass(frozen=True)
class Pooled:
    """Several waves taken together: answers, and from how many different people."""

    answers: float
    people: float


def pooled(asked: int, population: int, *, response: float, waves: int) -> Pooled:
    """What to expect of so many waves that ask `asked` people each, of whom `response` answer.

    Nobody is asked more than twice, and half of each wave from the third on was asked before. Of
    those asked twice a share `response²` answers twice.
    """
    invitations = min(asked * waves, population * MOST_INVITATIONS)
    again = max(invitations - population, asked * max(waves - REST_MONTHS, 0) // 2)
    again = min(again, invitations // 2)
    answers = invitations * response
    return Pooled(answers, answers - again * response**2)


def invitations_needed(answers: int, *, response: float, population: int) -> int:
    """How many must be asked to get so many answers, when the share `response` answers."""
    if not 0 < response <= 1:
        raise ValueError("A share of answers lies above 0 and at most at 1.")
    return min(population, math.ceil(answers / response - 1e-9))


def allocate(
    number: int, eligible: Mapping[str, int], *, small: int = SMALL_STRATUM
) -> dict[str, int]:
    """Share `number` invitations among strata; the quotas add up exactly.

    Small strata are taken whole first, the rest goes by size (largest remainders, ties by name).
    When everybody together is no more than `number`, all are taken.
    """
    quotas = dict.fromkeys(eligible, 0)
    if number >= sum(eligible.values()):
        return dict(eligible)
    whole = [
        name for name in sorted(eligible, key=lambda n: (eligible[n], n)) if eligible[name] <= small
    ]
    left = number
    for name in whole:
        quotas[name] = min(eligible[name], left)
        left -= quotas[name]
    return quotas | _by_size(left, {n: eligible[n] for n in eligible if n not in set(whole)})


def _by_size(number: int, sizes: Mapping[str, int]) -> dict[str, int]:
    total = sum(sizes.values())
    if not total:
        return {}
    exact = {name: Fraction(number * size, total) for name, size in sizes.items()}
    quotas = {name: math.floor(part) for name, part in exact.items()}
    by_remainder = sorted(sizes, key=lambda name: (quotas[name] - exact[name], name))
    for name in by_remainder[: number - sum(quotas.values())]:
        quotas[name] += 1
    return quotas


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = date.fromordinal(first_of_next.toordinal() - 1).day
    return date(year, month + 1, min(day.day, last))


def months_between(earlier: date, later: date) -> int:
    """How many calendar months lie between two dates; their days do not matter."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def group_of(asked_in: Sequence[date], *, month: date, in_panel: bool) -> Group:
    """The group of somebody who was asked in these months of the pilot, in the wave of `month`.

    Rest is counted in whole calendar months: who was asked in June may be asked in August, on
    whatever day either wave is drawn. `in_panel`: one of them was the wave two months before.
    """
    if len(asked_in) >= MOST_INVITATIONS:
        return Group.RESTING
    if any(months_between(asked, month) < REST_MONTHS for asked in asked_in):
        return Group.RESTING
    if in_panel:
        return Group.PANEL
    return Group.RETURNING if asked_in else Group.FRESH


def place_of(key: str, *, seed: str) -> str:
    """The place of somebody in the draw: hexadecimal SHA-256 of `seed:key`, smallest first."""
    return sha256(f"{seed}:{key}".encode()).hexdigest()


def split(quota: int, sizes: Mapping[Group, int]) -> dict[Group, int]:
    """How many of each group: half panel, half fresh; who is missing in one comes from another."""
    panel, fresh = sizes.get(Group.PANEL, 0), sizes.get(Group.FRESH, 0)
    taken = {Group.PANEL: min(panel, quota // 2)}
    taken[Group.FRESH] = min(fresh, quota - taken[Group.PANEL])
    taken[Group.PANEL] = min(panel, quota - taken[Group.FRESH])
    left = quota - taken[Group.PANEL] - taken[Group.FRESH]
    taken[Group.RETURNING] = min(sizes.get(Group.RETURNING, 0), left)
    return taken


def draw(frame: Iterable[Person], quotas: Mapping[str, int], *, seed: str) -> Drawn:
    """Draw `quotas[stratum]` people of each stratum, or all its eligible ones when it has fewer.

    Raises ValueError for a key that stands twice in the frame.
    """
    groups: dict[tuple[str, Group], list[str]] = {}
    seen: set[str] = set()
    for person in frame:
        if person.key in seen:
            raise ValueError(f"{person.key} stands twice in the frame.")
        seen.add(person.key)
        groups.setdefault((person.stratum, person.group), []).append(person.key)
    chances: dict[str, Fraction] = {}
    for stratum, quota in quotas.items():
        sizes = {group: len(groups.get((stratum, group), ())) for group in Group}
        for group, number in split(quota, sizes).items():
            if number:
                chance = Fraction(number, sizes[group])
                keys = groups[stratum, group]
                first = sorted(keys, key=lambda key: place_of(key, seed=seed))[:number]
                chances |= dict.fromkeys(first, chance)
    return Drawn(chances)


def chances_before(sizes: Mapping[Group, int], quota: int) -> dict[Group, Fraction]:
    """The chance of each group of a stratum to be drawn, before anybody is."""
    return {
        group: Fraction(number, sizes[group]) if sizes.get(group) else Fraction(0)
        for group, number in split(quota, sizes).items()
    } | {Group.RESTING: Fraction(0)}
