"""How the work went: what came and went, what changed hands, who met whom again.

The tables are those of the dashboard, from the same stored figures; how much single advisers
close is not among them, because this document may be public.
"""

from django.utils.translation import gettext as _

from branches.models import Branch, Topic, in_own_language
from reports import charts
from reports.balance import said
from reports.balance.pictures import Pictures, picture
from reports.balance.said import Content
from reports.blocks import Block, Grid, Heading, Paragraph, Said
from reports.continuity import Mean
from reports.dashboard import tables
from reports.dashboard.stored import Stored
from reports.dashboard.tables import Terms
from reports.models import Side
from reports.period_models import BEFORE, DURING, PeriodFigures
from reports.templatetags.figures import percent, whole


def chapter(content: Content, pictures: Pictures) -> list[Block]:
    """The pilot offices, during the pilot; nothing where it was not computed."""
    stored = stored_of(content, Side.PILOT)
    months = [stored[period] for period in sorted(stored) if period not in {BEFORE, DURING}]
    during = stored.get(DURING)
    if during is None:
        return [
            Heading(_("How the work went"), level=3, anchor="work"),
            Paragraph(_("This has not been computed yet.")),
        ]
    terms = terms_of(content)
    return [
        *_flow(during, months, pictures),
        *_ways(during, terms),
        *_continuity(during),
        *_documents(stored, terms),
        *_suggested(during),
    ]


def stored_of(content: Content, side: Side) -> dict[str, Stored]:
    """The figures of one side by period, in order of the periods' names."""
    rows = [row for row in content["work"] or [] if row["side"] == side]
    return {
        row["period"]: Stored(
            PeriodFigures(side=side, period=row["period"], content=row["content"])
        )
        for row in rows
    }


def terms_of(content: Content) -> Terms:
    """The names of today: codes stay, names may be put better."""
    return Terms(
        content["pilot"]["working_day_hours"],
        {branch.code: in_own_language(branch.names) for branch in Branch.objects.all()},
        {topic.code: in_own_language(topic.titles) for topic in Topic.objects.all()},
    )


def _flow(during: Stored, months: list[Stored], pictures: Pictures) -> list[Block]:
    came = during.flow
    words = _(
        "During the pilot the pilot offices received %(received)s requests and closed "
        "%(closed)s; %(before)s were open when it began and %(after)s at the cut-off."
    ) % {
        "received": whole(came.received),
        "closed": whole(came.closed),
        "before": whole(came.open_at_start),
        "after": whole(came.open_at_end),
    }
    return [
        Heading(_("How the work went"), level=3, anchor="work"),
        Paragraph(f"{words} {tables.gaps(months)}".strip()),
        *picture(pictures, charts.FLOW, title=_("Received, closed and open, by month")),
        _folded(tables.flow(months)),
    ]


def _folded(grid: Grid) -> Grid:
    return Grid(grid.title, grid.headings, grid.rows, grid.note, grid.has_words, is_folded=True)


def _ways(during: Stored, terms: Terms) -> list[Block]:
    way = during.journeys
    blocks: list[Block] = [Heading(_("Which hands requests went through"), level=3)]
    if way.settled:
        words = _(
            "Of the requests that were answered, %(right)s stayed with the branch they first "
            "came to. Of all requests, %(moved)s changed branch and %(back)s went there and "
            "back. A branch that is asked for its view without getting the request is counted "
            "apart."
        ) % {
            "right": said.share(way.right_first_time, way.settled),
            "moved": said.share(way.moved, way.requests),
            "back": said.share(way.came_back, way.requests),
        }
        blocks.append(Paragraph(words))
    blocks.append(tables.ways([(tables.month_name(during), during)]))
    more = (tables.pairs(during, terms), tables.topics(during, terms))
    return [*blocks, *(_folded(grid) for grid in more if grid.rows)]


def _continuity(during: Stored) -> list[Block]:
    times = {BEFORE: _("before the pilot"), DURING: _("during the pilot")}
    rows = [
        (f"{tables.line_name(line)}, {when}", during.continuity(time, line))
        for line in tables.LINES
        for time, when in times.items()
    ]
    return [
        Heading(_("Whether members met the same person again"), level=3),
        Paragraph(
            _(
                "Working by branch lowers this by design: who asks about two branches meets two "
                "people. What matters is whether members meet the same person within a branch."
            )
        ),
        *_lines(during),
        tables.continuity(rows),
    ]


def _lines(during: Stored) -> list[Block]:
    """A sentence for each line of which both times are known; without one, it says so."""
    found: list[Block] = []
    for line in ("overall", "within_branch"):
        before, now = (during.continuity(time, line) for time in (BEFORE, DURING))
        if before and now and before.upc and now.upc:
            words = _(
                "%(line)s: a member's usual person handled %(before)s of the member's requests "
                "before the pilot and %(during)s during it (plausible range %(range)s)."
            ) % {
                "line": tables.line_name(line),
                "before": percent(before.upc.value),
                "during": percent(now.upc.value),
                "range": _range(now.upc),
            }
            found.append(Paragraph(words))
    return found or [Paragraph(_("Too few members have had three or more answered requests."))]


def _range(mean: Mean) -> str:
    return _("%(low)s to %(high)s") % {"low": percent(mean.low), "high": percent(mean.high)}


def _documents(stored: dict[str, Stored], terms: Terms) -> list[Block]:
    """How long documents wait for the office and for the member; nothing where none is followed."""
    times = {BEFORE: _("before the pilot"), DURING: _("during the pilot")}
    known = [(stored[time], when) for time, when in times.items() if time in stored]
    grids = [(tables.documents(one, terms), when) for one, when in known if _has_documents(one)]
    if not grids:
        return []
    first = grids[0][0]
    rows = [
        [Said(f"{name.value}, {when}"), *figures]
        for place in range(len(first.rows))
        for grid, when in grids
        for name, *figures in [grid.rows[place]]
    ]
    return [
        Heading(_("Documents"), level=3, anchor="documents"),
        Grid(first.title, first.headings, rows, first.note),
    ]


def _has_documents(stored: Stored) -> bool:
    if "documents" not in stored.row.content:
        return False
    found = (stored.documents(kind) for kind in ("review", "hand_in"))
    return any(one is not None and one.number for one in found)


def _suggested(during: Stored) -> list[Block]:
    followed, decided = during.followed
    if not decided:
        return []
    words = _(
        "For new requests the product suggests a branch and a person decides. The first "
        "suggestion was followed in %(share)s of %(number)s decisions."
    ) % {"share": said.share(followed, decided), "number": whole(decided)}
    return [Heading(_("The suggested branch"), level=3), Paragraph(words)]
