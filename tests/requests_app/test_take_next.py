"""“Take the next” is fair: the oldest promise first, each request to one adviser."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from threading import Barrier
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from people.models import User
from requests_app import taking, transitions
from requests_app.models import MemberRequest
from tests.factories import (
    NOW,
    MemberFactory,
    OfficeFactory,
    PilotFactory,
    UserFactory,
    a_request,
    an_adviser,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line")


def _next(adviser: User) -> MemberRequest | None:
    return taking.take_next(by=adviser, at=NOW)


def _wrote_again(days: int, by: User) -> MemberRequest:
    """Answered long ago and released; the member has written again so many days ago."""
    member_request = a_request(at=NOW - 6 * DAY, taken_by=by, answered_by=by)
    transitions.release(
        member_request=member_request, by=by, at=NOW - 6 * DAY, version=member_request.version
    )
    return transitions.member_writes(
        member_request=member_request, by=member_request.member.user, at=NOW - days * DAY,
        body="Et encore ?", key=uuid4(),
    )  # fmt: skip


def test_the_unanswered_come_by_their_promise_and_then_who_wrote_again(adviser: User) -> None:
    again, long_again = _wrote_again(1, adviser), _wrote_again(4, adviser)
    young, old = a_request(at=NOW - HOUR), a_request(at=NOW - 2 * DAY)
    # Its promise was given later than the arrival tells: the promise decides.
    MemberRequest.objects.filter(pk=young.pk).update(promise_due_at=NOW - 5 * DAY)
    assert [_next(adviser) for _turn in range(5)] == [young, old, long_again, again, None]


def test_only_what_waits_for_nobody_in_ones_own_branch_is_given(adviser: User) -> None:
    a_request(taken_by=an_adviser("first_line"))
    a_request(topic_code="vat_rate")
    a_request(topic_code=None)
    elsewhere = OfficeFactory(code="MONS", name="Mons", reference_prefix="MO")
    a_request(member=MemberFactory(office=elsewhere))
    assert _next(adviser) is None
    mine = a_request()
    assert _next(adviser) == mine
    mine.refresh_from_db()
    assert mine.adviser == adviser


def test_where_an_office_works_by_team_the_whole_office_shares() -> None:
    PilotFactory(offices=[])
    colleague = an_adviser(None)
    member_request = a_request(pilot=False)
    assert member_request.branch is None
    assert _next(colleague) == member_request


def test_without_a_posting_there_is_no_next() -> None:
    a_request()
    assert _next(UserFactory(role="adviser")) is None


def _press(adviser: User) -> HttpResponse:
    client = Client()
    client.force_login(adviser)
    with time_machine.travel(NOW, tick=False):
        return client.post(reverse("requests_app:take_next"), follow=True)


def test_the_button_opens_the_request_or_says_that_there_is_none(adviser: User) -> None:
    member_request = a_request()
    opened = _press(adviser)
    assert opened.context["member_request"] == member_request
    empty = _press(adviser)
    assert empty.redirect_chain[-1][0] == reverse("requests_app:queue")
    assert len(empty.context["messages"]) == 1


def test_the_queue_has_the_button(adviser: User) -> None:
    client = Client()
    client.force_login(adviser)
    with time_machine.travel(NOW, tick=False):
        page = client.get(reverse("requests_app:queue")).content.decode()
    assert f'action="{reverse("requests_app:take_next")}"' in page


ADVISERS = 8


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_advisers_who_press_at_once_get_different_requests() -> None:
    advisers = [an_adviser("first_line") for _number in range(ADVISERS)]
    for _number in range(ADVISERS - 1):
        a_request()
    together = Barrier(ADVISERS)

    def press(adviser: User) -> int | None:
        together.wait(timeout=30)
        try:
            found = taking.take_next(by=adviser, at=NOW)
            return found.pk if found else None
        finally:
            connection.close()

    with ThreadPoolExecutor(ADVISERS) as pool:
        given = list(pool.map(press, advisers))
    assert set(given) == {None, *MemberRequest.objects.values_list("pk", flat=True)}
    held = MemberRequest.objects.values_list("adviser", flat=True)
    assert len(set(held)) == ADVISERS - 1


# --- nobody reads the performance of a colleague ------------------------------------------------

COLLEAGUE = "Zoé Vandenbroeck"
# So many requests of one colleague that no other count of the page is the same by chance.
ANSWERED, HELD = 17, 13
PAGES_AT_MOST = 80


def _crawl(client: Client, start: str) -> dict[str, str]:
    """Every page of the desk that links lead to, by address."""
    pages: dict[str, str] = {}
    to_see = [start]
    while to_see and len(pages) < PAGES_AT_MOST:
        address = to_see.pop(0)
        if address in pages:
            continue
        answer = client.get(address)
        if answer.streaming or answer.status_code != 200:
            continue
        pages[address] = unescape(answer.content.decode())
        links = (urljoin(address, link) for link in re.findall(r'href="([^"#]+)', pages[address]))
        to_see += [link for link in links if urlsplit(link).path.startswith("/desk/")]
    return pages


def test_no_page_of_the_desk_counts_what_a_colleague_did(adviser: User) -> None:
    """The one figure beside a colleague's name is that of a single member.

    “Usually helped by X (6 of 20 requests)” tells of the ties of that member, which the pilot
    wants to strengthen; it says nothing of how much or how fast X works, so it is allowed.
    """
    colleague = an_adviser("first_line", name=COLLEAGUE)
    for number in range(ANSWERED + HELD):
        answered = colleague if number < ANSWERED else None
        a_request(taken_by=colleague, answered_by=answered)
    a_request()
    client = Client()
    client.force_login(adviser)
    with time_machine.travel(NOW, tick=False), CaptureQueriesContext(connection) as queries:
        pages = _crawl(client, reverse("requests_app:queue"))
    assert len(pages) > ANSWERED + HELD
    counts = rf"{COLLEAGUE}\W{{0,80}}\b({ANSWERED}|{HELD}|{ANSWERED + HELD})\b"
    texts = {address: re.sub(r"<[^>]*>", " ", page) for address, page in pages.items()}
    assert any(COLLEAGUE in text for text in texts.values())
    assert not [address for address, text in texts.items() if re.search(counts, text)]
    by_adviser = [q["sql"] for q in queries if re.search(r"GROUP BY.*(adviser|actor)", q["sql"])]
    assert not [sql for sql in by_adviser if not re.search(r'"member_id" = \d', sql)]
