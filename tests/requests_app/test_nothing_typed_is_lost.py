"""Whatever button is pressed, what was typed beside it is there again; only what was sent goes."""

from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from people.models import User
from requests_app import consulting, transitions
from requests_app.consultation_models import Consultation
from requests_app.drafts import save_draft
from requests_app.enums import ClosingReason
from requests_app.forms.adviser import (
    AdviseForm,
    CloseForm,
    ConsultForm,
    RouteForm,
    SendBackForm,
    TransferForm,
)
from requests_app.forms.asked import AskForm
from requests_app.forms.fields import CleanTextField
from requests_app.models import Document, Draft, MemberRequest
from tests.factories import NOW, a_consultation, a_request, an_adviser, branch
from tests.requests_app.composing import a_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line", language="en")


@pytest.fixture
def desk(client: Client, adviser: User) -> Client:
    client.force_login(adviser)
    return client


def _post(desk: Client, action: str, member_request: MemberRequest, **fields: Any) -> HttpResponse:
    """What the browser sends for any button of the page: the whole form of the reply."""
    form = {"version": member_request.version, "key": uuid4(), "body": "", "note": ""}
    with time_machine.travel(NOW, tick=False):
        address = reverse(f"requests_app:{action}", args=[member_request.reference])
        return desk.post(address, form | fields)


def _page(desk: Client, member_request: MemberRequest) -> str:
    with time_machine.travel(NOW, tick=False):
        address = reverse("requests_app:detail", args=[member_request.reference])
        return desk.get(address).content.decode()


TYPED = {"body": "Bonjour, j'ai commencé", "note": "À vérifier", "transfer-line": "Voir avec Ada."}


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("take", {}),
        ("close", {"close-reason": "withdrawn"}),
        ("save_message_draft", {}),
    ],
)
def test_every_button_keeps_what_was_typed(
    desk: Client, action: str, fields: dict[str, str]
) -> None:
    member_request = a_request()
    assert _post(desk, action, member_request, **TYPED, **fields).status_code == 302
    assert Draft.objects.get().fields.items() >= TYPED.items()
    page = _page(desk, member_request)
    assert TYPED["body"].replace("'", "&#x27;") in page
    assert "À vérifier</textarea>" in page


def test_the_line_of_a_menu_is_there_again(desk: Client) -> None:
    member_request = a_request()
    _post(desk, "take", member_request, **TYPED)
    assert "Voir avec Ada.</textarea>" in _page(desk, member_request)


def test_what_a_menu_sent_is_not_typed_any_more(desk: Client) -> None:
    member_request = a_request()
    sent = {"transfer-branch": "coop", "transfer-reason": "capacity"}
    assert _post(desk, "transfer", member_request, **TYPED, **sent).status_code == 302
    assert Draft.objects.get().fields == {"body": TYPED["body"], "note": TYPED["note"]}
    assert MemberRequest.objects.get().branch == branch("coop")


def test_sending_one_box_leaves_the_other_and_the_menus(desk: Client) -> None:
    member_request = a_request()
    _post(desk, "answer", member_request, **TYPED)
    assert Draft.objects.get().fields == {"note": TYPED["note"], "transfer-line": "Voir avec Ada."}


def test_an_action_beside_nothing_typed_leaves_no_draft(desk: Client) -> None:
    _post(desk, "take", a_request())
    assert not Draft.objects.exists()


def test_a_file_that_was_chosen_waits_in_the_draft(desk: Client) -> None:
    member_request = a_request()
    _post(desk, "take", member_request, documents=[a_pdf()])
    assert Document.objects.get().draft == Draft.objects.get()
    assert "devis.pdf" in _page(desk, member_request)


def test_a_file_that_may_not_come_in_stops_the_action_and_keeps_the_text(desk: Client) -> None:
    member_request = a_request()
    bad = a_pdf("virus.exe", b"MZ")
    response = _post(desk, "take", member_request, body="Bonjour", documents=[bad])
    assert response.status_code == 422
    assert "virus.exe" in response.content.decode()
    assert Draft.objects.get().fields["body"] == "Bonjour"
    assert MemberRequest.objects.get().adviser is None


def test_who_comes_second_with_a_button_keeps_the_reply(desk: Client) -> None:
    member_request = a_request()
    colleague = an_adviser("first_line")
    transitions.take(member_request=member_request, by=colleague, at=NOW, version=1)
    response = _post(desk, "close", member_request, version=1, body="Mon texte", **{
        "close-reason": "withdrawn",
    })  # fmt: skip
    assert response.status_code == 409
    assert "Mon texte</textarea>" in response.content.decode()
    assert Draft.objects.get().fields["body"] == "Mon texte"


