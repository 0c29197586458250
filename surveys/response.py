"""Who took part and who is missing: response rates by known facts, before any answer is shown.

Compared are those who took part and those who were asked and stayed silent, on what is known of
both from the frame of the draw. What they answered plays no part here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from surveys.enums import Contact
from surveys.models import Wave
from surveys.proportions import Share, newcombe, wilson

# Fewer who were asked than this are not compared.
FEWEST_ASKED = 10
# The two differ clearly from ten points on, when chance alone hardly explains it.
CLEARLY = 0.10
YEARS_NEW, YEARS_LONG = 2, 5


@dataclass(frozen=True)
class Compared:
    """One known fact: how large its part is among those who took part and those who did not."""

    fact: str
    value: str
    asked: int
    took_part: int
    rate: float
    among_answers: float
    among_silent: float
    difference: Share

    @property
    def is_clear(self) -> bool:
        """At least ten points, and a range (Newcombe) that leaves out 0."""
        excludes_nothing = self.difference.low > 0 or self.difference.high < 0
        return abs(self.difference.value) >= CLEARLY and excludes_nothing

    @property
    def is_missing(self) -> bool:
        return self.difference.value < 0


def compared(wave: Wave) -> list[Compared]:
    """Those who took part beside the silent ones, fact by fact; one query.

    Accounts that were closed before an answer came count for neither. Empty when nobody or
    everybody took part: there is nothing to compare.
    """
    rows = wave.invitations.exclude(is_withdrawn=True, is_spent=False).values_list(
        "is_spent", "row__language", "stratum__contact", "stratum__office__name",
        "row__member_since",
    )  # fmt: skip
    counts: dict[str, dict[str, Counter[bool]]] = {}
    everybody: Counter[bool] = Counter()
    for took_part, language, contact, office, since in rows.order_by("id"):
        everybody[took_part] += 1
        for fact, value in _facts(language, contact, office, since, on=wave.month):
            counts.setdefault(fact, {}).setdefault(value, Counter())[took_part] += 1
    if not (everybody[True] and everybody[False]):
        return []
    return [
        _one(fact, value, number, everybody)
        for fact, values in counts.items()
        for value, number in sorted(values.items())
        if len(values) > 1 and number.total() >= FEWEST_ASKED
    ]


def _facts(
    language: str, contact: str, office: str | None, since: date | None, *, on: date
) -> Iterator[tuple[str, str]]:
    yield _("Language"), get_language_info(language)["name_translated"]
    yield _("Contact in the month before"), str(Contact(contact).label)
    yield _("Office"), office or "–"
    if since is not None:
        yield _("Member since"), _how_long(years_since(since, on=on))


def years_since(since: date, *, on: date) -> int:
    """Whole years, counted in months."""
    return on.year - since.year - (on.month < since.month)


def _how_long(years: int) -> str:
    if years < YEARS_NEW:
        return _("less than 2 years")
    return _("2 to 4 years") if years < YEARS_LONG else _("5 years or more")


def _one(
    fact: str, value: str, number: Mapping[bool, int], everybody: Mapping[bool, int]
) -> Compared:
    answers = wilson(number[True], everybody[True])
    silent = wilson(number[False], everybody[False])
    asked = number[True] + number[False]
    difference = newcombe(answers, silent)
    rate = number[True] / asked
    return Compared(fact, value, asked, number[True], rate, answers.value, silent.value, difference)
