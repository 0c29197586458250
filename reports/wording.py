"""The fixed sentences beside figures, as agreed in the four languages."""

import json
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from branches.models import in_own_language

SENTENCES = Path(__file__).parent / "data" / "verdicts.json"


@cache
def _sentences() -> dict[str, dict[str, str]]:
    sentences: dict[str, dict[str, str]] = json.loads(SENTENCES.read_text(encoding="utf-8"))
    return sentences


NOTES = ("open_counted", "range_note", "too_few")


def notes() -> dict[str, str]:
    """What stands beside every table of figures."""
    return {key: sentence(key) for key in NOTES}


def sentence(key: str) -> str:
    """The sentence in the language of the page. Raises KeyError for a key that is not agreed."""
    return in_own_language(_sentences()[key])


def before_a_colon(name: str) -> str:
    """A name with the colon after it, as the language of the page writes it."""
    return _("%(name)s:") % {"name": name}


def one_after_another(parts: Iterable[str]) -> str:
    """Parts that hold commas themselves; French sets a space before the semicolon."""
    return _("; ").join(parts)


# The agreed sentences name the first day of the pilot of 2023, as each language writes it.
FIRST_DAY_OF_2023 = {"fr": "8 juin", "nl": "8 juni", "de": "8. Juni", "en": "8 June"}
DAY_AND_MONTH = {"de": "j. F"}


def verdict_sentence(key: str, *, starts_on: date) -> str:
    """The agreed words of a verdict, with the first day of this pilot where they name one."""
    language = get_language() or "fr"
    day = date_format(starts_on, DAY_AND_MONTH.get(language, "j F"))
    return sentence(key).replace(FIRST_DAY_OF_2023.get(language, FIRST_DAY_OF_2023["fr"]), day)
