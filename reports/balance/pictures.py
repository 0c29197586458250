"""The pictures of a balance: those that stood on the pages when it was drawn up."""

from collections.abc import Mapping
from itertools import product
from xml.etree import ElementTree

from branches.models import LANGUAGES
from reports import charts
from reports.balance_models import Balance, BalancePicture
from reports.blocks import Picture
from reports.drawing import NARROW, WIDE
from reports.models import Chart

COMPARISON = ("comparison-trends", "comparison-groups", "comparison-weeks")
NAMES = (charts.OFFICE_HOURS, charts.CALENDAR_TIME, charts.FLOW, *COMPARISON)
# By name, then by size.
Pictures = Mapping[str, Mapping[str, str]]


def keep_pictures(balance: Balance) -> None:
    """Copy every stored picture of the pilot, in all languages and sizes."""
    wanted = {
        charts.key_of(balance.pilot, size, language, name): (name, size.name, language)
        for name, size, language in product(NAMES, (WIDE, NARROW), LANGUAGES)
    }
    stored = dict(Chart.objects.filter(key__in=wanted).values_list("key", "svg"))
    BalancePicture.objects.bulk_create(
        BalancePicture(balance=balance, name=name, size=size, language=language, svg=stored[key])
        for key, (name, size, language) in wanted.items()
        if key in stored
    )


def picture(pictures: Pictures, name: str, *, title: str, caption: str = "") -> list[Picture]:
    """The picture as a block, with its own words for those who do not see it; none: not drawn."""
    drawn = pictures.get(name, {})
    if WIDE.name not in drawn:
        return []
    wide = drawn[WIDE.name]
    return [
        Picture(
            title=title,
            wide=wide,
            narrow=drawn.get(NARROW.name, ""),
            alternative=ElementTree.fromstring(wide).get("aria-label", title),  # noqa: S314 - ours
            caption=caption,
        )
    ]


def pictures_of(balance: Balance, language: str) -> dict[str, dict[str, str]]:
    """The pictures in this language: {"first-response": {"wide": svg, "narrow": svg}}."""
    found: dict[str, dict[str, str]] = {}
    for picture in balance.pictures.filter(language=language).order_by("name", "size"):
        found.setdefault(picture.name, {})[picture.size] = picture.svg
    return found
