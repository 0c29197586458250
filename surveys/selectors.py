"""What the manager's pages show of waves. Participation only: answers are `surveys.results`."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from django.db.models import Count, Q
from django.utils.functional import Promise

from branches.models import Office, Pilot
from surveys.enums import RULES, Contact, Kind, Step
from surveys.frames import frame_of
from surveys.models import FrameRow, Invitation, Questionnaire, Stratum, Wave
from surveys.planning import Plan, plan_for
from surveys.questionnaires import gaps
from surveys.sampling import months_after, place_of
from surveys.waves import REMINDERS_BEFORE_END

MONTHS_AHEAD = 3


@dataclass(frozen=True)
class Counts:
    """What became of those who were drawn."""

    drawn: int = 0
    sent: int = 0
    bounced: int = 0
    refused: int = 0
    withdrawn: int = 0
    answered: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        parts = ((getattr(self, f.name) + getattr(other, f.name)) for f in fields(self))
        return Counts(*parts)

    @property
    def rate(self) -> float | None:
        """AAPOR RR1: complete answers among all who were drawn and are still members."""
        eligible = self.drawn - self.withdrawn
        return self.answered / eligible if eligible else None


COUNTED = {
    "drawn": Count("pk"),
    "sent": Count("pk", filter=Q(mails_sent__gte=1)),
    "bounced": Count("pk", filter=Q(bounced_at__isnull=False, is_spent=False)),
    "refused": Count("pk", filter=Q(has_refused=True, is_spent=False)),
    "withdrawn": Count("pk", filter=Q(is_withdrawn=True, is_spent=False)),
    "answered": Count("pk", filter=Q(is_spent=True)),
}


@dataclass(frozen=True)
class WaveRow:
    wave: Wave
    counts: Counts


@dataclass(frozen=True)
class StratumRow:
    stratum: Stratum
    counts: Counts

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
    """The waves of a pilot with their participation, newest first; two queries in all."""
    waves = list(
        Wave.objects.filter(pilot=pilot)
        .select_related("questionnaire")
        .order_by("-month", "kind", "-id")
    )
    counts = {
        row.pop("wave"): Counts(**row)
        for row in Invitation.objects.filter(wave__in=waves).values("wave").annotate(**COUNTED)
    }
    return [WaveRow(wave, counts.get(wave.pk, Counts())) for wave in waves]


def progress_of(wave: Wave) -> Progress:
    counted = wave.invitations.values("stratum").annotate(**COUNTED)
    counts = {row.pop("stratum"): Counts(**row) for row in counted}
    strata = wave.strata.select_related("office").order_by("side", "office__name", "id")
    rows = [StratumRow(stratum, counts.get(stratum.pk, Counts())) for stratum in strata]
    rows.sort(key=lambda row: (row.stratum.side, str(row.stratum.office), _by_contact(row)))
    closes_at = wave.closes_at
    reminders = [closes_at - before for before in REMINDERS_BEFORE_END] if closes_at else []
    return Progress(rows, sum((row.counts for row in rows), Counts()), reminders)


def _by_contact(row: StratumRow) -> int:
    return list(Contact).index(Contact(row.stratum.contact))


def steps_of(wave: Wave) -> list[Step]:
    """What may be done with this wave now, in the order of the buttons."""
    return [step for step, (sources, _target) in RULES.items() if wave.state in sources]


def outlook(wave: Wave, *, on: date) -> Plan:
    """What the draw would do today."""
    return plan_for(wave, frame_of(wave, on=on))


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
