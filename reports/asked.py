"""What members and advisers said during a pilot, as plain figures for dashboard and balance.

Made of stored figures that may be shown (`surveys.stored_figures`); no answer is read here. The
texts of the questions come along in four languages, so that a balance can be read in each.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from branches.models import Pilot
from surveys.enums import Kind, Side
from surveys.models import Wave
from surveys.proportions import Share
from surveys.results import Course, Line, TookPart, courses_of, finished_waves, taking_part
from surveys.selectors import Counts
from surveys.stored_figures import figures_of
from surveys.tallies import FEWEST

Plain = dict[str, Any]


def asked_of(pilot: Pilot, *, cut_off: datetime | None = None) -> dict[str, Plain] | None:
    """The figures of both surveys by kind, of the waves mixed by the cut-off; None without any.

    `rounds`, who took part (`answered` of `asked`, by side), in how many rounds the silent
    `differ`, and each question of the newest version with what either side answered.
    """
    waves = [wave for wave in finished_waves(pilot) if _is_within(wave, cut_off)]
    found = {
        kind.value: _of_kind(kind, [wave for wave in waves if wave.kind == kind]) for kind in Kind
    }
    return found if any(part["rounds"] for part in found.values()) else None


def _is_within(wave: Wave, cut_off: datetime | None) -> bool:
    return cut_off is None or (wave.mixed_at is not None and wave.mixed_at <= cut_off)


def _of_kind(kind: Kind, waves: list[Wave]) -> Plain:
    tallies = figures_of(waves)
    rounds = taking_part(waves)
    return {
        "rounds": len(waves),
        "fewest": FEWEST[kind],
        "differ": sum(one.differs for one in rounds),
        "took_part": {side.value: _counted(rounds, side) for side in Side},
        "months": [_month(one) for one in rounds],
        "questions": [_question(course) for course in courses_of(tallies)],
    }


def _counted(rounds: Sequence[TookPart], side: Side) -> Plain:
    total = sum((one.sides[side] for one in rounds if side in one.sides), Counts())
    return {"asked": total.drawn - total.withdrawn, "answered": total.answered, "rate": total.rate}


def _month(one: TookPart) -> Plain:
    return {"month": one.wave.month.isoformat()} | {
        side.value: _counted([one], side) for side in Side
    }


def _question(course: Course) -> Plain:
    item = course.item
    return {
        "code": item.code,
        "texts": dict(item.texts),
        "scale": dict(item.scale),
        "good": sorted(item.top_box),
        "said": {line.group.side.value: _line(line) for line in course.together},
        "difference": _share(course.difference),
        "months": [
            {"month": month.wave.month.isoformat(), "difference": _share(month.difference)}
            | {line.group.side.value: _line(line) for line in month.lines}
            for month in course.months
        ],
    }


def _line(line: Line) -> Plain | None:
    """What one side answered; None where it is hidden."""
    if line.tally is None:
        return None
    return {
        "answers": line.tally.answers,
        "weighted": _share(line.weighted),
        "plain": _share(line.plain),
        "steps": [part.share if part.weighted is None else part.weighted for part in line.parts],
    }


def _share(share: Share | None) -> list[float] | None:
    return [share.value, share.low, share.high] if share else None
