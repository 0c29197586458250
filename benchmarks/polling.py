"""Fifty desks that stand open: what their questions for news cost while nothing happens, and when.

Each open desk asks `/desk/pulse/` every ten seconds (static/js/live.js). The measure is one round
of all fifty, each with a request open, so that who reads it is kept up as well, and with the mark
of what it has seen last. They are desks of Liège, because the submissions that are measured in
between go to Charleroi and are news there; none of its first line, where the page of a request is
measured: who opens one is news to whoever has it open.
"""

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar, cast
from urllib.parse import urlencode

from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from benchmarks import floor
from benchmarks.explaining import Plan, explained
from benchmarks.measuring import Measure, WrongAnswer, browser, expect, get
from people.models import User
from people.roles import Role

DESKS = 50
OFFICE = "LIEGE"
NOT_OF = "first_line"
VIEW = re.compile(rb'id="desk"[^>]* data-view="([-\w]+)"')
ROW = re.compile(rb'<li data-reference="([A-Z]+-\d+)"')
VERSION = re.compile(rb'id="request"[^>]* data-version="(\d+)"')


def advisers_at_work(count: int) -> Sequence[User]:
    """So many advisers who are posted today, by key; again from the first where there are fewer."""
    found = list(
        User.objects.filter(role=Role.ADVISER, postings__office__code=OFFICE)
        .exclude(postings__branch__code=NOT_OF)
        .distinct()
        .order_by("pk")
    )
    if not found:
        raise LookupError(f"Nobody works in {OFFICE}: is the database filled?")
    return [found[number % len(found)] for number in range(count)]


class Desk:
    """A browser whose desk stands open: it remembers what it has seen last.

    Each adviser has another request open, the one at this place of the list, at all their desks;
    none, where the list is shorter.
    """

    def __init__(self, adviser: User, place: int) -> None:
        self.client = browser(adviser)
        page = get(self.client, "/desk/").content
        view = VIEW.search(page)
        if view is None:
            raise WrongAnswer(f"The desk of {adviser.email} shows no open view.")
        asked = {"view": view[1].decode()}
        for reference in ROW.findall(page)[place : place + 1]:
            asked |= self._opened(reference.decode())
        self.address = f"/desk/pulse/?{urlencode(asked)}"
        self.etag = '"nothing yet"'
        self.ask()

    def _opened(self, reference: str) -> dict[str, str]:
        version = VERSION.search(get(self.client, f"/desk/{reference}/").content)
        if version is None:
            raise WrongAnswer(f"{reference} does not open.")
        return {"open": reference, "version": version[1].decode()}

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
    # Session, person, and whether anything has happened: three queries a desk; up to three more
    # where colleagues read the same request.
    most_queries = 6 * DESKS
    status: ClassVar[int] = 304
    desks: list[Desk]
    # In how many rounds in a row, this one included, some desk was drawn anew.
    drawn_anew = 0

    def prepare(self) -> None:
        advisers = advisers_at_work(DESKS)
        self.desks = [Desk(adviser, advisers.index(adviser)) for adviser in advisers]

    def act(self) -> list[int]:
        return [desk.ask().status_code for desk in self.desks]

    def check(self, outcome: list[int]) -> None:
        # Every five minutes all desks are drawn anew, because clocks move: in one round, or at the
        # end of one and the beginning of the next.
        self.drawn_anew = self.drawn_anew + 1 if 200 in outcome else 0
        if not set(outcome) <= {200, self.status} or self.drawn_anew > 2:
            raise WrongAnswer(f"{self.name} answered {sorted(set(outcome))}.")

    def plans(self) -> Iterator[Plan]:
        """How PostgreSQL finds out that nothing is new at one of these desks."""
        with CaptureQueriesContext(connection) as captured:
            self.desks[0].ask()
        for query in captured.captured_queries:
            if "hashint8extended" in query["sql"]:
                yield explained("whether anything is new", query["sql"])


class OneDeskWithNews(Measure):
    """What one desk costs at the moment at which something has happened."""

    name = "one open desk, with news"
    floor = floor.PAGE
    desk: Desk

    def prepare(self) -> None:
        (adviser,) = advisers_at_work(1)
        self.desk = Desk(adviser, 0)

    def act(self) -> HttpResponse:
        self.desk.etag = '"of before"'
        return self.desk.ask()

    def check(self, outcome: HttpResponse) -> None:
        expect(outcome, 200, self.name)
        if b'data-part="list"' not in outcome.content:
            raise WrongAnswer(f"{self.name} was not given its list.")


POLLING = (PollingDesks, OneDeskWithNews)
