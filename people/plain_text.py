"""What people typed, made safe to store. Forms, files, mail and JSON all come through here."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Letters and marks that show nothing: zero width, fillers, tags, direction marks.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff\\s]+"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
# Every control character but tab and line feed.
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Belgian national register number: eleven digits, written in one or with the usual marks.
_REGISTER_NUMBER = re.compile(
    r"(?<!\d)(\d{2})[. ]?(\d{2})[. ]?(\d{2})[- ]?(\d{3})[. ]?(\d{2})(?!\d)"
)


def clean_text(text: str, *, limit: int | None = None, one_line: bool = False) -> str:
    """The text in NFC without control characters; "" if it shows nothing.

    `limit` counts characters after cleaning. Raises ValidationError, in the user's language, for
    null characters, lone surrogates and text over the limit.
    """
    if "\x00" in text or _SURROGATES.search(text):
        raise ValidationError(_("This text holds characters that cannot be stored."), "characters")
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _CONTROL.sub("", text).strip()
    if one_line:
        text = " ".join(text.split())
    if not _INVISIBLE.sub("", text):
        return ""
    if limit is not None and len(text) > limit:
        raise ValidationError(
            _("This text has %(length)s characters; at most %(limit)s fit."),
            "too_long",
            {"length": len(text), "limit": limit},
        )
    return text


def _is_register_number(digits: str) -> bool:
    number, check = int(digits[:9]), int(digits[9:])
    # Born from 2000 on: the check digits are computed with a 2 in front.
    return check in {97 - number % 97, 97 - (2_000_000_000 + number) % 97}


def mask_register_numbers(text: str) -> str:
    """The text with each national register number replaced: the law keeps it out of our fields.

    Only eleven digits with valid check digits count, so invoice numbers stay (Act of 8 August
    1983 on the National Register).
    """

    def masked(match: re.Match[str]) -> str:
        return "[…]" if _is_register_number("".join(match.groups())) else match.group()

    return _REGISTER_NUMBER.sub(masked, text)
