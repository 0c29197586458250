"""`{{ seconds|office_hours }}` and `{{ seconds|calendar_time }}`; empty where nothing is known."""

from django import template

from branches import durations

register = template.Library()


@register.filter
def office_hours(seconds: int | None) -> str:
    return "" if seconds is None else durations.office_hours(seconds)


@register.filter
def calendar_time(seconds: int | None) -> str:
    return "" if seconds is None else durations.calendar_time(seconds)
