"""One request with a dozen messages, as an adviser of its branch opens it."""

from itertools import cycle

from django.db.models import Count
from django.http import HttpResponse
from django.test import Client
from django.utils.timezone import localdate

from benchmarks import floor
from benchmarks.measuring import Measure, WrongAnswer, browser, expect, get
from benchmarks.setting import an_adviser
from requests_app.models import MemberRequest

MESSAGES = 12
DIFFERENT = 20


class DetailPage(Measure):
    name = "detail page"
    floor = floor.PAGE
    client: Client

    def prepare(self) -> None:
        adviser = an_adviser()
        self.client = browser(adviser)
        found = (
            MemberRequest.objects.visible_to(adviser, on=localdate())
            .alive()
            .filter(branch__code="first_line")
            .annotate(said=Count("messages"))
            .filter(said=MESSAGES)
            .order_by("pk")
        )
        references = list(found.values_list("reference", flat=True)[:DIFFERENT])
        if not references:
            raise WrongAnswer("No open request has a dozen messages.")
        self.addresses = cycle([f"/desk/{reference}/" for reference in references])

    def act(self) -> HttpResponse:
        return get(self.client, next(self.addresses))

    def check(self, outcome: HttpResponse) -> None:
        expect(outcome, 200, self.name)
