"""Bugs 2, 11 and 25: every form of the product, posted as its author never meant."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from branches.models import Office
from people.models import Member, Posting, User
from people.plain_text import clean_text
from requests_app.enums import Status
from requests_app.models import Document, Draft, MemberRequest, Message, RequestEvent
from tests.documents import a_document
from tests.factories import NOW, MemberFactory, a_request
from tests.reliability.every_address import NOT_PRESSED, Stage, a_stage, fields, sent
from tests.reliability.hostile_texts import MARKUP, SEARCHES, STRANGE, UNSTORABLE
from tests.test_access import SENT

pytestmark = pytest.mark.django_db

PRESSED = sorted(set(SENT) - NOT_PRESSED)
OF_REQUESTS = [name for name in PRESSED if name.startswith("requests_app:")]
# One of each kind, as the whole table would take minutes; the forms that most people use get it.
A_FEW = ["a\x00b\ud800", "\\%_'\"" + "9" * 400]


@pytest.fixture(autouse=True)
def _in_the_pilot() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stage() -> Stage:
    return a_stage()


@contextmanager
def _undone() -> Iterator[None]:
    """What is changed meanwhile is undone, so that the next try finds the same."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- 25: text that cannot be stored --------------------------------------------------------------


def test_bug_25_no_form_answers_a_hostile_text_with_a_fault(stage: Stage) -> None:
    for name in PRESSED:
        person = next(iter(stage.may(name, post=True)), stage.people["member"])
        assert person
        with _undone():
            address = stage.address(name)
            for text in A_FEW:
                # A client that raises: a fault would be the exception itself.
                answer = sent(person, address, dict.fromkeys(fields(), text))
                assert answer.status_code < 500


def test_bug_25_the_form_of_members_takes_or_refuses_what_is_strange(stage: Stage) -> None:
    member = stage.people["member"]
    assert member
    for text in [*UNSTORABLE, *STRANGE[:12], MARKUP[0], "x" * 1_000_000]:
        words = dict.fromkeys(("subject", "body", "key", "topic_first_line", "announced"), text)
        with _undone():
            answer = sent(member, "/requests/new/", words | {"about": "first_line"})
        assert answer.status_code in {302, 422}


@pytest.mark.parametrize("text", [*UNSTORABLE, *STRANGE, *SEARCHES, *MARKUP])
def test_bug_25_a_text_is_storable_or_refused_with_a_reason(text: str) -> None:
    if text in UNSTORABLE or "\x00" in text or "\ud800" in text:
        with pytest.raises(ValidationError, match=r"."):
            clean_text(text, limit=20_000)
    else:
        cleaned = clean_text(text, limit=20_000)
        assert cleaned == cleaned.encode().decode()


# --- 2: what belongs to somebody else ------------------------------------------------------------


def _of(member_request: MemberRequest) -> list[tuple[Any, ...]]:
    """All that hangs on a request: what nobody else may change."""
    return [
        *MemberRequest.objects.filter(pk=member_request.pk).values_list(),
        *RequestEvent.objects.filter(member_request=member_request).order_by("pk").values_list(),
        *Message.objects.filter(member_request=member_request).order_by("pk").values_list(),
        *Document.objects.filter(member_request=member_request).order_by("pk").values_list(),
    ]


def test_bug_2_no_form_reaches_a_foreign_request_by_any_of_its_fields(stage: Stage) -> None:
    foreign = a_request(member=MemberFactory(office=Office.objects.get(code="MONS")))
    file = a_document(foreign)
    before = _of(foreign)
    for name in OF_REQUESTS:
        person = next(iter(stage.may(name, post=True)), stage.people["member"])
        assert person
        with _undone():
            address = stage.address(name)
            for key in (foreign.pk, file.key):
                words = dict.fromkeys(fields(), str(key)) | {"version": str(foreign.version)}
                assert sent(person, address, words).status_code < 500
                assert _of(foreign) == before


def test_bug_2_a_stranger_changes_nothing_whatever_the_fields_say(stage: Stage) -> None:
    own = stage.member_request
    addresses = {name: stage.address(name) for name in OF_REQUESTS}
    before = _of(own)
    words = dict.fromkeys(fields(), str(own.pk)) | {"version": str(own.version)}
    for kind, address in product(("other_member", "adviser_elsewhere"), addresses.values()):
        stranger = stage.people[kind]
        assert stranger
        with _undone():
            sent(stranger, address, words)
            assert _of(own) == before


# --- 11: fields that the form does not have ------------------------------------------------------


def _every_column(stage: Stage) -> dict[str, str]:
    """The name of each column that matters, with what an attacker would put in."""
    names = {
        name
        for model in (MemberRequest, Message, Document, Draft, User, Member, Posting)
        for field in model._meta.concrete_fields
        for name in (field.name, field.attname)
    }
    stranger = stage.people["other_member"]
    assert stranger
    return dict.fromkeys(names, str(stranger.pk)) | {
        "role": "administrator", "is_superuser": "on", "is_staff": "on", "is_active": "on",
        "password": "x", "email": "evil@example.org", "status": Status.CLOSED, "is_sensitive": "",
    }  # fmt: skip


def _accounts() -> list[tuple[Any, ...]]:
    user = ("pk", "email", "password", "role", "is_active", "is_superuser", "name", "language")
    member = ("pk", "user_id", "number", "office_id", "may_be_surveyed")
    posting = ("pk", "adviser_id", "office_id", "branch_id", "starts_on", "ends_on")
    columns: dict[Any, tuple[str, ...]] = {User: user, Member: member, Posting: posting}
    return [row for kind, names in columns.items() for row in kind.objects.values_list(*names)]


def test_bug_11_no_form_takes_the_columns_of_a_model(stage: Stage) -> None:
    words = _every_column(stage)
    for name in PRESSED:
        for person in stage.may(name, post=True)[:1]:
            with _undone():
                address = stage.address(name)
                before = _accounts()
                sent(person, address, words)
                assert set(_accounts()) == set(before)


def test_bug_11_a_request_is_what_the_form_says_and_nothing_else(stage: Stage) -> None:
    member = stage.people["member"]
    assert member
    words = _every_column(stage) | {
        "key": "5f1c2b1e-6d0b-4b8e-9a55-0f3c5f0d9a11",
        "about": "first_line",
        "topic_first_line": "account_access",
        "subject": "Je ne peux plus me connecter",
        "body": "Depuis hier.",
    }
    answer = sent(member, "/requests/new/", words)
    assert answer.status_code == 302
    made = MemberRequest.objects.latest("pk")
    assert (made.member.user, made.office) == (member, member.member.office)
    assert (made.status, made.adviser, made.version) == (Status.NEW, None, 1)
    assert made.submitted_at == NOW
    assert made.reference != words["reference"]


def test_the_forms_of_the_product_have_the_fields_that_are_posted_here() -> None:
    assert {"subject", "body", "about", "version", "key", "question", "reason"} <= fields()
    # More than Django reads in one form would only be told so.
    assert 40 < len(fields()) < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
