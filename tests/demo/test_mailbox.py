"""The mailbox keeps what would have been sent, and shows it."""

import pytest
from django.core.mail import EmailMessage, get_connection, send_mail
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from demo.models import DemoMail
from people.models import Member
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db

BACKEND = "demo.mailbox.MailboxBackend"


@pytest.fixture(autouse=True)
def _into_the_mailbox(settings: Settings) -> None:
    settings.EMAIL_BACKEND = BACKEND


def a_mail(subject: str = "Code 1234", to: str = "a@demo.example", body: str = "Hello") -> None:
    send_mail(subject, body, None, [to])


def test_a_mail_is_kept_for_each_recipient() -> None:
    message = EmailMessage("Code", "Hello", to=["a@demo.example"], cc=["b@demo.example"])
    assert message.send() == 1
    kept = DemoMail.objects.order_by("recipient").values_list("recipient", "subject", "body")
    assert list(kept) == [("a@demo.example", "Code", "Hello"), ("b@demo.example", "Code", "Hello")]


def test_nothing_is_kept_when_the_transaction_of_the_caller_fails() -> None:
    with transaction.atomic():
        a_mail()
        transaction.set_rollback(True)
    assert not DemoMail.objects.exists()


def test_one_bad_mail_of_a_batch_keeps_none() -> None:
    mails = [
        EmailMessage("Good", "", to=["a@demo.example"]),
        EmailMessage("Bad\nBcc: x", "", to=["b@x.example"]),
    ]
    with pytest.raises(ValueError, match="newlines"):
        get_connection(BACKEND).send_messages(mails)
    assert not DemoMail.objects.exists()


def test_the_page_shows_the_newest_first_with_links_to_follow(client: Client) -> None:
    a_mail("First")
    a_mail("Second", body="Read it: http://127.0.0.1:8000/requests/LG-4127/")
    page = client.get("/demo/mail/").content.decode()
    assert page.index("Second") < page.index("First")
    assert 'href="http://127.0.0.1:8000/requests/LG-4127/"' in page


def test_what_a_mail_says_is_shown_and_never_run(client: Client) -> None:
    a_mail("<b>x</b>", body="<script>alert(1)</script>")
    page = client.get("/demo/mail/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


def test_only_the_mail_of_one_recipient(client: Client) -> None:
    a_mail("Mine", to="me+tag@demo.example")
    a_mail("Theirs", to="other@demo.example")
    page = client.get("/demo/mail/", {"to": " ME+tag@demo.example"}).content.decode()
    assert "Mine" in page
    assert "Theirs" not in page


@pytest.mark.parametrize(
    "query",
    [{"to": "\x00"}, {"to": "x" * 300}, {"page": "soon"}, {"page": "-3"}, {"page": "9" * 30}],
)
def test_odd_questions_get_a_page_and_no_fault(client: Client, query: dict[str, str]) -> None:
    a_mail()
    assert client.get("/demo/mail/", query).status_code == 200


def test_pages_keep_the_recipient(client: Client) -> None:
    for number in range(25):
        a_mail(f"Mail {number}", to="me+tag@demo.example")
    page = client.get("/demo/mail/", {"to": "me+tag@demo.example"}).content.decode()
    assert "?to=me%2Btag%40demo.example&amp;page=2" in page


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_the_page_opens_in_the_four_languages(client: Client, language: str) -> None:
    response = client.get("/demo/mail/", headers={"accept-language": language})
    assert response.headers["Content-Language"] == language


def test_the_code_for_signing_in_lands_here(client: Client) -> None:
    member: Member = MemberFactory()
    client.post("/accounts/login/code/", {"email": member.user.email})
    assert DemoMail.objects.get().recipient == member.user.email
