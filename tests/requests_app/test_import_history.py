"""The command `import_history`, from a file to stored requests."""

from datetime import UTC, datetime
from typing import Any

import pytest

from people.models import Member, User
from people.roles import Role
from requests_app.enums import Action, Channel, ClosingReason, Status
from requests_app.history import State, rebuild
from requests_app.importing import run, staging, storing
from requests_app.models import MemberRequest, RequestEvent
from tests.factories import PilotFactory
from tests.requests_app.foreign_history import (
    GOOD,
    MAPPING,
    Import,
    Reported,
    assert_nothing_stored,
    stored,
)

pytestmark = pytest.mark.django_db


def test_a_log_becomes_requests_with_their_state(bring: Import) -> None:
    bring(GOOD)
    request = stored()["c1"]
    assert (request.status, request.closing_reason) == (Status.CLOSED, ClosingReason.ANSWERED)
    assert request.submitted_at == datetime(2023, 3, 1, 9, tzinfo=UTC)
    assert request.first_responded_at == datetime(2023, 3, 2, 10, tzinfo=UTC)
    assert request.closed_at == datetime(2023, 3, 5, 10, tzinfo=UTC)
    assert request.reference.startswith("LI-")
    assert (request.channel, request.language) == (Channel.IMPORT, "nl")
    assert stored()["c2"].status == Status.OPEN
    assert stored()["c2"].adviser == User.objects.get(name="ben (old-desk)")


def test_the_stored_state_is_what_replaying_the_events_gives(bring: Import) -> None:
    bring([*GOOD, "c1,Taken,ben,2023-03-08T10:00:00Z,x,B,", "c3,Hold,,2023-03-08T10:00:00Z,x,,"])
    for request in stored().values():
        events = list(request.events.order_by("position"))
        assert [event.position for event in events] == list(range(1, len(events) + 1))
        columns = {name: getattr(request, name) for name in State.__dataclass_fields__}
        assert State(**columns) == rebuild(events)


def test_a_group_becomes_the_accountable_branch(bring: Import) -> None:
    bring([*GOOD, "c2,Given,ben,2023-03-03T11:00:00Z,y,B,"])
    branches = {key: request.branch and request.branch.code for key, request in stored().items()}
    assert branches == {"c1": "first_line", "c2": "support"}
    assert {key for key, request in stored().items() if request.is_sensitive} == {"c2"}


def test_text_that_looks_like_a_formula_is_kept_as_it_is(bring: Import) -> None:
    bring(GOOD)
    assert stored()["c1"].subject == "=1+1"
    assert stored()["c2"].subject == "c2"


def test_people_of_the_log_can_never_sign_in_and_are_not_surveyed(bring: Import) -> None:
    bring(GOOD)
    assert Member.objects.get(number="old-desk:x").may_be_surveyed is False
    assert User.objects.filter(role=Role.ADVISER).count() == 2
    assert not User.objects.filter(is_active=True).exists()
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_rows_may_stand_anywhere_in_the_file(bring: Import) -> None:
    bring(GOOD[::-1])
    actions = stored()["c1"].events.order_by("position").values_list("action", flat=True)
    assert list(actions) == [Action.SUBMIT, Action.TAKE, Action.ANSWER, Action.CLOSE]


def test_the_promise_runs_in_office_hours(bring: Import) -> None:
    PilotFactory()
    bring(["c1,Opened,ann,2023-03-03T15:00:00Z,x,,"])
    # Friday 16:00 in Brussels: an hour that day, eight on Monday, seven on Tuesday.
    assert stored()["c1"].promise_due_at == datetime(2023, 3, 7, 15, tzinfo=UTC)


def test_the_same_file_twice_changes_nothing(bring: Import) -> None:
    bring(GOOD)
    before = list(MemberRequest.objects.order_by("id").values())
    said = bring(GOOD)
    assert "Requests imported before, unchanged: 2" in said
    assert "Nothing was changed." in said
    assert list(MemberRequest.objects.order_by("id").values()) == before
    assert (RequestEvent.objects.count(), User.objects.count()) == (6, 4)


def test_more_events_of_a_known_case_are_told_and_change_nothing(
    bring: Import, reported: Reported
) -> None:
    bring(GOOD)
    bring([*GOOD, "c2,Solved,zoe,2023-03-03T11:00:00Z,y,,", "c3,Opened,,2023-03-03T11:00:00Z,y,,"])
    assert reported() == [(3, "Imported before; 1 events differ. Nothing was changed.")]
    assert stored()["c2"].events.count() == 2
    assert set(stored()) == {"c1", "c2", "c3"}
    assert not User.objects.filter(name="zoe (old-desk)").exists()


def test_a_later_file_finds_the_people_of_the_first(bring: Import) -> None:
    bring(GOOD)
    bring(["c9,Opened,ann,2023-04-01T09:00:00Z,x,,"])
    assert (User.objects.count(), Member.objects.count()) == (4, 2)


def test_a_trial_run_says_the_same_and_stores_nothing(bring: Import) -> None:
    said = bring(GOOD, dry_run=True)
    assert "Requests made: 2" in said
    assert "nothing was stored" in said
    assert_nothing_stored()


def test_duplicates_may_be_kept(bring: Import) -> None:
    bring([*GOOD, GOOD[2]], mapping=MAPPING.replace('"refuse"', '"keep"'))
    assert stored()["c1"].events.count() == 5


def test_a_crash_in_the_middle_writes_nothing(
    bring: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, calls = storing.Store.store, iter(range(9))

    def fails_the_second_time(self: storing.Store, cases: Any) -> int:
        if next(calls):
            raise KeyboardInterrupt
        return store(self, cases)

    monkeypatch.setattr(run, "CASES_A_BATCH", 1)
    monkeypatch.setattr(storing.Store, "store", fails_the_second_time)
    with pytest.raises(KeyboardInterrupt):
        bring(GOOD)
    assert_nothing_stored()


def test_small_batches_give_the_same(bring: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CASES_A_BATCH", 1)
    monkeypatch.setattr(staging, "BATCH", 1)
    assert "Events made: 6" in bring(GOOD)
