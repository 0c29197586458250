"""What the pages of the balance show."""

from django.db.models import QuerySet

from branches.models import Pilot
from reports.balance.drawing_up import BALANCE_JOB
from reports.balance_models import Balance
from reports.models import JobRun


def computed() -> QuerySet[Balance]:
    """The balances that can be read."""
    people = ("pilot", "asked_by", "published_by")
    return Balance.objects.filter(content__isnull=False).select_related(*people)


def balances_of(pilot: Pilot) -> list[Balance]:
    """The newest first, also those that are being computed."""
    found = Balance.objects.filter(pilot=pilot).select_related("asked_by", "published_by")
    return list(found.order_by("-number"))


def faults(balances: list[Balance]) -> list[JobRun]:
    """What went wrong with those that are not computed."""
    waiting = [str(balance.pk) for balance in balances if balance.content is None]
    runs = JobRun.objects.filter(kind=BALANCE_JOB, period__in=waiting).exclude(error="")
    return list(runs.order_by("-pk"))
