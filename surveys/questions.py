"""The list of questions in the content of a draft: one more, one less, one further up. Pure."""

import re
from collections.abc import Collection, Mapping
from typing import Any

# More than this is not answered in two minutes.
MOST_QUESTIONS = 10
MOST_SCALES = 12

Content = Mapping[str, Any]


def new_code(prefix: str, taken: Collection[str]) -> str:
    """The next code with this letter, such as "m8"; `taken` holds those of all versions."""
    numbers = [int(found[1]) for code in taken if (found := re.fullmatch(rf"{prefix}(\d+)", code))]
    return f"{prefix}{max(numbers, default=0) + 1}"


def with_question(content: Content, *, code: str) -> dict[str, Any]:
    """One empty question more, at the end, on the scale of the one before."""
    items = list(content["items"])
    scale = items[-1]["scale"] if items else next(iter(content["scales"]))
    items.append({"code": code, "scale": scale, "top_box": [], "texts": {}})
    return {**content, "items": items}


def without_question(content: Content, *, code: str) -> dict[str, Any]:
    return {**content, "items": [item for item in content["items"] if item["code"] != code]}


def moved_up(content: Content, *, code: str) -> dict[str, Any]:
    """The question one place further up; the first one, and one that is not there, stay."""
    items = list(content["items"])
    place = next((n for n, item in enumerate(items) if item["code"] == code), 0)
    if place:
        items[place - 1 : place + 1] = [items[place], items[place - 1]]
    return {**content, "items": items}


def with_scale(content: Content) -> dict[str, Any]:
    """One empty scale more."""
    name = new_code("scale", content["scales"].keys())
    return {**content, "scales": {**content["scales"], name: {}}}


def without_unused_scales(content: Content) -> dict[str, Any]:
    used = {item["scale"] for item in content["items"]}
    scales = {name: scale for name, scale in content["scales"].items() if name in used}
    return {**content, "scales": scales}
