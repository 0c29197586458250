"""The results: how long members waited, and what else was found out."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports import charts
from reports.balance import asked, compared, divided, said, work
from reports.balance.pictures import Pictures, picture
from reports.balance.said import Content, Row
from reports.blocks import Block, Grid, Heading, Paragraph, Said
from reports.models import Side
from reports.templatetags.figures import whole
from reports.wording import sentence


def results(content: Content, pictures: Pictures) -> list[Block]:
    return [
        Heading(_("What was found"), anchor="found"),
        *_waiting(content, pictures),
        *divided.chapter(content),
        *compared.chapter(content, pictures),
        *work.chapter(content, pictures),
        *asked.chapter(content),
    ]


def _waiting(content: Content, pictures: Pictures) -> list[Block]:
    return [
        Heading(_("How long members waited for a first answer"), level=3, anchor="waiting"),
        *_changes_of(content),
        _both_clocks(content, "office", _("Counted in opening hours")),
        _both_clocks(content, "calendar", _("As the member lived it")),
        Paragraph(sentence("open_counted"), "soft"),
        *_pictures(pictures),
        *_questions(content),
        *_waited_for_members(content),
    ]


def _changes_of(content: Content) -> list[Block]:
    """A sentence for each side on the share within the promise, before and during."""
    hours = content["pilot"]["working_day_hours"]
    blocks: list[Block] = []
    for side in Side:
        before, during = (
            said.cell(said.of_period(content, period, side), "office", "within_promise", hours)
            for period in ("before", "during")
        )
        if not (before.is_soft or during.is_soft):
            words = _(
                "%(side)s: the promise was kept for %(before)s of the requests before the pilot "
                "and for %(during)s during it."
            ) % {"side": side.label, "before": before.value, "during": during.value}
            blocks.append(Paragraph(words))
    return blocks


def _both_clocks(content: Content, clock: str, title: str) -> Grid:
    hours = content["pilot"]["working_day_hours"]
    names = ["median", "ninetieth", *(["within_promise"] if clock == "office" else [])]
    headings = [_("Half within"), _("9 out of 10 within"), _("Within the promise")]
    rows = []
    for side in Side:
        for period in ("before", "during"):
            row = said.of_period(content, period, side)
            if row is not None:
                label = f"{side.label}, {_period(period)}"
                figures = [said.cell(row, clock, name, hours) for name in names]
                rows.append([Said(label), said.count(row, "counted"), *figures])
    return Grid(title=title, headings=["", _("Requests"), *headings[: len(names)]], rows=rows)


def _period(period: str) -> str:
    return _("before the pilot") if period == "before" else _("during the pilot")


def _pictures(pictures: Pictures) -> list[Block]:
    caption = _(
        "Median by month of arrival, with the range it probably lies in. A hollow point may "
        "still change. Its figures stand in the annex."
    )
    office = _("Office hours until the first answer")
    drawn = [
        *picture(pictures, charts.OFFICE_HOURS, title=office, caption=caption),
        *picture(
            pictures,
            charts.CALENDAR_TIME,
            title=_("The same as the member lived it"),
            caption=caption,
        ),
    ]
    if drawn:
        return list(drawn)
    return [Paragraph(_("The picture had not been drawn when this was drawn up."), "soft")]


def _questions(content: Content) -> list[Block]:
    row = said.of_period(content, "during", Side.PILOT)
    if row is None or not row["first_answered"]:
        return []
    words = _(
        "Of the first answers in the pilot offices during the pilot, %(share)s were only a "
        "question to the member."
    ) % {"share": said.share(row["only_a_question"], row["first_answered"])}
    return [Paragraph(f"{words} {_still_open(row)}".strip())]


def _still_open(row: Row) -> str:
    number = row["still_waiting"]
    if not number:
        return ""
    return ngettext(
        "%(number)s request was still without a first answer at the cut-off.",
        "%(number)s requests were still without a first answer at the cut-off.",
        number,
    ) % {"number": whole(number)}


def _waited_for_members(content: Content) -> list[Block]:
    """The slice of the members' time in which the office waited for them, never taken off."""
    row = said.of_period(content, "during", Side.PILOT)
    waited = (row or {}).get("resolution", {}).get("waited", {})
    if not waited.get("lived"):
        return []
    words = _(
        "Of all the time from arrival to closing, %(share)s was spent waiting for the member to "
        "reply. It is shown and not taken off the time that the member lived."
    ) % {"share": said.share(waited["calendar"], waited["lived"])}
    return [Paragraph(words)]
