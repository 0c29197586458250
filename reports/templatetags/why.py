"""The words of the page that says why a figure is so."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from reports import comparison_words as words
from reports.breakdowns import NOTHING
from reports.why.rows import Check, Unit
from requests_app.enums import ClosingReason

register = template.Library()


@register.filter
def clock(seconds: int) -> str:
    """Seconds as 7:05:09, exactly, so that what is listed can be added up."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


@register.simple_tag
def exact(check: Check, value: float | None) -> str:
    """A figure without any rounding that matters; a dash where there is none."""
    if value is None:
        return "–"
    match check.unit:
        case Unit.SHARE:
            return _("%(number)s%%") % {"number": number_format(100 * value, 4)}
        case Unit.HOURS:
            return clock(round(value * 3600))
        case Unit.SECONDS:
            return clock(int(value))
        case Unit.NUMBER:
            return number_format(value, 0, force_grouping=True)


@register.simple_tag
def check_name(check: Check) -> str:
    name = _names().get(check.name, "")
    clocks = {"office": _("In office hours"), "calendar": _("As the member lived it")}
    if check.clock not in clocks:
        return name
    on = clocks[check.clock]
    return f"{name}, {on[:1].lower()}{on[1:]}"


def _names() -> dict[str, str]:
    return words.names() | _waits() | _events() | {"week": _("Median of the week")}


def _waits() -> dict[str, str]:
    return {
        "counted": _("Requests that count"),
        "median": _("Median"),
        "ninetieth": _("9 out of 10"),
        "within_promise": _("Within the promise"),
        "still_waiting": _("Still waiting"),
        "oldest_waiting": _("The oldest, in office hours"),
        "only_a_question": _("Only a question"),
        "resolved": _("Closed"),
        "no_reply": _("Closed without a reply of the member"),
        "still_open": _("Still open"),
        "waited_requests": _("Requests that waited for their member"),
        "waited_lived": _("Time that members lived through, together"),
        "waited_calendar": _("Of it waiting for the member"),
        "waited_office": _("Office hours waiting for the member, together"),
    }


def _events() -> dict[str, str]:
    return {
        "received": _("Received"),
        "reopened": _("Opened again"),
        "closed": _("Closed"),
        "open_at_end": _("Open at the end"),
        "open_seconds": _("Time open within the period, together"),
        "stay_seconds": _("Length of the stays that ended, together"),
        "requests": _("Requests"),
        "settled": _("Answered, with a branch"),
        "right_first_time": _("Right first time"),
        "moved": _("Handed over"),
        "came_back": _("There and back"),
        "consulted": _("A branch was consulted"),
        "one_adviser": _("One adviser"),
        "two_advisers": _("Two advisers"),
        "more_advisers": _("Three or more advisers"),
        "handovers": _("Hand-overs"),
        "half_waited": _("Half waited less than"),
        "documents": _("Documents"),
        "half_took": _("Half took less than"),
        "decided": _("Decisions"),
        "followed": _("Suggestion followed"),
        "members": _("Members"),
        "contacts": _("Answered requests"),
        "upc": _("With the usual person"),
        "coc": _("Two contacts, same person"),
        "secon": _("Next contact, same person"),
        "beyond_chance": _("Beyond chance"),
        "chance": _("By chance"),
    }


@register.simple_tag
def state_name(state: str) -> str:
    """What had become of a request at the cut-off, or why it is left out."""
    states = {
        "": "",
        "answered": _("first answer"),
        "waiting": _("still waiting at the cut-off"),
        "closed": _("closed without an answer"),
        "resolved": _("closed"),
        "open": _("open at the cut-off"),
        "ended": _("closed"),
        "open_again": _("opened again, open at the cut-off"),
        "closed_again": _("opened again, then closed"),
        "next_step": _("somebody acted on it"),
        "nobody_yet": _("nobody had acted on it by the cut-off"),
        "checked": _("checked or refused"),
        "to_check": _("not decided on by the cut-off"),
        "handed_in": _("received"),
        "not_handed_in": _("not received by the cut-off"),
        "followed": _("suggestion followed"),
        "not_followed": _("another branch was chosen"),
    }
    return states[state] if state in states else str(ClosingReason(state).label)


@register.simple_tag(takes_context=True)
def branch_name(context: template.Context, code: str) -> str:
    """The name of a branch; the view brings all names, from one query a page."""
    return _("none") if code == NOTHING else str(context["branch_names"][code])
