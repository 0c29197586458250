"""What a member may honestly expect: how long others waited last month."""

from datetime import date, timedelta

from branches.models import Branch, Office
from requests_app.expectation_models import Expectation


def last_month(day: date) -> date:
    """The first day of the month before the one in which this day lies."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def expectation_for(office: Office, branch: Branch | None, *, on: date) -> Expectation | None:
    """Last month's figures for this office and branch; None when they were too few to say."""
    found = Expectation.objects.filter(office=office, branch=branch, month=last_month(on)).first()
    return found if found is not None and found.median is not None else None
