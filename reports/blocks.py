"""What a document consists of: the same blocks become a web page and a PDF. Pure, words only.

Every text is plain: nothing in it is markup, in neither of the two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Heading:
    kind: ClassVar[str] = "heading"
    text: str
    level: int = 2
    anchor: str = ""  # for links within the page


@dataclass(frozen=True)
class Paragraph:
    """`tone`: "" as usual, "lead" what matters most, "soft" beside it, "said" a quotation."""

    kind: ClassVar[str] = "paragraph"
    text: str
    tone: str = ""


@dataclass(frozen=True)
class Bullets:
    kind: ClassVar[str] = "bullets"
    items: Sequence[str]


@dataclass(frozen=True)
class Facts:
    """Terms and what is said of them."""

    kind: ClassVar[str] = "facts"
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Said:
    """A cell of a grid: a figure in words, and below it its plausible range."""

    value: str
    range: str = ""
    is_soft: bool = False  # stands for what is not known
    why: str = ""  # on a page: where the requests behind the figure are listed


@dataclass(frozen=True)
class Grid:
    """A table for reading. The first column names the rows, the others hold figures."""

    kind: ClassVar[str] = "grid"
    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Said]]
    note: str = ""
    has_words: bool = False  # the other columns hold sentences, not figures
    is_folded: bool = False  # on a page it is opened by who wants it; on paper it is always open


@dataclass(frozen=True)
class Picture:
    """A stored drawing. `alternative` says in words what is to be seen."""

    kind: ClassVar[str] = "picture"
    title: str
    wide: str
    alternative: str
    narrow: str = ""  # for a phone; empty: the wide one
    caption: str = ""


Block = Heading | Paragraph | Bullets | Facts | Grid | Picture


@dataclass(frozen=True)
class Document:
    """A document in one language, with what its last line says of where it comes from."""

    title: str
    language: str
    blocks: Sequence[Block]
    subtitle: str = ""
    state: str = ""  # "Provisional", in words; empty when nothing will change any more
    footer: str = ""
    has_contents: bool = False

    @property
    def chapters(self) -> list[Heading]:
        return [block for block in self.blocks if isinstance(block, Heading) and block.level == 2]


def as_plain(block: Block) -> dict[str, Any]:
    """The block as JSON holds it."""
    plain: dict[str, Any] = {"kind": block.kind} | vars(block)
    if isinstance(block, Grid):
        plain["rows"] = [[vars(cell) for cell in row] for row in block.rows]
    return plain
