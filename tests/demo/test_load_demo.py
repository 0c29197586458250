"""A small load of the demo: believable, consistent, repeatable, and never mixed with real data."""

import os
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F, Max, Q
from django.test import TestCase, override_settings
from pytest_django import Settings

from branches.calendars import working_calendars
from branches.models import Office, Pilot
from demo.accounts import ACCOUNTS, offered
from demo.dates import months_away
from demo.loading import LoadRefused, load
from dop_pilot.celery import app
from people.models import Member, Posting, User
from reports.models import MonthlyReport, SideReport
from requests_app import documents
from requests_app.consultation_models import Consultation
from requests_app.enums import Action, ConsultOutcome, MessageKind, Status
from requests_app.history import State, rebuild
from requests_app.models import Document, MemberRequest, Message, Outbox, RequestEvent
from requests_app.selectors.routing import routing_page
from requests_app.submission import new_reference, promise_due_at
from requests_app.whereabouts import returns
from tests.factories import OfficeFactory

pytestmark = pytest.mark.django_db

# A Friday at 11:00 in Brussels, in the fifth month of a pilot that began on 6 June 2023.
NOW = datetime(2023, 10, 20, 9, 0, tzinfo=UTC)
RARE = {
    Action.RELEASE, Action.SEND_BACK, Action.TELL, Action.CONSULT, Action.ADVISE,
    Action.CONSULT_ENDS, Action.UNDO, Action.RESUME,
}  # fmt: skip
BY_ADVISERS = [Action.ROUTE, Action.TAKE, Action.ANSWER, Action.TRANSFER, Action.NOTE]


def a_small_load(seed: int = 1, scale: float = 0.02) -> None:
    load(seed=seed, now=NOW, scale=scale, say=lambda _line: None)


