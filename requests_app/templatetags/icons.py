"""`{% icon_sprite %}` draws the icons of a page once; `{% icon "clock" %}` only points at one.

A list of fifty rows with three icons each would otherwise render a hundred and fifty drawings.
"""

from functools import cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

register = template.Library()

# By the name under which pages point at them, the drawings of lucide.
DRAWINGS = {
    "safeguarding": "shield-check",
    "first-line": "message-square",
    "support": "life-buoy",
    "coop": "house",
    "late": "triangle-alert",
    "soon": "hourglass",
    "ok": "clock",
    "lock": "lock",
    "paperclip": "paperclip",
    "inbox": "inbox",
}


@cache
def _sprite() -> SafeString:
    symbols = []
    for name, drawing in DRAWINGS.items():
        svg = lucide(drawing)
        inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
        symbols.append(f'<symbol id="icon-{name}" viewBox="0 0 24 24">{inner}</symbol>')
    # The drawings come from the installed package, never from a person.
    return mark_safe(f'<svg class="sprite" aria-hidden="true">{"".join(symbols)}</svg>')  # noqa: S308


@register.simple_tag
def icon_sprite() -> SafeString:
    return _sprite()


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<svg class="icon" aria-hidden="true"><use href="#icon-{}"/></svg>', name)
