"""Names, offices and opening hours of the demo. Invented people; any likeness is chance."""

import json
from dataclasses import dataclass
from datetime import time
from pathlib import Path

_NAMES: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parent / "data" / "names.json").read_text("utf-8")
)
FIRST_NAMES = _NAMES["first"]
FAMILY_NAMES = _NAMES["family"]


@dataclass(frozen=True)
class Hours:
    """Periods of an opening day, and the weekdays (0 = Monday) on which they hold.

    For an office that changed its hours, `until` and `since` count days before the pilot began:
    hours with `until` ended the day before that day, hours with `since` began on it.
    """

    weekdays: tuple[int, ...]
    periods: tuple[tuple[time, time], ...]
    until: int | None = None
    since: int | None = None


@dataclass(frozen=True)
class OfficePlan:
    """One office of the demo. `share` is its part of all members and requests.

    `advisers` are counted by branch code where the pilot runs, by "team" elsewhere. `pace` is the
    median number of office hours to a first answer before anything changed.
    """

    code: str
    name: str
    prefix: str
    share: float
    pace: float
    languages: dict[str, float]
    advisers: dict[str, int]
    teams: tuple[str, ...]
    hours: tuple[Hours, ...]

    @property
    def is_pilot(self) -> bool:
        return "team" not in self.advisers

    @property
    def language(self) -> str:
        """The language in which its advisers work."""
        return max(self.languages, key=lambda code: self.languages[code])


_WEEK = (0, 1, 2, 3, 4)


def _day(*periods: str) -> tuple[tuple[time, time], ...]:
    """`_day("09:00-12:30", "13:00-17:30")` as pairs of times."""
    pairs = (period.split("-") for period in periods)
    return tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in pairs)


OFFICES: tuple[OfficePlan, ...] = (
    OfficePlan(
        "LIEGE", "Liège", "LG", 0.24, 6.6,
        {"fr": 0.87, "nl": 0.02, "de": 0.05, "en": 0.06},
        {"safeguarding": 3, "first_line": 3, "support": 3, "coop": 2},
        ("Meuse", "Ourthe"),
        (Hours(_WEEK, _day("09:00-12:30", "13:00-17:30")),),
    ),
    OfficePlan(
        "CHARLEROI", "Charleroi", "CH", 0.2, 6.2,
        {"fr": 0.92, "nl": 0.02, "de": 0.01, "en": 0.05},
        {"safeguarding": 3, "first_line": 3, "support": 2, "coop": 2},
        ("Sambre", "Terril"),
        (Hours(_WEEK, _day("09:00-17:00")),),
    ),
    OfficePlan(
        "MONS", "Mons", "MO", 0.12, 5.2,
        {"fr": 0.94, "nl": 0.02, "de": 0.01, "en": 0.03},
        {"team": 4}, ("Haine",),
        (Hours(_WEEK, _day("09:00-12:30", "13:30-18:00")),),
    ),
    OfficePlan(
        "NAMUR", "Namur", "NA", 0.12, 5.0,
        {"fr": 0.93, "nl": 0.02, "de": 0.01, "en": 0.04},
        {"team": 5}, ("Citadelle",),
        (
            # Closed on Wednesday afternoon.
            Hours((0, 1, 3, 4), _day("08:30-17:00")),
            Hours((2,), _day("08:30-12:30")),
        ),
    ),
    OfficePlan(
        "EUPEN", "Eupen", "EU", 0.07, 4.2,
        {"de": 0.82, "fr": 0.14, "nl": 0.02, "en": 0.02},
        {"team": 3}, ("Ostbelgien",),
        (Hours(_WEEK, _day("08:30-12:00", "13:00-17:00")),),
    ),
    OfficePlan(
        "LLN", "Louvain-la-Neuve", "LN", 0.11, 5.6,
        {"fr": 0.8, "en": 0.14, "nl": 0.05, "de": 0.01},
        {"team": 4}, ("Biéreau",),
        (Hours(_WEEK, _day("09:30-17:30")),),
    ),
    OfficePlan(
        "GENT", "Gent", "GE", 0.14, 5.4,
        {"nl": 0.86, "fr": 0.05, "en": 0.09},
        {"team": 6}, ("Leie", "Schelde"),
        (
            Hours(_WEEK, _day("09:00-17:00"), until=49),
            Hours((0, 1, 2, 3), _day("09:00-17:30"), since=49),
            Hours((4,), _day("09:00-15:30"), since=49),
        ),
    ),
)  # fmt: skip

# Who is offered on the start page; every other name is drawn.
OFFERED_NAMES = {
    "member": "Camille Henrotte",
    "member_de": "Jürgen Radermacher",
    "adviser_safeguarding": "Benoît Delvaux",
    "adviser_first_line": "Aïcha Benali",
    "adviser_support": "Anne-Françoise Vanderstraeten",
    "adviser_coop": "Loïc Piérard",
    "adviser_team": "Griet Van den Broeck",
    "manager": "Geneviève Wathelet",
    "administrator": "Étienne Noël",
}

# How often each topic is chosen, within its branch; a topic that is not named weighs 1.
BRANCH_SHARES = {"first_line": 0.45, "safeguarding": 0.27, "support": 0.16, "coop": 0.12}
TOPIC_WEIGHTS = {
    "pay_date": 5.0, "document_copy": 4.5, "invoice_status": 4.0, "order_howto": 3.5,
    "account_access": 3.0, "request_followup": 2.0, "expense_howto": 2.5, "appointment": 2.0,
    "how_smart_works": 1.6, "contract_before_start": 4.0, "late_declaration": 3.5,
    "expense_rules": 3.5, "vat_rate": 3.0, "contract_type": 2.0, "wage_and_hours": 2.0,
    "insurance_accident": 0.6, "tender_documents": 0.5, "unemployment": 4.0, "pricing": 2.5,
    "arts_attestation": 3.0, "cash_difficulty": 1.8, "illness": 1.5, "funding": 1.4,
    "conflict_harassment": 0.3, "residence": 0.4, "share": 3.0, "workspace": 2.5,
    "local_meeting": 2.0, "member_network": 1.5, "board": 0.4, "advocacy": 0.4,
}  # fmt: skip
