"""`{{ seconds|office_hours:hours }}` and `{{ seconds|calendar_time }}`; empty if nothing is known.

`hours` are those of a working day, 8 if they are not said.
"""

from django import template

from branches import durations

register = template.Library()


@register.filter
def office_hours(seconds: int | None, working_day_hours: int = 8) -> str:
    if seconds is None:
        return ""
    return durations.office_hours(seconds, working_day_hours=working_day_hours)


@register.filter
def calendar_time(seconds: int | None) -> str:
    return "" if seconds is None else durations.calendar_time(seconds)
