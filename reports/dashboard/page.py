"""What the page of the pilot shows. It reads stored rows only: no figure is computed here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from branches import durations
from branches.models import Branch, Office, Pilot, Topic, in_own_language
from branches.working_time import BRUSSELS
from reports import charts, selectors, shown
from reports.blocks import Grid, Said
from reports.dashboard import parts, series, tables, waits
from reports.dashboard.behind import Behind
from reports.dashboard.choices import Choice
from reports.dashboard.stored import Stored, Waits
from reports.dashboard.tables import Terms
from reports.models import JobRun, MonthlyReport, Side, SideReport
from reports.monthly import offices_of
from reports.months import month_start, parse_month
from reports.period_models import BEFORE, DURING, NOT_SHOWN, PeriodFigures
from reports.periods import run_of
from reports.templatetags.figures import Told, whole
from reports.wording import notes


@dataclass(frozen=True)
class Card:
    """One large figure, the key of its definition, and what it is to be read beside."""

    title: str
    term: str
    said: Said
    beside: Sequence[tuple[str, Said]] = ()
    note: str = ""


@dataclass(frozen=True)
class PartTable:
    """By branch, topic, channel or language: of the month that was chosen, else of both spans."""

    grid: Grid | None
    month: date | None
    until: datetime | None


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
    # That those of the month that was chosen were computed again, in words; else empty.
    entered_later: str
    cut_off: datetime | None
    version: str
    times: Grid | None
    still_waiting: Grid | None
    flow: Grid | None
    gaps: str
    ways: Grid | None
    ways_by_month: Grid | None
    pairs: Grid | None
    topics: Grid | None
    documents: Grid | None
    # What the picture shows, as a table.
    series: Grid | None
    part: PartTable
    continuity: Grid | None
    bands: Grid | None
    workload: Grid | None
    followed: tuple[int, int]
    followed_why: str
    pictures: dict[str, dict[str, str]]
    run: JobRun | None
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
    office: str  # its code; empty: all offices of the side
    # The periods of which nothing may be shown.
    hidden: frozenset[str] = frozenset()

    @property
    def other(self) -> Side:
        return Side.PILOT if self.side == Side.COMPARISON else Side.COMPARISON

    def behind(self, period: str, side: Side | None = None) -> Behind:
        """Where the lists behind the figures of this period are."""
        return Behind(side or self.side, self.office if side in {None, self.side} else "", period)

    def of(self, period: str, side: Side | None = None) -> Stored | None:
        return self.found.get((side or self.side, period))

    def waits(self, period: str, side: Side | None = None) -> Waits | None:
        stored = self.of(period, side)
        return stored.waits if stored else None

    @property
    def months(self) -> list[Stored]:
        of_side = [row for (side, _period), row in self.found.items() if side == self.side]
        return sorted((row for row in of_side if row.month), key=lambda row: row.row.period)


@dataclass(frozen=True)
class _Told:
    """Response times, and where the lists behind them are."""

    found: Told
    behind: Behind

    def said(self, clock: str, name: str, terms: Terms) -> Said:
        return waits.said(self.found, clock, name, terms, self.behind.list("first-answer"))


def dashboard(pilot: Pilot, choice: Choice, *, at: datetime) -> Dashboard:
    """Everything on the page of the pilot, as it was chosen."""
    today = at.astimezone(BRUSSELS).date()
    sides = {side: offices_of(pilot, side) for side in Side}
    rows = _rows(pilot, choice, sides)
    terms = _terms(pilot)
    during = rows.of(DURING) is not None or DURING in rows.hidden
    period = choice.period or (DURING if during else BEFORE)
    stored, span = rows.of(period), rows.of(DURING) or rows.of(BEFORE)
    sides_by_month = _by_month(pilot)
    told = _told(choice, rows, period, sides_by_month)
    spans = _spans(rows, choice)
    return Dashboard(
        pilot=pilot,
        offices=sides[Side.PILOT],
        comparison_offices=sides[Side.COMPARISON],
        month_number=selectors.month_number(pilot, today),
        month_count=selectors.month_count(pilot),
        choice=choice,
        periods=[(one.row.period, tables.month_name(one)) for one in rows.months[::-1]],
        cards=_cards(told, _beside(rows, period, sides_by_month), choice, terms, pilot)
        if told
        else [],
        is_provisional=stored is not None and stored.row.is_provisional,
        entered_later=tables.entered_later(_recomputed_at(stored, told)),
        cut_off=span.row.cut_off if span else None,
        version=span.row.definition_version if span else "",
        times=waits.times(spans, terms) if spans else None,
        still_waiting=waits.still_waiting(spans, terms) if spans else None,
        flow=tables.flow(rows.months[::-1]) if rows.months else None,
        gaps=tables.gaps(rows.months),
        ways=_ways(rows),
        ways_by_month=_ways_by_month(rows),
        pairs=_with_rows(span, lambda one: tables.pairs(one, terms)),
        topics=_with_rows(span, lambda one: tables.topics(one, terms)),
        documents=tables.documents(span, terms) if span else None,
        series=series.table(sides_by_month, terms),
        part=_part(pilot, rows, choice, terms),
        continuity=_continuity(rows),
        bands=_bands(rows),
        workload=tables.workload(stored, terms) if stored else None,
        followed=span.followed if span else (0, 0),
        followed_why=Behind.of(span).list("suggestions") if span else "",
        pictures=charts.several_shown(
            pilot, [charts.OFFICE_HOURS, charts.CALENDAR_TIME, charts.FLOW]
        ),
        is_hidden=period in rows.hidden,
        run=run_of(pilot),
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
    code = choice.office.code if choice.office else ""
    return _Rows(
        {
            (row.side, row.period): Stored(row, code if row.side == side else "")
            for row in together
            if row.content != NOT_SHOWN
        },
        side,
        code,
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


def _by_month(pilot: Pilot) -> series.Reports:
    """The monthly figures of both sides that may be shown; 1 query."""
    reports = list(SideReport.objects.filter(pilot=pilot).order_by("month", "id"))
    hidden = shown.hidden_sides(reports)
    return {(report.side, report.month): report for report in reports if report.pk not in hidden}


def _told(choice: Choice, rows: _Rows, period: str, reports: series.Reports) -> _Told | None:
    """The response times behind the cards: of a span, or of the month that was chosen."""
    if period in rows.hidden:
        return None
    if period in {BEFORE, DURING}:
        found: Told | None = rows.waits(period)
    elif choice.office:
        months = MonthlyReport.objects.filter(office=choice.office, month=parse_month(period))
        found = months.last()
    else:
        found = reports.get((rows.side, parse_month(period)))
    return _Told(found, rows.behind(period)) if found else None


def _recomputed_at(stored: Stored | None, told: _Told | None) -> datetime | None:
    """When what is shown of the period was last computed again because its inputs had changed."""
    rows = (stored and stored.row, told and told.found)
    moments = (getattr(row, "recomputed_at", None) for row in rows)
    return max(filter(None, moments), default=None)


def _beside(rows: _Rows, period: str, reports: series.Reports) -> list[tuple[str, _Told]]:
    """What the cards are read beside: the time before, and the other side in the same time."""
    before, other = rows.waits(BEFORE), rows.other
    found = []
    if before is not None and period != BEFORE:
        found.append((_("Before the pilot"), _Told(before, rows.behind(BEFORE))))
    if period in {BEFORE, DURING}:
        theirs: Told | None = rows.waits(period, other)
    else:
        theirs = reports.get((other, parse_month(period)))
    if theirs is not None:
        when = "" if period in {BEFORE, DURING} else _("the same month")
        words = ", ".join(filter(None, [str(Side(other).label), when]))
        found.append((words, _Told(theirs, Behind(other, "", period))))
    return found


def _part(pilot: Pilot, rows: _Rows, choice: Choice, terms: Terms) -> PartTable:
    if choice.period in rows.hidden:
        return PartTable(parts.part(choice.by, [], terms), parse_month(choice.period), None)
    if choice.period:
        month, stored = parse_month(choice.period), rows.of(choice.period)
        cut_off = stored.row.ends_at if stored else month_start(month)
        found = parts.of_month(pilot, rows.side, choice.office, month, cut_off=cut_off)
        return PartTable(parts.part(choice.by, [found], terms), month, None)
    spans = [
        (stored, when)
        for period, when in ((BEFORE, _("before")), (DURING, _("during")))
        if (stored := rows.of(period)) is not None
    ]
    divided = [
        parts.Divided(stored.parts, Behind.of(stored), stored.row.ends_at, when)
        for stored, when in spans
    ]
    until = spans[-1][0].parts_until if spans else None
    return PartTable(parts.part(choice.by, divided, terms), None, until)


def _cards(
    told: _Told, beside: list[tuple[str, _Told]], choice: Choice, terms: Terms, pilot: Pilot
) -> list[Card]:
    promise = durations.office_hours(
        pilot.promise_seconds, working_day_hours=pilot.working_day_hours
    )
    titles = {
        "median": _("Half of members wait less than"),
        "ninetieth": _("9 in 10 wait less than"),
        "within_promise": _("Answered within the promise of %(promise)s") % {"promise": promise},
    }
    cards = []
    for name, title in titles.items():
        # The promise is made in working days: it has no share on the other clock.
        clock = "office" if name == "within_promise" else choice.clock
        others = [(words, each.said(clock, name, terms)) for words, each in beside]
        note = _("on the clock of the office") if clock != choice.clock else ""
        cards.append(Card(title, name, told.said(clock, name, terms), others, note))
    return [*cards, _still_waiting(told, terms)]


def _still_waiting(told: _Told, terms: Terms) -> Card:
    found = told.found
    received = _("of %(received)s received") % {"received": whole(found.received)}
    number = whole(found.still_waiting)
    said = Said(number, received, why=told.behind.list("waiting"))
    note = waits.oldest(found, terms)
    return Card(_("Still waiting for a first answer"), "waiting", said, note=note)


def _spans(rows: _Rows, choice: Choice) -> list[tuple[str, Waits, Behind]]:
    """Both sides before and during, as far as they are stored."""
    here = choice.office.name if choice.office else str(Side(rows.side).label)
    return [
        (f"{name}, {when}", told, rows.behind(period, side))
        for name, side in ((here, rows.side), (str(Side(rows.other).label), rows.other))
        for period, when in ((BEFORE, _("before")), (DURING, _("during")))
        if (told := rows.waits(period, side)) is not None
    ]


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
    # Where all rows are hidden, how many they are is said all the same.
    return found if found and (found.rows or found.note) else None


def _continuity(rows: _Rows) -> Grid | None:
    during = rows.of(DURING)
    if during is None:
        return None
    times = ((BEFORE, _("before")), (DURING, _("during")))
    lines = [(line, *time) for line in tables.LINES for time in times]
    return tables.continuity(
        [
            (f"{tables.line_name(line)}, {when}", during.continuity(time, line))
            for line, time, when in lines
        ],
        [rows.behind(DURING).list("continuity", by=line, key=time) for line, time, _when in lines],
    )


def _bands(rows: _Rows) -> Grid | None:
    during = rows.of(DURING)
    if during is None:
        return None
    times = ((BEFORE, _("before")), (DURING, _("during")))
    bands = [(place, *time) for place in range(len(during.bands(DURING))) for time in times]
    return tables.continuity(
        [
            (f"{tables.band_name(place)}, {when}", during.bands(time)[place])
            for place, time, when in bands
        ],
        [
            rows.behind(DURING).list("continuity", by=f"band-{place}", key=time)
            for place, time, _when in bands
        ],
    )
