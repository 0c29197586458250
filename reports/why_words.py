"""How the page that says why a figure is so calls what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports import comparison_words
from reports.dashboard.tables import band_name
from reports.models import Recomputation, Side
from reports.months import parse_month
from reports.period_models import BEFORE, DURING
from reports.seal_models import Dimension
from reports.why.asked import Asked
from reports.why.contacts import BAND
from reports.why.groups import group_names
from reports.why.handovers import BETWEEN
from reports.why.registry import FIGURES
from reports.why.responses import Version

OF_THE_COMPARISON = {"compared", "week"}


@dataclass(frozen=True)
class Place:
    """Which figure, of whom, when, of which part, and from where one came."""

    title: str
    whose: str
    period: str
    part: str  # in words; empty: of all
    back: str
    back_to: str


def place_of(asked: Asked, name: str) -> Place:
    is_compared = name in OF_THE_COMPARISON
    return Place(
        title=FIGURES[name].title(asked),
        whose=asked.office.name if asked.office else str(Side(asked.side).label),
        period=_period(asked.period),
        part=_part(asked, name),
        back=_back(asked, is_compared=is_compared),
        back_to=_("Comparison") if is_compared else _("Pilot"),
    )


def place_of_report(version: Version, by: str, key: str) -> Place:
    report = version.report if isinstance(version, Recomputation) else version
    month = date_format(report.month, "YEAR_MONTH_FORMAT")
    return Place(
        title=_("The requests behind this figure"),
        whose=report.office.name,
        period=month,
        part=_group(by, key),
        back=reverse("reports:monthly_report", args=[report.office.code, report.month]),
        back_to=f"{report.office.name}, {month}",
    )


def _period(period: str) -> str:
    if period in {BEFORE, DURING}:
        return {BEFORE: _("Before the pilot"), DURING: _("During the pilot")}[period]
    try:
        return date_format(parse_month(period), "YEAR_MONTH_FORMAT")
    except ValueError:
        monday = date_format(date.fromisoformat(period), "DATE_FORMAT")
        return _("Week from %(day)s") % {"day": monday}


def _part(asked: Asked, name: str) -> str:
    if name == "pair":
        names = group_names(Dimension.BRANCH)
        giver, _between, taker = asked.key.partition(BETWEEN)
        return f"{names[giver]} → {names[taker]}"
    if name == "topic":
        return _group(Dimension.TOPIC, asked.key)
    if name == "continuity":
        when = {BEFORE: _("before"), DURING: _("during")}[asked.key]
        bands = {f"{BAND}-{place}": band_name(place) for place in range(3)}
        return ", ".join(filter(None, [bands.get(asked.by, ""), when]))
    if name == "compared":
        return comparison_words.names()[asked.key]
    return _group(asked.by, asked.key)


def _group(by: str, key: str) -> str:
    if by not in Dimension.values:
        return ""
    dimension = Dimension(by)
    return f"{dimension.label}{_(': ')}{group_names(dimension).get(key) or _('none')}"


def _back(asked: Asked, *, is_compared: bool) -> str:
    if is_compared:
        return reverse("reports:comparison")
    office = asked.office.code if asked.office else ""
    month = "" if asked.period in {BEFORE, DURING} else asked.period
    kept = {name: value for name, value in (("office", office), ("period", month)) if value}
    return reverse("reports:pilot") + (f"?{urlencode(kept)}" if kept else "")


def file_address(name: str, parts: Sequence[str], asked: Mapping[str, str]) -> str:
    """The address of the same rows as a file."""
    return reverse(name, args=parts) + (f"?{urlencode(asked)}" if asked else "")
