"""What the page of the pilot shows. It reads stored rows only: no figure is computed here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from branches import durations
from branches.models import Branch, Office, Pilot, Topic, in_own_language
from branches.working_time import BRUSSELS
from reports import charts, selectors
from reports.blocks import Grid, Said
from reports.dashboard import tables
from reports.dashboard.choices import Choice
from reports.dashboard.parts import parts
from reports.dashboard.stored import Stored, Waits
from reports.dashboard.tables import Terms
from reports.models import JobRun, MonthlyReport, Side, SideReport
from reports.monthly import offices_of
from reports.months import parse_month
from reports.period_models import BEFORE, DURING, NOT_SHOWN, PeriodFigures
from reports.periods import run_of
from reports.templatetags.figures import Told
from reports.wording import notes

MEASURES = ("median", "ninetieth", "within_promise")


@dataclass(frozen=True)
class Card:
    """One large figure, the key of its definition, and what it is to be read beside."""

    title: str
    term: str
    said: Said
    beside: Sequence[tuple[str, Said]] = ()
    note: str = ""


@dataclass(frozen=True)
class Dashboard:
    """Everything on the page. A table is None where nothing is stored for it."""

    pilot: Pilot
    offices: list[Office]
    comparison_offices: list[Office]
    # As `selectors.month_number` counts; 0 before the pilot, None after it.
    month_number: int | None
    month_count: int
    choice: Choice
    periods: list[tuple[str, str]]
    cards: list[Card]
    # Whether the figures of the cards may still change, and when they were last counted.
    is_provisional: bool
    cut_off: datetime | None
    version: str
    times: Grid | None
    flow: Grid | None
    gaps: str
    ways: Grid | None
    ways_by_month: Grid | None
    pairs: Grid | None
    topics: Grid | None
    documents: Grid | None
    # By branch, topic, channel and language, of which month.
    parts: list[Grid]
    parts_month: date | None
    continuity: Grid | None
    bands: Grid | None
    workload: Grid | None
    followed: tuple[int, int]
    pictures: dict[str, dict[str, str]]
    run: JobRun | None
    is_running: bool
    # Whether what was chosen rests on too few requests or advisers, or would give such away.
    is_hidden: bool
    notes: dict[str, str]

    @property
    def is_empty(self) -> bool:
        return self.cut_off is None and not self.is_hidden

    @property
    def picture(self) -> dict[str, str]:
        """Of the clock that was chosen."""
        name = charts.OFFICE_HOURS if self.choice.clock == "office" else charts.CALENDAR_TIME
        return self.pictures[name]


@dataclass(frozen=True)
class _Rows:
    """The stored figures, by side and period; those of the office that was chosen."""

    found: dict[tuple[str, str], Stored]
    side: Side
    # The periods of which nothing may be shown.
    hidden: frozenset[str] = frozenset()

    def of(self, period: str, side: Side | None = None) -> Stored | None:
        return self.found.get((side or self.side, period))

    def waits(self, period: str, side: Side | None = None) -> Waits | None:
        stored = self.of(period, side)
        return stored.waits if stored else None

    @property
    def months(self) -> list[Stored]:
        of_side = [row for (side, _period), row in self.found.items() if side == self.side]
        return sorted((row for row in of_side if row.month), key=lambda row: row.row.period)


def dashboard(pilot: Pilot, choice: Choice, *, at: datetime) -> Dashboard:
    """Everything on the page of the pilot, as it was chosen."""
    today = at.astimezone(BRUSSELS).date()
    sides = {side: offices_of(pilot, side) for side in Side}
    rows = _rows(pilot, choice, sides)
    terms = _terms(pilot)
    during = rows.of(DURING) is not None or DURING in rows.hidden
    period = choice.period or (DURING if during else BEFORE)
    stored, span = rows.of(period), rows.of(DURING) or rows.of(BEFORE)
    told = _told(pilot, choice, rows, period)
    month = _month_of_parts(rows, choice, at)
    month = None if month and f"{month:%Y-%m}" in rows.hidden else month
    run = run_of(pilot)
    return Dashboard(
        pilot=pilot,
        offices=sides[Side.PILOT],
        comparison_offices=sides[Side.COMPARISON],
        month_number=selectors.month_number(pilot, today),
        month_count=selectors.month_count(pilot),
        choice=choice,
        periods=[(one.row.period, tables.month_name(one)) for one in rows.months[::-1]],
        cards=_cards(told, rows, choice, terms, pilot) if told else [],
        is_provisional=stored is not None and stored.row.is_provisional,
        cut_off=span.row.cut_off if span else None,
        version=span.row.definition_version if span else "",
        times=_times(rows, choice, terms),
        flow=tables.flow(rows.months[::-1]) if rows.months else None,
        gaps=tables.gaps(rows.months),
        ways=_ways(rows),
        ways_by_month=_ways_by_month(rows),
        pairs=_with_rows(span, lambda one: tables.pairs(one, terms)),
        topics=_with_rows(span, lambda one: tables.topics(one, terms)),
        documents=tables.documents(span, terms) if span else None,
        parts=_parts(pilot, rows, choice, month, terms) if month else [],
        parts_month=month,
        continuity=_continuity(rows),
        bands=_bands(rows),
        workload=tables.workload(stored, terms) if stored else None,
        followed=span.followed if span else (0, 0),
        pictures=charts.several_shown(
            pilot, [charts.OFFICE_HOURS, charts.CALENDAR_TIME, charts.FLOW]
        ),
        run=run,
        is_running=selectors.is_running(run),
        is_hidden=period in rows.hidden,
        notes=notes(),
    )


def _rows(pilot: Pilot, choice: Choice, sides: dict[Side, list[Office]]) -> _Rows:
    """One query. The comparison offices stay beside a single office, as what it is read beside."""
    side = Side.COMPARISON if choice.office in sides[Side.COMPARISON] else Side.PILOT
    other = Side.PILOT if side == Side.COMPARISON else Side.COMPARISON
    stored = PeriodFigures.objects.filter(pilot=pilot).order_by("period", "id")
    # Of the other side only the two long periods are read beside these.
    together = stored.filter(office=choice.office, side=side) | stored.filter(
        office=None, side=other, period__in=[BEFORE, DURING]
    )
    return _Rows(
        {(row.side, row.period): Stored(row) for row in together if row.content != NOT_SHOWN},
        side,
        frozenset(row.period for row in together if row.side == side and row.content == NOT_SHOWN),
    )


def _terms(pilot: Pilot) -> Terms:
    return Terms(
        working_day_hours=pilot.working_day_hours,
        branches={branch.code: branch.name for branch in Branch.objects.order_by("position")},
        topics={
            code: in_own_language(titles)
            for code, titles in Topic.objects.values_list("code", "titles")
        },
    )


def _told(pilot: Pilot, choice: Choice, rows: _Rows, period: str) -> Told | None:
    """The response times behind the cards: of a span, or of the month that was chosen."""
    if period in rows.hidden:
        return None
    if period in {BEFORE, DURING}:
        return rows.waits(period)
    month = parse_month(period)
    if choice.office:
        return MonthlyReport.objects.filter(office=choice.office, month=month).last()
    return SideReport.objects.filter(pilot=pilot, side=rows.side, month=month).last()


def _month_of_parts(rows: _Rows, choice: Choice, at: datetime) -> date | None:
    """The month that was chosen, else the last one that is complete."""
    if choice.period:
        return parse_month(choice.period)
    complete = [one.month for one in rows.months if one.row.ends_at < at]
    return complete[-1] if complete else None


def _parts(pilot: Pilot, rows: _Rows, choice: Choice, month: date, terms: Terms) -> list[Grid]:
    return parts(pilot, rows.side, choice.office, month, clock=choice.clock, terms=terms)


def _cards(told: Told, rows: _Rows, choice: Choice, terms: Terms, pilot: Pilot) -> list[Card]:
    promise = durations.office_hours(
        pilot.promise_seconds, working_day_hours=pilot.working_day_hours
    )
    titles = {
        "median": _("Half of members wait less than"),
        "ninetieth": _("9 in 10 wait less than"),
        "within_promise": _("Answered within the promise of %(promise)s") % {"promise": promise},
    }
    other = Side.COMPARISON if rows.side == Side.PILOT else Side.PILOT
    cards = []
    for name, title in titles.items():
        # The promise is made in working days: it has no share on the other clock.
        clock = "office" if name == "within_promise" else choice.clock
        beside = [
            (words, tables.said(waits, clock, name, terms))
            for words, waits in (
                (_("Before the pilot"), rows.waits(BEFORE)),
                (str(Side(other).label), rows.waits(DURING, other)),
            )
            if waits is not None and waits is not told
        ]
        note = _("on the clock of the office") if clock != choice.clock else ""
        cards.append(Card(title, name, tables.said(told, clock, name, terms), beside, note))
    return [*cards, _still_waiting(told, terms)]


def _still_waiting(told: Told, terms: Terms) -> Card:
    oldest = told.oldest_waiting
    note = ""
    if oldest is not None:
        time = durations.office_hours(oldest, working_day_hours=terms.working_day_hours)
        note = _("The oldest has waited %(time)s.") % {"time": time}
    received = _("of %(received)s received") % {"received": told.received}
    said = Said(str(told.still_waiting), received)
    return Card(_("Still waiting for a first answer"), "waiting", said, note=note)


def _times(rows: _Rows, choice: Choice, terms: Terms) -> Grid | None:
    here = choice.office.name if choice.office else str(Side(rows.side).label)
    other = Side.COMPARISON if rows.side == Side.PILOT else Side.PILOT
    named = [
        (f"{name}, {when}", rows.waits(period, side))
        for name, side in ((here, rows.side), (str(Side(other).label), other))
        for period, when in ((BEFORE, _("before")), (DURING, _("during")))
    ]
    stored = [(name, waits) for name, waits in named if waits is not None]
    return tables.times(stored, terms) if stored else None


def _ways(rows: _Rows) -> Grid | None:
    """Branches exist in the pilot alone: the ways before it would say nothing of them."""
    during = rows.of(DURING)
    return tables.ways([(tables.month_name(during), during)]) if during else None


def _ways_by_month(rows: _Rows) -> Grid | None:
    during = rows.of(DURING)
    if during is None:
        return None
    months = [one for one in rows.months if one.row.ends_at > during.row.starts_at]
    return tables.ways([(tables.month_name(one), one) for one in months[::-1]])


def _with_rows(stored: Stored | None, table: Callable[[Stored], Grid]) -> Grid | None:
    found = table(stored) if stored else None
    return found if found and found.rows else None


def _continuity(rows: _Rows) -> Grid | None:
    during = rows.of(DURING)
    if during is None:
        return None
    return tables.continuity(
        [
            (
                f"{tables.line_name(line)}, {when}",
                during.continuity(time, line),
            )
            for line in tables.LINES
            for time, when in ((BEFORE, _("before")), (DURING, _("during")))
        ]
    )


def _bands(rows: _Rows) -> Grid | None:
    during = rows.of(DURING)
    if during is None:
        return None
    found = [
        (
            f"{tables.band_name(place)}, {when}",
            during.bands(time)[place],
        )
        for place in range(len(during.bands(DURING)))
        for time, when in ((BEFORE, _("before")), (DURING, _("during")))
    ]
    return tables.continuity(found)
