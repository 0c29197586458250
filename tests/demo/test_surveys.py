"""The surveys of the demo: told by the product's own draws and mixing, with a bias to find."""

import re

import pytest
from django.core.management import call_command
from django.db import connection

from demo.models import DemoMail
from surveys import waves
from surveys.answering import Standing, find, standing
from surveys.enums import Kind, State
from surveys.models import Answer, FrameRow, Invitation, Wave
from surveys.selectors import progress_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded() -> None:
    call_command("load_demo", seed=3, scale=0.1, verbosity=0)


def test_six_waves_are_finished_and_one_runs(loaded: None) -> None:
    members = Wave.objects.filter(kind=Kind.MEMBER)
    assert members.filter(state=State.CLOSED, mixed_at__isnull=False).count() == 6
    assert members.filter(state=State.RUNNING).count() == 1
    assert Wave.objects.filter(kind=Kind.ADVISER, state=State.CLOSED).count() == 4
    for wave in Wave.objects.all():
        now, then = waves.draws_again(wave)
        assert now == then
        assert wave.answers.count() + wave.inbox.count() == progress_of(wave).total.answered
    _nobody_was_asked_too_often()
    _the_connected_answer_more_often()
    _an_invitation_in_the_mailbox_opens()


def _nobody_was_asked_too_often() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM surveys_framerow r JOIN surveys_wave w ON w.id = r.wave_id"
            " WHERE r.is_drawn AND w.kind = 'member' GROUP BY r.person_id"
        )
        assert max(number for (number,) in cursor.fetchall()) == 2


def _the_connected_answer_more_often() -> None:
    rates = {}
    for contact in ("none", "one"):
        asked = Invitation.objects.filter(stratum__contact=contact, wave__state=State.CLOSED)
        rates[contact] = asked.filter(is_spent=True).count() / asked.count()
    assert rates["one"] > rates["none"] + 0.05
    assert FrameRow.objects.filter(is_drawn=True).count() == Invitation.objects.count()
    assert Answer.objects.exists()


def _an_invitation_in_the_mailbox_opens() -> None:
    tokens = [re.search(r"/s/([\w-]+)/\n", m.body) for m in DemoMail.objects.all()]
    (token, *_others) = [found.group(1) for found in tokens if found]
    invitation = find(token)
    assert invitation is not None
    assert standing(invitation, at=invitation.wave.started_at) == Standing.OPEN
