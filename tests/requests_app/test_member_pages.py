"""The list and the conversation, as the member reads them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from people.models import Member, User
from requests_app import handover, transitions
from requests_app.enums import AfterAnswer, ClosingReason, Status, TransferReason
from requests_app.models import Document, Draft, MemberRequest
from tests.factories import NOW, MemberFactory, a_request, an_adviser, branch
from tests.requests_app.composing import a_pdf, errors_of, signed_in

pytestmark = pytest.mark.django_db

LIST = "/requests/"


@pytest.fixture
def member() -> Member:
    return MemberFactory()


@pytest.fixture
def browser(member: Member) -> Client:
    return signed_in(member)


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line", name="Thomas Delvaux")


def _page(member_request: MemberRequest) -> str:
    return reverse("requests_app:my_request", args=[member_request.reference])


def _write(member_request: MemberRequest) -> str:
    return reverse("requests_app:write", args=[member_request.reference])


def _on(member_request: MemberRequest, by: User) -> dict[str, Any]:
    return {
        "member_request": member_request,
        "by": by,
        "at": NOW,
        "version": member_request.version,
    }


def _standing(browser: Client) -> str:
    return str(browser.get(LIST).context["rows"][0][1].words)


def test_an_empty_list_leads_to_the_form(browser: Client) -> None:
    page = browser.get(LIST).content.decode()
    assert "You have not asked anything yet." in page
    assert 'href="/requests/new/"' in page


def test_a_request_is_said_to_be_worked_on_until_it_is_answered(
    browser: Client, member: Member, adviser: User
) -> None:
    member_request = a_request(member=member)
    assert _standing(browser) == "We are working on it"
    transitions.answer(**_on(member_request, adviser), body="Voici.", key=uuid4())
    assert _standing(browser) == "Answered"


def test_a_question_waits_for_the_member(browser: Client, member: Member, adviser: User) -> None:
    member_request = a_request(member=member)
    then = AfterAnswer.WAIT
    transitions.answer(**_on(member_request, adviser), body="Quand ?", key=uuid4(), then=then)
    assert _standing(browser) == "We wait for you"


def test_a_closed_request_is_closed(browser: Client, member: Member, adviser: User) -> None:
    a_request(member=member, answered_by=adviser, closed_by=adviser)
    assert _standing(browser) == "Closed"


@pytest.mark.parametrize("many", [2, 20])
def test_the_list_costs_the_same_for_two_requests_and_for_twenty(
    browser: Client, member: Member, many: int, django_assert_num_queries: Any
) -> None:
    for _number in range(many):
        a_request(member=member)
    with django_assert_num_queries(6):
        browser.get(LIST)


def test_old_requests_stand_on_a_second_page(browser: Client, member: Member) -> None:
    for _number in range(26):
        a_request(member=member)
    assert len(browser.get(LIST).context["rows"]) == 25
    assert len(browser.get(LIST + "?page=2").context["rows"]) == 1
    assert browser.get(LIST + "?page=x").status_code == 200


@pytest.mark.parametrize("many", [1, 10])
def test_a_conversation_costs_the_same_however_long_it_is(
    browser: Client, member: Member, adviser: User, many: int, django_assert_num_queries: Any
) -> None:
    member_request = a_request(member=member)
    for _number in range(many):
        transitions.answer(**_on(member_request, adviser), body="Voici.", key=uuid4())
    with django_assert_num_queries(9):
        browser.get(_page(member_request))


def test_the_page_says_where_it_is_and_who_answers(
    browser: Client, member: Member, adviser: User
) -> None:
    member_request = a_request(member=member, taken_by=adviser)
    page = browser.get(_page(member_request)).content.decode()
    for said in (member_request.reference, "Thomas Delvaux", "First-line contact", "Liège"):
        assert said in page


def test_a_member_never_reads_a_note(browser: Client, member: Member, adviser: User) -> None:
    member_request = a_request(member=member, taken_by=adviser)
    transitions.note(**_on(member_request, adviser), body="Entre nous", key=uuid4())
    handover.transfer(
        **_on(member_request, adviser),
        branch=branch("support"),
        reason=TransferReason.OTHER_EXPERTISE,
        line="Pas pour le membre",
    )
    page = browser.get(_page(member_request)).content.decode()
    assert "Entre nous" not in page
    assert "Pas pour le membre" not in page
    assert "expertise" not in page
    assert "Passed on to “Economic and social support”." in page


def test_the_member_writes_and_it_is_our_turn_again(
    browser: Client, member: Member, adviser: User
) -> None:
    member_request = a_request(member=member, answered_by=adviser)
    page = browser.post(_write(member_request), {"body": "Merci, et ensuite ?"}, follow=True)
    assert "Merci, et ensuite ?" in page.content.decode()
    member_request.refresh_from_db()
    assert member_request.waiting_since is not None


def test_the_same_message_twice_is_one_message(browser: Client, member: Member) -> None:
    member_request = a_request(member=member)
    for _press in range(2):
        browser.post(
            _write(member_request), {"key": str(KEY), "body": "Encore", "documents": [a_pdf()]}
        )
    assert member_request.messages.filter(body="Encore").count() == 1
    assert Document.objects.count() == 1
    assert not Draft.objects.exists()


KEY = uuid4()


def test_an_empty_message_says_so_and_keeps_its_documents(browser: Client, member: Member) -> None:
    member_request = a_request(member=member)
    page = browser.post(_write(member_request), {"body": " ", "documents": [a_pdf()]})
    assert errors_of(page) == {"body": ["Write your message first."]}
    assert "devis.pdf" in page.content.decode()
    assert member_request.messages.count() == 1


def _closed(member: Member, adviser: User) -> MemberRequest:
    return a_request(member=member, answered_by=adviser, closed_by=adviser)


def test_writing_within_fourteen_days_opens_it_again(
    browser: Client, member: Member, adviser: User
) -> None:
    member_request = _closed(member, adviser)
    with time_machine.travel(NOW + timedelta(days=14), tick=False):
        page = browser.get(_page(member_request)).content.decode()
        browser.post(_write(member_request), {"body": "Encore"})
    assert "What you write opens it again." in page
    member_request.refresh_from_db()
    assert member_request.status == Status.OPEN


def test_writing_later_starts_a_linked_request_with_its_documents(
    browser: Client, member: Member, adviser: User
) -> None:
    member_request = _closed(member, adviser)
    with time_machine.travel(NOW + timedelta(days=14, seconds=1), tick=False):
        before = browser.get(_page(member_request)).content.decode()
        fields = {"key": str(KEY), "body": "Encore"}
        answers = {
            browser.post(_write(member_request), fields | {"documents": [a_pdf()]})["Location"]
            for _press in (1, 2)
        }
        after = browser.get(answers.pop()).content.decode()
        older = browser.get(_page(member_request)).content.decode()
    assert "starts a new request" in before
    assert not answers
    follower = MemberRequest.objects.get(follows=member_request)
    assert follower.documents.get().name == "devis.pdf"
    assert member_request.reference in after
    assert f"Its reference is {follower.reference}." in after
    assert follower.reference in older


def test_the_draft_of_another_request_is_not_sent_along(
    browser: Client, member: Member, adviser: User
) -> None:
    member_request = _closed(member, adviser)
    browser.post("/requests/new/draft/", {"body": "Tout autre chose", "documents": [a_pdf()]})
    with time_machine.travel(NOW + timedelta(days=20), tick=False):
        browser.post(_write(member_request), {"body": "Encore"})
    assert not MemberRequest.objects.get(follows=member_request).documents.exists()
    assert Draft.objects.get().documents.count() == 1


@pytest.mark.parametrize("reason", ClosingReason.values)
def test_why_it_was_closed_is_said_in_plain_words(
    browser: Client, member: Member, adviser: User, reason: str
) -> None:
    member_request = a_request(member=member, answered_by=adviser)
    transitions.close(**_on(member_request, adviser), reason=ClosingReason(reason))
    page = browser.get(_page(member_request)).content.decode()
    assert "Closed" in page
    assert "spam" not in page.lower()


def test_others_cannot_write_in_it(member: Member) -> None:
    member_request = a_request(member=member)
    assert signed_in(MemberFactory()).post(_write(member_request), {"body": "x"}).status_code == 404
    assert member_request.messages.count() == 1


def test_a_message_opened_by_its_address_leads_to_the_page(browser: Client, member: Member) -> None:
    member_request = a_request(member=member)
    assert browser.get(_write(member_request))["Location"] == _page(member_request)
