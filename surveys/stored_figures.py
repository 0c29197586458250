"""The figures of finished waves, stored once: pages read them instead of counting every answer.

Only what may be shown is stored (`tallies`). A wave whose answers moved again since, or whose
figures were made by an older rule, is counted anew.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from surveys.cells import JOIN
from surveys.enums import Side, State
from surveys.models import Wave, WaveFigures
from surveys.questionnaires import parse
from surveys.response import compared
from surveys.selectors import COUNTED, Counts, partial_by_cell
from surveys.tallies import Group, Tally, WaveTallies, tallies_of

# To be raised whenever `tallies` shows something else of the same answers.
RULE = 1


def store_due(*, at: datetime) -> int:
    """Store the figures of each wave that has none, or older ones. Returns how many waves."""
    due = list(_due())
    for tallies in tallies_of(due):
        wave = tallies.wave
        content = _as_json(tallies) | {
            "taking_part": {side.value: asdict(counts) for side, counts in _counted(wave).items()},
            "differs": _differs(wave),
        }
        WaveFigures.objects.update_or_create(
            wave=wave,
            defaults={"content": content, "rule": RULE, "mixed_at": wave.mixed_at, "stored_at": at},
        )
    return len(due)


def _due() -> QuerySet[Wave]:
    done = Wave.objects.filter(state=State.CLOSED, mixed_at__isnull=False)
    is_stored = Q(figures__mixed_at=F("mixed_at"), figures__rule=RULE)
    return done.exclude(pk__in=done.filter(is_stored).values("pk")).select_related("questionnaire")


def _stored(wave: Wave) -> Mapping[str, Any] | None:
    """What is stored of this wave, if it still holds. Waves come with their `figures` selected."""
    row: WaveFigures | None = getattr(wave, "figures", None)
    is_fresh = row is not None and (row.rule, row.mixed_at) == (RULE, wave.mixed_at)
    return row.content if row and is_fresh else None


def figures_of(waves: Iterable[Wave]) -> list[WaveTallies]:
    """What may be shown of these waves, in their order; what is not stored yet is counted."""
    waves = list(waves)
    missing = [wave for wave in waves if _stored(wave) is None]
    counted = {tallies.wave.pk: tallies for tallies in tallies_of(missing)} if missing else {}
    found = (
        _from_json(wave, content) if (content := _stored(wave)) else counted.get(wave.pk)
        for wave in waves
    )
    return [tallies for tallies in found if tallies]


def participation_of(wave: Wave) -> dict[Side, Counts]:
    """Who took part, by side."""
    content = _stored(wave)
    if content is None:
        return _counted(wave)
    return {Side(side): Counts(**counts) for side, counts in content["taking_part"].items()}


def differs(wave: Wave) -> bool:
    """Whether those who took part differ clearly from the silent in what is known of both."""
    content = _stored(wave)
    return _differs(wave) if content is None else bool(content["differs"])


def _counted(wave: Wave) -> dict[Side, Counts]:
    """What became of everybody of a side; no cell of answers reaches over both."""
    side_of = {code: Side(side) for code, side in wave.strata.values_list("code", "side")}
    partial: Counter[Side] = Counter()
    for cell, number in partial_by_cell(wave).items():
        partial[side_of[cell.split(JOIN)[0]]] += number
    rows = wave.invitations.values("stratum__side").annotate(**COUNTED)
    counts = {Side(row.pop("stratum__side")): Counts(**row) for row in rows}
    return {side: replace(one, partial=partial[side]) for side, one in counts.items()}


def _differs(wave: Wave) -> bool:
    return any(fact.is_clear for fact in compared(wave))


def _as_json(tallies: WaveTallies) -> dict[str, Any]:
    return {
        "respondents": {side.value: number for side, number in tallies.respondents.items()},
        "groups": [[group.side.value, group.place] for group in tallies.groups],
        "shown": {
            code: [[group.side.value, group.place, *_plain(tally)] for group, tally in by.items()]
            for code, by in tallies.shown.items()
        },
    }


def _plain(tally: Tally) -> tuple[Mapping[int, int], Mapping[int, float] | None, float]:
    return dict(tally.counts), tally.weights and dict(tally.weights), tally.squares


def _from_json(wave: Wave, content: Mapping[str, Any]) -> WaveTallies:
    return WaveTallies(
        wave=wave,
        form=parse(wave.questionnaire.content),
        shown={
            code: {Group(Side(side), place): _tally(*rest) for side, place, *rest in rows}
            for code, rows in content["shown"].items()
        },
        respondents={Side(side): number for side, number in content["respondents"].items()},
        groups=tuple(Group(Side(side), place) for side, place in content["groups"]),
    )


def _tally(counts: Mapping[str, int], weights: Mapping[str, float] | None, squares: float) -> Tally:
    """JSON knows no numbers as keys."""
    return Tally(
        Counter({int(step): number for step, number in counts.items()}),
        None if weights is None else {int(step): weight for step, weight in weights.items()},
        squares,
    )
