"""Whether members meet the same person again: three indices, their chance level, their range.

Pure: numpy only. For one member with N contacts, n_i of them with person i:

UPC    the largest n_i / N: the share of contacts with the usual person
COC    (sum of n_i^2 - N) / (N (N - 1)), Bice and Boxerman 1977: the chance that two of the
       member's contacts, drawn at random, were with the same person
SECON  (pairs of neighbouring contacts with the same person) / (N - 1), Steinwachs 1979

COC and SECON of members who are given to anybody at random are both expected at the sum of p_j^2,
where p_j is the share of all contacts that person j has: a small office scores higher by
arithmetic alone. UPC has no such simple chance level, so none is stated for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

# The indices fall as N grows, so members are also shown with others who have about as many.
FEWEST_CONTACTS = 3
BANDS: tuple[tuple[int, int | None], ...] = ((3, 4), (5, 9), (10, None))
# Under so many members a mean is left out: a single one would move it by several points.
FEWEST_MEMBERS = 10
RESAMPLES = 1_000
AT_ONCE = 1_000_000
SEED = 20_230_608


@dataclass(frozen=True, eq=False)
class Indices:
    """One place for each member: contacts, the three indices, and the chance level of COC.

    All arrays have shape (members,). COC and SECON are nan under 2 contacts.
    """

    contacts: Ints
    upc: Floats
    coc: Floats
    secon: Floats
    chance: Floats

    def where(self, wanted: NDArray[np.bool_]) -> "Indices":
        return Indices(**{name: array[wanted] for name, array in vars(self).items()})


@dataclass(frozen=True)
class Mean:
    """A mean over members, with the range within which 95 % of redrawn samples of members lie."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Continuity:
    """The means over members with 3 or more contacts; every mean None under 10 members.

    `beyond_chance` is the mean of COC minus the chance level, and `chance` that level.
    """

    members: int
    contacts: int
    upc: Mean | None = None
    coc: Mean | None = None
    secon: Mean | None = None
    beyond_chance: Mean | None = None
    chance: float | None = None


def indices(members: ArrayLike, people: ArrayLike, groups: ArrayLike) -> Indices:
    """The indices of each member. All three have shape (contacts,), in the order of time.

    `people` are those who handled each contact, `groups` where (an office): the chance level of a
    member is that of the group of the first contact. Integers of any size, such as primary keys.
    """
    who, person, group = (_numbered(array) for array in (members, people, groups))
    order = np.argsort(who, kind="stable")
    who, person, group = who[order], person[order], group[order]
    if not who.size:
        return _empty()
    starts = _starts(who)
    contacts = np.diff(np.append(starts, who.size))
    pair, counts = np.unique(who * (person.max() + 1) + person, return_counts=True)
    first = _starts(pair // (person.max() + 1))
    squares = np.add.reduceat(counts**2, first)
    again = (person[1:] == person[:-1]) & (who[1:] == who[:-1])
    neighbours = np.bincount(who[1:][again], minlength=starts.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        coc = (squares - contacts) / (contacts * (contacts - 1))
        secon = neighbours / (contacts - 1)
    return Indices(
        contacts=contacts,
        upc=np.maximum.reduceat(counts, first) / contacts,
        coc=coc,
        secon=secon,
        chance=_chance_levels(group, person)[group[starts]],
    )


def continuity(found: Indices, *, resamples: int = RESAMPLES) -> Continuity:
    """The figures of the members who have enough contacts."""
    enough = found.where(found.contacts >= FEWEST_CONTACTS)
    number, contacts = int(enough.contacts.size), int(enough.contacts.sum())
    if number < FEWEST_MEMBERS:
        return Continuity(number, contacts)
    columns = [enough.upc, enough.coc, enough.secon, enough.coc - enough.chance]
    upc, coc, secon, beyond = _means(np.stack(columns, axis=1), resamples)
    return Continuity(number, contacts, upc, coc, secon, beyond, chance=float(enough.chance.mean()))


def in_bands(found: Indices, *, resamples: int = RESAMPLES) -> Iterator[Continuity]:
    """The same for each of BANDS: members who have about as many contacts."""
    for least, most in BANDS:
        yield continuity(
            found.where(
                (found.contacts >= least) & (found.contacts <= (most or found.contacts.max()))
            )
            if found.contacts.size
            else found,
            resamples=resamples,
        )


def chance_level(people: ArrayLike) -> float:
    """The chance that two contacts, drawn at random, were with the same person: sum of p_j^2."""
    numbered = _numbered(people)
    return float(_chance_levels(np.zeros_like(numbered), numbered)[0])


def _chance_levels(group: Ints, person: Ints) -> Floats:
    """The chance level of each group; shape (groups,)."""
    size = int(person.max()) + 1
    counts = np.bincount(group * size + person, minlength=(int(group.max()) + 1) * size)
    table = counts.reshape(-1, size)
    shares = table / table.sum(axis=1, keepdims=True)
    squared: Floats = (shares**2).sum(axis=1)
    return squared


def _numbered(values: ArrayLike) -> Ints:
    """The same values as 0, 1, 2 and so on."""
    return np.unique(np.asarray(values, dtype=np.int64), return_inverse=True)[1].astype(np.int64)


def _starts(sorted_values: Ints) -> NDArray[np.intp]:
    return np.flatnonzero(np.append(True, sorted_values[1:] != sorted_values[:-1]))


def _means(columns: Floats, resamples: int) -> list[Mean]:
    """The mean of each column, and the percentile interval of a bootstrap of its rows (members)."""
    random = np.random.default_rng(SEED)
    members = columns.shape[0]
    drawn = np.empty((resamples, columns.shape[1]))
    step = max(1, AT_ONCE // members)
    for begin in range(0, resamples, step):
        end = min(begin + step, resamples)
        rows = random.integers(0, members, size=(end - begin, members))
        for column in range(columns.shape[1]):
            drawn[begin:end, column] = columns[rows, column].mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return [Mean(*map(float, each)) for each in zip(columns.mean(axis=0), low, high, strict=True)]


def _empty() -> Indices:
    none = np.array([], dtype=np.float64)
    return Indices(np.array([], dtype=np.int64), none, none, none, none)
