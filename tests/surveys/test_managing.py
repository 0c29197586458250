"""The manager's pages of surveys, and what logs must not hold."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from dop_pilot.logs import without_keys, without_keys_in_report
from people.roles import Role
from surveys import waves
from surveys.enums import State
from surveys.models import FrameRow, Invitation, Wave
from tests.factories import NOW, UserFactory, a_request
from tests.surveys.situations import JUNE, a_wave, later, members, the_pilot, tokens

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


def test_the_plan_says_by_office_and_stratum_what_it_gives(manager: Client) -> None:
    one, *_others = members(60)
    a_request(member=one, at=later(days=-3))
    wave = a_wave(people=0, drawn=False, margin=Decimal(20), expected_response=50)
    address = reverse("surveys:wave", args=[wave.pk])
    page = manager.get(address).content.decode()
    assert "± 20 points need 18 answers of its 60 members (of a group without end, 25)" in page
    assert [page.count(f">{word}") for word in ("no contact", "one branch")] == [1, 1]
    waves.draw_sample(wave=wave, by=wave.planned_by, at=NOW)
    # The same promise stands there until it is sent.
    assert "± 20 points need 18 answers of its 60 members" in manager.get(address).content.decode()
    waves.start(wave=wave, by=wave.planned_by, at=NOW)
    assert "points need" not in manager.get(address).content.decode()


def test_a_plan_says_who_rests_and_why(manager: Client) -> None:
    a_wave(people=4)
    july = a_wave(people=3, month=JUNE.replace(month=7), drawn=False)
    page = manager.get(reverse("surveys:wave", args=[july.pk])).content.decode()
    assert "4 members rest: asked in this month or the one before, or twice already." in page


def test_a_running_wave_asks_for_its_progress_again(manager: Client) -> None:
    wave = a_wave(started=True)
    address = reverse("surveys:wave", args=[wave.pk])
    page = manager.get(address)
    assert f'hx-get="{address}" hx-trigger="every 15s"' in page.content.decode()
    part = manager.get(address, headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith('<div id="going"')
    assert "HX-Request" in part["Vary"]
    waves.close(wave=wave, by=wave.planned_by, at=NOW)
    part = manager.get(address, headers={"HX-Request": "true"})
    assert "hx-get" not in part.content.decode()


def test_undelivered_mails_are_tried_again_by_a_manager(manager: Client) -> None:
    wave = a_wave(started=True)
    Invitation.objects.update(tries=13, due_at=later(hours=6))
    address = reverse("surveys:wave", args=[wave.pk])
    assert b"3 mails could not be delivered yet." in manager.get(address).content
    page = manager.post(reverse("surveys:step", args=[wave.pk, "retry"]), follow=True)
    assert set(wave.invitations.values_list("due_at", flat=True)) == {NOW}
    assert b"Try again now: " in page.content


def test_a_drawn_wave_is_abandoned_and_planned_anew(manager: Client) -> None:
    wave = a_wave(people=4)
    page = manager.post(reverse("surveys:step", args=[wave.pk, "abandon"]), follow=True)
    assert b"never sent" in page.content
    assert manager.post(reverse("surveys:plan"), a_plan()).status_code == 302
    for name in ("check", "frame"):
        assert manager.get(reverse(f"surveys:{name}", args=[wave.pk])).status_code == 200
    assert b"Abandoned" in manager.get(reverse("surveys:waves")).content


def test_anybody_draws_the_list_again_from_the_file_alone(manager: Client, tmp_path: Path) -> None:
    a_wave(people=40)
    members(60)
    august = a_wave(people=0, month=JUNE.replace(month=8), margin=Decimal(20), expected_response=60)
    file = tmp_path / "frame.csv"
    file.write_bytes(manager.get(reverse("surveys:frame", args=[august.pk])).content)
    script = Path(__file__).parents[2] / "docs/examples/draw_again.py"
    # Alone: no package of ours, no setting, no database.
    command = [sys.executable, "-I", str(script), str(file)]
    done = subprocess.run(command, env={}, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    drawn = august.frame.filter(is_drawn=True).order_by("key").values_list("key", flat=True)
    assert done.stdout.split() == list(drawn)
    assert 0 < len(drawn) < 100
    changed = file.read_bytes().replace(august.seed.encode(), b"0" * 32)
    file.write_bytes(changed)
    again = subprocess.run(command, env={}, check=False, capture_output=True, text=True)
    assert again.returncode == 1


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
