"""How the work went as tables for spreadsheets: what came and went, changed hands, met again."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from branches.durations import HOUR
from branches.exports import Cell, Column, Kind, Table
from reports.balance.said import Content
from reports.balance.work import stored_of, terms_of
from reports.continuity import Mean
from reports.dashboard import tables
from reports.dashboard.stored import Stored
from reports.dashboard.tables import Terms
from reports.flow import little
from reports.handoffs import Waiting
from reports.models import Side
from reports.period_models import BEFORE, DURING

MEANS = ("upc", "coc", "beyond_chance", "secon")


def flow(title: str, content: Content) -> Table:
    """What came, went and stood open in each month, and whether it adds up."""
    columns = [
        Column(_("Side")),
        Column(_("Month"), Kind.MONTH),
        Column(_("Received"), Kind.WHOLE),
        Column(_("Opened again"), Kind.WHOLE),
        Column(_("Closed"), Kind.WHOLE),
        Column(_("Open at the end"), Kind.WHOLE),
        Column(_("Open on average"), Kind.NUMBER),
        Column(
            _("Expected from arrivals and stay"),
            Kind.NUMBER,
            definition=_("Arrivals a day times the days that each stays (Little's law)."),
        ),
        Column(_("Gap"), Kind.SHARE),
    ]
    rows = [
        [side, stored.month, *_flow(stored)]
        for side, stored in _every(content)
        if stored.month is not None
    ]
    return Table(title, columns, rows)


def _flow(stored: Stored) -> list[Cell]:
    came, check = stored.flow, little(stored.flow)
    counts: list[Cell] = [came.received, came.reopened, came.closed, came.open_at_end]
    if check is None:
        return [*counts, None, None, None]
    return [*counts, check.on_average_open, check.expected, check.gap]


def ways(title: str, content: Content) -> Table:
    """Through which hands the requests of each month went."""
    columns = [
        Column(_("Side")),
        Column(_("Period")),
        *(
            Column(title, Kind.WHOLE)
            for title in (
                _("Requests"),
                _("Answered, with a branch"),
                _("Right first time"),
                _("Handed over"),
                _("There and back"),
                _("A branch was consulted"),
                _("One adviser"),
                _("Two"),
                _("Three or more"),
            )
        ),
        Column(_("Decisions about a branch"), Kind.WHOLE),
        Column(_("Suggestion followed"), Kind.WHOLE),
    ]
    rows = [[side, tables.month_name(stored), *_way(stored)] for side, stored in _every(content)]
    return Table(title, columns, rows)


def _way(stored: Stored) -> list[Cell]:
    way, (followed, decided) = stored.journeys, stored.followed
    many = sum(number for advisers, number in way.by_advisers.items() if advisers >= 3)
    return [
        way.requests,
        way.settled,
        way.right_first_time,
        way.moved,
        way.came_back,
        way.consulted,
        way.by_advisers.get(1, 0),
        way.by_advisers.get(2, 0),
        many,
        decided,
        followed,
    ]


def handovers(title: str, content: Content) -> Table:
    """What each change of branch cost, by pair of branches and by topic."""
    columns = [
        Column(_("Side")),
        Column(_("Period")),
        Column(_("By")),
        Column(_("From")),
        Column(_("To")),
        Column(_("Topic")),
        *_waiting_columns(title, _("office hours")),
    ]
    few = _(
        "Pairs and topics with fewer than 5 hand-overs or 3 advisers are left out, and others "
        "that would give such a one away."
    )
    terms = terms_of(content)
    rows = [
        [side, tables.month_name(stored), *line]
        for side, stored in _every(content)
        if stored.month is None
        for line in _handovers(stored, terms)
    ]
    return Table(_("Hand-overs"), columns, rows, notes=[few])


def _handovers(stored: Stored, terms: Terms) -> Iterator[list[Cell]]:
    for pair in stored.pairs:
        if pair.found is not None:
            giver, taker = (terms.branches[code] for code in (pair.giver, pair.taker))
            yield [_("Pair of branches"), giver, taker, None, *_waiting(pair.found)]
    for topic, found, _lived in stored.topics:
        name = terms.topics.get(topic) or _("No topic")
        yield [_("Topic"), None, None, name, *_waiting(found)]


def continuity(title: str, content: Content) -> Table:
    """Whether members met the same person again, over equally long times."""
    titles = {
        "upc": _("With the usual person"),
        "coc": _("Two contacts, same person"),
        "beyond_chance": _("Beyond chance"),
        "secon": _("Next contact, same person"),
    }
    columns = [
        Column(_("Side")),
        Column(_("Line")),
        Column(_("Period")),
        Column(_("Members"), Kind.WHOLE),
        Column(_("Contacts"), Kind.WHOLE),
        *(
            Column(ending % {"figure": titles[name]}, Kind.SHARE)
            for name in MEANS
            for ending in ("%(figure)s", *_ends())
        ),
        Column(_("By chance"), Kind.SHARE),
    ]
    rows = [
        line
        for side in Side
        if (during := stored_of(content, side).get(DURING)) is not None
        for line in _continuity(str(side.label), during)
    ]
    return Table(title, columns, rows)


def _continuity(side: str, during: Stored) -> Iterator[list[Cell]]:
    times = {BEFORE: _("before the pilot"), DURING: _("during the pilot")}
    for line in tables.LINES:
        for time, when in times.items():
            found = during.continuity(time, line)
            if found is not None:
                means = [cell for name in MEANS for cell in _mean(getattr(found, name))]
                head: list[Cell] = [side, tables.line_name(line), when]
                yield [*head, found.members, found.contacts, *means, found.chance]


def _mean(mean: Mean | None) -> list[Cell]:
    return [None, None, None] if mean is None else [mean.value, mean.low, mean.high]


def documents(title: str, content: Content) -> Table:
    """How long documents waited for the office, and for the member."""
    columns = [
        Column(_("Side")),
        Column(_("Period")),
        Column(_("From when to when")),
        *_waiting_columns(_("Documents"), _("hours")),
    ]
    kinds = {
        "review": _("From received to checked, office hours"),
        "hand_in": _("From asked for to received, as lived"),
    }
    rows = [
        [side, tables.month_name(stored), name, *_waiting(found)]
        for side, stored in _every(content)
        if stored.month is None and "documents" in stored.row.content
        for kind, name in kinds.items()
        if (found := stored.documents(kind)) is not None and found.number
    ]
    return Table(title, columns, rows)


def _waiting_columns(counted: str, unit: str) -> list[Column]:
    half = _("Half waited less than")
    return [
        Column(counted, Kind.WHOLE),
        *(
            Column(ending % {"figure": half}, Kind.NUMBER, unit)
            for ending in ("%(figure)s", *_ends())
        ),
    ]


def _ends() -> tuple[str, str]:
    return _("%(figure)s, low end of the range"), _("%(figure)s, high end of the range")


def _waiting(found: Waiting) -> list[Cell]:
    ends = (found.median, found.low, found.high)
    return [found.number, *(None if end is None else end / HOUR for end in ends)]


def _every(content: Content) -> Iterator[tuple[str, Stored]]:
    """Each stored period of each side, the whole times first."""
    for side in Side:
        stored = stored_of(content, side)
        for period in sorted(stored, key=lambda one: (one not in {BEFORE, DURING}, one)):
            yield str(side.label), stored[period]
