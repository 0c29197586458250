"""Months: named by their first day, and reaching from midnight to midnight in Brussels. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from branches.working_time import BRUSSELS

# No request that the product could know is older.
EARLIEST = date(1990, 1, 1)


def month_of(moment: datetime) -> date:
    """The month in which an aware moment lies, by the calendar on the wall in Brussels."""
    return moment.astimezone(BRUSSELS).date().replace(day=1)


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def previous_month(month: date) -> date:
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def month_start(month: date) -> datetime:
    """The first moment of the month, aware."""
    return datetime.combine(month.replace(day=1), time(), tzinfo=BRUSSELS)


def month_end(month: date) -> datetime:
    """The first moment after the month, aware."""
    return month_start(next_month(month))


def months_between(first: date, last: date) -> Iterator[date]:
    """Every month from that of `first` to that of `last`, both included."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = next_month(month)


def parse_month(text: str) -> date:
    """Read "2023-07". Raises ValueError for anything else, also for a month before 1990."""
    month = datetime.strptime(f"{text}-01", "%Y-%m-%d").date()  # noqa: DTZ007 - a month has no zone
    if text != f"{month:%Y-%m}" or month < EARLIEST:
        raise ValueError(text)
    return month
