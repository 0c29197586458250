"""The least that this machine needs: a bare page of 50 rows, and a bare INSERT with its commit.

The bare page goes through the same middleware as the product's pages and is asked for by the same
kind of browser. It has its own list of addresses, which holds those of the product as well.
"""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.urls import include, path

from benchmarks.measuring import Measure, WrongAnswer, browser, expect, get
from benchmarks.setting import an_adviser
from requests_app.models import MemberRequest

ROWS = 50
PAGE = "page floor"
INSERT = "insert floor"

TEMPLATE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Rows</title></head><body><table>
{% for row in rows %}<tr><td>{{ row.reference }}</td><td>{{ row.subject }}</td>\
<td>{{ row.status }}</td><td>{{ row.language }}</td><td>{{ row.submitted_at }}</td></tr>
{% endfor %}</table></body></html>
"""


def rows(request: HttpRequest) -> HttpResponse:
    """Fifty rows of one indexed query in a plain table."""
    found = MemberRequest.objects.order_by("-pk")[:ROWS]
    return HttpResponse(_template.render({"rows": found}, request))


_template = engines["django"].from_string(TEMPLATE)
urlpatterns = [path("floor/", rows), path("", include("dop_pilot.urls"))]


class PageFloor(Measure):
    """The bare page, opened by an adviser who is signed in, as the queue is."""

    name = PAGE
    client: Client

    def prepare(self) -> None:
        self.client = browser(an_adviser())

    def act(self) -> HttpResponse:
        return get(self.client, "/floor/")

    def check(self, outcome: HttpResponse) -> None:
        expect(outcome, 200, self.name)
        if outcome.content.count(b"<tr>") != ROWS:
            raise WrongAnswer("The bare page shows another number of rows than fifty.")


class AnonymousPageFloor(PageFloor):
    """The bare page with nobody signed in: one query, and no session is read. The lowest floor."""

    name = f"{PAGE}, nobody signed in"

    def prepare(self) -> None:
        self.client = browser()


class InsertFloor(Measure):
    """One small row, committed, through the connection of the product."""

    name = INSERT

    def prepare(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE IF NOT EXISTS bench_floor (id bigint GENERATED ALWAYS AS IDENTITY "
                "PRIMARY KEY, body text NOT NULL, at timestamptz NOT NULL DEFAULT now())"
            )

    def act(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_floor (body) VALUES (%s)", ["one row"])
            return int(cursor.rowcount)

    def check(self, outcome: int) -> None:
        if outcome != 1:
            raise WrongAnswer("The bare INSERT stored no row.")
