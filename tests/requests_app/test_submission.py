"""The form for a new request: once, whole, and never a server error."""

from threading import Barrier, Thread
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from branches.models import Office
from people.models import Member
from requests_app.expectation_models import Expectation
from requests_app.models import Document, Draft, MailKind, MemberRequest, Outbox
from tests.factories import NOW, MemberFactory, OfficeFactory, PilotFactory, branch
from tests.requests_app.composing import NEW, a_pdf, errors_of, new_request, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    member = MemberFactory(user__email="aline@example.org")
    PilotFactory(offices=[member.office])
    return member


@pytest.fixture
def browser(member: Member) -> Client:
    return signed_in(member)


def test_a_request_is_stored_with_its_topic_branch_and_receipt(browser: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        answer = browser.post(NEW, new_request())
    stored = MemberRequest.objects.get()
    assert answer["Location"] == reverse("requests_app:my_request", args=[stored.reference])
    assert (stored.branch, stored.topic.code) == (branch("first_line"), "account_access")
    assert stored.messages.get().body.startswith("Depuis hier")
    assert Outbox.objects.get().kind == MailKind.RECEIPT
    assert not Draft.objects.exists()


def test_the_receipt_stands_on_the_page_once(browser: Client) -> None:
    page = browser.post(NEW, new_request(), follow=True).content.decode()
    reference = MemberRequest.objects.get().reference
    assert f"Its reference is {reference}." in page
    assert "A receipt goes to aline@example.org." in page
    again = browser.get(reverse("requests_app:my_request", args=[reference])).content.decode()
    assert "A receipt goes to" not in again


def test_the_topic_is_optional_and_counts_only_within_the_chosen_branch(browser: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        browser.post(NEW, new_request(about="support"))
    stored = MemberRequest.objects.get()
    assert (stored.branch, stored.topic) == (branch("support"), None)


def test_who_does_not_know_leaves_the_branch_open(browser: Client) -> None:
    browser.post(NEW, new_request(about="dont_know"))
    assert MemberRequest.objects.get().branch is None


def test_a_double_click_makes_one_request(browser: Client) -> None:
    fields = new_request()
    answers = {browser.post(NEW, fields)["Location"] for _press in range(2)}
    assert len(answers) == 1
    assert MemberRequest.objects.count() == 1
    assert not Draft.objects.exists()


def test_a_retry_brings_its_files_only_once(browser: Client) -> None:
    fields = new_request()
    for _press in range(2):
        browser.post(NEW, fields | {"documents": [a_pdf()]})
    assert Document.objects.count() == 1


def test_a_sent_page_that_is_sent_again_with_other_words_is_another_request(
    browser: Client,
) -> None:
    fields = new_request()
    other = fields | {"subject": "Encore une question"}
    for sent in (fields, other, other):
        browser.post(NEW, sent)
    assert set(MemberRequest.objects.values_list("subject", flat=True)) == {
        "Je ne peux plus me connecter",
        "Encore une question",
    }
    assert MemberRequest.objects.count() == 2


def test_the_key_of_somebody_else_is_refused(browser: Client, member: Member) -> None:
    fields = new_request()
    browser.post(NEW, fields)
    page = signed_in(MemberFactory(office=member.office)).post(NEW, fields)
    assert errors_of(page) == {"__all__": ["This form was used already: open a new one."]}
    assert MemberRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_presses_at_the_same_moment_make_one_request(settings: object) -> None:
    member = MemberFactory()
    fields, answers, start = new_request(), [], Barrier(2)
    browsers = [signed_in(member), signed_in(member)]

    def press(browser: Client) -> None:
        start.wait()
        answers.append(browser.post(NEW, fields | {"documents": [a_pdf()]})["Location"])
        connection.close()

    hands = [Thread(target=press, args=[browser]) for browser in browsers]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert len(answers) == 2
    assert len(set(answers)) == 1
    assert MemberRequest.objects.count() == Document.objects.count() == 1


WRONG = {
    "nothing chosen": ({"about": ""}, "about", "Choose what it is about"),
    "no such branch": ({"about": "other"}, "about", "Select a valid choice"),
    "foreign topic": ({"topic_first_line": "x"}, "topic_first_line", "Select a valid choice"),
    "no subject": ({"subject": ""}, "subject", "Say in one sentence"),
    "long subject": ({"subject": "x" * 151}, "subject", "151 characters; at most 150"),
    "no text": ({"body": ""}, "body", "Tell us what happened"),
    "null byte": ({"body": "a\x00b"}, "body", "cannot be stored"),
    "null byte in one line": ({"subject": "a\x00b"}, "subject", "cannot be stored"),
    "invisible": ({"body": "\u200b\u3164\ufeff\U000e0041"}, "body", "Tell us what happened"),
    "a megabyte": ({"body": "é" * 600_000}, "body", "600000 characters; at most 20000"),
}


@pytest.mark.parametrize(("changes", "field", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_field_says_why_and_keeps_what_was_typed(
    browser: Client, changes: dict[str, str], field: str, said: str
) -> None:
    fields = new_request(**changes)
    page = browser.post(NEW, fields)
    found = errors_of(page)
    assert set(found) == {field}
    assert said in found[field][0]
    form = page.context["form"]
    assert {name: form[name].value() for name in ("subject", "body", "about")} == {
        name: fields[name] for name in ("subject", "body", "about")
    }
    assert not MemberRequest.objects.exists()


@pytest.mark.parametrize("raw", [b"%ED%A0%80", b"%ff%fe", b"%F0%9F"])
def test_bytes_that_are_no_text_are_never_a_server_error(browser: Client, raw: bytes) -> None:
    body = b"about=first_line&subject=x&body=" + raw
    answer = browser.post(NEW, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {302, 422}


@pytest.mark.parametrize(
    "fields",
    [{}, {"key": "no key"}, {"key": ["a", "b"]}, {f"f{n}": "x" for n in range(100)}],
    ids=["empty", "bad key", "two keys", "many fields"],
)
def test_a_strange_form_is_told_what_is_missing(browser: Client, fields: dict[str, str]) -> None:
    assert "about" in errors_of(browser.post(NEW, fields))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"body=" + b"x" * (6 * 1024 * 1024), "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=1" % n for n in range(300)), "application/x-www-form-urlencoded"),
        (b"not a form", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
    ],
    ids=["too large", "too many fields", "broken", "no boundary"],
)
def test_what_cannot_be_read_at_all_stores_nothing(browser: Client, body: bytes, kind: str) -> None:
    page = browser.post(NEW, body, content_type=kind)
    assert page.status_code in {400, 422}
    assert not MemberRequest.objects.exists()


def test_a_text_that_is_far_too_large_answers_a_plain_page_in_the_own_language(
    member: Member,
) -> None:
    signed_in(member)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member.user)
    strict.get(NEW)
    page = strict.post(NEW, new_request(body="x" * 6 * 1024 * 1024))
    assert page.status_code == 400
    assert b'<html lang="en">' in page.content
    assert b"Nothing was stored" in page.content


def test_too_many_files_answer_a_plain_page(browser: Client) -> None:
    files = [a_pdf(f"{n}.pdf") for n in range(21)]
    page = browser.post(NEW, new_request(documents=files))
    assert page.status_code == 400
    assert b"Nothing was stored" in page.content
    assert not Draft.objects.exists()
    assert not Document.objects.exists()


def test_a_national_register_number_is_not_stored(browser: Client) -> None:
    browser.post(NEW, new_request(subject="85.07.30-033.28", body="Mon numéro: 85073003328."))
    stored = MemberRequest.objects.get()
    assert stored.subject == "[…]"
    assert stored.messages.get().body == "Mon numéro: […]."


def test_hostile_text_is_shown_as_text(browser: Client) -> None:
    hostile = "<script>alert(1)</script>{{ 7|add:7 }}\"'<img src=x onerror=alert(1)>"
    page = browser.post(
        NEW,
        new_request(subject=hostile, body=hostile, documents=[a_pdf('"><script>.pdf')]),
        follow=True,
    ).content.decode()
    listed = browser.get("/requests/").content.decode()
    for text in (page, listed):
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<script>.pdf" not in text


def _expects(office: Office, code: str | None, median: int | None) -> None:
    with time_machine.travel(NOW, tick=False):
        month = (localdate().replace(day=1)).replace(month=localdate().month - 1)
    Expectation.objects.create(
        office=office, branch=branch(code) if code else None, month=month,
        median=median, ninetieth=11 * 3600, requests=42,
    )  # fmt: skip


def test_each_branch_shows_how_long_others_waited_last_month(
    browser: Client, member: Member
) -> None:
    _expects(member.office, "first_line", 5 * 3600)
    _expects(member.office, "support", None)
    with time_machine.travel(NOW, tick=False):
        page = browser.get(NEW).content.decode()
    assert "within 5 h last month" in page
    assert "9 out of 10 within 11 h" in page
    assert "42 requests" not in page
    assert page.count('class="promise') == 1


def test_an_office_by_team_shows_one_expectation_for_all() -> None:
    elsewhere = MemberFactory(office=OfficeFactory(code="GENT", reference_prefix="GE"))
    _expects(elsewhere.office, None, 8 * 3600)
    with time_machine.travel(NOW, tick=False):
        page = signed_in(elsewhere).get(NEW).content.decode()
    assert page.count('class="promise"') == 1


def test_every_topic_is_reachable_without_a_script(browser: Client) -> None:
    page = browser.get(NEW).content.decode()
    assert page.count('<select name="topic_') == 4
    assert page.count("<option") >= 53


def test_a_member_without_a_member_number_finds_no_form(client: Client) -> None:
    member = MemberFactory()
    user = member.user
    member.delete()
    client.force_login(user)
    assert client.get(NEW).status_code == client.post(NEW, {"key": uuid4()}).status_code == 404


def test_the_page_announces_a_receipt_only_where_one_is_sent(
    browser: Client, member: Member
) -> None:
    pages = [browser.post(NEW, new_request(), follow=True).content.decode() for _each in range(4)]
    assert ["Its reference is" in page for page in pages] == [True] * 4
    assert [f"A receipt goes to {member.user.email}" in page for page in pages] == [True] * 3 + [
        False
    ]
