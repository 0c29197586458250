"""Every figure that can be asked about: what it is called, and what stands behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.why import (
    compared,
    contacts,
    documents,
    handovers,
    stays,
    suggestions,
    waits,
    ways,
)
from reports.why.asked import Asked
from reports.why.rows import Behind

Title = Mapping[str, Promise]


@dataclass(frozen=True)
class Figure:
    """What a kind of figure is called, by its `key` where that changes the name, and its rows."""

    behind: Callable[[Asked], Behind]
    titles: Title

    def title(self, asked: Asked) -> str:
        named = (self.titles.get(name) for name in (asked.key, asked.by, ""))
        return str(next(filter(None, named), ""))


FIGURES: Mapping[str, Figure] = {
    "first-answer": Figure(waits.first_answer, {"": _("Time until the first answer")}),
    "waiting": Figure(waits.waiting, {"": _("Still waiting for a first answer")}),
    "question": Figure(waits.only_a_question, {"": _("First answers that were only a question")}),
    "closing": Figure(
        waits.until_closed, {"": _("Until it was closed, and waiting for the member")}
    ),
    "stays": Figure(
        stays.count,
        {
            "received": _("Received"),
            "reopened": _("Opened again"),
            "closed": _("Closed"),
            "open_at_end": _("Open at the end"),
            "open_seconds": _("Open on average"),
            "stay_seconds": _("How long what was closed had stayed"),
        },
    ),
    "ways": Figure(
        ways.way,
        {
            "requests": _("The way of a request through the branches"),
            "settled": _("Answered, with a branch"),
            "right_first_time": _("Right first time"),
            "moved": _("Handed over"),
            "came_back": _("There and back"),
            "consulted": _("A branch was consulted"),
            "one_adviser": _("One adviser"),
            "two_advisers": _("Two advisers"),
            "more_advisers": _("Three or more advisers"),
        },
    ),
    "pair": Figure(handovers.pair, {"": _("Hand-overs by pair of branches")}),
    "topic": Figure(handovers.topic, {"": _("Hand-overs by topic")}),
    "review": Figure(documents.review, {"": _("Documents, from received to checked")}),
    "hand-in": Figure(documents.hand_in, {"": _("Documents, from asked for to received")}),
    "suggestions": Figure(suggestions.decided, {"": _("Routing suggestions, followed or not")}),
    "continuity": Figure(
        contacts.same_person,
        {
            "overall": _("Same adviser, all requests"),
            "within_branch": _("Same adviser, within a branch"),
            "same_branch": _("Same branch"),
            "": _("Members with about as many requests"),
        },
    ),
    "compared": Figure(compared.cell, {"": _("One office and month of the comparison")}),
    "week": Figure(compared.week, {"": _("One week of the comparison")}),
}


@cache
def _page(figure: str) -> str:
    return reverse("reports:why_figure", args=[figure])


def address(figure: str, **values: str) -> str:
    """Where the list behind a figure stands; `values` as `asked.read` reads them."""
    kept = {name: value for name, value in values.items() if value}
    return f"{_page(figure)}?{urlencode(kept)}" if kept else _page(figure)
