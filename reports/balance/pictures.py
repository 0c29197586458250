"""The pictures of a balance: those that stood on the pages when it was drawn up."""

from branches.models import LANGUAGES
from reports import charts
from reports.balance_models import Balance, BalancePicture
from reports.models import Chart

FIRST_RESPONSE = "first-response"


def keep_pictures(balance: Balance) -> None:
    """Copy every stored picture of the pilot, in all languages and sizes."""
    wanted = {
        charts.key_of(balance.pilot, size, language): (FIRST_RESPONSE, size.name, language)
        for language in LANGUAGES
        for size in (charts.WIDE, charts.NARROW)
    }
    stored = dict(Chart.objects.filter(key__in=wanted).values_list("key", "svg"))
    BalancePicture.objects.bulk_create(
        BalancePicture(balance=balance, name=name, size=size, language=language, svg=stored[key])
        for key, (name, size, language) in wanted.items()
        if key in stored
    )


def pictures_of(balance: Balance, language: str) -> dict[str, dict[str, str]]:
    """The pictures in this language: {"first-response": {"wide": svg, "narrow": svg}}."""
    found: dict[str, dict[str, str]] = {}
    for picture in balance.pictures.filter(language=language).order_by("name", "size"):
        found.setdefault(picture.name, {})[picture.size] = picture.svg
    return found
