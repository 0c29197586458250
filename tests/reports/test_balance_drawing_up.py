"""The balance: asked for once, drawn up by a worker, then frozen."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from kombu.exceptions import OperationalError

from branches.models import Office, Pilot
from dop_pilot.celery import app
from people.models import User
from reports import tasks
from reports.balance import drawing_up
from reports.balance_models import Balance
from reports.models import JobRun
from tests.reports.balances import (
    NOW,
    OVER,
    figures_of,
)
from tests.reports.conftest import Arrive

pytestmark = pytest.mark.usefixtures("in_november", "asked")


def test_two_who_ask_at_once_get_one_balance(pilot: Pilot, manager: User) -> None:
    first, _told = drawing_up.ask(pilot=pilot, at=NOW, by=manager)
    second, _told = drawing_up.ask(pilot=pilot, at=NOW + timedelta(seconds=1), by=manager)
    assert first == second
    with pytest.raises(IntegrityError), transaction.atomic():
        Balance.objects.create(pilot=pilot, number=2, key="other", cut_off=NOW)


def test_the_cut_off_is_when_it_was_asked_for(pilot: Pilot, arrive: Arrive) -> None:
    wish, _told = drawing_up.ask(pilot=pilot, at=NOW, by=None)
    arrive("2023-11-20T12:30")
    drawing_up.draw_up(wish.pk, at=NOW + timedelta(hours=2))
    balance = Balance.objects.get()
    assert balance.cut_off == NOW
    assert sum(row["received"] for row in figures_of(balance)["periods"]) == 0


def test_without_a_worker_the_sweeper_draws_it_up(
    pilot: Pilot, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_args: object, **_options: object) -> None:
        raise OperationalError

    monkeypatch.setattr(app, "send_task", unreachable)
    _wish, told = drawing_up.ask(pilot=pilot, at=NOW, by=manager)
    assert not told
    assert tasks.draw_up_balances() == 1
    assert Balance.objects.get().content is not None


def test_a_fault_is_recorded_and_hinders_no_other_pilot(
    pilot: Pilot, manager: User, office: Office
) -> None:
    Pilot.objects.filter(pk=pilot.pk).update(ends_on=date(2023, 7, 31))
    later = Pilot.objects.create(
        name="Next",
        baseline_starts_on=date(2023, 8, 1),
        starts_on=date(2023, 9, 1),
        ends_on=date(2024, 3, 1),
    )
    later.offices.set([office])
    broken, _told = drawing_up.ask(pilot=pilot, at=NOW, by=manager)
    Office.objects.get(code="MONS").opening_hours.all().delete()
    drawing_up.ask(pilot=later, at=NOW, by=manager)
    with pytest.raises(Exception, match="MONS has no opening hours"):
        tasks.draw_up_balances()
    assert Balance.objects.get(pilot=later).content is not None
    run = JobRun.objects.get(kind=drawing_up.BALANCE_JOB, period=str(broken.pk))
    assert "MONS has no opening hours" in run.error


def test_a_pilot_that_is_over_gets_one_final_balance_by_itself(pilot: Pilot) -> None:
    assert drawing_up.ask_for_final_ones(at=NOW) == 0
    assert drawing_up.ask_for_final_ones(at=OVER) == 1
    assert drawing_up.ask_for_final_ones(at=OVER) == 0
    with time_machine.travel(OVER, tick=False):
        tasks.draw_up_balances()
        assert drawing_up.ask_for_final_ones(at=OVER) == 0
    assert not Balance.objects.get().is_provisional


def test_a_balance_that_is_published_was_computed(pilot: Pilot, manager: User) -> None:
    wish, _told = drawing_up.ask(pilot=pilot, at=NOW, by=manager)
    with pytest.raises(drawing_up.PublishingRefused):
        drawing_up.publish(balance=wish, by=manager, at=NOW)
    with (
        pytest.raises(IntegrityError, match="a_published_balance_is_computed_and_has_a_publisher"),
        transaction.atomic(),
    ):
        Balance.objects.filter(pk=wish.pk).update(published_at=NOW, published_by=manager)
