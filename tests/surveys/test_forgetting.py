"""Three months after a pilot nothing leads from its lists to people."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from dop_pilot.celery import app
from surveys import answering, forgetting, tasks, waves
from surveys.models import EarlierLink, FrameRow, Wave
from surveys.response import compared
from surveys.selectors import progress_of
from tests.factories import NOW
from tests.surveys.situations import a_wave, later, tokens

pytestmark = pytest.mark.django_db

DUE = datetime(2024, 3, 9, 4, 10, tzinfo=UTC)


@pytest.fixture
def wave() -> Wave:
    """Half of thirty answered; the pilot ended on 7 December 2023."""
    wave = a_wave(people=30, started=True)
    for token in tokens(wave)[:15]:
        answering.send(token=token, choices={"m1": 4}, comment="", at=NOW)
    joined = [date(2023, 5, 2), date(2020, 4, 11), date(2001, 1, 31)]
    for number, row in enumerate(wave.frame.order_by("id")):
        FrameRow.objects.filter(pk=row.pk).update(member_since=joined[number % 3])
    EarlierLink.objects.create(token_hash="0" * 64, invitation=wave.invitations.all()[0])
    waves.close(wave=wave, at=later(days=14))
    Wave.objects.update(mixed_at=NOW)
    wave.pilot.ends_on = date(2023, 12, 7)
    wave.pilot.save()
    wave.refresh_from_db()
    return wave


def test_nothing_is_forgotten_before_three_months_have_passed(wave: Wave) -> None:
    assert forgetting.forget_due(at=datetime(2024, 3, 7, 4, 10, tzinfo=UTC)) == 0
    assert wave.frame.filter(person__isnull=False).count() == 30


def test_links_names_and_keys_go_and_the_figures_stay(wave: Wave) -> None:
    keys = set(wave.frame.values_list("key", flat=True))
    before = (progress_of(wave), compared(wave))
    links = tokens(wave)
    assert forgetting.forget_due(at=DUE) == 1
    assert not wave.invitations.filter(token_hash__isnull=False).exists()
    assert not EarlierLink.objects.exists()
    assert not wave.frame.filter(person__isnull=False).exists()
    assert not keys & set(wave.frame.values_list("key", flat=True))
    assert all(answering.find(link) is None for link in links)
    wave.refresh_from_db()
    assert (progress_of(wave), compared(wave)) == before
    assert forgetting.forget_due(at=DUE) == 0


def test_the_order_of_the_rows_does_not_give_the_people_away(wave: Wave) -> None:
    ids = set(wave.frame.values_list("id", flat=True))
    forgetting.forget_due(at=DUE)
    after = list(wave.frame.order_by("id").values_list("id", "invitation__is_spent"))
    assert not ids & {key for key, _spent in after}
    assert sum(spent for _key, spent in after) == 15


def test_what_is_known_of_people_says_no_more_than_the_pages(wave: Wave) -> None:
    forgetting.forget_due(at=DUE)
    assert set(wave.frame.values_list("member_since", flat=True)) == {
        date(2023, 6, 1), date(2021, 6, 1), date(2018, 6, 1),
    }  # fmt: skip


def test_who_wants_to_draw_again_is_told_that_it_is_too_late(wave: Wave, client: Client) -> None:
    client.force_login(wave.planned_by)
    forgetting.forget_due(at=DUE)
    page = client.get(reverse("surveys:check", args=[wave.pk]))
    assert page.status_code == 200
    assert reverse("surveys:frame", args=[wave.pk]) not in page.content.decode()
    assert client.get(reverse("surveys:frame", args=[wave.pk])).status_code == 404


def test_a_running_wave_keeps_its_links() -> None:
    wave = a_wave(people=3, started=True)
    wave.pilot.ends_on = date(2023, 12, 7)
    wave.pilot.save()
    assert forgetting.forget_due(at=DUE) == 0
    assert answering.find(tokens(wave)[0])


def test_a_worker_forgets_each_day() -> None:
    names = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert tasks.forget_links.name in names
    assert tasks.forget_links() == 0
