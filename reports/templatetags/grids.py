"""The rows of a table of figures. In Python: a template would take ten times as long a cell."""

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reports.blocks import Grid, Said

register = template.Library()


@register.simple_tag
def grid_rows(grid: Grid) -> SafeString:
    """A row heads with its name; a figure that has one leads to the requests behind it."""
    why = _("why?")
    return format_html_join(
        "",
        '<tr><th scope="row">{}{}</th>{}</tr>',
        ((row[0].value, _range(row[0]), _cells(row[1:], why)) for row in grid.rows),
    )


def _cells(row: Sequence[Said], why: str) -> SafeString:
    return format_html_join(
        "",
        '<td class="num">{}{}</td>',
        ((_value(cell, why), _range(cell)) for cell in row),
    )


def _range(cell: Said) -> SafeString | str:
    return format_html('<span class="range">{}</span>', cell.range) if cell.range else ""


def _value(cell: Said, why: str) -> SafeString:
    if cell.is_soft:
        return format_html('<span class="soft small">{}</span>', cell.value)
    if not cell.why:
        return format_html('<span class="value">{}</span>', cell.value)
    return format_html(
        '<a class="value why" href="{}">{}<span class="sr"> – {}</span></a>',
        cell.why,
        cell.value,
        why,
    )