class TestTheStory(TestCase):
    """One load for all; what a test changes is undone after it."""

    @classmethod
    def setUpTestData(cls) -> None:
        folder = cls.enterClassContext(TemporaryDirectory())
        storages: dict[str, Any] = settings.STORAGES
        storage = {**storages["default"], "OPTIONS": {"location": folder}}
        with override_settings(STORAGES=storages | {"default": storage}):
            a_small_load()

    def test_the_events_of_every_request_lead_to_what_is_stored(self) -> None:
        histories: dict[int, list[RequestEvent]] = defaultdict(list)
        for event in RequestEvent.objects.order_by("member_request", "position"):
            histories[event.member_request_id].append(event)
        for member_request in MemberRequest.objects.all():
            state = rebuild(histories[member_request.pk])
            assert {n: getattr(member_request, n) for n in State.__dataclass_fields__} == vars(
                state
            )

    def test_positions_count_from_one_and_time_never_runs_back(self) -> None:
        before: dict[int, tuple[int, datetime]] = {}
        for event in RequestEvent.objects.order_by("member_request", "position"):
            position, at = before.get(event.member_request_id, (0, event.at))
            assert (event.position, event.at >= at) == (position + 1, True)
            before[event.member_request_id] = (event.position, event.at)

    def test_nothing_lies_in_the_future(self) -> None:
        latest = RequestEvent.objects.aggregate(at=Max("at"))["at"]
        said = Message.objects.aggregate(at=Max("sent_at"))["at"]
        assert latest <= NOW
        assert said <= NOW
        assert Document.objects.filter(uploaded_at__gt=NOW).count() == 0

    def test_advisers_act_while_their_office_is_open(self) -> None:
        pilot = Pilot.objects.get()
        calendars = working_calendars(
            Office.objects.all(), start=pilot.baseline_starts_on.replace(day=1), end=pilot.ends_on
        )
        done = RequestEvent.objects.filter(action__in=BY_ADVISERS).select_related("member_request")
        for event in done:
            calendar = calendars[event.member_request.office_id]
            second = int(event.at.timestamp())
            # The last second of an opening counts: work may end when the door closes.
            assert calendar.seconds_between(second - 1, second) == 1

    def test_every_message_has_its_event_and_its_moment(self) -> None:
        assert Message.objects.filter(event=None).count() == 0
        assert Message.objects.exclude(event__at=F("sent_at")).count() == 0
        notes = Message.objects.filter(kind=MessageKind.NOTE)
        assert not notes.exclude(event__action__in=[Action.NOTE, Action.TRANSFER]).exists()

    def test_comparison_offices_have_no_branch_and_the_pilot_has_four(self) -> None:
        pilot = Pilot.objects.get()
        compared = Q(office__in=pilot.comparison_offices.all())
        assert not MemberRequest.objects.filter(compared, branch__isnull=False).exists()
        during = MemberRequest.objects.filter(~compared, branch__isnull=False)
        assert during.values("branch").distinct().count() == 4
        assert during.earliest("submitted_at").submitted_at.date() >= pilot.starts_on

    def test_today_lies_in_the_fifth_month_and_the_first_month_is_whole(self) -> None:
        pilot = Pilot.objects.get()
        assert months_away(pilot.starts_on, 4) <= NOW.date() < months_away(pilot.starts_on, 5)
        assert pilot.baseline_starts_on == months_away(pilot.starts_on, -6)
        assert pilot.starts_on.weekday() < 5

    def test_advisers_work_by_team_before_and_by_branch_since(self) -> None:
        pilot = Pilot.objects.get()
        since = Posting.objects.on(pilot.starts_on).filter(office__in=pilot.offices.all())
        assert not since.filter(branch=None).exists()
        others = Posting.objects.on(NOW.date()).filter(office__in=pilot.comparison_offices.all())
        assert not others.exclude(branch=None).exists()
        assert User.objects.filter(role="adviser").count() == since.count() + others.count()

    def test_there_is_something_of_everything(self) -> None:
        statuses = set(MemberRequest.objects.values_list("status", flat=True))
        actions = set(RequestEvent.objects.values_list("action", flat=True))
        # In a small load nobody may be waiting for a member just now, or asking another branch.
        assert statuses >= set(Status.values) - {Status.WAITING}
        assert actions >= set(Action.values) - RARE
        languages = MemberRequest.objects.values("language").annotate(Count("id"))
        assert len(languages) == 4

    def test_the_promise_is_what_a_submission_would_have_stored(self) -> None:
        pilot = Pilot.objects.get()
        for member_request in MemberRequest.objects.select_related("office").order_by("id")[:12]:
            due = promise_due_at(
                member_request.office, received_at=member_request.submitted_at, pilot=pilot
            )
            assert member_request.promise_due_at == due

    def test_every_reference_is_still_guarded_by_the_database(self) -> None:
        with connection.cursor() as cursor:
            for model in (MemberRequest, Message, RequestEvent):
                table = model._meta.db_table
                found = connection.introspection.get_constraints(cursor, table).values()
                guarded = {name for c in found if c["foreign_key"] for name in c["columns"]}
                fields = model._meta.concrete_fields
                assert guarded == {field.column for field in fields if field.is_relation}
            cursor.execute("SELECT count(*) FROM pg_constraint WHERE NOT convalidated")
            assert cursor.fetchone() == (0,)

    def test_no_mail_is_owed_for_what_is_long_past(self) -> None:
        assert not Outbox.objects.exists()

    def test_every_account_of_the_start_page_exists(self) -> None:
        assert [card.account for card in offered()] == list(ACCOUNTS)
        member = Member.objects.get(user__email="membre@demo.example")
        assert member.requests.exists()

    def test_new_references_follow_those_of_the_demo(self) -> None:
        last = max(
            int(r.split("-")[1]) for r in MemberRequest.objects.values_list("reference", flat=True)
        )
        assert new_reference(Office.objects.get(code="LIEGE")) == f"LG-{last + 1}"

    def test_a_filled_database_is_refused(self) -> None:
        before = MemberRequest.objects.count()
        with pytest.raises(LoadRefused, match="empty database"):
            a_small_load()
        assert MemberRequest.objects.count() == before


