"""Fifty desks that stand open: what their questions for news cost while nothing happens, and when.

Each open desk asks `/desk/pulse/` every ten seconds (static/js/live.js). The measure is one round
of all fifty, each with the mark of what it has seen last. They are desks of Liège, because the
submissions that are measured in between go to Charleroi and are news there.
"""

import re
from collections.abc import Sequence
from typing import ClassVar, cast

from django.http import HttpResponse

from benchmarks import floor
from benchmarks.measuring import Measure, WrongAnswer, browser, expect
from people.models import User
from people.roles import Role

DESKS = 50
OFFICE = "LIEGE"
ADDRESS = "/desk/pulse/?view={view}"
VIEW = re.compile(rb'data-view="([-\w]+)"[^>]* aria-current="page"')


def advisers_at_work(count: int) -> Sequence[User]:
    """So many advisers who are posted today, by key; again from the first where there are fewer."""
    found = list(
        User.objects.filter(role=Role.ADVISER, postings__office__code=OFFICE)
        .distinct()
        .order_by("pk")
    )
    if not found:
        raise LookupError(f"Nobody works in {OFFICE}: is the database filled?")
    return [found[number % len(found)] for number in range(count)]


class Desk:
    """A browser whose desk stands open: it remembers what it has seen last."""

    def __init__(self, adviser: User) -> None:
        self.client = browser(adviser)
        view = VIEW.search(self.client.get("/desk/").content)
        if view is None:
            raise WrongAnswer(f"The desk of {adviser.email} shows no open view.")
        self.address = ADDRESS.format(view=view[1].decode())
        self.etag = '"nothing yet"'
        self.ask()

    def ask(self) -> HttpResponse:
        response = cast(
            "HttpResponse", self.client.get(self.address, headers={"If-None-Match": self.etag})
        )
        self.etag = response.headers.get("ETag", self.etag)
        return response


class PollingDesks(Measure):
    """Nothing has happened: every desk is told so (304)."""

    name = f"{DESKS} open desks, nothing new"
    floor = floor.PAGE
    # Session, person, and whether anything has happened: three queries a desk.
    most_queries = 3 * DESKS
    status: ClassVar[int] = 304
    desks: list[Desk]
    was_drawn_anew = False

    def prepare(self) -> None:
        self.desks = [Desk(adviser) for adviser in advisers_at_work(DESKS)]

    def act(self) -> list[int]:
        return [desk.ask().status_code for desk in self.desks]

    def check(self, outcome: list[int]) -> None:
        # Every five minutes all desks are drawn anew, because clocks move; never twice in a row.
        is_drawn_anew = 200 in outcome
        if not set(outcome) <= {200, self.status} or (is_drawn_anew and self.was_drawn_anew):
            raise WrongAnswer(f"{self.name} answered {sorted(set(outcome))}.")
        self.was_drawn_anew = is_drawn_anew


class OneDeskWithNews(Measure):
    """What one desk costs at the moment at which something has happened."""

    name = "one open desk, with news"
    floor = floor.PAGE
    desk: Desk

    def prepare(self) -> None:
        (adviser,) = advisers_at_work(1)
        self.desk = Desk(adviser)

    def act(self) -> HttpResponse:
        self.desk.etag = '"of before"'
        return self.desk.ask()

    def check(self, outcome: HttpResponse) -> None:
        expect(outcome, 200, self.name)
        if b'data-part="list"' not in outcome.content:
            raise WrongAnswer(f"{self.name} was not given its list.")


POLLING = (PollingDesks, OneDeskWithNews)
