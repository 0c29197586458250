"""Questionnaires: drafted in four languages, released once complete, and then never changed."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from people.roles import Role
from surveys import questions, versions, waves
from surveys.enums import Kind
from surveys.models import Questionnaire
from surveys.questionnaire_form import QuestionnaireForm
from surveys.questionnaires import BadQuestionnaire, brought_along, gaps, parse, with_marks
from tests.factories import NOW, UserFactory
from tests.surveys.situations import a_draft, a_wave

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now_in_english() -> Any:
    with time_machine.travel(NOW, tick=False), translation.override("en"):
        yield


@pytest.fixture
def administrator() -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.ADMINISTRATOR, language="en"))
    return client


def typed(draft: Questionnaire, **changes: Any) -> dict[str, Any]:
    """What the page of this draft posts, with some boxes changed."""
    form = QuestionnaireForm(
        initial=QuestionnaireForm.initial_of(draft.content, revision=draft.revision),
        content=draft.content,
    )
    values = {name: form[name].value() for name in form.fields}
    posted = {name: value for name, value in values.items() if value not in (None, False)}
    return posted | {name.replace("__", "-"): value for name, value in changes.items()}


def address(name: str, draft: Questionnaire) -> str:
    return reverse(f"surveys:{name}", args=[draft.pk])


# --- what is written ---


@pytest.mark.parametrize("kind", list(Kind))
def test_saving_without_a_change_changes_nothing(administrator: Client, kind: Kind) -> None:
    draft = a_draft(kind)
    before = parse(draft.content)
    response = administrator.post(address("questionnaire", draft), typed(draft))
    assert response.status_code == 302
    draft.refresh_from_db()
    assert (parse(draft.content), draft.revision) == (before, 2)


def test_a_text_is_changed_in_one_language(administrator: Client) -> None:
    draft = a_draft()
    changes = {"m1__de": "Wie zufrieden sind Sie mit der Genossenschaftsbegleitung?"}
    administrator.post(address("questionnaire", draft), typed(draft, **changes))
    draft.refresh_from_db()
    assert draft.content["items"][0]["texts"]["de"] == changes["m1__de"]


def test_a_draft_may_have_gaps_and_each_is_named(administrator: Client) -> None:
    draft = a_draft()
    data = typed(draft, m1__nl="", m1__de=" \n ", comment__fr="")
    page = administrator.post(address("questionnaire", draft), data, follow=True)
    draft.refresh_from_db()
    assert gaps(draft.content) == ["m1: missing in NL, DE.", "Comment: missing in FR."]
    assert "m1: missing in NL, DE." in page.content.decode()
    assert page.content.decode().count(">missing</span>") == 3


def test_a_draft_with_gaps_is_not_released(administrator: Client) -> None:
    draft = a_draft()
    data = typed(draft, m2__en="", then="release")
    page = administrator.post(address("questionnaire", draft), data, follow=True)
    draft.refresh_from_db()
    assert draft.released_at is None
    assert "Saved, but not released: m2: missing in EN." in page.content.decode()


def test_a_comment_without_any_text_is_not_asked_for(administrator: Client) -> None:
    draft = a_draft()
    nothing = {f"comment__{language}": "" for language in ("fr", "nl", "de", "en")}
    administrator.post(address("questionnaire", draft), typed(draft, **nothing))
    draft.refresh_from_db()
    assert not parse(draft.content).comment


def test_the_first_question_can_be_left_out_and_asked_for(administrator: Client) -> None:
    draft = a_draft()
    data = typed(draft)
    del data["asks_contact"]
    administrator.post(address("questionnaire", draft), data)
    draft.refresh_from_db()
    assert not parse(draft.content).contact
    administrator.post(address("questionnaire", draft), typed(draft, asks_contact="on"))
    draft.refresh_from_db()
    assert gaps(draft.content) == ["First question: missing in FR, NL, DE, EN."]


def test_a_question_is_added_with_a_code_that_no_version_ever_had(administrator: Client) -> None:
    draft = a_draft()
    administrator.post(address("questionnaire", draft), typed(draft, then="remove:m7"))
    draft.refresh_from_db()
    response = administrator.post(address("questionnaire", draft), typed(draft, then="add"))
    draft.refresh_from_db()
    assert [item["code"] for item in draft.content["items"]][-2:] == ["m6", "m8"]
    assert response["Location"].endswith("#question-m8")


def test_a_question_moves_up(administrator: Client) -> None:
    draft = a_draft()
    administrator.post(address("questionnaire", draft), typed(draft, then="up:m3"))
    draft.refresh_from_db()
    assert [item["code"] for item in draft.content["items"]][:3] == ["m1", "m3", "m2"]


def test_there_are_at_most_ten_questions(administrator: Client) -> None:
    draft = a_draft()
    for _number in range(questions.MOST_QUESTIONS - len(draft.content["items"])):
        administrator.post(address("questionnaire", draft), typed(draft, then="add"))
        draft.refresh_from_db()
    response = administrator.post(address("questionnaire", draft), typed(draft, then="add"))
    assert response.status_code == 409
    assert b"not answered in two minutes" in response.content
    draft.refresh_from_db()
    assert len(draft.content["items"]) == questions.MOST_QUESTIONS


def test_a_new_scale_serves_a_question(administrator: Client) -> None:
    draft = a_draft()
    administrator.post(address("questionnaire", draft), typed(draft, then="scale"))
    draft.refresh_from_db()
    steps = {f"scale-scale1-{language}": "a\n\n b \nc" for language in ("fr", "nl", "de", "en")}
    administrator.post(address("questionnaire", draft), typed(draft) | steps)
    draft.refresh_from_db()
    data = typed(draft) | {"m1-scale": "scale1", "m1-top": ["3"]}
    administrator.post(address("questionnaire", draft), data)
    draft.refresh_from_db()
    item = parse(draft.content).item("m1")
    assert item.scale["de"] == ["a", "b", "c"]
    assert item.top_box == {3}


@pytest.mark.parametrize(
    ("box", "text"),
    [("m1-fr", "x\0y"), ("m1-fr", "x" * 301), ("scale-agree5-nl", "\n".join("abcdefgh")),
     ("m1-scale", "no-such-scale"), ("m1-top", ["9"]), ("revision", "")],
)  # fmt: skip
def test_what_cannot_be_stored_is_refused_and_stays_on_the_page(
    administrator: Client, box: str, text: Any
) -> None:
    draft = a_draft()
    data = typed(draft, m2__fr="Resté ?") | {box: text}
    response = administrator.post(address("questionnaire", draft), data)
    assert response.status_code == 422
    assert "Resté ?" in response.content.decode()
    draft.refresh_from_db()
    assert draft.revision == 1


# --- two people, and what never changes ---


def test_of_two_who_save_the_second_is_told_and_keeps_what_was_typed(
    administrator: Client,
) -> None:
    draft = a_draft()
    mine = typed(draft, m1__fr="La mienne")
    administrator.post(address("questionnaire", draft), typed(draft, m1__fr="La sienne"))
    response = administrator.post(address("questionnaire", draft), mine)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody else has saved this draft" in page
    assert "La mienne" in page
    draft.refresh_from_db()
    assert draft.content["items"][0]["texts"]["fr"] == "La sienne"
    administrator.post(address("questionnaire", draft), mine | {"revision": draft.revision})
    draft.refresh_from_db()
    assert draft.content["items"][0]["texts"]["fr"] == "La mienne"


def test_there_is_one_draft_at_a_time(administrator: Client) -> None:
    draft = a_draft()
    first = Questionnaire.objects.get(kind=Kind.MEMBER, version=1)
    page = administrator.post(address("copy_questionnaire", first), follow=True)
    assert b"There is a draft already" in page.content
    with pytest.raises(IntegrityError, match="one_draft_of_each_questionnaire"):
        Questionnaire.objects.create(kind=draft.kind, version=9, content=draft.content)


def test_a_wave_cannot_be_frozen_to_a_draft() -> None:
    draft = a_draft()
    with pytest.raises(IntegrityError, match="questionnaires_in_use_were_released"):
        Questionnaire.objects.filter(pk=draft.pk).update(frozen_at=NOW)


CHANGES: list[Callable[[Questionnaire], object]] = [
    lambda one: Questionnaire.objects.filter(pk=one.pk).update(content={}),
    lambda one: Questionnaire.objects.filter(pk=one.pk).update(released_at=None),
    lambda one: Questionnaire.objects.filter(pk=one.pk).update(version=99),
    lambda one: Questionnaire.objects.filter(pk=one.pk).delete(),
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_keeps_a_released_version(change: Callable[[Questionnaire], object]) -> None:
    released = a_draft(released=True)
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        change(released)


def test_a_released_version_has_no_page_to_change_it(administrator: Client) -> None:
    released = a_draft(released=True)
    assert administrator.get(address("questionnaire", released)).status_code == 404
    assert administrator.post(address("discard_questionnaire", released)).status_code == 404


def test_two_releases_at_once_are_one() -> None:
    draft = a_draft()
    by = UserFactory(role=Role.ADMINISTRATOR)
    versions.release(questionnaire=draft, by=by, at=NOW)
    with pytest.raises(versions.QuestionnaireRefused):
        versions.release(questionnaire=draft, by=by, at=NOW)


# --- which version is asked ---


def test_a_wave_asks_the_newest_released_version() -> None:
    released = a_draft(released=True)
    wave = a_wave(drawn=False)
    assert wave.questionnaire == released


def test_a_wave_never_asks_a_draft() -> None:
    a_draft()
    assert a_wave(drawn=False).questionnaire.version == 1


def test_a_release_leaves_a_planned_wave_its_version() -> None:
    wave = a_wave(drawn=False)
    a_draft(released=True)
    waves.draw_sample(wave=wave, by=wave.planned_by, at=NOW)
    wave.refresh_from_db()
    assert wave.questionnaire.version == 1


def test_scales_that_nobody_uses_are_not_released() -> None:
    draft = a_draft()
    content = questions.with_scale(draft.content)
    by = UserFactory(role=Role.ADMINISTRATOR)
    versions.change(questionnaire=draft, content=content, revision=1, by=by, at=NOW)
    versions.release(questionnaire=draft, by=by, at=NOW)
    draft.refresh_from_db()
    assert set(draft.content["scales"]) == set(brought_along(Kind.MEMBER)["scales"])


# --- the list and the preview ---


def test_the_list_costs_the_same_for_many_versions(
    administrator: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    administrator.get(reverse("surveys:questionnaires"))
    for number in range(4):
        a_draft(released=number < 3)
    # The session, the person, and all versions with their waves.
    with django_assert_num_queries(3):
        page = administrator.get(reverse("surveys:questionnaires")).content.decode()
    assert page.count("Version ") >= 6


def test_a_manager_looks_and_changes_nothing() -> None:
    draft, client = a_draft(), Client()
    client.force_login(UserFactory(role=Role.MANAGER, language="en"))
    page = client.get(reverse("surveys:questionnaires")).content.decode()
    assert "Go on writing" not in page
    assert client.get(address("preview", draft)).status_code == 200


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_the_preview_marks_what_a_language_lacks(administrator: Client, language: str) -> None:
    draft = a_draft()
    data = typed(draft) | {"m1-de": "", "scale-agree5-de": "a\nb"}
    administrator.post(address("questionnaire", draft), data)
    response = administrator.get(address("preview", draft) + f"?language={language}")
    page = response.content.decode()
    assert response.status_code == 200
    assert ("[DE: " in page) == (language == "de")


def test_the_preview_shows_the_wording_of_the_other_offices(administrator: Client) -> None:
    draft = a_draft(Kind.ADVISER)
    page = administrator.get(address("preview", draft) + "?language=en&side=comparison")
    assert b"Handovers to and from colleagues work well." in page.content
    assert b"other branches" not in page.content


@pytest.mark.parametrize("query", ["language=it", "side=both"])
def test_a_preview_of_nothing_is_not_there(administrator: Client, query: str) -> None:
    assert administrator.get(f"{address('preview', a_draft())}?{query}").status_code == 404


# --- the pure part ---


def test_a_mark_stands_for_each_missing_text() -> None:
    content = brought_along(Kind.MEMBER)
    content["items"][0]["texts"] = {}
    content["items"][1]["top_box"] = []
    content["not_applicable"] = {}
    with pytest.raises(BadQuestionnaire):
        parse(content)
    form = parse(with_marks(content))
    assert form.item("m1").texts["nl"] == "[NL: missing]"
    assert form.not_applicable["fr"] == "[FR: missing]"
    assert content["items"][0]["texts"] == {}


def test_a_scale_of_two_lengths_is_a_gap() -> None:
    content = brought_along(Kind.MEMBER)
    content["scales"]["repeat3"]["nl"].pop()
    assert gaps(content) == ["m5: the scale has not the same length in every language."]


def test_a_questionnaire_without_questions_is_a_gap() -> None:
    content = questions.without_unused_scales(brought_along(Kind.MEMBER) | {"items": []})
    assert gaps(content) == ["There is no question yet."]


def test_the_first_question_stays_first() -> None:
    content = brought_along(Kind.MEMBER)
    assert questions.moved_up(content, code="m1") == content
    assert questions.moved_up(content, code="no-such") == content
