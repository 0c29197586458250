"""What the manager's pages show of waves. Participation only: answers are `surveys.results`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from django.db.models import Count, Q
from django.utils.functional import Promise

from branches.models import Office, Pilot
from surveys.cells import JOIN
from surveys.enums import RULES, Contact, Kind, State, Step
from surveys.estimation import Disposition, response_rate
from surveys.frames import frame_of
from surveys.invitations import PERHAPS_SENT
from surveys.models import (
    Answer,
    FrameRow,
    Invitation,
    Questionnaire,
    Stratum,
    Wave,
    WaveEvent,
)
from surveys.planning import Plan, plan_for, plan_of_sample
from surveys.questionnaires import gaps
from surveys.sampling import months_after, place_of
from surveys.waves import REMINDERS_BEFORE_END

MONTHS_AHEAD = 3


@dataclass(frozen=True)
class Counts:
    """What became of those who were drawn."""

    drawn: int = 0
    sent: int = 0
    # Not delivered yet, and tried again; handed over by a worker that was killed.
    waiting: int = 0
    unsure: int = 0
    bounced: int = 0
    refused: int = 0
    withdrawn: int = 0
    answered: int = 0
    # Of those who answered, who left out too much; known once a wave is over.
    partial: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        parts = ((getattr(self, f.name) + getattr(other, f.name)) for f in fields(self))
        return Counts(*parts)

    @property
    def rate(self) -> float | None:
        """AAPOR RR1: complete answers among all who were drawn and are still members."""
        told = self.answered + self.refused + self.bounced + self.withdrawn
        return response_rate(
            Disposition(
                complete=self.answered - self.partial,
                partial=self.partial,
                refused=self.refused,
                not_reached=self.bounced,
                silent=self.drawn - told,
                not_eligible=self.withdrawn,
            )
        )


# Each person counts once: an answer before all else, then a closed account, a refusal, a bounce.
_SILENT = Q(is_spent=False)
_ASKED = _SILENT & Q(is_withdrawn=False)
COUNTED = {
    "drawn": Count("pk"),
    "sent": Count("pk", filter=Q(mails_sent__gte=1)),
    "waiting": Count("pk", filter=Q(tries__gte=1, due_at__isnull=False)),
    "unsure": Count("pk", filter=_ASKED & Q(last_error=PERHAPS_SENT)),
    "bounced": Count("pk", filter=_ASKED & Q(bounced_at__isnull=False, has_refused=False)),
    "refused": Count("pk", filter=_ASKED & Q(has_refused=True)),
    "withdrawn": Count("pk", filter=_SILENT & Q(is_withdrawn=True)),
    "answered": Count("pk", filter=Q(is_spent=True)),
}


@dataclass(frozen=True)
class WaveRow:
    wave: Wave
    counts: Counts


@dataclass(frozen=True)
class StratumRow:
    """`rate` is that of all strata of its cell where few answered: `is_together`."""

    stratum: Stratum
    counts: Counts
    rate: float | None
    is_together: bool = False

    @property
    def rests(self) -> bool:
        """Everybody was asked too lately, or twice already."""
        return not self.stratum.eligible

    @property
    def is_whole(self) -> bool:
        return self.stratum.drawn == self.stratum.eligible


@dataclass(frozen=True)
class Progress:
    """How far a wave is."""

    rows: Sequence[StratumRow]
    total: Counts
    reminders: Sequence[datetime]


def wave_rows(pilot: Pilot) -> list[WaveRow]:
    """The waves of a pilot with their participation, newest first; three queries in all."""
    waves = list(
        Wave.objects.filter(pilot=pilot)
        .select_related("questionnaire")
        .order_by("-month", "kind", "-id")
    )
    counts = {
        row.pop("wave"): Counts(**row)
        for row in Invitation.objects.filter(wave__in=waves).values("wave").annotate(**COUNTED)
    }
    left_out = Answer.objects.filter(wave__mixed_at__isnull=False, is_complete=False)
    of_wave = left_out.filter(wave__in=waves).values("wave").annotate(number=Count("pk"))
    partial = dict(of_wave.values_list("wave", "number"))
    return [
        WaveRow(wave, replace(counts.get(wave.pk, Counts()), partial=partial.get(wave.pk, 0)))
        for wave in waves
    ]


def progress_of(wave: Wave) -> Progress:
    """How far a wave is, by stratum; three queries, and one more of a wave that is over."""
    counted = wave.invitations.values("stratum__code").annotate(**COUNTED)
    counts = {row.pop("stratum__code"): Counts(**row) for row in counted}
    cells = partial_by_cell(wave)
    together = {
        code: _together(cell, number, counts)
        for cell, number in cells.items()
        for code in cell.split(JOIN)
    }
    rows = []
    for stratum in wave.strata.select_related("office").order_by("id"):
        own = counts.get(stratum.code, Counts())
        cell, is_together = together.get(stratum.code, (own, False))
        rows.append(StratumRow(stratum, own, cell.rate, is_together))
    rows.sort(key=lambda row: (row.stratum.side, str(row.stratum.office), _by_contact(row)))
    until = wave.closes_at
    reminders = [until - before for before in REMINDERS_BEFORE_END] if until else []
    total = sum((row.counts for row in rows), Counts())
    return Progress(rows, replace(total, partial=sum(cells.values())), reminders)


def partial_by_cell(wave: Wave) -> dict[str, int]:
    """How many answers of each cell left out too much; of a wave that is over."""
    if wave.mixed_at is None:
        return {}
    partial = Count("pk", filter=Q(is_complete=False))
    return dict(
        wave.answers.values("cell").annotate(partial=partial).values_list("cell", "partial")
    )


def _together(cell: str, partial: int, counts: Mapping[str, Counts]) -> tuple[Counts, bool]:
    """What became of everybody of the strata of this cell; whether these are several."""
    codes = cell.split(JOIN)
    total = sum((counts.get(code, Counts()) for code in codes), Counts())
    return replace(total, partial=partial), len(codes) > 1


def _by_contact(row: StratumRow) -> int:
    return list(Contact).index(Contact(row.stratum.contact))


def steps_of(wave: Wave) -> list[Step]:
    """What may be done with this wave now, in the order of the buttons."""
    return [step for step, (sources, _target) in RULES.items() if wave.state in sources]


def outlook(wave: Wave, *, on: date) -> Plan:
    """What the draw would do today; once it is drawn, what the sample will show."""
    if wave.state == State.PLANNED:
        return plan_for(wave, frame_of(wave, on=on))
    return plan_of_sample(wave)


def history_of(wave: Wave) -> list[WaveEvent]:
    """Who took which step, oldest first."""
    return list(wave.events.select_related("by").order_by("at", "id"))


def offices_of(pilot: Pilot) -> list[Office]:
    return list(
        Office.objects.filter(Q(pilots=pilot) | Q(compared_in=pilot)).distinct().order_by("name")
    )


def months_to_plan(pilot: Pilot, *, on: date) -> list[date]:
    """This month and the next ones, as long as the pilot and one month after it last."""
    first = on.replace(day=1)
    months = [months_after(first, number) for number in range(MONTHS_AHEAD)]
    last = months_after(pilot.ends_on.replace(day=1), 1)
    return [month for month in months if month <= last] or [first]


def place_in_draw(wave: Wave, row: FrameRow) -> str:
    return place_of(row.key, seed=wave.seed)


@dataclass(frozen=True)
class Version:
    """One version of a questionnaire, as the list of them shows it."""

    questionnaire: Questionnaire
    waves: int
    questions: int
    gaps: Sequence[str]


@dataclass(frozen=True)
class Shelf:
    """The versions of the questions to members, or to advisers; the newest first."""

    name: str | Promise
    versions: Sequence[Version]

    @property
    def has_draft(self) -> bool:
        return any(one.questionnaire.released_at is None for one in self.versions)


def shelves_of_questionnaires() -> list[Shelf]:
    """Both questionnaires with their versions; one query."""
    found = Questionnaire.objects.annotate(asked=Count("waves")).order_by("-version", "id")
    versions: dict[str, list[Version]] = {kind: [] for kind in Kind}
    for one in found:
        count = len(one.content["items"])
        versions[one.kind].append(Version(one, one.asked, count, gaps(one.content)))
    return [Shelf(kind.label, versions[kind]) for kind in Kind]
