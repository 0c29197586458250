"""`/search/` of an adviser of a pilot office: a rare word, a common one, a typing error ..."""

import re
from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import quote

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from benchmarks import floor
from benchmarks.explaining import Plan, explained
from benchmarks.measuring import Measure, WrongAnswer, browser, expect, get
from benchmarks.setting import an_adviser
from requests_app.models import MemberRequest
from requests_app.searching import PAGE

RESULT = re.compile(rb'<li class="card')
TABLE = "requests_app_searchtext"


class Search(Measure):
    """One search again and again. Each kind of question is a class below."""

    floor = floor.PAGE
    aim_milliseconds = 100.0
    most_queries = 12
    # What is typed, and how many results its first page must show at least.
    typed: ClassVar[str]
    expected: ClassVar[int] = 1
    client: Client
    address: str

    def prepare(self) -> None:
        adviser = an_adviser()
        self.client = browser(adviser)
        visible = MemberRequest.objects.visible_to(adviser, on=localdate())
        self.address = f"/search/?q={quote(self.words(visible.latest('submitted_at', 'pk')))}"

    def words(self, _newest: MemberRequest) -> str:
        return self.typed

    def act(self) -> HttpResponse:
        return get(self.client, self.address)

    def check(self, outcome: HttpResponse) -> None:
        expect(outcome, 200, self.name)
        shown = len(RESULT.findall(outcome.content))
        if shown < self.expected:
            raise WrongAnswer(f"{self.name} shows {shown} requests, fewer than {self.expected}.")

    def plans(self) -> Iterator[Plan]:
        """How PostgreSQL found the requests of this search."""
        with CaptureQueriesContext(connection) as captured:
            self.act()
        for query in captured.captured_queries:
            if f'"{TABLE}"' in query["sql"]:
                yield explained(self.name, query["sql"])


class RareWord(Search):
    """A name, which one member in eighty has."""

    name = "search: two words, few hold both"
    typed = "dumont onkostennota"


class CommonWord(Search):
    name = "search: a word in most requests"
    typed = "client"
    expected = PAGE


class Mistyped(Search):
    """“Dumont” and “attestation”, each with an error: searched in vain, then by similar words."""

    name = "search: two words mistyped"
    typed = "dumnot atestation"


class Absent(Search):
    name = "search: nothing found"
    typed = "anacoluthe zzyzx"
    expected = 0


class Reference(Search):
    name = "search: a reference"
    typed = ""

    def words(self, newest: MemberRequest) -> str:
        return newest.reference


SEARCHES = (RareWord, CommonWord, Mistyped, Absent, Reference)
