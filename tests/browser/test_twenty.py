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
print(json.dumps(list(found.values_list("branch__code", "status", "closing_reason", "adviser"))))
"""


@dataclass(frozen=True)
class Sent:
    subject: str
    reference: str
    branch: str

    @property
    def digit(self) -> str:
        return str(BRANCHES.index(self.branch) + 1)


class Fingers:
    """Presses keys, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed: Counter[str] = Counter()

    def __call__(self, subject: str, *keys: str) -> None:
        for key in keys:
            self.page.wait_for_load_state()
            self.page.keyboard.press(key)
            self.pressed[subject] += 1


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


def test_twenty_mixed_requests_are_triaged_by_keyboard_alone(
    product: Product, visitor: Callable[..., Visitor], twenty: list[Sent]
) -> None:
    adviser = visitor("en", viewport={"width": 1440, "height": 900})
    adviser.enter("adviser_first_line")
    page, press = adviser.page, Fingers(adviser.page)
    go(page, "t", "triage")
    walk_to(page, twenty[0].subject)
    *routed, spam, taken = twenty
    # One key after reading, and the next one is open.
    for sent, following in zip(routed, twenty[1:], strict=False):
        press(sent.subject, sent.digit)
        is_open(page, following.subject)
    # Closed: the key, the letter of the reason, and yes.
    press(spam.subject, "e", letter_of(page, "spam"), "Enter")
    is_open(page, taken.subject)
    press(taken.subject, "a")
    adviser.shows("You have this request now.")
    assert {press.pressed[sent.subject] for sent in routed} == {1}
    references = [sent.reference for sent in twenty]
    now = json.loads(product.run_inside(STANDING.format(references=references)))
    assert [row[0] for row in now[: len(routed)]] == [sent.branch for sent in routed]
    assert now[-2][1:3] == ["closed", "spam"]
    assert now[-1][3] is not None


def letter_of(page: Page, reason: str) -> str:
    """The letter that the open menu offers for this reason."""
    option = page.locator(f"details.act select option[value={reason}]").first
    expect(option).to_have_count(1)
    place = option.evaluate(
        "one => [...one.parentElement.options].filter(o => o.value).indexOf(one)"
    )
    return "abcdefgh"[place]
