"""The fixed sentences beside figures, as agreed in the four languages."""

import json
from functools import cache
from pathlib import Path

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
