"""The rules of axe on a page, each where it can find something that it has not found before.

Two thirds of the work of axe is measuring contrast. A page in one colour scheme is measured once
when it is wide; on a phone, only what shows there and not on the wide page, or in other colours.
"""

from collections.abc import Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {"resultTypes": ["violations"], "preload": False}
# All that a rule of colours asks of an element: whether it shows, in which colours, whether its
# letters are large (24 px, or bold and 18.66), and whether it stands in a line of text.
NOTE_COLOURS = """
() => {
  const seen = new Map();
  for (const one of document.querySelectorAll("body, body *")) {
    const style = getComputedStyle(one);
    const { width, height } = one.getBoundingClientRect();
    const size = parseFloat(style.fontSize);
    const bold = style.fontWeight >= 700;
    seen.set(one, JSON.stringify([
      width > 1 && height > 1 && style.visibility === "visible",
      style.color, style.backgroundColor, style.backgroundImage, style.opacity, style.fill,
      style.filter, style.mixBlendMode, style.textShadow,
      size >= 24 || (bold && size >= 18.66), bold,
      style.display === "inline", style.textDecorationLine, style.borderBottomStyle,
    ]));
  }
  const before = window.coloursNoted;
  window.coloursNoted = seen;
  const isOther = (one) => before && seen.get(one) !== before.get(one);
  const other = new Set([...seen.keys()].filter(isOther));
  window.otherColours = [...other].filter((one) => !other.has(one.parentElement));
  return window.otherColours.length;
}
"""
ALL_BUT_COLOURS = """
async (options) => {
  const rules = Object.fromEntries(
    axe.getRules(["cat.color"]).map((rule) => [rule.ruleId, { enabled: false }]));
  return await axe.run({ ...options, rules });
}
"""
OTHER_COLOURS = """
async (options) => {
  const usual = axe.getRules(["cat.color"]).filter((rule) => !rule.tags.includes("wcag2aaa"));
  const values = usual.map((rule) => rule.ruleId);
  return await axe.run(
    { include: window.otherColours }, { ...options, runOnly: { type: "rule", values } });
}
"""


def violations(page: Page, *, wide_is_seen: int | None = None) -> Iterator[dict[str, Any]]:
    """What axe finds. `wide_is_seen`: the width in which the same page is measured in full."""
    if wide_is_seen is None:
        yield from Axe().run(page, options=OPTIONS).response["violations"]
        return
    others = _other_colours(page, wide_is_seen)
    page.evaluate(Axe().axe_script)
    yield from page.evaluate(ALL_BUT_COLOURS, OPTIONS)["violations"]
    if others:
        yield from page.evaluate(OTHER_COLOURS, OPTIONS)["violations"]


def _other_colours(page: Page, width: int) -> int:
    """How many parts of the page show otherwise than on one that is this wide."""
    narrow = page.viewport_size
    assert narrow
    page.set_viewport_size({"width": width, "height": narrow["height"]})
    page.evaluate(NOTE_COLOURS)
    page.set_viewport_size(narrow)
    others: int = page.evaluate(NOTE_COLOURS)
    return others
