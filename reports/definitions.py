"""What each published figure counts, in the words of the manager's pages."""

from django.utils.translation import gettext as _


def cohort() -> str:
    """Which requests every figure is about."""
    return _(
        "Every figure is about the requests that arrived in that month, in Brussels time, "
        "whenever they were answered."
    )


def received() -> str:
    return _(
        "All requests that arrived in the month. Withdrawn requests, duplicates and spam are in "
        "this number, but in no other figure."
    )


def answered() -> str:
    return _(
        "Requests with a first response: the first message by a person that the member can read, "
        "or a logged call or visit. An automatic receipt and an internal note do not count. A "
        "question to the member counts; how many were only a question stands beside it."
    )


def still_waiting() -> str:
    return _(
        "Requests without a first response at the data cut-off. They stay in every figure with "
        "the time they have waited so far."
    )


def median() -> str:
    return _(
        "Half of the requests had a first response within this time, counted in the opening "
        "hours of the office. Not shown under 10 requests."
    )


def ninetieth() -> str:
    return _(
        "9 out of 10 requests had a first response within this time, counted in the opening "
        "hours of the office. Not shown under 30 requests."
    )


def within_promise(promise: str) -> str:
    """`promise`: the promised time in words, as "16 h"."""
    return _(
        "The share of requests with a first response within %(promise)s of opening hours. Not "
        "shown under 10 requests."
    ) % {"promise": promise}


def not_counted() -> str:
    return _("Withdrawn requests, duplicates and spam: they were never waiting for an answer.")


def provisional() -> str:
    return _(
        "A month is provisional until 10 working days after its end; until then it is computed "
        "again every day."
    )


def of_all(promise: str) -> list[tuple[str, str]]:
    """Each figure with its definition, in the order of the tables."""
    return [
        (_("Received"), received()),
        (_("Answered"), answered()),
        (_("Still waiting"), still_waiting()),
        (_("Median"), median()),
        (_("9 out of 10"), ninetieth()),
        (_("Within the promise"), within_promise(promise)),
        (_("Not counted"), not_counted()),
    ]
