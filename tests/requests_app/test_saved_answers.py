"""Saved answers: written once, offered in the member's language, and never half filled in."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from branches.models import LANGUAGES
from people.models import User
from people.roles import Role
from requests_app import placeholders, saved_answers
from requests_app.models import Draft, MemberRequest
from requests_app.saved_answers import SavedAnswerRefused, Words
from requests_app.saved_models import SavedAnswer, SavedAnswerText
from tests.factories import (
    NOW,
    MemberFactory,
    OfficeFactory,
    UserFactory,
    a_request,
    an_adviser,
    branch,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line", name="Inès Lambert", language="en")


@pytest.fixture
def desk(client: Client, adviser: User) -> Client:
    client.force_login(adviser)
    return client


def _answer(branch_code: str = "first_line", **bodies: str) -> SavedAnswer:
    """A saved answer with these texts by language; each has the title “T fr”, “T nl”…"""
    texts = {language: Words(f"T {language}", body) for language, body in bodies.items()}
    by = UserFactory(role=Role.MANAGER)
    return saved_answers.write_new(branch=branch(branch_code), texts=texts, by=by, at=NOW)


def _offered(desk: Client, member_request: MemberRequest) -> str:
    with time_machine.travel(NOW, tick=False):
        address = reverse("requests_app:answers_for", args=[member_request.reference])
        return desk.get(address).content.decode()


def _insert(desk: Client, member_request: MemberRequest, **fields: Any) -> HttpResponse:
    form = {"version": member_request.version, "key": uuid4(), "body": "", "note": ""}
    with time_machine.travel(NOW, tick=False):
        address = reverse("requests_app:insert_answer", args=[member_request.reference])
        return desk.post(address, form | fields, follow=True)


def _a_request(language: str = "fr", **changes: Any) -> MemberRequest:
    user = UserFactory(name="Aline Dumont", language=language)
    return a_request(member=MemberFactory(user=user), **changes)


def test_the_answers_that_come_along_are_complete_and_fill_in() -> None:
    for one in SavedAnswer.objects.prefetch_related("texts"):
        texts = {text.language: text for text in one.texts.all()}
        assert set(texts) == set(LANGUAGES)
        assert not [text for text in texts.values() if placeholders.unknown(text.body)]
    file = Path(saved_answers.__file__).parent / "data" / "saved_answers.json"
    assert SavedAnswer.objects.count() == len(json.loads(file.read_text("utf-8"))) == 12


def test_an_answer_is_offered_filled_in_and_in_the_members_language(desk: Client) -> None:
    _answer(fr="Bonjour {first_name} : {reference}, {subject}.", de="Guten Tag {first_name}!")
    page = _offered(desk, member_request := _a_request("de"))
    assert "Guten Tag Aline!" in page
    assert "T fr" not in page
    page = _offered(desk, member_request := _a_request("fr"))
    assert f"Bonjour Aline : {member_request.reference}, {member_request.subject}." in page


def test_names_of_adviser_office_and_day_are_filled_in(desk: Client) -> None:
    _answer(fr="{adviser}, {office}, {reply_by}")
    # The fifteenth working day after Thursday 15 June 2023.
    assert "Inès Lambert, Liège, 6 juillet 2023" in _offered(desk, _a_request())


def test_a_language_that_is_missing_is_said(desk: Client) -> None:
    one = _answer(nl="Alleen in het Nederlands")
    page = _offered(desk, _a_request("de"))
    assert "only in NL" in page
    response = _insert(desk, _a_request("de"), saved=one.pk)
    assert "“T nl” is in NL" in response.content.decode()


def test_the_answers_of_other_branches_are_not_in_the_way(desk: Client) -> None:
    _answer("coop", fr="D'une autre branche")
    _answer("first_line", fr="De la mienne")
    assert "D&#x27;une autre branche" not in _offered(desk, _a_request())
    in_coop = _a_request(topic_code="share")
    assert in_coop.branch == branch("coop")
    page = _offered(desk, in_coop)
    assert page.index("D&#x27;une autre branche") < page.index("De la mienne")


def test_without_a_script_an_answer_goes_behind_what_is_typed(desk: Client) -> None:
    one, member_request = _answer(fr="Bonjour {first_name}."), _a_request()
    response = _insert(
        desk, member_request, saved=one.pk, body="Chère Aline,", note="À vérifier", view="mine"
    )
    assert response.redirect_chain[0][0].endswith("?view=mine#reply")
    fields = Draft.objects.get().fields
    assert (fields["body"], fields["note"]) == ("Chère Aline,\n\nBonjour Aline.", "À vérifier")
    assert "Bonjour Aline.</textarea>" in response.content.decode()


@pytest.mark.parametrize("saved", ["", "0", "x", "9" * 30])
def test_nothing_chosen_keeps_what_is_typed(desk: Client, saved: str) -> None:
    response = _insert(desk, _a_request(), saved=saved, body="Chère Aline,")
    assert "Choose a saved answer first." in response.content.decode()
    assert Draft.objects.get().fields["body"] == "Chère Aline,"


def test_what_is_filled_in_is_text_and_not_markup(desk: Client) -> None:
    _answer(fr="{subject}")
    page = _offered(desk, _a_request(subject="<img src=x onerror=alert(1)>"))
    assert "<img" not in page


def _form(**fields: Any) -> dict[str, Any]:
    return {"branch": "first_line", "title_fr": "Accueil", "body_fr": "Bonjour {first_name}"} | (
        fields
    )


def _write(desk: Client, **fields: Any) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return desk.post(reverse("requests_app:new_saved_answer"), _form(**fields))


def test_an_adviser_writes_for_the_own_branch_alone(desk: Client) -> None:
    assert _write(desk).status_code == 302
    assert SavedAnswer.objects.latest("pk").branch == branch("first_line")
    assert _write(desk, branch="coop").status_code == 422
    foreign = SavedAnswer.objects.filter(branch__code="coop").earliest("pk")
    for name in ("saved_answer", "throw_away_answer"):
        with time_machine.travel(NOW, tick=False):
            address = reverse(f"requests_app:{name}", args=[foreign.pk])
            assert desk.post(address, _form(branch="coop")).status_code == 404
    assert SavedAnswer.objects.filter(pk=foreign.pk).exists()


def test_a_manager_writes_for_every_branch(client: Client) -> None:
    client.force_login(UserFactory(role=Role.MANAGER, language="en"))
    assert _write(client, branch="coop").status_code == 302


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Bonjour {firstname}", "{firstname} is not known: did you mean {first_name}?"),
        ("Bonjour {prénom}", "{prénom} is not known."),
        ("Bonjour {first_name", "{ is not known."),
        ("Bonjour {{first_name}}", "{ is not known."),
        ("", "Write the text of this title."),
    ],
)
def test_a_misspelt_place_is_named_and_nothing_is_stored(
    desk: Client, body: str, said: str
) -> None:
    before = SavedAnswer.objects.count()
    response = _write(desk, body_fr=body, body_nl="Dag", title_nl="Dag")
    assert response.status_code == 422
    assert said in response.content.decode()
    assert body in response.content.decode()
    assert SavedAnswer.objects.count() == before


def test_an_answer_without_any_language_is_refused(desk: Client) -> None:
    assert _write(desk, title_fr="", body_fr=" ").status_code == 422


def test_a_preview_shows_every_language_and_stores_nothing(desk: Client) -> None:
    before = SavedAnswer.objects.count()
    response = _write(desk, preview="yes")
    page = response.content.decode()
    assert response.status_code == 200
    assert "Bonjour Aline" in page
    assert page.count("Missing: the answer is offered in another language") == 3
    assert SavedAnswer.objects.count() == before


def test_of_two_who_change_the_same_answer_the_second_keeps_the_text(desk: Client) -> None:
    one = _answer(fr="Avant")
    address = reverse("requests_app:saved_answer", args=[one.pk])
    with time_machine.travel(NOW, tick=False):
        first = desk.post(address, _form(based_on=1, body_fr="Le premier"))
        second = desk.post(address, _form(based_on=1, body_fr="Le second"))
    assert (first.status_code, second.status_code) == (302, 409)
    assert "Le second</textarea>" in second.content.decode()
    assert SavedAnswerText.objects.get(saved_answer=one).body == "Le premier"


def test_a_language_that_is_emptied_goes(desk: Client) -> None:
    one = _answer(fr="Bonjour", nl="Dag")
    address = reverse("requests_app:saved_answer", args=[one.pk])
    with time_machine.travel(NOW, tick=False):
        desk.post(address, _form(based_on=1))
    assert list(one.texts.values_list("language", flat=True)) == ["fr"]


def test_who_may_not_write_is_refused_by_the_domain_too() -> None:
    elsewhere = OfficeFactory(code="MONS", name="Mons", reference_prefix="MO")
    adviser = an_adviser(None, office=elsewhere)
    with pytest.raises(SavedAnswerRefused):
        saved_answers.throw_away(saved_answer=_answer(fr="Bonjour"), by=adviser, at=NOW)


@pytest.mark.parametrize(
    ("constraint", "text"),
    [
        ("one_text_an_answer_and_language", {"language": "fr", "title": "T", "body": "B"}),
        ("saved_answers_say_something", {"language": "nl", "title": "T", "body": ""}),
        ("saved_answers_are_in_four_languages", {"language": "it", "title": "T", "body": "B"}),
    ],
)
def test_the_database_holds_what_the_code_relies_on(constraint: str, text: dict[str, str]) -> None:
    one = _answer(fr="Bonjour")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        SavedAnswerText.objects.create(saved_answer=one, **text)
