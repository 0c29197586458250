"""Twenty mixed requests, triaged by keyboard alone."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from secrets import token_hex

import pytest
from playwright.sync_api import Page, expect

from requests_app.learning import MESSAGES_FILE
from tests.browser.stack import Product
from tests.browser.test_keyboard import go, is_open, walk_to
from tests.browser.visits import Visitor

pytestmark = pytest.mark.browser

BRANCHES = ("safeguarding", "first_line", "support", "coop")
# Sent in the product itself, one a second, by members of Liège of every language.
SEND = """
import json
from datetime import timedelta
from uuid import uuid4
from django.utils import timezone
from people.models import Member
from requests_app.submission import submit
messages = json.loads({messages!r})
members = list(Member.objects.filter(office__code="LIEGE").order_by("pk")[: len(messages)])
began = timezone.now() - timedelta(seconds=len(messages))
for place, (member, (subject, body)) in enumerate(zip(members, messages)):
    at = began + timedelta(seconds=place)
    print(submit(member=member, by=member.user, at=at, key=uuid4(), subject=subject, body=body))
"""
STANDING = """
import json
from requests_app.models import MemberRequest
found = MemberRequest.objects.filter(reference__in={references!r}).order_by("submitted_at")
print(json.dumps([
    {{
        "branch": one.branch and one.branch.code,
        "status": one.status,
        "reason": one.closing_reason,
        "taken": one.adviser_id is not None,
        "steps": list(one.events.order_by("position").values_list("action", flat=True)),
    }}
    for one in found.select_related("branch")
]))
"""
OWN = "2"


@dataclass(frozen=True)
class Sent:
    subject: str
    reference: str
    branch: str

    @property
    def digit(self) -> str:
        return str(BRANCHES.index(self.branch) + 1)


class Fingers:
    """Presses keys, and counts how many each decision took. Words are typed, not counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed: Counter[tuple[str, str]] = Counter()

    def __call__(self, decision: str, sent: Sent, *keys: str) -> None:
        is_open(self.page, sent.subject)
        self.more(decision, sent, *keys)

    def more(self, decision: str, sent: Sent, *keys: str) -> None:
        for key in keys:
            self.page.wait_for_load_state()
            self.page.keyboard.press(key)
            self.pressed[decision, sent.subject] += 1

    def most(self) -> dict[str, int]:
        """For each kind of decision, how many keys the longest one took after reading."""
        found: dict[str, int] = {}
        for (decision, _subject), number in self.pressed.items():
            found[decision] = max(number, found.get(decision, 0))
        return found


@pytest.fixture
def twenty(product: Product) -> list[Sent]:
    """Every other of the messages that people wrote, in four languages and for four branches."""
    rows = list(islice(json.loads(Path(MESSAGES_FILE).read_text("utf-8")), 0, 40, 2))
    token = token_hex(3)
    subjects = [f"{token} {place}: {row['text'][:50].strip()}" for place, row in enumerate(rows)]
    messages = json.dumps(
        [(subject, row["text"]) for subject, row in zip(subjects, rows, strict=True)]
    )
    references = product.run_inside(SEND.format(messages=messages)).split()
    branches = [row["branch"] for row in rows]
    return [Sent(*each) for each in zip(subjects, references, branches, strict=True)]


def triage(page: Page, press: Fingers, twenty: list[Sent]) -> list[str]:
    """What has no branch yet, each with a key or two. Gives the suggestions that were followed."""
    followed = []
    for sent in twenty[:6]:
        is_open(page, sent.subject)
        followed.append(str(page.locator("[data-key=s]").get_attribute("value")))
        press("follow", sent, "s")
    for sent in twenty[6:9]:
        press("route", sent, sent.digit)
    press("close", twenty[9], "e", "s")
    press("close", twenty[10], "e", "d")
    for sent in twenty[11:]:
        press("route", sent, OWN)
    return followed


def work(page: Page, press: Fingers, own: list[Sent]) -> None:
    """What nobody has in the own branch: handed on, taken, answered, asked about."""
    press("transfer", own[0], "1", "a")
    press("transfer", own[1], "4", "b")
    press("take", own[2], "a")
    press("answer", own[3], "r")
    page.keyboard.type("Bonjour, c'est en ordre.")
    press.more("answer", own[3], "Control+Alt+Enter")
    press("answer", own[4], "r")
    page.keyboard.type("Quelle est la date du contrat ?")
    press.more("answer", own[4], "Control+Shift+Enter")
    press("wait", own[5], "w")
    page.keyboard.type("Pour quel client ?")
    press.more("wait", own[5], "Control+Shift+Enter")
    press("note", own[6], "n")
    page.keyboard.type("Voir avec Ada.")
    press.more("note", own[6], "Control+Enter")
    expect(page.locator(".said.note")).to_be_visible()
    press("take", own[6], "a")
    press("consult", own[7], "v", "1")
    page.keyboard.type("Faut-il une facture ?")
    press.more("consult", own[7], "Control+Enter")
    expect(page.locator(".asked", has_text="Faut-il une facture ?")).to_be_visible()
    is_open(page, own[7].subject)
    page.keyboard.press("j")
    press("document", own[8], "d", "a", "Enter")


def test_twenty_mixed_requests_are_triaged_by_keyboard_alone(
    product: Product, visitor: Callable[..., Visitor], twenty: list[Sent]
) -> None:
    adviser = visitor("en", viewport={"width": 1440, "height": 900})
    adviser.enter("adviser_first_line")
    page, press = adviser.page, Fingers(adviser.page)
    go(page, "t", "triage")
    walk_to(page, twenty[0].subject)
    followed = triage(page, press, twenty)
    adviser.shows("The request has its branch.")
    go(page, "u", "unassigned")
    walk_to(page, twenty[11].subject)
    work(page, press, twenty[11:])
    adviser.shows("The member is asked for the document.")
    # A decision of triage takes two keys at most; what goes out to a member takes a yes.
    most = press.most()
    assert {most[kind] for kind in ("follow", "route", "take")} == {1}
    assert {most[kind] for kind in ("close", "transfer", "wait", "answer")} == {2}
    assert {most[kind] for kind in ("consult", "document")} == {3}
    references = [sent.reference for sent in twenty]
    now = json.loads(product.run_inside(STANDING.format(references=references)))
    assert [row["branch"] for row in now[:9]] == followed + [sent.branch for sent in twenty[6:9]]
    assert [row["reason"] for row in now[9:11]] == ["spam", "duplicate"]
    assert [row["branch"] for row in now[11:13]] == ["safeguarding", "coop"]
    assert [(row["status"], row["taken"], row["steps"][2:]) for row in now[11:]] == [
        ("new", False, ["transfer"]),
        ("new", False, ["transfer"]),
        ("open", True, ["take"]),
        ("closed", True, ["answer", "close"]),
        ("waiting", True, ["answer", "wait"]),
        ("waiting", True, ["answer", "wait"]),
        ("open", True, ["note", "take"]),
        ("new", False, ["consult"]),
        ("waiting", True, ["answer", "wait"]),
    ]
