"""What somebody does with a link: answer once, keep a draft, refuse. Pages and rules together."""

import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from people.models import Member, User
from surveys import answering, waves
from surveys.answering import AnswerRefused
from surveys.models import AnswerDraft, InboxAnswer, Invitation, OptOut, Wave
from surveys.sealing import SealBroken, inbox_secret, seal, unseal
from tests.factories import NOW
from tests.surveys.situations import a_wave, later, tokens

pytestmark = pytest.mark.django_db

ANSWER = {"contact": "1", "m1": "4", "m2": "5", "m3": "1", "m5": "na", "comment": "Merci"}


@pytest.fixture
def wave() -> Wave:
    return a_wave(started=True, people=2)


@pytest.fixture
def token(wave: Wave) -> str:
    return tokens(wave)[0]


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def page(token: str, name: str = "answer", **query: str) -> Any:
    return Client().get(reverse(f"surveys:{name}", args=[token]), query)


def post(token: str, name: str = "answer", **data: str) -> Any:
    return Client().post(reverse(f"surveys:{name}", args=[token]), data)


def only_answer() -> dict[str, Any]:
    return unseal(InboxAnswer.objects.get().sealed, secret=inbox_secret())


def test_an_answer_goes_sealed_into_the_inbox(token: str) -> None:
    assert post(token, **ANSWER).status_code == 302
    assert only_answer() == {
        "stratum": "LIEGE.none",
        "choices": {
            "contact": 1, "m1": 4, "m2": 5, "m3": 1, "m4": None, "m5": "na", "m6": None, "m7": None,
        },
        "comment": "Merci",
    }  # fmt: skip
    assert b"Merci" not in bytes(InboxAnswer.objects.get().sealed)
    assert Invitation.objects.filter(is_spent=True).count() == 1


def test_without_contact_only_the_last_question_counts(token: str) -> None:
    post(token, contact="2", m1="5", m7="4")
    choices = only_answer()["choices"]
    assert (choices["m1"], choices["m7"], choices["contact"]) == (None, 4, 2)


def test_an_empty_answer_is_not_sent(token: str) -> None:
    response = post(token)
    assert response.status_code == 422
    assert not InboxAnswer.objects.exists()


@pytest.mark.parametrize("wrong", [{"m1": "6"}, {"m1": "x"}, {"m2": "\0"}, {"comment": "a\0"}])
def test_what_is_not_on_the_scale_is_refused_and_the_rest_is_kept(
    token: str, wrong: dict[str, str]
) -> None:
    response = post(token, **ANSWER | wrong)
    assert response.status_code == 422
    assert 'name="m3" value="1"' in response.content.decode()
    assert re.search(r'name="m3"[^>]*value="1"[^>]*checked', response.content.decode())
    assert not InboxAnswer.objects.exists()


def test_a_link_is_good_for_one_answer(token: str) -> None:
    post(token, **ANSWER)
    assert post(token, **ANSWER).status_code == 200
    assert InboxAnswer.objects.count() == 1
    with pytest.raises(AnswerRefused):
        answering.send(token=token, choices={"m1": 1}, comment="", at=NOW)
    assert page(token).status_code == 200


def test_a_forwarded_link_takes_one_answer_and_says_so_to_the_other(token: str) -> None:
    Invitation.objects.update(language="en")
    post(token, **ANSWER | {"comment": "Danke schön"})
    second = post(token, contact="1", m1="1", comment="Moi aussi")
    assert second.status_code == 200
    text = second.content.decode()
    assert "somebody else had your link" in text
    # What the other one wrote is not lost to them, and went nowhere.
    assert "Moi aussi" in text
    assert only_answer()["comment"] == "Danke schön"
    assert "Danke schön" not in page(token).content.decode()


def test_what_is_sent_too_late_is_given_back_to_copy(wave: Wave, token: str) -> None:
    Invitation.objects.update(language="de")
    waves.close(wave=wave, at=NOW)
    late = post(token, **ANSWER | {"comment": "Danke an Aïcha"})
    assert late.status_code == 410
    text = late.content.decode()
    assert "Danke an Aïcha" in text
    assert "Wie zufrieden sind Sie" in text
    assert "readonly" in text
    assert not InboxAnswer.objects.exists()
    assert "readonly" not in page(token).content.decode()


