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


def of_resolution() -> list[tuple[str, str]]:
    """What is said of the time until a request is closed."""
    return [
        (
            _("From arrival to the last closing"),
            _(
                "A question to the member stops the office clock until the reply, and never the "
                "clock of the first answer. The time between a closing and a reopening is nobody’s."
            ),
        )
    ]


def of_work() -> list[tuple[str, str]]:
    """How work went: what is open, changes hands, waits for documents, and meets whom again."""
    return [
        (
            _("Open"),
            _(
                "From its arrival, or its reopening, until it is closed. Withdrawn requests, "
                "duplicates and spam are in these counts: they are work too."
            ),
        ),
        (
            _("Handed over"),
            _(
                "A transfer to another branch, or sending back. The first routing is none, and "
                "asking another branch for its view is none. There and back: it came to a branch "
                "that had had it before."
            ),
        ),
        (
            _("Right first time"),
            _("Of the answered requests that had a branch, those that were never handed over."),
        ),
        (
            _("Half waited less than"),
            _(
                "Office hours from a hand-over until somebody next acts on the request. Those on "
                "which nobody has acted yet count. Not shown under 10 hand-overs."
            ),
        ),
        (
            _("How long documents wait"),
            _(
                "Received to checked: office hours in which it was the office's turn, until the "
                "document was checked or refused. Asked for to received: time on the calendar. "
                "What is not done yet counts as waiting."
            ),
        ),
        *_of_continuity(),
    ]


def _of_continuity() -> list[tuple[str, str]]:
    return [
        (
            _("With the usual person"),
            _(
                "The share of a member's answered requests that went to the adviser who had most "
                "of them (UPC), on average over members."
            ),
        ),
        (
            _("Two contacts, same person"),
            _(
                "The chance that two of a member's requests, drawn at random, were handled by the "
                "same adviser (COC of Bice and Boxerman). By chance: what it would be if each "
                "request went to anybody of the office."
            ),
        ),
        (
            _("Next contact, same person"),
            _(
                "How often a member's next request went to the same adviser as the one before it "
                "(SECON)."
            ),
        ),
    ]


def of_comparison() -> list[tuple[str, str]]:
    """How the pilot offices are compared with the others."""
    return [
        (
            _("Difference"),
            _(
                "The change in the pilot offices (mean of the months after, less mean of the "
                "months before) less the same change in the comparison offices."
            ),
        ),
        (
            _("Groups of offices"),
            _(
                "The same arithmetic for every other group of as many offices. The rarer a "
                "difference as large, the harder it is to explain by chance."
            ),
        ),
        (
            _("Plausible range"),
            _("All differences that this comparison of groups would not call unusual."),
        ),
    ]
