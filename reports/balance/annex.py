"""The annex: definitions, all monthly figures, and how the balance was computed."""

from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext as _

from reports import definitions
from reports.balance import asked, comparison_tables, curves, divided, said
from reports.balance.said import Content, Row
from reports.balance_models import Balance
from reports.blocks import Block, Facts, Grid, Heading, Paragraph, Said
from reports.models import Side
from reports.sealing import UNKNOWN


def annex(balance: Balance, content: Content) -> list[Block]:
    return [
        Heading(_("Annex: definitions"), anchor="definitions"),
        Paragraph(definitions.cohort()),
        Facts(_definitions(content)),
        Heading(_("Annex: all monthly figures"), anchor="monthly"),
        *_sides(content),
        *_offices(content),
        *_hidden(content),
        *divided.annex(content),
        *curves.annex(content),
        *comparison_tables.annex(content),
        *asked.months(content),
        Heading(_("Annex: how this was computed"), anchor="computed"),
        Facts(_origin(balance, content)),
    ]


def _definitions(content: Content) -> list[tuple[str, str]]:
    promise = said.office_time(content, content["pilot"]["promise_seconds"])
    return [
        *definitions.of_all(promise),
        *definitions.of_resolution(),
        *definitions.of_work(),
        *definitions.of_comparison(),
    ]


def _headings() -> list[str]:
    return [
        _("Month"),
        _("Received"),
        _("Answered"),
        _("Still waiting"),
        _("Half within, in opening hours"),
        _("9 out of 10 within, in opening hours"),
        _("Within the promise"),
        _("Half within, as lived"),
    ]


def _sides(content: Content) -> list[Block]:
    return [
        Grid(str(side.label), _headings(), [_month(row, content) for row in rows], is_folded=True)
        for side in Side
        if (rows := [row for row in content["sides"] if row["side"] == side])
    ]


def _offices(content: Content) -> list[Block]:
    return [
        Grid(name, _headings(), [_month(row, content) for row in rows], is_folded=True)
        for name, rows in groupby(content["offices"], key=lambda row: row["office"])
    ]


def _month(row: Row, content: Content) -> list[Said]:
    hours = content["pilot"]["working_day_hours"]
    is_open = row.get("is_provisional", False)
    return [
        Said(said.month(row["month"]), _("provisional") if is_open else ""),
        *(said.count(row, name) for name in ("received", "first_answered", "still_waiting")),
        *(
            said.cell(row, "office", name, hours)
            for name in ("median", "ninetieth", "within_promise")
        ),
        said.cell(row, "calendar", "median", hours),
    ]


def _hidden(content: Content) -> list[Block]:
    if not any(row.get("is_hidden") for row in [*content["offices"], *content["sides"]]):
        return []
    return [
        Paragraph(
            _(
                "“Not shown”: the figure would be about fewer than 5 requests or 3 advisers, or "
                "would give such a figure away by subtraction."
            ),
            "soft",
        )
    ]


def _origin(balance: Balance, content: Content) -> list[tuple[str, str]]:
    assert balance.computed_at is not None  # noqa: S101 - a balance that is shown is computed
    return [
        (_("Balance"), _("number %(number)s") % {"number": balance.number}),
        (_("Data cut-off"), said.moment(balance.cut_off)),
        (_("Computed"), said.moment(balance.computed_at)),
        (_("Definition version"), content["versions"]["definitions"]),
        *_compared(content),
        (_("Version of the product"), _code(content["versions"]["code"])),
        (_("State"), _("Provisional") if balance.is_provisional else _("Final")),
        (_("Digest of the figures"), balance.digest),
    ]


def _compared(content: Content) -> list[tuple[str, str]]:
    """The comparison has a cut-off of its own: that of the page, which may be a little later."""
    stored = content["comparison"]
    if not stored:
        return []
    moment = said.moment(datetime.fromisoformat(stored["cut_off"]))
    return [(_("Comparison computed"), f"{moment} ({stored['code_version']})")]


def _code(version: str) -> str:
    return _("not known") if version == UNKNOWN else version
