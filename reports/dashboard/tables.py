"""The tables of the dashboard, in words, for the page and for whatever else shows them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches import durations
from reports.blocks import Grid, Said
from reports.continuity import BANDS, Continuity, Mean
from reports.dashboard.behind import Behind
from reports.dashboard.stored import Stored
from reports.flow import little
from reports.handoffs import Waiting
from reports.period_models import BEFORE, DURING
from reports.response_times import FEWEST_FOR_A_MEDIAN
from reports.templatetags.figures import durations_of, percent, rounded, whole
from reports.workload import Spread

DAY = 24 * 3600
TOPICS_SHOWN = 10


@dataclass(frozen=True)
class Terms:
    """How this pilot writes things: its working day, its branches and topics by code."""

    working_day_hours: int
    branches: Mapping[str, str]
    topics: Mapping[str, str]


def flow(months: Sequence[Stored]) -> Grid:
    """What came and went each month, and whether it adds up by Little's law."""
    return Grid(
        title=_("Received, closed and open, by month"),
        headings=[
            _("Month"),
            _("Received"),
            _("Opened again"),
            _("Closed"),
            _("Open at the end"),
            _("Open on average"),
            _("Expected from arrivals and stay"),
            _("Gap"),
        ],
        rows=[_flow_row(month) for month in months],
        note=_(
            "Open on average should be arrivals a day times the days that each stays. A gap above "
            "20% is marked: the month was not steady, or a date is wrong."
        ),
    )


def _flow_row(stored: Stored) -> list[Said]:
    came, check = stored.flow, little(stored.flow)
    behind = Behind.of(stored)
    row = [
        Said(month_name(stored), entered_later(stored.row.recomputed_at)),
        Said(whole(came.received), why=behind.list("stays", key="received")),
        Said(whole(came.reopened), why=behind.list("stays", key="reopened")),
        Said(whole(came.closed), why=behind.list("stays", key="closed")),
        Said(whole(came.open_at_end), _oldest(stored), why=behind.list("stays", key="open_at_end")),
    ]
    if check is None:
        return [*row, none(), none(), none()]
    product = _("%(arrivals)s a day × %(days)s") % {
        "arrivals": rounded(check.arrivals_a_day, 1),
        "days": durations.calendar_time(round(check.days_each * DAY)),
    }
    return [
        *row,
        Said(rounded(check.on_average_open, 1), why=behind.list("stays", key="open_seconds")),
        Said(rounded(check.expected, 1), product, why=behind.list("stays", key="stay_seconds")),
        Said(percent(check.gap), _("not steady") if check.is_flagged else ""),
    ]


def gaps(months: Sequence[Stored]) -> str:
    """Whether what came and went adds up, in one sentence; empty where nothing can be checked."""
    checks = [(stored, little(stored.flow)) for stored in months]
    known = [(stored, check) for stored, check in checks if check is not None]
    if not known:
        return ""
    flagged = [month_name(stored) for stored, check in known if check.is_flagged]
    if not flagged:
        return _("In every month what is open fits what came and how long it stayed.")
    return _(
        "What is open does not fit what came and how long it stayed (gap above 20%%): %(months)s."
    ) % {"months": ", ".join(flagged)}


def _oldest(stored: Stored) -> str:
    if stored.oldest_open is None:
        return ""
    day = date_format(localtime(stored.oldest_open), "SHORT_DATE_FORMAT")
    # A copy within a document does not say when its period ended.
    if stored.ends_at is None:
        return _("oldest of %(day)s") % {"day": day}
    lived = int((stored.ends_at - stored.oldest_open).total_seconds())
    words = {"day": day, "time": durations.calendar_time(lived)}
    return _("oldest of %(day)s, %(time)s as lived") % words


def month_name(stored: Stored) -> str:
    if stored.month is None:
        return {BEFORE: _("Before the pilot"), DURING: _("During the pilot")}[stored.row.period]
    return date_format(stored.month, "YEAR_MONTH_FORMAT").capitalize()


def entered_later(recomputed_at: datetime | None) -> str:
    """That final figures were computed again, and when; empty where they never were."""
    if recomputed_at is None:
        return ""
    return _("computed again on %(day)s: something was entered later") % {
        "day": date_format(localtime(recomputed_at), "DATE_FORMAT")
    }


