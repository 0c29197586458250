"""PDF: tagged for screen readers (PDF/UA-1), with text that can be copied, made without a network.

The template is typst, with its own fonts behind ours. Whatever a person wrote reaches it as JSON
and is never read as markup.
`docs/adr` says why a web process may make one: a few hundredths of a second.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _
from fontpkg_ibm_plex_sans import FAMILY, ROOT

from reports.blocks import Document, as_plain

TEMPLATES = Path(__file__).parent / "typst"
TEMPLATE = TEMPLATES / "document.typ"
# The light colours of static/css/app.css, in which a stored picture names its own.
COLOURS = {
    "ink": "#1b2430",
    "ink-soft": "#556172",
    "paper": "#ffffff",
    "wash": "#f5f6f8",
    "line": "#dfe3e8",
    "accent": "#0b5f6b",
    "accent-wash": "#e3f2f4",
    "late": "#b42318",
    "late-wash": "#fdeceb",
    "soon": "#8a5300",
    "soon-wash": "#fdf3e1",
    "good": "#1f6f43",
    "good-wash": "#e6f4ec",
    "safeguarding": "#2f52b5",
    "first-line": "#0b6e7c",
    "support": "#a8480d",
    "cooperative": "#7a2e7f",
}
# Stands for a sign that the font lacks; the document says so.
MISSING = "\ufffd"
_VARIABLE = re.compile(r"var\(--([a-z-]+)\)")
_FONT = re.compile(r'font-family="[^"]*"')


def as_pdf(document: Document, *, at: datetime) -> bytes:
    """The document as PDF. `at` is its date of creation: the same arguments give the same bytes.

    Signs that the font lacks are printed as a replacement sign, and a last line says so.
    """
    content = _content(document)
    try:
        return _compile(content, at)
    except typst.TypstError:
        missing = "".join(sign for sign in sorted(set(_signs(content))) if _is_missing(sign))
        if not missing:
            raise
        return _compile(_without(content, missing), at)


def on_paper(svg: str) -> str:
    """A stored picture with the colours and the font of the paper instead of those of the page."""
    coloured = _VARIABLE.sub(lambda found: COLOURS[found[1]], svg)
    return _FONT.sub(f'font-family="{FAMILY}"', coloured)


def _content(document: Document) -> dict[str, Any]:
    blocks = [as_plain(block) for block in document.blocks]
    for block in blocks:
        if block["kind"] == "picture":
            block["wide"], block["narrow"] = on_paper(block["wide"]), ""
    return vars(document) | {
        "blocks": blocks,
        "labels": {"contents": _("Contents"), "page": _("page"), "of": _("of")},
    }


def _compile(content: dict[str, Any], at: datetime) -> bytes:
    return typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATES),
        font_paths=_fonts(),
        sys_inputs={"content": json.dumps(content)},
        format="pdf",
        pdf_standards=["ua-1"],
        timestamp=int(at.timestamp()),
    )


@cache
def _fonts() -> Any:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(ROOT)]
    )


def _signs(content: Any) -> Iterator[str]:
    """Every sign that is to be printed, except those of every Western font."""
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list | tuple):
        for part in content:
            yield from _signs(part)
    elif isinstance(content, str):
        yield from (sign for sign in content if not " " <= sign <= "\u024f")


@cache
def _is_missing(sign: str) -> bool:
    probe = (
        b"#set document(title: sys.inputs.sign)\n#set text(font: sys.inputs.font)\n#sys.inputs.sign"
    )
    inputs = {"sign": sign, "font": FAMILY}
    try:
        typst.compile(
            probe, font_paths=_fonts(), sys_inputs=inputs, format="pdf", pdf_standards=["ua-1"]
        )
    except typst.TypstError:
        return True
    return False


def _without(content: dict[str, Any], missing: str) -> dict[str, Any]:
    replaced: dict[str, Any] = _replaced(content, str.maketrans(dict.fromkeys(missing, MISSING)))
    note = _("Signs that cannot be printed stand as %(sign)s.") % {"sign": MISSING}
    end = {"kind": "paragraph", "text": note, "tone": "soft"}
    return replaced | {"blocks": [*replaced["blocks"], end]}


def _replaced(content: Any, signs: dict[int, str]) -> Any:
    if isinstance(content, dict):
        return {key: _replaced(value, signs) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_replaced(part, signs) for part in content]
    return content.translate(signs) if isinstance(content, str) else content
