"""A member sends the form of a new request, without documents."""

from itertools import cycle
from uuid import uuid4

from django.http import HttpResponseBase

from benchmarks import floor, texts
from benchmarks.measuring import Measure, browser, expect, post
from benchmarks.setting import some_members

DIFFERENT = 20


class Submission(Measure):
    name = "submission"
    floor = floor.INSERT

    def prepare(self) -> None:
        self.clients = cycle([browser(member) for member in some_members(DIFFERENT)])

    def act(self) -> HttpResponseBase:
        fields = {
            "about": "first_line",
            "topic_first_line": "account_access",
            "subject": texts.subject(7),
            "body": texts.body(7),
            "key": str(uuid4()),
        }
        return post(next(self.clients), "/requests/new/", fields)

    def check(self, outcome: HttpResponseBase) -> None:
        expect(outcome, 302, self.name)
