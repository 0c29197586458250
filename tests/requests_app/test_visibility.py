"""Who knows that a request exists. List, count, page and file all follow the same rule."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from branches.models import Topic
from people.models import User
from people.roles import Role
from requests_app import handover, transitions
from requests_app.enums import TransferReason
from requests_app.models import Document, MemberRequest
from requests_app.selectors.queue import counted, desk_of, views_of
from requests_app.selectors.rows import page_of
from requests_app.views import adviser
from tests.documents import a_document
from tests.factories import (
    NOW,
    TODAY,
    OfficeFactory,
    UserFactory,
    a_request,
    an_adviser,
    branch,
)

pytestmark = pytest.mark.django_db

# Of the confidential branch, with private data in another branch, and without.
TOPICS = ("confidential", "private", "plain")


def _topic(kind: str) -> str | None:
    if kind == "unrouted":
        return None
    topics = Topic.objects.filter(
        branch__is_confidential=kind == "confidential",
        may_contain_sensitive_data=kind != "plain",
    )
    return topics.order_by("branch__position", "position")[0].code


def _sees(user: User, member_request: MemberRequest) -> bool:
    visible = MemberRequest.objects.visible_to(user, on=TODAY)
    return visible.filter(pk=member_request.pk).exists()


def test_a_plain_request_is_read_by_the_whole_office() -> None:
    member_request = a_request(topic_code=_topic("plain"))
    assert _sees(an_adviser("coop"), member_request)


def test_another_office_sees_nothing_of_it() -> None:
    elsewhere = OfficeFactory(code="MONS", name="Mons", reference_prefix="MO")
    member_request = a_request()
    assert not _sees(an_adviser("first_line", office=elsewhere), member_request)


def test_a_sensitive_request_that_nobody_has_is_read_where_it_is_to_be_taken() -> None:
    member_request = a_request(topic_code=_topic("private"))
    assert member_request.is_sensitive
    assert member_request.branch
    own, others = member_request.branch.code, {"first_line", "safeguarding", "coop"}
    assert _sees(an_adviser(own), member_request)
    assert _sees(an_adviser("support"), member_request)
    for code in others - {own}:
        assert not _sees(an_adviser(code), member_request)


def test_once_it_is_taken_only_its_adviser_and_the_confidential_branch_read_it() -> None:
    member_request = a_request(topic_code=_topic("private"))
    assert member_request.branch
    holder, colleague = (an_adviser(member_request.branch.code) for _number in range(2))
    on = {"member_request": member_request, "by": holder, "at": NOW}
    transitions.take(**on, version=1)
    assert _sees(holder, member_request)
    assert _sees(an_adviser("support"), member_request)
    assert not _sees(colleague, member_request)
    transitions.release(**on, version=2)
    assert _sees(colleague, member_request)


def test_what_somebody_who_left_still_has_is_read_where_it_is_to_be_taken() -> None:
    member_request = a_request(topic_code=_topic("private"))
    assert member_request.branch
    holder, colleague = (an_adviser(member_request.branch.code) for _number in range(2))
    transitions.take(member_request=member_request, by=holder, at=NOW, version=1)
    holder.postings.update(ends_on=TODAY - timedelta(days=1))
    assert _sees(colleague, member_request)


def test_a_request_of_the_confidential_branch_is_its_own() -> None:
    member_request = a_request(topic_code=_topic("confidential"))
    assert member_request.is_sensitive
    assert _sees(an_adviser("support"), member_request)
    assert not _sees(an_adviser("first_line"), member_request)


def test_the_adviser_who_has_a_sensitive_request_reads_it_wherever_it_lies() -> None:
    member_request = a_request(topic_code=_topic("confidential"))
    holder = an_adviser("coop")
    transitions.take(member_request=member_request, by=holder, at=NOW, version=1)
    assert _sees(holder, member_request)
    assert not _sees(an_adviser("coop"), member_request)


def test_until_somebody_is_accountable_the_confidential_branch_triages_what_is_private() -> None:
    member_request = a_request(topic_code=None)
    MemberRequest.objects.filter(pk=member_request.pk).update(is_sensitive=True)
    triaging = an_adviser("coop")
    # Where nobody works in that branch, whoever triages does.
    assert _sees(triaging, member_request)
    assert _sees(an_adviser("support"), member_request)
    # Who signs in is read anew for each page, with the colleagues of that moment.
    assert not _sees(User.objects.get(pk=triaging.pk), member_request)


def test_what_was_private_once_stays_private_wherever_it_is_sent() -> None:
    member_request = a_request(topic_code=_topic("confidential"))
    handover.transfer(
        member_request=member_request, by=an_adviser("support"), at=NOW, version=1,
        branch=branch("first_line"), reason=TransferReason.OTHER_EXPERTISE,
    )  # fmt: skip
    assert _sees(an_adviser("first_line"), member_request)
    assert not _sees(an_adviser("coop"), member_request)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMINISTRATOR, Role.MEMBER])
def test_nobody_else_reads_a_request(role: Role) -> None:
    assert not _sees(UserFactory(role=role), a_request())


def test_an_adviser_without_a_posting_or_an_account_reads_nothing() -> None:
    member_request = a_request()
    assert not _sees(UserFactory(role=Role.ADVISER), member_request)
    assert not _sees(an_adviser(is_active=False), member_request)


def test_documents_follow_their_request() -> None:
    document = a_document(a_request(topic_code=_topic("confidential")))
    sees = {
        code: Document.objects.visible_to(an_adviser(code), on=TODAY).contains(document)
        for code in ("support", "first_line")
    }
    assert sees == {"support": True, "first_line": False}


@pytest.mark.parametrize("code", ["first_line", "safeguarding", "support", "coop"])
def test_list_count_and_page_agree(code: str, client: Client) -> None:
    """For every view of the desk: as many rows as the count says, and each of them opens."""
    requests = [a_request(topic_code=_topic(kind)) for kind in (*TOPICS, "unrouted")]
    holder = an_adviser("coop")
    transitions.take(member_request=requests[0], by=holder, at=NOW, version=1)
    user = an_adviser(code)
    desk = desk_of(user, at=NOW)
    assert desk
    shown = set()
    for view in counted(desk, views_of(desk)):
        rows = page_of(desk, view, after=None).rows
        assert len(rows) == view.count
        shown |= {row["reference"] for row in rows}
    client.force_login(user)
    opens = {one.reference for one in requests if _get(client, one.reference).status_code == 200}
    assert opens == shown


def test_who_comes_second_to_a_private_request_is_told_who_has_it(client: Client) -> None:
    """The loser may not read it any more: told all the same, and what was typed is a draft."""
    member_request = a_request(topic_code=_topic("private"))
    assert member_request.branch
    loser, winner = (
        an_adviser(member_request.branch.code, name=name, language="en")
        for name in ("Ada Loser", "Inès Winner")
    )
    client.force_login(loser)

    def taken_meanwhile(**_given: object) -> None:
        transitions.take(member_request=member_request, by=winner, at=NOW, version=1)
        raise transitions.TransitionRefused("Inès Winner has this request.")

    with pytest.MonkeyPatch.context() as patch, time_machine.travel(NOW, tick=False):
        patch.setattr(adviser.transitions, "close", taken_meanwhile)
        address = reverse("requests_app:close", args=[member_request.reference])
        fields = {"version": 1, "key": str(uuid4()), "body": "Mon texte", "note": ""}
        response = client.post(address, fields | {"close-reason": "withdrawn"})
        page = client.get(response["Location"]).content.decode()
    assert response["Location"] == reverse("requests_app:my_drafts")
    assert f"{member_request.reference}: Inès Winner has this request." in page
    assert "Mon texte" in page


def _get(client: Client, reference: str) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return client.get(reverse("requests_app:detail", args=[reference]))


ACTIONS = [
    "take", "release", "route", "transfer", "send_back",
    "answer", "note", "wait", "close", "reopen",
]  # fmt: skip


@pytest.mark.parametrize("action", ["detail", *ACTIONS])
def test_foreign_and_missing_answer_the_same_bytes(action: str, client: Client) -> None:
    foreign = a_request(topic_code=_topic("confidential")).reference
    client.force_login(an_adviser("coop"))
    missing = "LI-" + "9" * (len(foreign) - 3)
    answers = []
    with time_machine.travel(NOW, tick=False):
        for reference in (foreign, missing):
            address = reverse(f"requests_app:{action}", args=[reference])
            send = client.get if action == "detail" else client.post
            response = send(address, {"version": "1", "note": "x", "body": "x"})
            answers.append(
                (response.status_code, response.content.replace(reference.encode(), b""))
            )
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert MemberRequest.objects.get().version == 1


@pytest.mark.parametrize("method", ["put", "delete"])
@pytest.mark.parametrize("action", ["detail", "take"])
def test_other_methods_are_refused(method: str, action: str, client: Client) -> None:
    client.force_login(an_adviser())
    address = reverse(f"requests_app:{action}", args=[a_request().reference])
    assert getattr(client, method)(address).status_code == 405
