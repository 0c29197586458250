from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from branches.models import LANGUAGES, Office, Pilot
from people.models import User
from people.roles import Role
from reports import pilot_plan
from reports.plan_form import PlanForm
from reports.plan_models import PilotChange
from tests.factories import NOW, OfficeFactory, UserFactory
from tests.reports.test_pilot_plan import LATER, locked, pilot, plan

__all__ = ["locked", "pilot", "plan"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def sent(pilot: Pilot, **changes: Any) -> dict[str, Any]:
    """What the form of this pilot sends when only these fields were touched."""
    values = PlanForm.values_of(pilot_plan.of_pilot(pilot)) | changes
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }


def test_a_manager_enters_locks_and_reads_a_plan(client: Client, plan: Any) -> None:
    draft = pilot_plan.enter(plan=plan, by=UserFactory(role=Role.ADMINISTRATOR), at=NOW)
    fields = sent(draft)
    draft.delete()
    with time_machine.travel(NOW, tick=False):
        response = client.post(reverse("reports:new_plan"), fields)
        stored = Pilot.objects.get()
        client.post(reverse("reports:lock_plan", args=[stored.pk]))
    address = reverse("reports:plan", args=[stored.pk])
    assert response["Location"] == address
    assert pilot_plan.of_pilot(stored) == plan
    stored.refresh_from_db()
    assert stored.plan.locked_at == NOW
    assert stored.plan.locked_by.name in client.get(address).text


def test_a_change_of_a_locked_plan_stands_on_its_page(client: Client, locked: Pilot) -> None:
    client.post(
        reverse("reports:edit_plan", args=[locked.pk]),
        sent(locked, ends_on=date(2023, 12, 14), reason="A week more"),
    )
    page = client.get(reverse("reports:plan", args=[locked.pk])).text
    assert "A week more" in page
    assert "14 December 2023" in page


def test_without_a_reason_nothing_changes_and_what_was_typed_is_kept(
    client: Client, locked: Pilot
) -> None:
    fields = sent(locked, ends_on=date(2023, 12, 14), reason=" ")
    response = client.post(reverse("reports:edit_plan", args=[locked.pk]), fields)
    assert response.status_code == 422
    assert 'value="2023-12-14"' in response.text
    assert response.context["form"].errors.keys() == {"reason"}
    assert not PilotChange.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "\u200b"),
        ("starts_on", "8 June"),
        ("offices", []),
        ("offices", ["999999"]),
        ("promise_working_days", "0"),
        ("primary", "handling"),
        ("secondary_1", ""),
        ("secondary_2_threshold", "-1"),
        ("secondary_3_threshold", "NaN"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_stored(
    client: Client, pilot: Pilot, field: str, value: Any
) -> None:
    before = pilot_plan.of_pilot(pilot)
    fields = sent(pilot, ends_on=date(2023, 12, 14)) | {field: value}
    response = client.post(reverse("reports:edit_plan", args=[pilot.pk]), fields)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert pilot_plan.of_pilot(Pilot.objects.get()) == before


@pytest.mark.parametrize(
    ("language", "typed"),
    # A comma may mean thousands in English: it is refused there.
    [*product(LANGUAGES, ["2.5"]), *product(["fr", "nl", "de"], ["2,5"])],
)
def test_a_threshold_is_written_with_a_comma_or_a_point(
    client: Client, pilot: Pilot, manager: User, language: str, typed: str
) -> None:
    User.objects.filter(pk=manager.pk).update(language=language)
    address = reverse("reports:edit_plan", args=[pilot.pk])
    client.post(address, sent(pilot) | {"primary_threshold": typed})
    primary = pilot_plan.of_pilot(Pilot.objects.get()).outcomes[0]
    assert primary.threshold == Decimal("2.5")
    shown = "2.5" if language == "en" else "2,5"
    assert f'name="primary_threshold" value="{shown}"' in client.get(address).text


def test_what_the_plan_refuses_is_said_above_the_form(client: Client, pilot: Pilot) -> None:
    both = [office.pk for office in pilot.offices.all()]
    response = client.post(
        reverse("reports:edit_plan", args=[pilot.pk]), sent(pilot, comparison_offices=both)
    )
    assert response.status_code == 422
    assert response.context["form"].non_field_errors()


def test_a_plan_with_gaps_says_what_is_missing(client: Client, pilot: Pilot) -> None:
    pilot.comparison_offices.clear()
    page = client.post(reverse("reports:lock_plan", args=[pilot.pk]), follow=True)
    assert "Choose the offices to compare with" in page.text


def test_a_plan_that_was_locked_late_says_so(client: Client, pilot: Pilot, manager: User) -> None:
    late = NOW.replace(year=2023, month=6, day=10)
    assert late > NOW - timedelta(days=400)
    pilot_plan.lock(pilot=pilot, by=manager, at=max(late, pilot.plan.entered_at))
    page = client.get(reverse("reports:plan", args=[pilot.pk])).text
    assert "of the pilot: first figures may have been known" in page


def test_the_page_costs_the_same_with_many_changes(
    client: Client,
    locked: Pilot,
    manager: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    def shown() -> int:
        with django_assert_max_num_queries(14) as queries:
            client.get(reverse("reports:plan", args=[locked.pk]))
        return len(queries)

    few = shown()
    for day in range(8, 20):
        plan = pilot_plan.of_pilot(locked)
        told = {"reason": "Why", "by": manager, "at": LATER}
        pilot_plan.change(pilot=locked, plan=_until(plan, date(2023, 12, day)), **told)
    assert shown() == few


def _until(plan: Any, day: date) -> Any:
    return type(plan)(**(vars(plan) | {"ends_on": day}))


def test_every_pilot_is_listed(client: Client, locked: Pilot) -> None:
    OfficeFactory(code="GENT", reference_prefix="GE")
    assert Office.objects.count() == 3
    assert locked.name in client.get(reverse("reports:plans")).text
