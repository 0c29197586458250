"""`{{ seconds|office_hours:8 }}` and `{{ seconds|calendar_time }}`; empty for what is not known."""

from django import template

from branches import durations

register = template.Library()


@register.filter
def office_hours(seconds: int | None, working_day_hours: int = 8) -> str:
    """`working_day_hours`: from how many office hours on a working day is told."""
    if seconds is None:
        return ""
    return durations.office_hours(seconds, working_day_hours=working_day_hours)


@register.filter
def calendar_time(seconds: int | None) -> str:
    return "" if seconds is None else durations.calendar_time(seconds)
