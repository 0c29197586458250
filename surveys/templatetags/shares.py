"""`{{ share|percent }}`: a share from 0 to 1, in whole percent."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def percent(share: float) -> str:
    return _("%(number)s%%") % {"number": number_format(100 * share, 0)}
