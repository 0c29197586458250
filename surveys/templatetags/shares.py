"""`{{ share|percent }}`, a share from 0 to 1 in whole percent; `{{ difference|points }}`."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def percent(share: float) -> str:
    return _("%(number)s%%") % {"number": number_format(round(100 * share), 0)}


@register.filter
def points(difference: float) -> str:
    """A difference of two shares with its sign, in whole percentage points."""
    number = round(100 * difference)
    return ("+" if number > 0 else "−" if number < 0 else "") + number_format(abs(number), 0)
