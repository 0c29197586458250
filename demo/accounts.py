"""The people whom a visitor of the demo may become, and no others."""

from dataclasses import dataclass

from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from people.models import User

Text = str | Promise


@dataclass(frozen=True)
class Account:
    """One person of the demo. `key` is what the form posts, `email` finds the person."""

    key: str
    email: str
    who: Text
    what: Text
    branch_code: str = ""


_AT_THE_DESK = _(
    "See the queue of this branch, the oldest waiting first; answer, transfer, note and close."
)

ACCOUNTS: tuple[Account, ...] = (
    Account(
        "member",
        "membre@demo.example",
        _("Member in Liège, in French"),
        _("Read own requests and their answers, write again, send a new request."),
    ),
    Account(
        "member_de",
        "mitglied@demo.example",
        _("Member in Eupen, in German"),
        _("The same pages in another language; this office works by team."),
    ),
    *(
        Account(
            f"adviser_{code}", f"{name}@demo.example", _("Adviser in Liège"), _AT_THE_DESK, code
        )
        for code, name in (
            ("safeguarding", "securisation"),
            ("first_line", "premiere-ligne"),
            ("support", "accompagnement"),
            ("coop", "vie-cooperative"),
        )
    ),
    Account(
        "adviser_team",
        "team@demo.example",
        _("Adviser in Ghent, in Dutch"),
        _("A comparison office: everybody there answers every kind of request."),
    ),
    Account(
        "manager",
        "direction@demo.example",
        _("Manager"),
        _("Compare response times before and during the pilot; figures only, never a text."),
    ),
    Account(
        "administrator",
        "administration@demo.example",
        _("Administrator"),
        _("Change offices, opening hours, closures, branches, topics, people and the pilot."),
    ),
)


@dataclass(frozen=True)
class Card:
    """What the start page shows of one account."""

    account: Account
    person: User
    branch: Branch | None


def offered() -> list[Card]:
    """The accounts that the loaded demo holds; none before it is loaded."""
    people = {
        person.email: person
        for person in User.objects.filter(
            email__in=[account.email for account in ACCOUNTS], is_active=True
        )
    }
    branches = {branch.code: branch for branch in Branch.objects.all()}
    return [
        Card(account, people[account.email], branches.get(account.branch_code))
        for account in ACCOUNTS
        if account.email in people
    ]


def person_behind(key: str) -> User:
    """The person of an offered account. Raises Http404 for every other key."""
    for card in offered():
        if card.account.key == key:
            return card.person
    raise Http404
