"""A call or a visit, written down by an adviser: when it was, what became of it, and once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime

from people.models import Member, User
from requests_app import calls, transitions
from requests_app.calls import CallRefused, Outcome
from requests_app.enums import Channel, ClosingReason, MessageKind, Status
from requests_app.models import Draft, MailKind, MemberRequest, Message, Outbox
from tests.factories import NOW, MemberFactory, OfficeFactory, PilotFactory, a_request, an_adviser
from tests.factories import branch as the_branch

pytestmark = pytest.mark.django_db

NEW = "/desk/calls/new/"


@pytest.fixture
def adviser() -> User:
    PilotFactory()
    return an_adviser("first_line", name="Inès Lambert", language="en")


@pytest.fixture
def member() -> Member:
    member = MemberFactory(number="20417")
    member.user.name = "Éloïse D'Hondt"
    member.user.save()
    return member


@pytest.fixture
def desk(client: Client, adviser: User) -> Client:
    client.force_login(adviser)
    return client


def _typed(**changes: Any) -> dict[str, Any]:
    """The form as an adviser fills it in for a call that is over."""
    return {
        "key": str(uuid4()),
        "member": "20417",
        "channel": "phone",
        "about": "topic:account_access",
        "subject": "Mot de passe refusé",
        "body": "Depuis hier.",
        "answer": "Je vous ai envoyé un nouveau lien.",
        "outcome": "closed",
    } | changes


def _send(desk: Client, typed: dict[str, Any], *, at: datetime = NOW) -> HttpResponse:
    with time_machine.travel(at, tick=False):
        return desk.post(NEW, typed)


def _clock(moment: datetime) -> str:
    return f"{localtime(moment):%Y-%m-%dT%H:%M}"


def test_a_call_answered_at_once_is_answered_when_it_came(
    desk: Client, member: Member, adviser: User
) -> None:
    response = _send(desk, _typed())
    logged = MemberRequest.objects.get()
    assert response["Location"] == f"/desk/{logged.reference}/"
    assert (logged.member, logged.channel, logged.status) == (member, Channel.PHONE, Status.CLOSED)
    assert logged.submitted_at == logged.first_responded_at == logged.closed_at == NOW
    assert logged.closing_reason == ClosingReason.ANSWERED
    assert logged.adviser == adviser


def test_what_was_said_is_the_members_and_what_was_logged_the_advisers(
    desk: Client, member: Member, adviser: User
) -> None:
    _send(desk, _typed())
    said = list(Message.objects.order_by("id").values_list("kind", "author", "body"))
    assert said == [
        (MessageKind.FROM_MEMBER, member.user.pk, "Depuis hier."),
        (MessageKind.TO_MEMBER, adviser.pk, "Je vous ai envoyé un nouveau lien."),
    ]
    submitted = MemberRequest.objects.get().events.get(position=1)
    assert submitted.actor == adviser


@pytest.mark.usefixtures("member")
def test_a_call_to_be_answered_stays_new(desk: Client) -> None:
    _send(desk, _typed(outcome="to_answer", answer="", channel="desk"))
    logged = MemberRequest.objects.get()
    assert (logged.status, logged.channel, logged.adviser) == (Status.NEW, Channel.DESK, None)
    assert logged.waiting_since == NOW
    assert logged.branch == the_branch("first_line")


@pytest.mark.usefixtures("member")
def test_a_call_may_be_answered_and_stay_open(desk: Client) -> None:
    _send(desk, _typed(outcome="answered"))
    assert MemberRequest.objects.get().status == Status.OPEN


@pytest.mark.usefixtures("member")
def test_the_member_gets_a_receipt_that_promises_nothing_more(desk: Client) -> None:
    _send(desk, _typed())
    kinds = set(Outbox.objects.values_list("kind", flat=True))
    assert kinds == {MailKind.RECEIPT, MailKind.ANSWER}


@pytest.mark.usefixtures("member")
def test_without_more_words_the_subject_is_what_was_said(desk: Client) -> None:
    _send(desk, _typed(body=""))
    assert Message.objects.earliest("id").body == "Mot de passe refusé"


@pytest.mark.usefixtures("member")
def test_the_same_form_twice_is_one_call(desk: Client) -> None:
    typed = _typed()
    first, second = _send(desk, typed), _send(desk, typed, at=NOW + timedelta(seconds=2))
    assert first["Location"] == second["Location"]
    assert MemberRequest.objects.count() == 1
    assert Message.objects.count() == 2


@pytest.mark.usefixtures("member")
def test_the_same_form_with_another_text_is_another_call(desk: Client) -> None:
    typed = _typed()
    _send(desk, typed)
    _send(desk, typed | {"subject": "Facture refusée"})
    assert MemberRequest.objects.count() == 2


@pytest.mark.parametrize("days", [0, 1, 7])
@pytest.mark.usefixtures("member")
def test_a_call_is_logged_as_of_when_it_came(desk: Client, days: int) -> None:
    came = NOW - timedelta(days=days)
    _send(desk, _typed(arrived_at=_clock(came)))
    logged = MemberRequest.objects.get()
    assert logged.submitted_at == logged.first_responded_at == came
    assert logged.events.get(position=1).at == came


@pytest.mark.parametrize("away", [timedelta(minutes=1), timedelta(days=-7, minutes=-1)])
@pytest.mark.usefixtures("member")
def test_no_call_comes_from_the_future_or_from_too_long_ago(desk: Client, away: timedelta) -> None:
    response = _send(desk, _typed(arrived_at=_clock(NOW + away)))
    assert response.status_code == 422
    assert "arrived_at" in response.context["form"].errors
    assert not MemberRequest.objects.exists()


@pytest.mark.parametrize("away", [timedelta(seconds=1), timedelta(days=-7, seconds=-1)])
def test_the_bounds_hold_without_the_form_too(
    member: Member, adviser: User, away: timedelta
) -> None:
    with pytest.raises(CallRefused):
        calls.log_call(
            member=member,
            by=adviser,
            at=NOW,
            arrived_at=NOW + away,
            key=uuid4(),
            channel=Channel.PHONE,
            outcome=Outcome.TO_ANSWER,
            answer="",
            subject="Facture",
            body="Facture",
        )


@pytest.mark.usefixtures("member")
def test_a_call_that_was_logged_later_says_so_to_advisers(desk: Client) -> None:
    # What the database stores as the moment of writing is the present, years after this day.
    response = _send(desk, _typed())
    line = "for 15/06/2023"
    assert line in desk.get(response["Location"]).content.decode()


def test_what_members_send_themselves_was_never_logged_later(desk: Client) -> None:
    member_request = a_request()
    event = member_request.events.get()
    assert event.recorded_at - event.at > calls.LOGGED_AT_ONCE
    assert not calls.was_logged_later(member_request, event)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"answer": ""}, "answer"),
        ({"outcome": "to_answer"}, "outcome"),
        ({"outcome": "gone"}, "outcome"),
        ({"channel": "web"}, "channel"),
        ({"about": "topic:nothing"}, "about"),
        ({"arrived_at": "yesterday"}, "arrived_at"),
        ({"body": "\x00"}, "body"),
        ({"member": ""}, "member"),
        ({"member": "99999"}, "member"),
        ({"member": "\x00"}, "member"),
    ],
)
@pytest.mark.usefixtures("member")
def test_what_is_wrong_is_named_and_what_was_typed_is_kept(
    desk: Client, changes: dict[str, str], field: str
) -> None:
    response = _send(desk, _typed(**changes))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not MemberRequest.objects.exists()
    kept = "Mot de passe refusé" if field != "subject" else "Depuis hier."
    assert kept in response.content.decode()
    assert kept in desk.get(NEW).content.decode()


def test_what_was_sent_leaves_no_draft(desk: Client, adviser: User, member: Member) -> None:
    typed = _typed()
    _send(desk, typed | {"subject": ""})
    assert Draft.objects.filter(author=adviser).exists()
    _send(desk, typed)
    assert not Draft.objects.filter(author=adviser).exists()
    assert not Draft.objects.filter(author=member.user).exists()


def test_the_draft_of_the_member_stays_the_members(desk: Client, member: Member) -> None:
    Draft.objects.create(author=member.user, fields={"subject": "Autre chose"}, saved_at=NOW)
    _send(desk, _typed())
    assert Draft.objects.get().author == member.user


def test_a_draft_is_saved_and_thrown_away(desk: Client) -> None:
    saved = desk.post(NEW + "draft/", _typed(), headers={"HX-Request": "true"})
    assert saved["X-Draft"] == "saved"
    assert "Mot de passe" in desk.get(NEW).content.decode()
    desk.post(NEW + "draft/", {"discard": "yes"})
    assert "Mot de passe" not in desk.get(NEW).content.decode()


def test_own_branch_is_chosen_beforehand_in_a_pilot_office(desk: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        form = desk.get(NEW).context["form"]
    assert form["about"].value() == "branch:first_line"


def test_no_branch_is_chosen_beforehand_by_team(client: Client) -> None:
    client.force_login(an_adviser(None))
    assert client.get(NEW).context["form"]["about"].value() == ""


def test_an_adviser_without_an_office_is_told_so(client: Client) -> None:
    adviser = an_adviser()
    adviser.postings.update(ends_on=NOW.date() - timedelta(days=1))
    client.force_login(adviser)
    page = client.get(NEW)
    assert page.status_code == 200
    assert "requests_app/no_posting.html" in [template.name for template in page.templates]


def test_without_javascript_the_search_button_brings_the_choice(
    desk: Client, member: Member
) -> None:
    typed = _typed(member="", find="eloise", search="yes")
    page = _send(desk, typed)
    assert page.status_code == 200
    assert page.context["members"] == [member]
    assert "Mot de passe refusé" in page.content.decode()
    assert not MemberRequest.objects.exists()


@pytest.mark.usefixtures("member")
def test_the_only_one_found_is_meant(desk: Client) -> None:
    _send(desk, _typed(member="", find="dhondt"), at=NOW)
    assert not MemberRequest.objects.exists()
    _send(desk, _typed(member="", find="d'hondt elo"))
    assert MemberRequest.objects.count() == 1


@pytest.mark.usefixtures("member")
def test_of_two_who_are_found_one_has_to_be_chosen(desk: Client) -> None:
    MemberFactory(user__name="Eloise Martin")
    page = _send(desk, _typed(member="", find="eloise"))
    assert page.status_code == 422
    assert len(page.context["members"]) == 2


def test_a_foreign_member_is_as_unknown_as_a_missing_one(desk: Client) -> None:
    MemberFactory(number="777", office=OfficeFactory(code="MONS", name="Mons"))
    foreign, missing = (_send(desk, _typed(member=number)) for number in ("777", "778"))
    errors = [page.context["form"].errors["member"] for page in (foreign, missing)]
    assert errors[0] == errors[1]
    assert not MemberRequest.objects.exists()


def test_a_sensitive_call_goes_where_it_belongs(desk: Client, member: Member) -> None:
    an_adviser("support")
    response = _send(desk, _typed(about="branch:support", outcome="to_answer", answer=""))
    logged = MemberRequest.objects.get()
    assert logged.is_sensitive
    assert logged.branch == the_branch("support")
    # It is the support branch's from here on: the adviser is led back to what they may read.
    assert response["Location"] == f"/desk/members/{member.number}/"
    assert desk.get(f"/desk/{logged.reference}/").status_code == 404


@pytest.mark.usefixtures("member")
def test_who_answered_a_sensitive_call_goes_on_reading_it(desk: Client) -> None:
    response = _send(desk, _typed(about="branch:support", outcome="answered"))
    with time_machine.travel(NOW, tick=False):
        assert desk.get(response["Location"]).status_code == 200


@pytest.mark.usefixtures("member")
def test_what_was_typed_is_shown_as_text(desk: Client) -> None:
    evil = "<script>alert(1)</script>"
    page = _send(desk, _typed(subject=evil, answer=""))
    assert evil not in page.content.decode()
    shown = _send(desk, _typed(subject=evil, body=evil, answer=evil))
    assert evil not in desk.get(shown["Location"]).content.decode()


@pytest.mark.usefixtures("member")
def test_a_colleague_who_acted_meanwhile_disturbs_no_second_sending(
    desk: Client, adviser: User
) -> None:
    typed = _typed(outcome="answered")
    _send(desk, typed)
    logged = MemberRequest.objects.get()
    transitions.release(member_request=logged, by=adviser, at=NOW, version=logged.version)
    assert _send(desk, typed).status_code == 302
    assert MemberRequest.objects.count() == 1


@pytest.mark.parametrize("others", [0, 20])
def test_the_form_costs_the_same_in_a_small_and_in_a_large_office(
    desk: Client, others: int
) -> None:
    for _number in range(others):
        MemberFactory()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        desk.get(NEW)
    assert len(queries) == 8