def ways(rows: Sequence[tuple[str, Stored]]) -> Grid:
    """How many requests changed branch, came back, were right first time."""
    return Grid(
        title=_("The way of a request through the branches"),
        headings=[
            "",
            _("Requests"),
            _("Right first time"),
            _("Handed over"),
            _("There and back"),
            _("A branch was consulted"),
            _("One adviser"),
            _("Two"),
            _("Three or more"),
        ],
        rows=[_ways_row(name, stored) for name, stored in rows],
    )


def _ways_row(name: str, stored: Stored) -> list[Said]:
    way = stored.journeys
    acted = sum(number for many, number in way.by_advisers.items() if many)
    by = way.by_advisers
    many = sum(number for advisers, number in by.items() if advisers >= 3)
    behind = Behind.of(stored)
    shares = {
        "right_first_time": (way.right_first_time, way.settled),
        "moved": (way.moved, way.requests),
        "came_back": (way.came_back, way.requests),
        "consulted": (way.consulted, way.requests),
        "one_adviser": (by.get(1, 0), acted),
        "two_advisers": (by.get(2, 0), acted),
        "more_advisers": (many, acted),
    }
    return [
        Said(name),
        Said(whole(way.requests), why=behind.list("ways", key="requests")),
        *(_share(*both, why=behind.list("ways", key=key)) for key, both in shares.items()),
    ]


def pairs(stored: Stored, terms: Terms) -> Grid:
    """What each change of branch cost, by pair of branches."""
    shown = [(pair, pair.found) for pair in stored.pairs if pair.found is not None]
    names, behind = terms.branches, Behind.of(stored)
    return Grid(
        title=_("Hand-overs by pair of branches"),
        headings=[_("From → to"), *_headings_of_handovers()],
        rows=[
            [
                Said(f"{names[pair.giver]} → {names[pair.taker]}"),
                *_waiting(found, terms, why),
                *_waiting(pair.lived, None, why)[1:],
            ]
            for pair, found in shown
            for why in [behind.list("pair", key=f"{pair.giver}>{pair.taker}")]
        ],
        note=_left_out(len(stored.pairs) - len(shown)),
    )


def topics(stored: Stored, terms: Terms) -> Grid:
    """The same by topic: the ten that are handed over most."""
    behind = Behind.of(stored)
    return Grid(
        title=_("Hand-overs by topic"),
        headings=[_("Topic"), *_headings_of_handovers()],
        rows=[
            [
                Said(terms.topics.get(topic) or _("No topic")),
                *_waiting(found, terms, why),
                *_waiting(lived, None, why)[1:],
            ]
            for topic, found, lived in stored.topics[:TOPICS_SHOWN]
            for why in [behind.list("topic", key=topic)]
        ],
        note=_left_out(stored.hidden_topics),
    )


def _headings_of_handovers() -> list[str]:
    return [_("Hand-overs"), _("Half waited less than"), _("As lived")]


def _left_out(number: int) -> str:
    if not number:
        return ""
    return ngettext(
        "%(number)s more row rests on fewer than 5 hand-overs or 3 advisers, or would give such a "
        "one away: it is not shown.",
        "%(number)s more rows rest on fewer than 5 hand-overs or 3 advisers, or would give such a "
        "one away: they are not shown.",
        number,
    ) % {"number": number}


def _waiting(found: Waiting | None, terms: Terms | None, why: str) -> list[Said]:
    """In office hours by the terms of the pilot; without terms, on the calendar."""
    if found is None:
        return nothing(2)
    if found.median is None:
        is_few = found.number < FEWEST_FOR_A_MEDIAN
        words = _("too few") if is_few else _("not reached yet")
        return [Said(whole(found.number), why=why), Said(words, is_soft=True)]
    shown = durations_of(terms.working_day_hours if terms else None)
    value, between = shown.text(found.median), shown.range(found.low, found.high)
    return [Said(whole(found.number), why=why), Said(value, between, why=why)]


def documents(stored: Stored, terms: Terms) -> Grid:
    """How long the documents that advisers follow waited, with the office and with the member."""
    review, hand_in = stored.documents("review"), stored.documents("hand_in")
    lived, behind = stored.documents("review_lived"), Behind.of(stored)
    whose = behind.list("review")
    rows = [
        (_("From received to checked, office hours"), _waiting(review, terms, whose)),
        (_("From received to checked, as lived"), _waiting(lived, None, whose)),
        (
            _("From asked for to received, as lived"),
            _waiting(hand_in, None, behind.list("hand-in")),
        ),
    ]
    return Grid(
        title=_("How long documents wait"),
        headings=["", _("Documents"), _("Half took less than")],
        rows=[[Said(name), *cells] for name, cells in rows],
    )


