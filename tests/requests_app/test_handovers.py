"""Who reads what was handed over, what the member is told, and how hand-overs are counted."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from people.models import User
from requests_app import handover, transitions, undoing
from requests_app.enums import Action, MessageKind, SendBackReason, TransferReason
from requests_app.models import MailKind, MemberRequest, Message, Outbox
from requests_app.refusals import TransitionRefused
from requests_app.selectors.handovers import back_and_forth, handovers_between
from tests.factories import (
    NOW,
    TODAY,
    MemberFactory,
    UserFactory,
    a_consultation,
    a_request,
    an_adviser,
    branch,
)

pytestmark = pytest.mark.django_db

FIGURES = " ".join(Path(__file__).parents[2].joinpath("docs/figures.md").read_text().split())


@pytest.fixture
def giver() -> User:
    return an_adviser("first_line", language="en")


def _transfer(member_request: MemberRequest, by: User, code: str, **more: Any) -> None:
    now = MemberRequest.objects.get(pk=member_request.pk)
    given = {"reason": TransferReason.OTHER_EXPERTISE, "branch": branch(code)} | more
    handover.transfer(member_request=now, by=by, at=NOW, version=now.version, **given)


def _send_back(member_request: MemberRequest, by: User) -> None:
    now = MemberRequest.objects.get(pk=member_request.pk)
    reason = SendBackReason.NOT_OURS
    handover.send_back(member_request=now, by=by, at=NOW, version=now.version, reason=reason)


def _undo(member_request: MemberRequest, by: User) -> None:
    now = MemberRequest.objects.get(pk=member_request.pk)
    undoing.undo(member_request=now, by=by, at=NOW, version=now.version)


def _page(client: Client, user: User, name: str, *args: Any) -> str:
    client.force_login(user)
    with time_machine.travel(NOW, tick=False):
        return client.get(reverse(f"requests_app:{name}", args=args)).content.decode()


def test_the_worked_example_of_the_figures_holds(giver: User) -> None:
    supporter = an_adviser("support")
    first, second, third = (a_request() for _one in range(3))
    _transfer(first, giver, "support")
    _send_back(first, supporter)
    _transfer(second, giver, "coop")
    _undo(second, giver)
    a_consultation(third, by=giver)
    _transfer(third, giver, "coop")
    period = {"offices": [first.office], "start": NOW, "end": NOW + timedelta(seconds=1)}
    counts = handovers_between(**period)
    assert (
        f"{counts.transferred} transfers, {counts.sent_back} return, {counts.consulted} "
        f"consultation and {back_and_forth(**period)} request with back-and-forth"
    ) in FIGURES


def test_what_came_back_is_marked_in_the_list_and_on_its_page(client: Client, giver: User) -> None:
    member_request = a_request()
    coop = an_adviser("coop")
    _transfer(member_request, giver, "coop")
    assert "came back" not in _page(client, giver, "detail", member_request.reference)
    _send_back(member_request, coop)
    # Once in its row, and once above it.
    page = _page(client, giver, "detail", member_request.reference)
    assert page.count(">came back<") == 2


def test_the_giver_reads_on_and_does_not_act(client: Client, giver: User) -> None:
    member_request = a_request()
    _transfer(member_request, giver, "coop")
    page = _page(client, giver, "detail", member_request.reference)
    assert branch("coop").names["en"] in page
    assert 'data-key="a"' not in page
    now = MemberRequest.objects.get()
    with pytest.raises(TransitionRefused):
        transitions.take(member_request=now, by=giver, at=NOW, version=now.version)


def test_a_colleague_of_a_third_branch_still_helps(giver: User) -> None:
    member_request = a_request()
    _transfer(member_request, giver, "coop")
    now, helper = MemberRequest.objects.get(), an_adviser("safeguarding")
    transitions.take(member_request=now, by=helper, at=NOW, version=now.version)
    assert now.adviser == helper


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_the_member_reads_in_their_language_who_takes_over(giver: User, language: str) -> None:
    member_request = a_request(member=MemberFactory(user=UserFactory(language=language)))
    _transfer(member_request, giver, "coop", tell=True)
    message = Message.objects.get(kind=MessageKind.TO_MEMBER)
    assert branch("coop").names[language] in message.body
    assert Outbox.objects.latest("pk").kind == MailKind.PASSED_ON
    # It is no answer: the clock of the first response runs on.
    assert MemberRequest.objects.get().first_responded_at is None
    assert MemberRequest.objects.get().waiting_since == NOW


def test_own_words_go_before_those_of_the_house(giver: User) -> None:
    _transfer(a_request(), giver, "coop", tell=True, sentence="Ada vous répond demain.")
    assert Message.objects.get(kind=MessageKind.TO_MEMBER).body == "Ada vous répond demain."


def test_nobody_is_told_who_need_not_be(giver: User) -> None:
    _transfer(a_request(), giver, "coop")
    assert not Message.objects.filter(kind=MessageKind.TO_MEMBER).exists()


def test_a_transfer_that_the_member_knows_of_is_not_undone(giver: User) -> None:
    member_request = a_request()
    _transfer(member_request, giver, "coop", tell=True)
    with pytest.raises(TransitionRefused):
        _undo(member_request, giver)
    assert member_request.events.latest("position").action == Action.TELL


def test_the_form_of_a_transfer_tells_the_member(client: Client, giver: User) -> None:
    member_request = a_request()
    client.force_login(giver)
    sent = {"version": 1, "key": uuid4(), "branch": "coop", "reason": "capacity"}
    address = reverse("requests_app:transfer", args=[member_request.reference])
    with time_machine.travel(NOW, tick=False):
        client.post(address, sent | {"transfer-tell": "on"})
    assert Message.objects.get(kind=MessageKind.TO_MEMBER)


def test_what_a_branch_without_people_holds_is_read_by_the_office(giver: User) -> None:
    """Of a private request: its branch is empty, nobody has it, and there is no support."""
    member_request = a_request(topic_code=None, branch=branch("support"))
    assert not MemberRequest.objects.visible_to(giver, on=TODAY).exists()
    User.objects.filter(postings__branch__code="support").update(is_active=False)
    # As for the next page: who signs in is read anew, with the colleagues of that moment.
    giver = User.objects.get(pk=giver.pk)
    assert MemberRequest.objects.visible_to(giver, on=TODAY).get() == member_request
