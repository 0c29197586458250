"""The pilot at a glance, `/pilot/`, as a manager opens it: from stored figures of a year."""

from typing import ClassVar

from django.core.cache import caches
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from benchmarks import floor
from benchmarks.measuring import Measure, WrongAnswer, browser, expect, get
from branches.models import Pilot
from people.models import User
from people.roles import Role
from reports import charts, flow_picture, monthly, periods
from reports.models import Side
from reports.monthly import offices_of
from reports.months import months_between, previous_month


class DashboardPage(Measure):
    """As it is opened all day, once somebody has opened it since the night."""

    name = "pilot at a glance"
    floor = floor.PAGE
    aim: ClassVar[float | None] = 3.0
    most_queries = 5
    client: Client

    def prepare(self) -> None:
        """Compute and draw what the page shows, as the worker does each night; not measured."""
        now = timezone.now()
        pilot = Pilot.objects.get()
        last = previous_month(timezone.localdate(now))
        for month in months_between(pilot.baseline_starts_on, last):
            for side in Side:
                for office in offices_of(pilot, side):
                    monthly.compute_report(office=office, month=month, at=now)
                monthly.compute_side(pilot=pilot, side=side, month=month, at=now)
        periods.compute(pilot=pilot, at=now)
        charts.draw(pilot=pilot, at=now, asked_at=now)
        flow_picture.draw(pilot=pilot, at=now)
        manager, _new = User.objects.get_or_create(
            email="manager@bench.example", defaults={"name": "Manager", "role": Role.MANAGER}
        )
        self.client = browser(manager)
        self.act()

    def act(self) -> HttpResponse:
        return get(self.client, "/pilot/")

    def check(self, outcome: HttpResponse) -> None:
        expect(outcome, 200, self.name)
        if outcome.content.count(b'class="card"') < 8 or b"<svg" not in outcome.content:
            raise WrongAnswer("The pilot at a glance shows no figures or no picture.")


class FirstDashboardPage(DashboardPage):
    """As the first reader after the night opens it: all figures are put into words."""

    name = "pilot at a glance, first reader"
    aim = None
    most_queries = 13

    def prepare(self) -> None:
        """The figures are there already: of the page that is measured before this one."""
        manager = User.objects.get(email="manager@bench.example")
        self.client = browser(manager)

    def act(self) -> HttpResponse:
        caches["pages"].clear()
        return super().act()
