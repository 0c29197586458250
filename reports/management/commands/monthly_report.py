"""`manage.py monthly_report --office LIEGE --month 2023-07`: the worker's task, by hand."""

import json
from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from branches.models import Office
from branches.working_time import NoOpeningHours
from reports import charts, monthly, shown
from reports.models import MonthlyReport, Recomputation
from reports.months import EARLIEST, month_of, parse_month
from reports.plain_report import as_dict, as_text, hidden_as_dict, hidden_as_text
from reports.recomputing import recompute


class Command(BaseCommand):
    help = (
        "Compute, store and print the response times of one office and month of arrival. "
        "What may not be shown on a page is stored and not printed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--office", required=True, help="the code of the office, as LIEGE")
        parser.add_argument("--month", required=True, help="the month of arrival, as 2023-07")
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument(
            "--again",
            action="store_true",
            help="compute a sealed month again, for example after an import: beside the sealed one",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        now = timezone.now()
        office = _office(options["office"])
        month = _month(options["month"], now)
        report = _compute(office, month, now, again=options["again"])
        latest = (_beside(report, now) if options["again"] else None) or report
        # What a program or a log reads does not change with the language of the machine.
        with translation.override("en"):
            self.stdout.write(_printed(report, latest, as_json=options["format"] == "json"))


def _printed(report: MonthlyReport, latest: MonthlyReport | Recomputation, *, as_json: bool) -> str:
    """The figures; of a small office only that there are some: logs and mails of cron keep them."""
    hours = monthly.working_day_hours_of(monthly.pilot_of(report.month))
    is_hidden = shown.is_hidden(report)
    if as_json:
        content = hidden_as_dict(latest) if is_hidden else as_dict(latest, working_day_hours=hours)
        return json.dumps(content, indent=2, ensure_ascii=False)
    return hidden_as_text(latest) if is_hidden else as_text(latest, working_day_hours=hours)


def _compute(office: Office, month: date, now: datetime, *, again: bool) -> MonthlyReport:
    try:
        report = monthly.compute_report(office=office, month=month, at=now)
        sides = monthly.compute_sides(offices=[office], month=month, at=now, again=again)
    except NoOpeningHours as error:
        raise CommandError(f"{error} Enter them first: without them no time counts.") from None
    for side in sides:
        charts.ask(pilot_key=side.pilot_id, at=timezone.now())
    return report


def _beside(report: MonthlyReport, now: datetime) -> Recomputation | None:
    """The latest version beside a sealed report: a new one if anything has changed since."""
    if report.sealed_at is None:
        return None
    recompute(office=report.office, month=report.month, at=now)
    return report.recomputations.order_by("-version").first()


def _office(code: str) -> Office:
    office = Office.objects.filter(code__iexact=code.replace("\0", "")).first()
    if office is None:
        known = ", ".join(Office.objects.order_by("code").values_list("code", flat=True))
        raise CommandError(f"--office: no office has the code {code!r}. Known: {known or 'none'}.")
    return office


def _month(text: str, now: datetime) -> date:
    try:
        month = parse_month(text)
    except ValueError:
        raise CommandError(
            f"--month: {text!r} is not a month. Write it as 2023-07, from {EARLIEST:%Y-%m} on."
        ) from None
    if not monthly.may_be_computed(month, at=now):
        raise CommandError(
            f"--month: {text} has not begun. The latest month is {month_of(now):%Y-%m}."
        )
    return month
