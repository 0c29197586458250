"""What an adviser does with a request, through the pages: done once, told why not, nothing lost."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from people.models import User
from requests_app import transitions
from requests_app.enums import ClosingReason, MessageKind, Status, TransferReason
from requests_app.models import Document, Draft, MemberRequest, Message, RequestEvent
from tests.documents import A_PDF
from tests.factories import NOW, OfficeFactory, PilotFactory, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line", name="Inès Lambert", language="en")


@pytest.fixture
def desk(client: Client, adviser: User) -> Client:
    client.force_login(adviser)
    return client


def _address(action: str, member_request: MemberRequest) -> str:
    return reverse(f"requests_app:{action}", args=[member_request.reference])


def _post(desk: Client, action: str, member_request: MemberRequest, **fields: Any) -> HttpResponse:
    sent = {"version": str(member_request.version), "key": str(uuid4())} | fields
    with time_machine.travel(NOW, tick=False):
        return desk.post(_address(action, member_request), sent)


def _page(desk: Client, member_request: MemberRequest) -> str:
    with time_machine.travel(NOW, tick=False):
        return desk.get(_address("detail", member_request)).content.decode()


def _now(member_request: MemberRequest) -> MemberRequest:
    return MemberRequest.objects.select_related("branch", "adviser").get(pk=member_request.pk)


def test_an_adviser_takes_and_releases(desk: Client, adviser: User) -> None:
    member_request = a_request()
    response = _post(desk, "take", member_request)
    assert response["Location"] == _address("detail", member_request)
    assert _now(member_request).adviser == adviser
    _post(desk, "release", _now(member_request))
    assert _now(member_request).adviser is None


def test_an_adviser_routes_what_has_no_branch(desk: Client) -> None:
    member_request = a_request(topic_code=None)
    _post(desk, "route", member_request, branch="first_line", topic="account_access")
    now = _now(member_request)
    assert now.branch == branch("first_line")
    assert now.topic_id is not None


def test_a_topic_of_another_branch_is_named(desk: Client) -> None:
    member_request = a_request(topic_code=None)
    response = _post(desk, "route", member_request, branch="coop", topic="account_access")
    assert response.status_code == 422
    assert branch("first_line").names["en"] in response.content.decode()
    assert _now(member_request).branch is None


def test_an_adviser_transfers_with_a_reason_and_a_line(desk: Client) -> None:
    member_request = a_request()
    reason = TransferReason.OTHER_EXPERTISE
    _post(desk, "transfer", member_request, branch="coop", reason=reason, line="Voir avec Ada.")
    assert _now(member_request).branch == branch("coop")
    assert RequestEvent.objects.latest("position").reason == reason
    assert "Voir avec Ada." in _page(desk, member_request)


def test_what_was_transferred_is_sent_back_to_its_giver(desk: Client) -> None:
    member_request = a_request()
    _post(desk, "transfer", member_request, branch="coop", reason=TransferReason.MEMBER_ASKED)
    # Who gave it reads on; the branch that has it sends it back.
    assert _post(desk, "send_back", _now(member_request), reason="not_ours").status_code == 409
    desk.force_login(an_adviser("coop"))
    _post(desk, "send_back", _now(member_request), reason="not_ours")
    assert _now(member_request).branch == branch("first_line")


def test_who_sends_away_what_they_may_not_read_any_more_is_back_at_the_queue(desk: Client) -> None:
    member_request = a_request()
    an_adviser("support")
    response = _post(
        desk, "transfer", member_request, branch="support", reason=TransferReason.MEMBER_ASKED
    )
    # Nothing but the reference goes along: for ten minutes the transfer can be undone there.
    queue = reverse("requests_app:queue")
    assert response["Location"] == f"{queue}?done={member_request.reference}"


@pytest.mark.parametrize(
    ("then", "status"),
    [("stay", Status.OPEN), ("wait", Status.WAITING), ("close", Status.CLOSED)],
)
def test_one_button_answers_and_does_what_follows(desk: Client, then: str, status: Status) -> None:
    member_request = a_request()
    _post(desk, "answer", member_request, body="Voici.", then=then)
    assert _now(member_request).status == status
    assert Message.objects.get(kind=MessageKind.TO_MEMBER).body == "Voici."


def test_an_answer_may_ask_again_while_the_member_is_asked_already(desk: Client) -> None:
    member_request = a_request()
    _post(desk, "answer", member_request, body="Quelle date ?", then="wait")
    assert (
        _post(desk, "answer", _now(member_request), body="Et où ?", then="wait").status_code == 302
    )
    assert _now(member_request).status == Status.WAITING


def test_an_answer_brings_its_documents(desk: Client) -> None:
    file = SimpleUploadedFile("réponse.pdf", A_PDF)
    _post(desk, "answer", a_request(), body="Voici.", documents=[file])
    document = Document.objects.get()
    assert (document.name, document.message and document.message.body) == ("réponse.pdf", "Voici.")
    assert not Draft.objects.exists()


def test_a_file_that_may_not_come_in_stops_the_answer_and_keeps_the_text(desk: Client) -> None:
    member_request = a_request()
    file = SimpleUploadedFile("virus.exe", b"MZ")
    response = _post(desk, "answer", member_request, body="Voici.", documents=[file])
    assert response.status_code == 422
    assert "virus.exe" in response.content.decode()
    assert Draft.objects.get().fields["body"] == "Voici."
    assert _now(member_request).version == 1


def test_a_note_leaves_the_answer_that_is_still_typed(desk: Client, adviser: User) -> None:
    member_request = a_request()
    file = SimpleUploadedFile("réponse.pdf", A_PDF)
    _post(desk, "note", member_request, note="Attendre Ada.", body="Bonjour…", documents=[file])
    assert Message.objects.get(kind=MessageKind.NOTE).body == "Attendre Ada."
    draft = Draft.objects.get(author=adviser)
    assert draft.fields == {"body": "Bonjour…"}
    assert draft.documents.count() == 1
    assert "Bonjour…</textarea>" in _page(desk, member_request)


def test_an_answer_leaves_the_note_that_is_still_typed(desk: Client) -> None:
    _post(desk, "answer", a_request(), note="À vérifier", body="Voici.")
    assert Draft.objects.get().fields == {"note": "À vérifier"}


def test_a_note_alone_leaves_no_draft(desk: Client) -> None:
    _post(desk, "note", a_request(), note="Attendre Ada.")
    assert not Draft.objects.exists()


def test_two_notes_from_one_page_are_two_and_a_double_click_is_one(desk: Client) -> None:
    member_request, key = a_request(), str(uuid4())
    for text in ("Une", "Une", "Deux"):
        version = _now(member_request).version
        _post(desk, "note", member_request, note=text, key=key, version=version)
    assert list(Message.objects.filter(kind="note").values_list("body", flat=True)) == [
        "Une",
        "Deux",
    ]


def test_an_answer_sent_twice_is_one(desk: Client) -> None:
    member_request, key = a_request(), str(uuid4())
    for _press in range(2):
        assert _post(desk, "answer", member_request, body="Voici.", key=key).status_code == 302
    assert Message.objects.filter(kind=MessageKind.TO_MEMBER).count() == 1


def test_an_old_page_with_another_text_is_not_taken_for_the_same(desk: Client) -> None:
    member_request, key = a_request(), str(uuid4())
    _post(desk, "answer", member_request, body="Voici.", key=key)
    response = _post(desk, "answer", member_request, body="Autre chose.", key=key)
    assert response.status_code == 409
    assert "Autre chose.</textarea>" in response.content.decode()


def test_the_key_of_another_request_does_not_swallow_an_answer(desk: Client) -> None:
    first, second, key = a_request(), a_request(), str(uuid4())
    _post(desk, "answer", first, body="Voici.", key=key)
    assert _post(desk, "answer", second, body="Voici.", key=key).status_code == 302
    assert _now(second).first_responded_at == NOW


@pytest.mark.parametrize(("action", "box"), [("answer", "body"), ("note", "note")])
def test_who_writes_on_an_old_version_is_told_and_keeps_the_text(
    desk: Client, adviser: User, action: str, box: str
) -> None:
    member_request = a_request()
    colleague = an_adviser(name="Thomas Delvaux")
    transitions.take(member_request=member_request, by=colleague, at=NOW, version=1)
    response = _post(desk, action, member_request, version=1, **{box: "Mon texte"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "Taken by Thomas Delvaux at 11" in page
    assert "Mon texte</textarea>" in page
    assert Draft.objects.get(author=adviser).fields[box] == "Mon texte"
    assert 'name="version" value="2"' in page
    # Having looked, the adviser sends the same form again.
    again = {"key": response.context["key"], "version": 2, box: "Mon texte"}
    assert _post(desk, action, member_request, **again).status_code == 302
    assert Message.objects.filter(body="Mon texte").count() == 1


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("take", {}),
        ("transfer", {"branch": "coop", "reason": "capacity", "line": "Mon mot"}),
        ("close", {"reason": "withdrawn"}),
    ],
)
def test_who_acts_on_an_old_version_is_told_who_did_what(
    desk: Client, action: str, fields: dict[str, str]
) -> None:
    member_request = a_request()
    colleague = an_adviser(name="Thomas Delvaux")
    transitions.take(member_request=member_request, by=colleague, at=NOW, version=1)
    response = _post(desk, action, member_request, version=1, **fields)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Taken by Thomas Delvaux at 11" in page
    assert fields.get("line", "") in page
    assert _now(member_request).version == 2


def test_what_the_workflow_refuses_is_said(desk: Client, adviser: User) -> None:
    member_request = a_request(taken_by=adviser)
    response = _post(desk, "reopen", member_request)
    assert response.status_code == 409
    assert "This request is not closed." in response.content.decode()


def test_closing_as_answered_is_not_offered_before_an_answer(desk: Client) -> None:
    member_request = a_request()
    assert 'value="answered"' not in _page(desk, member_request)
    response = _post(desk, "close", member_request, reason=ClosingReason.ANSWERED)
    assert response.status_code == 422
    assert _now(member_request).status == Status.NEW


def test_a_closed_request_is_opened_again(desk: Client, adviser: User) -> None:
    member_request = a_request(answered_by=adviser, closed_by=adviser)
    _post(desk, "reopen", member_request)
    assert _now(member_request).status == Status.OPEN


def test_what_was_closed_long_ago_goes_on_in_a_new_request(desk: Client, adviser: User) -> None:
    long_ago = NOW - timedelta(days=15)
    member_request = a_request(at=long_ago, answered_by=adviser, closed_by=adviser)
    response = _post(desk, "reopen", member_request)
    new = MemberRequest.objects.get(follows=member_request)
    assert response["Location"] == _address("detail", new)


FOREIGN = [
    ("route", {"branch": "none_such"}),
    ("route", {"branch": "1"}),
    ("transfer", {"branch": "first_line", "reason": "capacity"}),
    ("transfer", {"branch": "coop", "reason": "because"}),
    ("transfer", {"branch": "coop", "reason": "capacity", "line": "x" * 501}),
    ("send_back", {"reason": "capacity"}),
    ("close", {"reason": "finished"}),
    ("answer", {"body": ""}),
    ("answer", {"body": "\u200b\ufeff"}),
    ("answer", {"body": "a\x00b"}),
    ("answer", {"body": "x" * 20_001}),
    ("answer", {"body": "Voici.", "then": "vanish"}),
    ("note", {"note": " "}),
    ("take", {"version": ""}),
    ("take", {"version": "1; DROP TABLE"}),
    ("take", {"version": "9" * 40}),
    ("reopen", {"key": "no key"}),
]


@pytest.mark.parametrize(("action", "fields"), FOREIGN)
def test_what_makes_no_sense_changes_nothing(
    desk: Client, action: str, fields: dict[str, str]
) -> None:
    member_request = a_request(topic_code=None if action == "route" else "account_access")
    response = _post(desk, action, member_request, **fields)
    assert response.status_code in {409, 422}
    assert _now(member_request).version == 1
    assert RequestEvent.objects.count() == Message.objects.count() == 1


def test_who_acts_is_never_taken_from_the_form(desk: Client, adviser: User) -> None:
    member_request, other = a_request(), an_adviser()
    stolen = {"adviser": other.pk, "by": other.pk, "office": 99, "status": "closed", "at": "1999"}
    _post(desk, "take", member_request, **stolen)
    now = _now(member_request)
    assert (now.adviser, now.status) == (adviser, Status.OPEN)


def test_an_office_by_team_knows_no_branch_actions(client: Client) -> None:
    PilotFactory(offices=[OfficeFactory(code="MONS", name="Mons", reference_prefix="MO")])
    client.force_login(an_adviser(None, language="en"))
    member_request = a_request(pilot=False)
    page = _page(client, member_request)
    assert "transfer/" not in page
    assert "route/" not in page
    response = _post(client, "route", member_request, branch="coop")
    assert response.status_code == 409
    assert "works by team" in response.content.decode()


def test_the_page_offers_what_makes_sense_now(desk: Client, adviser: User) -> None:
    new, mine = a_request(), a_request(taken_by=adviser)
    closed = a_request(answered_by=adviser, closed_by=adviser)
    offers = {
        one.reference: [
            action
            for action in ("take", "release", "route", "transfer", "send-back", "close", "reopen")
            if f"/{one.reference}/{action}/" in _page(desk, one)
        ]
        for one in (new, mine, closed)
    }
    assert list(offers.values()) == [
        ["take", "transfer", "close"],
        ["release", "transfer", "close"],
        ["reopen"],
    ]


def test_a_register_number_never_reaches_a_message(desk: Client) -> None:
    _post(desk, "answer", a_request(), body="Votre numéro 85.07.30-033.28 est noté.")
    assert "85.07.30" not in Message.objects.get(kind=MessageKind.TO_MEMBER).body


def _queries(desk: Client, member_request: MemberRequest) -> int:
    with CaptureQueriesContext(connection) as queries:
        _page(desk, member_request)
    return len(queries)


def test_a_long_conversation_costs_as_many_queries_as_a_short_one(
    desk: Client, adviser: User
) -> None:
    member_request = a_request(taken_by=adviser)

    def write(number: int) -> None:
        for _note in range(number):
            transitions.note(
                member_request=member_request, by=an_adviser(), at=NOW,
                version=member_request.version, body="Une note.", key=uuid4(),
            )  # fmt: skip

    write(1)
    few = _queries(desk, member_request)
    write(18)
    assert few == _queries(desk, member_request) <= 30