def _told() -> list[tuple[Any, ...]]:
    columns = ("member__number", "subject", "status", "submitted_at", "version", "closed_at")
    requests = list(MemberRequest.objects.order_by("id").values_list(*columns))
    said = list(Message.objects.order_by("id").values_list("body", "sent_at", "author__name"))
    return [*requests, *said]


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE requests_app_memberrequest, people_user, branches_office, branches_closure,"
            " branches_pilot CASCADE"
        )


def test_the_same_seed_tells_the_same_story_and_another_seed_another() -> None:
    stories = []
    for seed in (1, 1, 2):
        a_small_load(seed=seed, scale=0.005)
        stories.append(_told())
        _empty()
    assert stories[0] == stories[1]
    assert stories[0] != stories[2]


def test_documents_can_be_opened_and_are_what_they_say() -> None:
    a_small_load()
    kept = list(Document.objects.all())
    assert {document.content_type for document in kept} == {"application/pdf", "image/png"}
    for document in kept:
        with document.file.open() as file:
            upload = SimpleUploadedFile(document.name, file.read())
        assert documents.check_upload(upload) == document.content_type
        assert upload.size == document.size


def test_an_office_alone_is_reason_enough_to_refuse() -> None:
    OfficeFactory()
    with pytest.raises(LoadRefused, match="offices"):
        a_small_load()
    assert not Member.objects.exists()


class TestTheCommand:
    def test_it_loads_computes_each_month_and_says_what_it_did(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said, asked = StringIO(), []
        monkeypatch.setattr(app, "send_task", lambda task, **_options: asked.append(task))
        call_command("load_demo", "--today", "2023-10-20", "--scale", "0.02", stdout=said)
        months = set(MonthlyReport.objects.values_list("month", flat=True))
        assert (min(months).isoformat(), max(months).isoformat()) == ("2022-12-01", "2023-10-01")
        assert MonthlyReport.objects.count() == 7 * 11
        assert SideReport.objects.count() == 2 * 11
        assert "600 requests" in said.getvalue()
        # A manager sees at once how often the suggestion is right.
        assert "requests_app.tasks.train_routing" in asked

    def test_it_says_what_to_do_about_a_filled_database(self) -> None:
        OfficeFactory()
        with pytest.raises(CommandError, match="DATABASE_URL"):
            call_command("load_demo", stdout=StringIO())

    def test_it_refuses_where_demo_is_off(self, settings: Settings) -> None:
        settings.DEMO = False
        with pytest.raises(CommandError, match="DEMO is off"):
            call_command("load_demo", stdout=StringIO())

    @pytest.mark.parametrize("day", ["2999-01-01", "1066-10-14"])
    def test_it_refuses_a_day_that_has_not_come_or_is_too_old(self, day: str) -> None:
        with pytest.raises(CommandError, match="must lie between"):
            call_command("load_demo", "--today", day, stdout=StringIO())

    @pytest.mark.parametrize(
        "wrong", [("--today", "soon"), ("--seed", "-1"), ("--scale", "0"), ("--scale", "nan")]
    )
    def test_it_refuses_options_that_make_no_sense(self, wrong: tuple[str, str]) -> None:
        with pytest.raises(CommandError, match=wrong[0]):
            call_command("load_demo", *wrong, stdout=StringIO())


def test_production_refuses_the_demo() -> None:
    env = os.environ | {"DOP_ENV": "production", "DEMO": "on", "SECRET_KEY": "x" * 50}
    root = Path(__file__).parents[2]
    tried = subprocess.run(
        [sys.executable, "-c", "import dop_pilot.settings"],
        cwd=root, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert tried.returncode != 0
    assert "ImproperlyConfigured" in tried.stderr


def test_branches_ask_each_other_and_suggestions_are_followed_or_not() -> None:
    a_small_load(scale=0.1)
    asked = Consultation.objects.values_list("outcome", flat=True)
    assert set(asked) == {"", ConsultOutcome.ANSWERED, ConsultOutcome.WITHDRAWN}
    assert RequestEvent.objects.filter(action=Action.UNDO).exists()
    followed = routing_page().followed
    assert 0 < followed.right < followed.tried
    assert MemberRequest.objects.filter(returns()).exists()