def test_a_wave_that_closes_while_one_writes_gives_the_answer_back(
    wave: Wave, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = answering.send

    def too_late(**arguments: Any) -> None:
        waves.close(wave=wave, at=NOW)
        send(**arguments)

    monkeypatch.setattr(answering, "send", too_late)
    late = post(token, **ANSWER)
    assert late.status_code == 410
    assert "Merci" in late.content.decode()


def test_the_first_question_may_not_apply_either(token: str) -> None:
    assert re.search(r'name="contact"[^>]*value="na"', page(token).content.decode())
    post(token, contact="na", m1="4")
    choices = only_answer()["choices"]
    assert (choices["contact"], choices["m1"]) == ("na", 4)


def test_a_paused_wave_says_until_when_it_is_open(wave: Wave, token: str) -> None:
    Invitation.objects.update(language="en")
    waves.pause(wave=wave, by=wave.planned_by, at=NOW)
    with time_machine.travel(later(days=20), tick=False):
        # Two weeks from 15 June, and the twenty days for which the clock has stood still.
        assert b"July 19, 2023" in page(token).content or b"19 July 2023" in page(token).content
        assert post(token, **ANSWER).status_code == 302


def test_reading_changes_nothing_however_often(token: str) -> None:
    for _scan in range(3):
        for name in ("answer", "refuse"):
            assert page(token, name).status_code == 200
            address = reverse(f"surveys:{name}", args=[token])
            assert Client().head(address).status_code == 200
    assert not OptOut.objects.exists()
    assert not Invitation.objects.filter(is_spent=True).exists()
    assert post(token, **ANSWER).status_code == 302


@pytest.mark.parametrize("altered", ["x", "A" * 43, "é" * 10, "%00", "a" * 3000])
def test_an_altered_link_gets_a_clear_page_and_changes_nothing(wave: Wave, altered: str) -> None:
    for name in ("answer", "refuse"):
        response = page(altered, name)
        assert response.status_code == 404
        assert b"<h1" in response.content
        assert post(altered, name).status_code == 404
    assert post(altered, "keep").status_code == 404
    assert not OptOut.objects.exists()


def test_a_closed_wave_takes_nothing_and_says_so(wave: Wave, token: str) -> None:
    answering.keep_draft(token=token, typed={"m1": "4"}, at=NOW)
    with time_machine.travel(later(days=14), tick=False):
        assert page(token).status_code == 410
        assert post(token, **ANSWER).status_code == 410
    waves.close(wave=wave, at=later(days=1))
    assert post(token, **ANSWER).status_code == 410
    assert not InboxAnswer.objects.exists()
    assert not AnswerDraft.objects.exists()


def test_a_paused_wave_still_takes_answers(wave: Wave, token: str) -> None:
    waves.pause(wave=wave, by=wave.planned_by, at=NOW)
    assert post(token, **ANSWER).status_code == 302
    assert InboxAnswer.objects.count() == 1


def test_a_draft_is_kept_under_the_link_alone_and_gone_once_sent(wave: Wave, token: str) -> None:
    assert post(token, "keep", **ANSWER).status_code == 302
    assert answering.draft_of(token)["m1"] == "4"
    draft = AnswerDraft.objects.get()
    assert draft.key not in set(Invitation.objects.values_list("token_hash", flat=True))
    with pytest.raises(SealBroken):
        unseal(draft.sealed, secret=inbox_secret())
    assert re.search(r'name="m1"[^>]*value="4"[^>]*checked', page(token).content.decode())
    assert answering.draft_of(tokens(wave)[1]) == {}
    post(token, **ANSWER)
    assert not AnswerDraft.objects.exists()


def test_the_script_keeps_a_draft_without_a_page(token: str) -> None:
    address = reverse("surveys:keep", args=[token])
    response = Client().post(address, ANSWER, headers={"X-Kept-By": "script"})
    assert response.status_code == 204


def test_a_draft_of_a_spent_link_is_not_kept(token: str) -> None:
    post(token, **ANSWER)
    assert post(token, "keep", **ANSWER).status_code == 302
    assert not AnswerDraft.objects.exists()


def test_changing_the_language_keeps_what_was_chosen(token: str) -> None:
    response = post(token, "keep", **ANSWER, language="de")
    german = Client().get(response["Location"])
    assert german["Content-Language"] == "de"
    assert "Wie zufrieden sind Sie" in german.content.decode()
    assert re.search(r'name="m1"[^>]*value="4"[^>]*checked', german.content.decode())


def test_the_page_speaks_the_language_of_the_invitation(token: str) -> None:
    Invitation.objects.update(language="nl")
    response = page(token)
    assert response["Content-Language"] == "nl"
    assert 'lang="nl"' in response.content.decode()


def test_one_click_and_never_again(token: str) -> None:
    assert post(token, "refuse").status_code == 200
    invitation = Invitation.objects.get(has_refused=True)
    assert invitation.due_at is None
    member = Member.objects.get(user=invitation.row.person_id)
    assert not member.may_be_surveyed
    assert OptOut.objects.get().person_id == member.user_id
    assert post(token, "refuse").status_code == 200
    assert OptOut.objects.count() == 1


def test_a_mail_program_refuses_with_the_one_click_of_the_standard(token: str) -> None:
    post(token, "refuse", **{"List-Unsubscribe": "One-Click"})
    assert OptOut.objects.count() == 1


def test_refusing_still_works_after_answering_and_after_the_end(wave: Wave, token: str) -> None:
    post(token, **ANSWER)
    waves.close(wave=wave, at=NOW)
    post(token, "refuse")
    assert OptOut.objects.count() == 1
    assert InboxAnswer.objects.count() == 1


def test_the_address_leaks_nowhere(token: str) -> None:
    response = page(token)
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    assert not response.cookies
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', response.content.decode())


def test_no_cookie_is_needed_to_answer(token: str) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("surveys:answer", args=[token]), ANSWER)
    assert response.status_code == 302
    assert InboxAnswer.objects.count() == 1


def test_an_erased_member_leaves_the_answer_and_the_count(wave: Wave, token: str) -> None:
    post(token, **ANSWER)
    person = Invitation.objects.get(is_spent=True).row.person
    Member.objects.filter(user=person).delete()
    User.objects.filter(pk=person.pk).delete()
    assert InboxAnswer.objects.count() == 1
    assert wave.invitations.filter(is_spent=True).count() == 1
    assert page(token).status_code == 200


def test_a_member_erased_before_answering_still_gets_a_page(wave: Wave, token: str) -> None:
    person = answering.find(token).row.person
    Member.objects.filter(user=person).delete()
    User.objects.filter(pk=person.pk).delete()
    assert page(token).status_code == 200
    assert post(token, **ANSWER).status_code == 302
    assert post(token, "refuse").status_code == 200


def test_the_page_costs_a_few_queries(token: str, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(3):
        page(token)


def test_boxes_are_all_of_one_size() -> None:
    small, large = ({"a": ""}, {"a": "é" * 1000})
    assert len(seal(small, secret=inbox_secret())) == len(seal(large, secret=inbox_secret()))
    with pytest.raises(ValueError, match="more than"):
        seal({"a": "x" * 9000}, secret=inbox_secret())
