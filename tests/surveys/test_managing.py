"""The manager's pages of surveys, and what logs must not hold."""

from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from dop_pilot.logs import without_keys, without_keys_in_report
from people.roles import Role
from surveys.enums import State
from surveys.models import FrameRow, Wave
from tests.factories import NOW, UserFactory
from tests.surveys.situations import a_wave, members, the_pilot, tokens

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def manager() -> Client:
    client = Client()
    client.force_login(UserFactory(role=Role.MANAGER, language="en"))
    return client


def a_plan(**changes: Any) -> dict[str, Any]:
    offices = [office.pk for office in the_pilot().offices.all()]
    return {
        "kind": "member", "month": "2023-06-01", "offices": offices, "margin": "10",
        "expected_response": "25",
    } | changes  # fmt: skip


def test_a_manager_plans_draws_sends_pauses_and_closes(manager: Client) -> None:
    the_pilot()
    members(12)
    response = manager.post(reverse("surveys:plan"), a_plan())
    wave = Wave.objects.get()
    assert response["Location"] == reverse("surveys:wave", args=[wave.pk])
    assert b"52 and 72" in manager.get(response["Location"]).content
    for step, state in [
        ("draw", State.DRAWN), ("start", State.RUNNING), ("pause", State.PAUSED),
        ("resume", State.RUNNING), ("close", State.CLOSED),
    ]:  # fmt: skip
        manager.post(reverse("surveys:step", args=[wave.pk, step]))
        wave.refresh_from_db()
        assert wave.state == state
        assert manager.get(reverse("surveys:wave", args=[wave.pk])).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"margin": "0"}, {"margin": "x\0"}, {"expected_response": "101"}, {"month": "2023-06-02"},
     {"offices": ["999"]}, {"offices": []}, {"kind": "visitor"}],
)  # fmt: skip
def test_a_plan_with_an_error_is_not_stored(manager: Client, wrong: dict[str, Any]) -> None:
    response = manager.post(reverse("surveys:plan"), a_plan(**wrong))
    assert response.status_code == 422
    assert not Wave.objects.exists()


def test_a_second_plan_for_a_month_is_refused_with_a_reason(manager: Client) -> None:
    a_wave()
    response = manager.post(reverse("surveys:plan"), a_plan())
    assert response.status_code == 422
    assert b"There is a wave for this month already." in response.content


def test_a_step_that_somebody_else_took_says_so(manager: Client) -> None:
    wave = a_wave(started=True)
    address = reverse("surveys:step", args=[wave.pk, "start"])
    response = manager.post(address, follow=True)
    assert b"moved on meanwhile" in response.content
    assert manager.post(reverse("surveys:step", args=[wave.pk, "explode"])).status_code == 404


def test_the_check_page_sees_a_changed_frame(manager: Client) -> None:
    wave = a_wave(people=5)
    address = reverse("surveys:check", args=[wave.pk])
    assert b"The same list: 5 people" in manager.get(address).content
    FrameRow.objects.filter(pk=wave.frame.first().pk).update(is_drawn=False)
    assert b"Not the same list" in manager.get(address).content


def test_the_frame_names_nobody(manager: Client) -> None:
    wave = a_wave(people=5)
    text = manager.get(reverse("surveys:frame", args=[wave.pk])).content.decode("utf-8-sig")
    assert text.count("LIEGE.none") == 5
    for row in wave.frame.select_related("person__member"):
        assert row.person is not None
        assert row.person.name not in text
        assert str(row.person.email) not in text


def test_a_wave_with_many_people_costs_no_more_queries(
    manager: Client, django_assert_max_num_queries: Any
) -> None:
    wave = a_wave(people=30, started=True)
    with django_assert_max_num_queries(10):
        manager.get(reverse("surveys:wave", args=[wave.pk]))
    with django_assert_max_num_queries(8):
        manager.get(reverse("surveys:waves"))


def test_logs_and_reports_hold_no_key() -> None:
    key = tokens(a_wave())[0]
    line = without_keys(None, "info", {"event": f"Gone: /s/{key}/", "request": f"GET /s/{key}/"})
    assert key not in str(line)
    report = without_keys_in_report({"request": {"url": f"https://x/s/{key}/never/"}}, None)
    assert key not in str(report)
    assert without_keys_in_report({"message": "x"}, None) == {"message": "x"}