def test_a_menu_with_an_error_comes_back_with_its_line_and_the_reply(desk: Client) -> None:
    response = _post(desk, "transfer", a_request(), **TYPED, **{"transfer-branch": "coop"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "Voir avec Ada.</textarea>" in page
    assert "À vérifier</textarea>" in page


@pytest.mark.parametrize("more", [{}, {"discard": "yes"}])
def test_a_draft_keeps_its_place_beside_the_list(desk: Client, more: dict[str, str]) -> None:
    member_request = a_request()
    response = _post(
        desk, "save_message_draft", member_request, view="first_line", after="-7", **more
    )
    assert response["Location"].endswith("?view=first_line&after=-7")


def test_a_document_taken_out_keeps_the_place_beside_the_list(desk: Client) -> None:
    _post(desk, "save_message_draft", a_request(), documents=[a_pdf()])
    address = reverse("requests_app:remove_document", args=[Document.objects.get().key])
    response = desk.post(address, {"view": "mine", "key": uuid4()})
    assert response["Location"].endswith("?view=mine")


def _hidden(member_request: MemberRequest) -> None:
    """A colleague has given it where only others read it."""
    an_adviser("support")
    MemberRequest.objects.filter(pk=member_request.pk).update(
        is_sensitive=True, branch=branch("support")
    )


@pytest.mark.parametrize("action", ["answer", "take", "save_message_draft"])
def test_who_was_reading_what_has_gone_keeps_what_was_typed(desk: Client, action: str) -> None:
    member_request = a_request()
    _page(desk, member_request)
    _hidden(member_request)
    response = _post(desk, action, member_request, body="Bonjour, j'ai commencé")
    assert response["Location"] == reverse("requests_app:my_drafts")
    with time_machine.travel(NOW, tick=False):
        page = desk.get(response["Location"]).content.decode()
    assert "Bonjour, j&#x27;ai commencé" in page
    assert member_request.reference in page
    assert member_request.subject not in page
    assert MemberRequest.objects.get().version == 1


def test_who_has_never_read_it_is_told_nothing(desk: Client) -> None:
    member_request = a_request()
    _hidden(member_request)
    assert _post(desk, "answer", member_request, body="Bonjour").status_code == 404
    assert not Draft.objects.exists()


def test_drafts_stand_in_one_list_and_are_thrown_away_one_by_one(desk: Client) -> None:
    for text in ("Le premier", "Le second"):
        _post(desk, "save_message_draft", a_request(), body=text)
    with time_machine.travel(NOW, tick=False):
        page = desk.get(reverse("requests_app:my_drafts")).content.decode()
        assert "Le premier" in page
        assert "Le second" in page
        desk.post(reverse("requests_app:discard", args=[Draft.objects.earliest("pk").pk]))
        page = desk.get(reverse("requests_app:my_drafts")).content.decode()
    assert "Le premier" not in page
    assert "Le second" in page


def test_nobody_throws_away_the_draft_of_somebody_else(desk: Client, adviser: User) -> None:
    _post(desk, "save_message_draft", a_request(), body="À moi")
    other = Client()
    other.force_login(an_adviser("first_line"))
    draft = Draft.objects.get(author=adviser)
    assert other.post(reverse("requests_app:discard", args=[draft.pk])).status_code == 404
    assert Draft.objects.get() == draft


def _withdrawn(topic_code: str | None, **changes: Any) -> tuple[MemberRequest, Consultation]:
    """A question to “Safeguarding” that is taken back while somebody there writes a view."""
    member_request = a_request(topic_code=topic_code, **changes)
    assert member_request.branch
    asking = an_adviser(member_request.branch.code)
    consultation = a_consultation(member_request, by=asking)
    return member_request, consultation


@pytest.mark.parametrize("is_private", [False, True])
def test_a_view_whose_question_was_withdrawn_is_shown_again(
    client: Client, is_private: bool
) -> None:
    where = {"branch": branch("support")} if is_private else {}
    member_request, consultation = _withdrawn(None if is_private else "account_access", **where)
    client.force_login(an_adviser("safeguarding", language="en"))
    _page(client, member_request)
    consulting.withdraw(
        member_request=member_request, consultation=consultation.pk, by=consultation.asked_by,
        at=NOW, version=2,
    )  # fmt: skip
    fields = {"version": 2, "key": uuid4(), "body": "", "note": ""}
    with time_machine.travel(NOW, tick=False):
        address = [member_request.reference, consultation.pk]
        response = client.post(
            reverse("requests_app:answer_consultation", args=address),
            fields | {"advise-advice": "Une facture suffit."},
            follow=True,
        )
    page = response.content.decode()
    assert "Une facture suffit." in page
    assert ("Our view: not sent" in page) == (not is_private)
    if not is_private:
        assert "Une facture suffit.</textarea>" in _page(client, member_request)


def test_a_menu_that_is_gone_shows_what_was_typed_in_it(desk: Client) -> None:
    member_request = a_request()
    colleague = an_adviser("first_line")
    said = {"transfer-line": "Voir avec Ada.", "transfer-sentence": "Ada vous répondra."}
    on = {"member_request": member_request, "by": colleague, "at": NOW}
    transitions.close(**on, version=1, reason=ClosingReason.WITHDRAWN)
    sent = {"transfer-branch": "coop", "transfer-reason": "capacity"}
    response = _post(desk, "transfer", member_request, version=1, **said, **sent)
    page = response.content.decode()
    assert response.status_code == 409
    for text in said.values():
        assert f"{text}</textarea>" in page


def test_every_text_of_every_menu_has_a_name_in_the_list_of_drafts(
    desk: Client, adviser: User
) -> None:
    member_request = a_request()
    menus = [RouteForm, TransferForm, ConsultForm, AdviseForm, SendBackForm, CloseForm, AskForm]
    boxes = [
        menu(member_request=member_request).add_prefix(name)
        for menu in menus
        for name, field in menu.base_fields.items()
        if isinstance(field, CleanTextField)
    ]
    fields = {box: f"Texte de {box}" for box in boxes}
    save_draft(author=adviser, member_request=member_request, fields=fields, key=None, at=NOW)
    with time_machine.travel(NOW, tick=False):
        page = desk.get(reverse("requests_app:my_drafts")).content.decode()
    assert boxes
    assert [box for box in boxes if f"Texte de {box}" not in page] == []
    assert page.count("A line to the member") == 1
    assert page.count("A line for your colleagues") == 2
