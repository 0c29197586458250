"""What stands in a questionnaire, checked; and the two that the product brings along."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from branches.models import LANGUAGES
from surveys.enums import Kind, Side

Texts: TypeAlias = Mapping[str, str]

# "Does not apply": offered under every question, never part of a figure.
NOT_APPLICABLE = "na"
# The question before the others: was there any contact? 1 is yes, 2 is no.
CONTACT, YES, NO = "contact", 1, 2
# From this share of the questions asked on, an answer is complete (AAPOR, on partials).
COMPLETE_FROM = 0.8
_BROUGHT_ALONG = Path(__file__).parent / "data" / "questionnaires.json"


class BadQuestionnaire(Exception):
    """The content cannot be asked. The text says what is missing where."""


@dataclass(frozen=True)
class Item:
    """One question: its texts, the words of its scale by language, and what counts as good."""

    code: str
    concept: str
    texts: Texts
    scale: Mapping[str, list[str]]
    top_box: frozenset[int]
    is_reverse: bool = False
    asks_everybody: bool = False
    # The wording in offices that work by team, where it differs.
    texts_elsewhere: Texts = field(default_factory=dict)

    @property
    def steps(self) -> range:
        return range(1, len(self.scale["fr"]) + 1)

    def text(self, language: str, side: str) -> str:
        texts = self.texts_elsewhere if side == Side.COMPARISON else {}
        return (texts or self.texts)[language]


@dataclass(frozen=True)
class Form:
    """A questionnaire as it is asked. `contact` is empty when everybody is asked everything."""

    items: tuple[Item, ...]
    not_applicable: Texts
    contact: Texts
    comment: Texts

    def asked(self, contact: int | str | None) -> Iterator[Item]:
        """The questions that this answer to the first one leaves."""
        for item in self.items:
            if item.asks_everybody or contact != NO:
                yield item

    def is_complete(self, choices: Mapping[str, int | str | None]) -> bool:
        """Whether this counts as a whole interview: four of five questions answered (AAPOR).

        "Does not apply" is an answer. The question about contact only chooses the others.
        """
        asked = [item.code for item in self.asked(choices.get(CONTACT))]
        answered = sum(choices.get(code) is not None for code in asked)
        return answered >= COMPLETE_FROM * len(asked)

    def item(self, code: str) -> Item:
        return next(item for item in self.items if item.code == code)


def parse(content: Mapping[str, Any]) -> Form:
    """Read the stored content. Raises BadQuestionnaire naming what is missing."""
    try:
        scales = content["scales"]
        items = tuple(_item(item, scales) for item in content["items"])
        form = Form(
            items=items,
            not_applicable=content["not_applicable"],
            contact=content.get("contact") or {},
            comment=content.get("comment") or {},
        )
    except (KeyError, TypeError) as missing:
        raise BadQuestionnaire(f"Something is missing: {missing}.") from missing
    problems = list(missing_texts(form))
    if problems:
        raise BadQuestionnaire(" ".join(problems))
    if len({item.code for item in items}) != len(items) or not items:
        raise BadQuestionnaire("Each question needs a code of its own.")
    return form


def _item(item: Mapping[str, Any], scales: Mapping[str, Any]) -> Item:
    return Item(
        code=item["code"],
        concept=item.get("concept", ""),
        texts=item["texts"],
        scale=scales[item["scale"]],
        top_box=frozenset(item["top_box"]),
        is_reverse=item.get("reverse", False),
        asks_everybody=item.get("ask_everyone", False),
        texts_elsewhere=item.get("texts_elsewhere", {}),
    )


def missing_texts(form: Form) -> Iterator[str]:
    """Each text that a language lacks, in words."""
    everything: list[tuple[str, Mapping[str, Any]]] = [("not_applicable", form.not_applicable)]
    everything += [
        (name, t) for name, t in (("contact", form.contact), ("comment", form.comment)) if t
    ]
    for item in form.items:
        everything += [(item.code, item.texts), (f"{item.code}: scale", item.scale)]
        if item.texts_elsewhere:
            everything.append((f"{item.code}: other wording", item.texts_elsewhere))
        if len({len(words) for words in item.scale.values()}) != 1:
            yield f"{item.code}: the scale has not the same length in every language."
        elif not item.top_box <= set(item.steps):
            yield f"{item.code}: what counts as good is not on the scale."
    for name, texts in everything:
        for language in LANGUAGES:
            if not texts.get(language):
                yield f"{name}: {language} is missing."


def brought_along(kind: Kind) -> dict[str, Any]:
    """The first version of this questionnaire, as it is stored."""
    source = json.loads(_BROUGHT_ALONG.read_text("utf-8"))
    part = source[kind]
    elsewhere = part.get("comparison_office_wording", {})
    items = []
    for item in part["items"]:
        kept = {key: value for key, value in item.items() if key not in LANGUAGES}
        texts = {language: item[language] for language in LANGUAGES}
        more = {"texts_elsewhere": elsewhere[item["code"]]} if item["code"] in elsewhere else {}
        items.append(kept | {"texts": texts} | more)
    used = {item["scale"] for item in items}
    contact = part.get("filter")
    return {
        "scales": {name: scale for name, scale in source["scales"].items() if name in used},
        "not_applicable": source["scales"]["not_applicable"],
        "contact": {language: contact[language] for language in LANGUAGES} if contact else {},
        "comment": part.get("optional_comment", {}),
        "items": items,
    }
