"""Which pieces of a text are marked in a result. Pure; the template escapes every piece."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

WORD = re.compile(r"[^\W_]+")
SNIPPET = 200
_LEAD = 60
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})


class Piece(NamedTuple):
    """A stretch of a text, and whether it is what was searched."""

    text: str
    is_hit: bool


# The same words stand in many texts.
@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """In small letters and without accents: “Liège” is “liege”."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words_of(text: str) -> Iterator[str]:
    """The words of a text in small letters, as `hits` names them."""
    return (match.group().casefold() for match in WORD.finditer(text))


def _spans(text: str, hits: Collection[str], literals: Collection[str]) -> list[tuple[int, int]]:
    spans = [match.span() for match in WORD.finditer(text) if match.group().casefold() in hits]
    for literal in literals:
        pattern = rf"(?<!\w){re.escape(literal)}(?!\w)"
        spans += [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def marked(text: str, hits: Collection[str], literals: Collection[str] = ()) -> list[Piece]:
    """The text in pieces; together they are the text again."""
    pieces, place = [], 0
    for start, end in _spans(text, hits, literals):
        pieces += [Piece(text[place:start], is_hit=False), Piece(text[start:end], is_hit=True)]
        place = end
    pieces.append(Piece(text[place:], is_hit=False))
    return [piece for piece in pieces if piece.text]


def snippet(text: str, hits: Collection[str], literals: Collection[str] = ()) -> list[Piece]:
    """About 200 characters around the first of the hits, cut between words; nothing without one."""
    flat = " ".join(text.split())
    spans = _spans(flat, hits, literals)
    if not spans:
        return []
    start = _between_words(flat, max(spans[0][0] - _LEAD, 0))
    end = max(_between_words(flat, min(start + SNIPPET, len(flat))), spans[0][1])
    cut = ("… " if start else "") + flat[start:end].strip() + (" …" if end < len(flat) else "")
    return marked(cut, hits, literals)


def _between_words(text: str, place: int) -> int:
    """The end of the word before this place; the place itself where there is no such end near."""
    if place in (0, len(text)):
        return place
    found = text.rfind(" ", max(place - 30, 0), place)
    return found + 1 if found >= 0 else place
