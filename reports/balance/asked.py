"""What members and advisers say: who answered first, then each question."""

from django.utils.translation import gettext as _

from reports import asked_tables
from reports.balance.said import Content
from reports.blocks import Block, Bullets, Heading, Paragraph
from surveys.enums import Kind


def chapter(content: Content) -> list[Block]:
    """The figures of both surveys; nothing of a kind that was not asked."""
    surveys = content["surveys"] or {}
    blocks: list[Block] = []
    for kind in Kind:
        part = surveys.get(kind)
        if part and part.get("rounds"):
            blocks += [
                Heading(asked_tables.name(kind), level=3, anchor=f"said-by-{kind}"),
                Bullets(asked_tables.who_answered(kind, part)),
                asked_tables.answers(kind, part),
                *asked_tables.distributions(kind, part),
            ]
    if blocks:
        text = _(
            "Answers cannot be led back to a person. Those of the offices are compared with the "
            "same questions asked in the comparison offices."
        )
        blocks.append(Paragraph(text, "soft"))
    return blocks


def months(content: Content) -> list[Block]:
    """Every question month by month, for the annex."""
    surveys = content["surveys"] or {}
    return [
        asked_tables.by_month(kind, part)
        for kind in Kind
        if (part := surveys.get(kind)) and part.get("rounds")
    ]
