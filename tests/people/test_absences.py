"""Days on which an adviser is away: kept without a reason, never twice."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError
from django.test import Client
from django.urls import reverse

from people import admin
from people.models import Absence
from people.roles import Role
from tests.factories import NOW, TODAY, AbsenceFactory, UserFactory, an_adviser

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_absences_end_after_they_begin() -> None:
    with pytest.raises(DatabaseError, match=r"absences_end_after_they_begin|range lower bound"):
        AbsenceFactory(starts_on=TODAY, ends_on=TODAY - DAY)


@pytest.mark.parametrize("days", [0, 1])
def test_absences_of_an_adviser_do_not_overlap(days: int) -> None:
    adviser = AbsenceFactory().adviser
    day = TODAY + days * DAY
    with pytest.raises(IntegrityError, match="absences_of_an_adviser_do_not_overlap"):
        AbsenceFactory(adviser=adviser, starts_on=day, ends_on=day + 9 * DAY)


def test_two_advisers_may_be_away_at_once_and_one_again_the_day_after() -> None:
    absence = AbsenceFactory()
    AbsenceFactory()
    AbsenceFactory(adviser=absence.adviser, starts_on=TODAY + 2 * DAY, ends_on=TODAY + 3 * DAY)
    assert Absence.objects.on(TODAY).count() == 2


@pytest.mark.parametrize(("days", "holds"), [(-1, 0), (0, 1), (1, 1), (2, 0)])
def test_the_first_and_the_last_day_belong_to_it(days: int, holds: int) -> None:
    AbsenceFactory()
    assert Absence.objects.on(TODAY + days * DAY).count() == holds


def test_an_administrator_records_one_and_wakes_the_work(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(admin, "wake", woken.append)
    adviser, client = an_adviser(), Client()
    client.force_login(UserFactory(role=Role.ADMINISTRATOR))
    typed = {"adviser": adviser.pk, "starts_on": "2023-06-15", "ends_on": "2023-06-16"}
    with (
        time_machine.travel(NOW, tick=False),
        django_capture_on_commit_callbacks(execute=True),  # type: ignore[operator]
    ):
        client.post(reverse("admin:people_absence_add"), typed)
    assert Absence.objects.get().adviser == adviser
    assert woken == ["requests_app.tasks.return_requests"]
