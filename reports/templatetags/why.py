"""The words of the page that says why a figure is so."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from reports.breakdowns import NOTHING
from reports.seal_models import Dimension
from reports.why import Check, group_names
from requests_app.enums import ClosingReason

register = template.Library()


@register.filter
def clock(seconds: int) -> str:
    """Seconds as 7:05:09, exactly, so that what is listed can be added up."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


@register.simple_tag
def exact(name: str, value: float | None) -> str:
    """A figure without any rounding that matters; a dash where there is none."""
    if value is None:
        return "–"
    if name == "within_promise":
        return _("%(number)s%%") % {"number": number_format(100 * value, 4)}
    return clock(int(value))


@register.simple_tag
def check_name(check: Check) -> str:
    names = {
        "median": _("Median"),
        "ninetieth": _("9 out of 10"),
        "within_promise": _("Within the promise"),
    }
    clocks = {"office": _("In office hours"), "calendar": _("As the member lived it")}
    return f"{names[check.name]}, {clocks[check.clock][:1].lower()}{clocks[check.clock][1:]}"


@register.simple_tag
def state_name(state: str) -> str:
    """What had become of a request at the cut-off, or why it is left out."""
    states = {
        "answered": _("first answer"),
        "waiting": _("still waiting at the cut-off"),
        "closed": _("closed without an answer"),
    }
    return states.get(state) or str(ClosingReason(state).label)


@register.simple_tag(takes_context=True)
def branch_name(context: template.Context, code: str) -> str:
    """The name of a branch; all names come from one query a page."""
    if code == NOTHING:
        return _("none")
    names = context.render_context.get("branch_names")
    if names is None:
        names = group_names(Dimension.BRANCH)
        context.render_context["branch_names"] = names
    return str(names[code])
