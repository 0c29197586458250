"""The places in a saved answer that are filled in when it is used: `{first_name}`. Pure."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

# What may stand in braces; what each means is said on the page where answers are written.
NAMES = ("first_name", "reference", "subject", "adviser", "office", "reply_by")

_PLACE = re.compile(r"\{([^{}]*)\}")
_BRACE = re.compile(r"[{}]")


def unknown(text: str) -> list[str]:
    """What stands in braces and is not known, as it was written; a lone brace is one of them."""
    found = [f"{{{name}}}" for name in _PLACE.findall(text) if name not in NAMES]
    return [*dict.fromkeys(found), *dict.fromkeys(_BRACE.findall(_PLACE.sub("", text)))]


def meant_by(written: str) -> str:
    """The placeholder that was probably meant, in its braces; "" when none is near."""
    near = get_close_matches(written.strip("{} ").lower(), NAMES, n=1, cutoff=0.6)
    return f"{{{near[0]}}}" if near else ""


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled. Every known name needs a value: KeyError otherwise."""
    return _PLACE.sub(lambda place: values[place[1]], text)