LINES = ("overall", "within_branch", "same_branch")


def continuity(rows: Sequence[tuple[str, Continuity | None]], whys: Iterable[str] = ()) -> Grid:
    """Whether members meet the same person again; `rows` are named, `whys` lead behind each."""
    return Grid(
        title=_("The same person again"),
        headings=[
            "",
            _("Members"),
            _("With the usual person"),
            _("Two contacts, same person"),
            _("By chance"),
            _("Beyond chance"),
            _("Next contact, same person"),
        ],
        rows=[
            _continuity_row(name, found, why)
            for (name, found), why in zip(rows, [*whys] or [""] * len(rows), strict=True)
        ],
        note=_(
            "Members with 3 or more answered requests, over equally long times before and during "
            "the pilot. The range is that of redrawn samples of members."
        ),
    )


def line_name(line: str) -> str:
    return {
        "overall": _("Same adviser, all requests"),
        "within_branch": _("Same adviser, within a branch"),
        "same_branch": _("Same branch"),
    }[line]


def band_name(place: int) -> str:
    least, most = BANDS[place]
    if most is None:
        return _("%(least)s or more requests") % {"least": least}
    return _("%(least)s to %(most)s requests") % {"least": least, "most": most}


def _continuity_row(name: str, found: Continuity | None, why: str) -> list[Said]:
    if found is None:
        return [Said(name), *nothing(6)]
    if found.upc is None or found.coc is None or found.secon is None or found.chance is None:
        few = [Said(_("too few members"), is_soft=True), *nothing(4)]
        return [Said(name), Said(whole(found.members), why=why), *few]
    figures = [
        Said(whole(found.members)),
        _mean(found.upc),
        _mean(found.coc),
        Said(percent(found.chance)),
        _points(found.beyond_chance),
        _mean(found.secon),
    ]
    return [Said(name), *(replace(each, why=why) for each in figures)]


def _mean(mean: Mean) -> Said:
    return Said(percent(mean.value), _between(rounded(100 * mean.low), percent(mean.high)))


def _points(mean: Mean | None) -> Said:
    if mean is None:
        return none()
    value, low, high = (_signed(100 * share) for share in (mean.value, mean.low, mean.high))
    return Said(_("%(number)s points") % {"number": value}, _between(low, high))


def _signed(number: float) -> str:
    rounded = round(number)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return sign + number_format(abs(rounded), 0)


def _between(low: str, high: str) -> str:
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def workload(stored: Stored, terms: Terms) -> Grid:
    """How much an adviser closes in a week of presence; nobody is named."""
    branches = stored.branch_loads
    rows = [
        [Said(terms.branches[code]), *_spread(branches[code])]
        for code in terms.branches
        if code in branches
    ]
    whole = [Said(_("All advisers")), *(_spread(stored.load) if stored.load else nothing(4))]
    return Grid(
        title=_("Requests closed in a week of presence"),
        headings=["", _("Advisers"), _("Least"), _("Middle"), _("Most")],
        rows=[*rows, whole],
        note=_gini(stored.gini),
    )


def _gini(gini: float | None) -> str:
    if gini is None:
        return ""
    return _(
        "Gini coefficient of the whole office: %(number)s (0: all the same, 1: one has everything)."
    ) % {"number": rounded(gini, 2)}


def _spread(spread: Spread) -> list[Said]:
    loads = (spread.least, spread.middle, spread.most)
    return [Said(whole(spread.advisers)), *(Said(rounded(load, 1)) for load in loads)]


def _share(part: int, total: int, *, why: str) -> Said:
    if not total:
        return none()
    counts = _("%(part)s of %(whole)s") % {"part": whole(part), "whole": whole(total)}
    if 0 < part < 0.01 * total:
        # "0%" would say that it never happened.
        tenths = _("%(number)s%%") % {"number": rounded(100 * part / total, 1)}
        return Said(tenths, counts, why=why)
    return Said(percent(part / total), counts, why=why)


def none() -> Said:
    return Said("–", is_soft=True)


def nothing(columns: int) -> list[Said]:
    return [none() for _column in range(columns)]
