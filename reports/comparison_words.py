"""How the numbers of a comparison are written, and the sentences that go with them."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from reports.plan_models import ASKED, IN_HOURS, Measure

# Unicode's minus: a hyphen in front of a number is easily overlooked.
MINUS = "\N{MINUS SIGN}"


def names() -> dict[str, str]:
    """Every outcome of a comparison, planned or not, in the language of the page."""
    return {measure.value: str(measure.label) for measure in Measure} | {
        "within_calendar_days": _("Share with a first answer, counted in days of the calendar"),
        "restricted_mean_calendar": _("Mean wait on the calendar, counting at most 14 days"),
    }


def is_in_hours(name: str) -> bool:
    return name in IN_HOURS or name == "restricted_mean_calendar"


def level(name: str, value: float | None) -> str:
    """A share as "82.4 %", a time as "6.4 h"; a dash where it is not known."""
    if value is None:
        return "–"
    if is_in_hours(name):
        return _("%(number)s h") % {"number": number_format(round(value, 1), 1)}
    return _("%(number)s%%") % {"number": number_format(round(100 * value, 1), 1)}


def signed(name: str, value: float | None) -> str:
    """A difference as "+1.2 points" or "−0.6 h"."""
    if value is None:
        return "–"
    number = _signed_number(value if is_in_hours(name) else 100 * value)
    if is_in_hours(name):
        return _("%(number)s h") % {"number": number}
    return _("%(number)s points") % {"number": number}


def interval(name: str, low: float | None, high: float | None) -> str:
    """A plausible range as "−7.6 to +9.5 points"; empty where there is none."""
    if low is None or high is None:
        return ""
    begin = _signed_number(low if is_in_hours(name) else 100 * low)
    return _("%(low)s to %(high)s") % {"low": begin, "high": signed(name, high)}


def size(name: str, value: float | None) -> str:
    """A size without its sign, as "5.8 points"."""
    return "–" if value is None else signed(name, abs(value)).removeprefix("+")


def _signed_number(value: float) -> str:
    rounded = round(value, 1)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    return sign + number_format(abs(rounded), 1)


def condition(key: str) -> str:
    """One condition of the rule of the verdict, as a statement that holds or not."""
    return {
        "above_the_noise_floor": _(
            "The difference is larger than all those where nothing changed."
        ),
        "largest_of_all_groups": _("No other group of offices shows a difference as large."),
        "enough_groups": _("There are enough offices to compare: at least 20 possible groups."),
        "same_sign_when_standardised": _(
            "With the same mix of requests the difference goes in the same direction."
        ),
    }[key]


def missing(key: str, name: str) -> str:
    """Why there is no difference to show of this outcome."""
    if name in ASKED and key in {"no_comparison", "pilot_office_with_gaps"}:
        return _("Too few answers of some offices can be shown to compare them month by month.")
    return {
        "no_comparison": _("There is no comparison office with enough requests in each month."),
        "pilot_office_with_gaps": _(
            "A pilot office has too few requests in more than a third of the months."
        ),
        "no_before": _("There is no complete month before the pilot."),
        "no_after": _("No whole month of the pilot is final yet."),
    }[key]


def left_out(why: str) -> str:
    """Why a month is neither before nor after."""
    return {
        "partly_before": _("only part of it lies in the months before"),
        "change": _("the pilot began within it"),
        "partly_after": _("the pilot ends within it"),
        "provisional": _("still provisional"),
        "gaps": _("too few requests in one of the offices"),
    }[why]
