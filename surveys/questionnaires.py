"""What stands in a questionnaire, checked; and the two that the product brings along."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from django.utils.translation import gettext as _

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
    form = _read(content)
    problems = list(missing_texts(form))
    if problems:
        raise BadQuestionnaire(" ".join(problems))
    if len({item.code for item in form.items}) != len(form.items):
        raise BadQuestionnaire("Each question needs a code of its own.")
    return form


def _read(content: Mapping[str, Any]) -> Form:
    """The content as a form, whether its texts are complete or not."""
    try:
        scales = content["scales"]
        items = tuple(_item(item, scales) for item in content["items"])
        return Form(
            items=items,
            not_applicable=content["not_applicable"],
            contact=content.get("contact") or {},
            comment=content.get("comment") or {},
        )
    except (KeyError, TypeError) as missing:
        raise BadQuestionnaire(f"Something is missing: {missing}.") from missing


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
    """Each text that a language lacks and each scale that cannot be, in words for a person."""
    if not form.items:
        yield _("There is no question yet.")
    for item in form.items:
        if len({len(words) for words in item.scale.values()}) != 1:
            yield _("%(code)s: the scale has not the same length in every language.") % {
                "code": item.code
            }
        elif not item.top_box or not item.top_box <= set(item.steps):
            yield _("%(code)s: say which steps of the scale count as good.") % {"code": item.code}
    for name, texts in _named_texts(form):
        lacking = [language.upper() for language in LANGUAGES if not texts.get(language)]
        if lacking:
            yield _("%(name)s: missing in %(languages)s.") % {
                "name": name,
                "languages": ", ".join(lacking),
            }


def _named_texts(form: Form) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every text that must stand in all languages, with its name."""
    if form.contact:
        yield _("First question"), form.contact
    for item in form.items:
        yield item.code, item.texts
        yield _("%(code)s, scale") % {"code": item.code}, item.scale
        if any(item.texts_elsewhere.values()):
            yield _("%(code)s, other wording") % {"code": item.code}, item.texts_elsewhere
    yield _("Does not apply"), form.not_applicable
    if form.comment:
        yield _("Comment"), form.comment


def gaps(content: Mapping[str, Any]) -> list[str]:
    """What this version lacks before it can be asked; empty when nothing."""
    return list(missing_texts(_read(content)))


def with_marks(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with a mark wherever a text is missing, so that a draft can be looked at."""
    marked = deepcopy(dict(content))
    for texts in _all_texts(marked):
        for language in LANGUAGES:
            texts[language] = texts.get(language) or _missing(language)
    for scale in marked["scales"].values():
        steps = max((len(scale.get(language, [])) for language in LANGUAGES), default=0) or 1
        for language in LANGUAGES:
            words = scale.get(language, [])
            scale[language] = [*words, *[_missing(language)] * (steps - len(words))]
    for item in marked["items"]:
        steps = len(marked["scales"][item["scale"]]["fr"])
        item["top_box"] = [step for step in item["top_box"] if step <= steps] or [steps]
    return marked


def _missing(language: str) -> str:
    return _("[%(language)s: missing]") % {"language": language.upper()}


def _all_texts(content: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    yield content["not_applicable"]
    yield from (texts for name in ("contact", "comment") if (texts := content.get(name)))
    for item in content["items"]:
        yield item["texts"]
        if any(item.get("texts_elsewhere", {}).values()):
            yield item["texts_elsewhere"]


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
