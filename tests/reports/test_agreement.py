"""The command, the page and the files tell the same figures of a month, to the second."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from io import StringIO
from itertools import cycle
from random import Random
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from branches.models import Office
from branches.working_time import BRUSSELS
from people.models import User
from people.roles import Role
from reports import charts
from reports.templatetags.figures import percent
from requests_app.enums import Action
from tests.factories import UserFactory
from tests.reports.conftest import brussels
from tests.reports.test_cohorts import live, random_life

MONTHS = [date(2023, month, 1) for month in (5, 6, 7)]
CLOCKS = (
    ("office", "median"),
    ("office", "ninetieth"),
    ("calendar", "median"),
    ("office", "within_promise"),
)


@pytest.fixture(autouse=True)
def _in_september(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(charts, "wake", lambda *_args: True)
    with time_machine.travel(brussels("2023-09-01T12:00"), tick=False):
        yield


@pytest.fixture
def history(office: Office) -> None:
    """Three months of requests that live any life the workflow allows."""
    random, advisers = Random(11), cycle([UserFactory(role=Role.ADVISER) for _ in range(4)])
    first = datetime(2023, 5, 1, tzinfo=BRUSSELS)
    for _ in range(120):
        at = first + timedelta(seconds=random.randrange(92 * 86_400))
        submit, take, *rest = random_life(random, at)
        answer = (Action.ANSWER, take[1])
        live(office, submit, take, answer, *rest, adviser_id=next(advisers).pk)


def told_by_the_command(office: Office, month: date) -> dict[str, Any]:
    out = StringIO()
    options = ("--office", office.code, "--month", f"{month:%Y-%m}", "--format", "json")
    call_command("monthly_report", *options, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


@pytest.mark.usefixtures("history")
def test_command_page_and_file_agree_to_the_second(
    client: Client, manager: User, office: Office
) -> None:
    client.force_login(manager)
    for month in MONTHS:
        told = told_by_the_command(office, month)
        page = client.get(f"/pilot/{office.code}/{month:%Y-%m}/")
        shown, words = page.context["report"], unescape(page.content.decode())
        assert told["received"] == shown.received > 30
        for clock, name in CLOCKS:
            figure = told[f"{clock}_clock"][name]
            kept = getattr(shown, f"{clock}_clock")[name]
            assert {end: figure[end] for end in kept} == kept
            assert figure["value"] is None or figure["human"].split(" (")[0] in words
        assert in_file(client, office, month) == told["office_clock"]["median"]["value"]


def in_file(client: Client, office: Office, month: date) -> int:
    """The median of the rows in the list behind the figure, computed once more on the page."""
    found = client.get(f"/pilot/{office.code}/{month:%Y-%m}/why/").context["found"]
    assert found.is_equal
    (check,) = [one for one in found.checks if (one.clock, one.name) == ("office", "median")]
    rows = client.get(f"/pilot/{office.code}/{month:%Y-%m}/why.csv").content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(rows), delimiter=";"))) == found.size + 1
    assert isinstance(check.computed, int)
    return check.computed


@pytest.mark.parametrize(("share", "words"), [(0.339, "34%"), (0.334, "33%"), (0.996, "100%")])
def test_a_share_is_rounded_and_never_cut_off(share: float, words: str) -> None:
    with translation.override("en"):
        assert percent(share) == words == f"{share:.0%}"
