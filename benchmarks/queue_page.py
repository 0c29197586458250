"""The first page of an adviser's queue: `/desk/`, in a pilot office that works by branch."""

import re
from collections.abc import Iterator

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks import floor
from benchmarks.explaining import Plan, explained
from benchmarks.measuring import Measure, WrongAnswer, browser, expect, get
from benchmarks.setting import an_adviser
from requests_app.selectors.queue import PAGE, desk_of, home_of, views_of

ROW = re.compile(rb'<li data-reference="[A-Z]+-\d+"')
TABLE = "requests_app_memberrequest"


class QueuePage(Measure):
    name = "queue page"
    floor = floor.PAGE
    aim = 3.0
    most_queries = 12
    client: Client
    rows: int

    def prepare(self) -> None:
        adviser = an_adviser()
        self.client = browser(adviser)
        desk = desk_of(adviser, at=timezone.now())
        if desk is None or not desk.works_by_branch:
            raise WrongAnswer("The adviser of the queue page works in no branch.")
        held = desk.holding(home_of(views_of(desk))).count()
        self.rows = min(held, PAGE)

    def act(self) -> HttpResponse:
        return get(self.client, "/desk/")

    def check(self, outcome: HttpResponse) -> None:
        expect(outcome, 200, self.name)
        shown = len(set(ROW.findall(outcome.content)))
        if shown != self.rows:
            raise WrongAnswer(f"The queue page shows {shown} requests instead of {self.rows}.")

    def plans(self) -> Iterator[Plan]:
        """How PostgreSQL answers each query of this page that reads requests."""
        with CaptureQueriesContext(connection) as captured:
            self.act()
        for query in captured.captured_queries:
            if f'FROM "{TABLE}"' in query["sql"]:
                is_list = "LIMIT" in query["sql"]
                yield explained(
                    f"{'the list' if is_list else 'the counts'} of the queue page", query["sql"]
                )
