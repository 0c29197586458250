"""The comparison with the other offices, and the verdict.

What is said here is chosen from what the comparison has stored; where it has stored nothing,
that is said.
"""

from typing import Any

from django.utils.translation import gettext as _

from reports.balance.said import Content
from reports.blocks import Block, Heading, Paragraph
from reports.wording import sentence


def verdict_key(content: Content) -> str | None:
    """The key of the verdict; None where the comparison has not been computed."""
    if not content["pilot"]["comparison_offices"] or not _has_a_before(content):
        return "cannot_say"
    stored: dict[str, Any] | None = content["comparison"]
    return stored["verdict"] if stored else None


def _has_a_before(content: Content) -> bool:
    rows = [row for row in content["periods"] if row["period"] == "before"]
    return len(rows) == 2 and all(row["counted"] for row in rows)


def verdict_words(content: Content) -> str:
    key = verdict_key(content)
    if key is None:
        return _(
            "The comparison with the other offices has not been computed yet, so nothing is said "
            "here about the effect of the pilot."
        )
    return sentence(key)


def chapter(content: Content) -> list[Block]:
    return [
        Heading(_("Compared with the other offices"), level=3, anchor="compared"),
        Paragraph(verdict_words(content)),
    ]
