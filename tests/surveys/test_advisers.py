"""The pulse of the advisers: the same engine, its own words, and stricter cells."""

from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import translation

from branches.models import Office
from people.roles import Role
from surveys import answering, invitations, mixing, waves
from surveys.enums import Kind, Side
from surveys.models import InboxAnswer, Invitation, Wave
from surveys.questionnaires import parse
from surveys.sealing import inbox_secret, unseal
from surveys.tallies import Group, tallies_of
from tests.factories import NOW, UserFactory, an_adviser
from tests.surveys.situations import a_wave, later, the_pilot, tokens

pytestmark = pytest.mark.django_db

LANGUAGES = ("fr", "nl", "de", "en")
WHOLE = {f"a{number}": "4" for number in range(1, 7)}


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def a_pulse(number: int, elsewhere: int = 0) -> Wave:
    pilot = the_pilot()
    mons = Office.objects.get(code="MONS")
    for _number in range(number):
        an_adviser("first_line")
    for _number in range(elsewhere):
        an_adviser(None, office=mons)
    offices = [*pilot.offices.all(), mons]
    return a_wave(people=5, kind=Kind.ADVISER, offices=offices, started=True)


def page_of(side: Side, language: str = "en") -> str:
    token = tokens_of(side)[0]
    return Client().get(reverse("surveys:answer", args=[token]), {"language": language}).text


def tokens_of(side: Side) -> list[str]:
    every = Wave.objects.get(), set(Invitation.objects.filter(stratum__side=side))
    return [token for token in tokens(every[0]) if answering.find(token) in every[1]]


def test_advisers_at_work_are_asked_and_members_are_not() -> None:
    wave = a_pulse(3, 2)
    assert {s.code: s.drawn for s in wave.strata.all()} == {"pilot": 3, "comparison": 2}
    while invitations.send_next(at=NOW):
        pass
    assert len(mail.outbox) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mail_says_who_is_shown_together(language: str) -> None:
    a_pulse(1, 1)
    Invitation.objects.update(language=language)
    while invitations.send_next(at=NOW):
        pass
    with translation.override(language):
        said = translation.gettext(
            "How was your month? Six questions, without your name. Nobody can see what you answer:"
            " only the answers of all pilot offices together, and of all comparison offices"
            " together, are shown, from 8 answers on."
        )
    assert all(said in message.body for message in mail.outbox)
    assert language == "en" or "How was" not in said


def test_the_page_asks_six_questions_without_a_first_one() -> None:
    a_pulse(1)
    page = page_of(Side.PILOT)
    assert page.count('<fieldset class="question') == 6
    assert 'name="contact"' not in page
    assert "all comparison offices together, from 8 answers on" in page
    assert "How was your month?" in page


def test_offices_by_team_are_asked_in_their_own_words() -> None:
    wave = a_pulse(1, 1)
    item = parse(wave.questionnaire.content).item("a4")
    for side in Side:
        other = next(one for one in Side if one != side)
        page = page_of(side, "de")
        assert item.text("de", side) in page
        assert item.text("de", other) not in page


def test_an_adviser_answers_once_and_may_leave_one_out() -> None:
    a_pulse(2)
    token = tokens_of(Side.PILOT)[0]
    address = reverse("surveys:answer", args=[token])
    said = {name: step for name, step in WHOLE.items() if name != "a2"} | {"a1": "na"}
    assert Client().post(address, said).status_code == 302
    assert Client().post(address, WHOLE).status_code == 200
    (box,) = InboxAnswer.objects.all()
    content = unseal(box.sealed, secret=inbox_secret())
    assert content["stratum"] == "pilot"
    assert content["choices"]["a2"] is None
    assert content["choices"]["a1"] == "na"


def _answered(wave: Wave, number: int) -> None:
    for token in tokens(wave)[:number]:
        answering.send(token=token, choices={"a1": 4}, comment="", at=NOW)
    waves.close(wave=wave, at=later(days=1))
    mixing.mix(wave=wave, at=later(days=1))
    wave.refresh_from_db()


@pytest.mark.parametrize(("answers", "is_shown"), [(7, False), (8, True)])
def test_seven_answers_are_hidden_and_eight_are_shown(
    client: Client, answers: int, is_shown: bool
) -> None:
    wave = a_pulse(10)
    _answered(wave, answers)
    (told,) = tallies_of([wave])
    assert (told.tally("a1", Group(Side.PILOT)) is not None) is is_shown
    assert [group.place for group in told.groups] == ["*"]
    assert wave.answers.filter(choices={}).exists() is not is_shown
    client.force_login(wave.planned_by)
    assert client.get(reverse("surveys:wave_results", args=[wave.pk])).status_code == 200


def test_a_plan_for_advisers_names_both_sides(client: Client) -> None:
    pilot = the_pilot()
    for _number in range(9):
        an_adviser("first_line")
    wave = a_wave(people=0, kind=Kind.ADVISER, offices=list(pilot.offices.all()), drawn=False)
    client.force_login(UserFactory(role=Role.MANAGER, language="en"))
    page = client.get(reverse("surveys:wave", args=[wave.pk])).text
    assert "for all pilot offices together and for all comparison offices together" in page
    assert "Pilot offices" in page
