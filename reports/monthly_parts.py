"""What stands beside the figures of a month in its document: closings, groups, versions, words."""

from collections.abc import Mapping

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from branches import durations
from reports.blocks import Block, Grid, Heading, Paragraph, Said
from reports.models import MonthlyReport
from reports.seal_page import Divided, Later, NamedChange, SealPage
from reports.templatetags.figures import cell_figure, figure, resolution_figure, waited_share

# The figures of one group, in the order of the columns.
OF_A_GROUP = (
    ("office", "median"),
    ("office", "ninetieth"),
    ("office", "within_promise"),
    ("calendar", "median"),
)


def said(words: Mapping[str, str]) -> Said:
    """A figure in words, as the tags of the templates give it."""
    if "unknown" in words:
        return Said(words["unknown"], is_soft=True)
    return Said(words["value"], words["range"])


def until_closed(report: MonthlyReport, hours: int) -> list[Block]:
    """The time until the closing, and the slice of it that waited for the member."""
    resolution = report.resolution
    if not resolution:
        return []
    rows = [
        [
            Said(title),
            *(
                said(resolution_figure(report, clock, name, hours))
                for name in ("median", "ninetieth")
            ),
        ]
        for clock, title in (
            ("calendar", _("As the member lived it")),
            ("office", _("In office hours, without waiting for the member")),
        )
    ]
    return [
        Heading(_("Until it was closed")),
        Grid(
            title=_("From arrival to the last closing"),
            headings=["", _("Median"), _("9 out of 10")],
            rows=rows,
        ),
        Paragraph(_waited(report)),
        Paragraph(_closed(report), "soft"),
    ]


def _waited(report: MonthlyReport) -> str:
    waited = report.resolution["waited"]
    return _(
        "%(share)s of the time that members lived through was waiting for their own reply "
        "(%(time)s in all, in %(requests)s requests)."
    ) % {
        "share": waited_share(report.resolution),
        "time": durations.calendar_time(waited["calendar"]),
        "requests": waited["requests"],
    }


def _closed(report: MonthlyReport) -> str:
    return _(
        "Closed: %(resolved)s. Closed because the member did not reply: %(no_reply)s. Still open: "
        "%(still_open)s; they are counted with their time so far."
    ) % {name: report.resolution[name] for name in ("resolved", "no_reply", "still_open")}


def divided(seal: SealPage, hours: int) -> list[Block]:
    """A table for each dimension, with a note where something is hidden."""
    if not seal.divided:
        return []
    grids = [_group_grid(each, hours) for each in seal.divided]
    return [Heading(_("By branch, topic, channel and language")), *grids]


def _group_grid(each: Divided, hours: int) -> Grid:
    title = str(each.dimension.label)
    hidden = _(
        "Not shown: fewer than 5 requests or 3 advisers, or a group that would give such a one "
        "away by subtraction."
    )
    return Grid(
        title=title,
        headings=[
            title,
            _("Requests that count"),
            _("Still waiting"),
            _("Median"),
            _("9 out of 10"),
            _("Within the promise"),
            _("Median as the member lived it"),
        ],
        rows=[
            [Said(group.name or _("none")), *_group_row(group.cell, hours)] for group in each.groups
        ],
        note=hidden if each.hides_something else "",
    )


def _group_row(cell: dict[str, object] | None, hours: int) -> list[Said]:
    if cell is None:
        nothing = [Said("–", is_soft=True) for _column in range(5)]
        return [Said(_("not shown"), is_soft=True), *nothing]
    return [
        Said(str(cell["counted"])),
        Said(str(cell["still_waiting"])),
        *(said(cell_figure(cell, clock, name, hours)) for clock, name in OF_A_GROUP),
    ]


def versions(report: MonthlyReport, seal: SealPage, hours: int) -> list[Block]:
    """What was computed beside the sealed report, and what had changed by then."""
    if report.sealed_at is None:
        return []
    sealed = _("Sealed on %(moment)s. Nothing changes these figures any more.") % {
        "moment": date_format(localtime(report.sealed_at), "DATETIME_FORMAT")
    }
    blocks: list[Block] = [Heading(_("Seal")), Paragraph(sealed)]
    if not seal.later:
        unchanged = _("It has not been computed again since, or nothing had changed.")
        return [*blocks, Paragraph(unchanged, "soft")]
    for later in seal.later:
        blocks += _version(report, later, hours)
    return blocks


def _version(report: MonthlyReport, later: Later, hours: int) -> list[Block]:
    title = _("Version %(number)s, data until %(day)s") % {
        "number": later.version.version,
        "day": date_format(localtime(later.version.cut_off), "DATE_FORMAT"),
    }
    rows = [
        [Said(change.cause), Said(str(change.requests)), _when(change)] for change in later.changes
    ]
    before, after = (
        said(figure(version, "office", "median", hours)).value
        for version in (report, later.version)
    )
    return [
        Heading(title, level=3),
        Grid(
            title=_("What changed since"),
            headings=[_("What changed since"), _("Requests"), _("When")],
            rows=rows,
        ),
        Paragraph(
            f"{_('Received')} {report.received} → {later.version.received} · "
            f"{_('Median')} {before} → {after}"
        ),
    ]


def _when(change: NamedChange) -> Said:
    """The days that were edited, or from when to when it happened."""
    ends = [day for day in (change.first, change.last) if day is not None]
    days = [date_format(day, "SHORT_DATE_FORMAT") for day in dict.fromkeys(change.days or ends)]
    if not days:
        return Said(_("not recorded"), is_soft=True)
    return Said((", " if change.days else " – ").join(days))


def words(seal: SealPage) -> list[Block]:
    """What managers published with the month, the newest first."""
    if not seal.publications:
        return []
    blocks: list[Block] = [Heading(_("Words of managers"))]
    for publication in seal.publications:
        by = _("Published by %(name)s, %(day)s") % {
            "name": publication.published_by.name,
            "day": date_format(localtime(publication.published_at), "DATETIME_FORMAT"),
        }
        blocks += [Paragraph(publication.words, "said"), Paragraph(by, "soft")]
    return blocks
