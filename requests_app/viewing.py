"""Which files a browser may show beside the decision, instead of only saving them."""

import filetype

from requests_app.models import Document

PDF = "application/pdf"
# Drawings by pixels alone: a browser draws them and runs nothing. Neither SVG nor HEIC is one.
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
# As much of a file as tells what it is.
_HEAD = 8192


def shown_as(document: Document) -> str:
    """How the review page shows it: as an "image", as a "pdf", or "" for what is only saved."""
    if document.content_type in IMAGES:
        return "image"
    return "pdf" if document.content_type == PDF else ""


def is_what_it_says(document: Document) -> bool:
    """Whether the stored file still begins like a file of its type. Raises FileNotFoundError.

    It was asked when the file came in; it is asked again before a browser is told to show it.
    """
    with document.file.open("rb") as stored:
        guess = filetype.guess(stored.read(_HEAD))
    return guess is not None and guess.mime == document.content_type
