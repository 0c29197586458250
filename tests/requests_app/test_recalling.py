"""Members who do not reply: reminded once after 5 working days, closed after 15, never at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import translation

from branches.calendars import BRUSSELS
from branches.models import Closure, ClosureKind, Office
from people.models import User
from requests_app import notifications, recalling, transitions
from requests_app.enums import Action, AfterAnswer, ClosingReason, Status
from requests_app.history import rebuild
from requests_app.models import MailKind, MemberRequest, Outbox
from requests_app.moves import state_of
from requests_app.selectors.conversation import conversation
from tests.factories import NOW, MemberFactory, OfficeFactory, a_request, an_adviser

pytestmark = pytest.mark.django_db

# Asked on Thursday 13 July. Friday 14, Monday 17 to Thursday 20: the fifth working day is the 20th.
ASKED = datetime(2023, 7, 13, 14, 0, tzinfo=UTC)
RECALLED = datetime(2023, 7, 20, 9, 0, tzinfo=BRUSSELS)
# Ten more, without 21 July and the weekends.
CLOSED = datetime(2023, 8, 4, 9, 0, tzinfo=BRUSSELS)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _national_day() -> None:
    names = dict.fromkeys(("fr", "nl", "de", "en"), "21/7")
    Closure.objects.create(closed_on=date(2023, 7, 21), kind=ClosureKind.LEGAL, names=names)


def _ask(member_request: MemberRequest, *, at: datetime = ASKED, by: User | None = None) -> None:
    transitions.answer(
        member_request=member_request, by=by or an_adviser(), at=at, key=uuid4(),
        version=member_request.version, body="Pour quel mois ?", then=AfterAnswer.WAIT,
    )  # fmt: skip


def _waiting(**changes: Any) -> MemberRequest:
    member_request = a_request(at=ASKED - timedelta(hours=2), **changes)
    _ask(member_request)
    return member_request


def _write(member_request: MemberRequest, *, at: datetime) -> MemberRequest:
    return transitions.member_writes(
        member_request=member_request, by=member_request.member.user, at=at,
        body="Pour juin.", key=uuid4(),
    )  # fmt: skip


def _run(at: datetime) -> tuple[int, int]:
    """How many a run recalls and closes at this moment."""
    done = recalling.recall_and_close(at=at)
    return done[Action.REMIND], done[Action.CLOSE]


def test_the_recall_comes_when_the_fifth_working_day_begins() -> None:
    member_request = _waiting()
    assert _run(RECALLED - SECOND) == (0, 0)
    assert _run(RECALLED) == (1, 0)
    member_request.refresh_from_db()
    event = member_request.events.latest("position")
    assert (event.action, event.actor, event.at) == (Action.REMIND, None, RECALLED)
    assert member_request.status == Status.WAITING


def test_holidays_and_weekends_are_no_working_days() -> None:
    member_request = a_request(at=ASKED)
    # Asked a day later, so 21 July would have been the fifth; it is Monday 24 July.
    _ask(member_request, at=ASKED + timedelta(days=1))
    assert _run(datetime(2023, 7, 23, 20, 0, tzinfo=UTC)) == (0, 0)
    assert _run(datetime(2023, 7, 24, 9, 0, tzinfo=BRUSSELS)) == (1, 0)


def test_a_recall_comes_once() -> None:
    _waiting()
    assert [_run(RECALLED + timedelta(hours=hour)) for hour in (0, 1, 24, 100)] == [
        (1, 0), (0, 0), (0, 0), (0, 0),
    ]  # fmt: skip


def test_without_a_reply_the_request_is_closed_when_the_fifteenth_working_day_begins() -> None:
    member_request = _waiting()
    _run(RECALLED)
    assert _run(CLOSED - SECOND) == (0, 0)
    assert _run(CLOSED) == (0, 1)
    assert _run(CLOSED + SECOND) == (0, 0)
    member_request.refresh_from_db()
    event = member_request.events.latest("position")
    assert (event.action, event.actor, event.reason) == (Action.CLOSE, None, ClosingReason.NO_REPLY)
    assert rebuild(member_request.events.order_by("position")) == state_of(member_request)


def test_nobody_is_closed_who_was_not_recalled_ten_working_days_before() -> None:
    _waiting()
    late = CLOSED + timedelta(days=30)
    assert _run(late) == (1, 0)
    assert _run(late + timedelta(days=10)) == (0, 0)
    assert _run(late + timedelta(days=16)) == (0, 1)


def test_a_reply_ends_the_spell_and_a_new_question_begins_another() -> None:
    member_request = _waiting()
    _run(RECALLED)
    member_request = _write(member_request, at=RECALLED + timedelta(hours=3))
    assert member_request.status == Status.OPEN
    assert _run(CLOSED) == (0, 0)
    _ask(member_request, at=CLOSED)
    assert _run(CLOSED + timedelta(days=6)) == (0, 0)
    assert _run(CLOSED + timedelta(days=7)) == (1, 0)


def test_another_question_while_waiting_gives_the_member_the_time_again() -> None:
    member_request = _waiting()
    _run(RECALLED)
    member_request.refresh_from_db()
    _ask(member_request, at=CLOSED - timedelta(hours=20))
    assert _run(CLOSED) == (0, 0)
    assert _run(CLOSED + timedelta(days=6)) == (1, 0)


def test_a_reply_opens_the_closed_request_again_for_14_days() -> None:
    member_request = _waiting()
    _run(RECALLED)
    _run(CLOSED)
    again = _write(member_request, at=CLOSED + timedelta(days=14))
    assert (again.pk, again.status, again.closing_reason) == (member_request.pk, Status.OPEN, "")
    assert _run(CLOSED + timedelta(days=60)) == (0, 0)


def test_each_office_has_its_own_patience() -> None:
    _waiting()
    Office.objects.update(recall_after_days=1, close_after_days=2)
    assert _run(datetime(2023, 7, 14, 9, 0, tzinfo=BRUSSELS)) == (1, 0)
    assert _run(datetime(2023, 7, 17, 9, 0, tzinfo=BRUSSELS)) == (0, 1)


def _imported() -> None:
    MemberRequest.objects.filter(pk=_waiting().pk).update(source="old", source_key="1")


def _of_a_closed_office() -> None:
    _waiting()
    Office.objects.update(is_active=False)


def _of_somebody_without_address() -> None:
    member = _waiting().member
    User.objects.filter(pk=member.user_id).update(is_active=False, email=None)


def _of_an_office_that_never_opens() -> None:
    _waiting().office.opening_hours.all().delete()


@pytest.mark.parametrize(
    "left_alone",
    [
        _imported,
        _of_a_closed_office,
        _of_somebody_without_address,
        _of_an_office_that_never_opens,
    ],
)
def test_these_are_left_alone(left_alone: Callable[[], None]) -> None:
    left_alone()
    assert _run(CLOSED + timedelta(days=100)) == (0, 0)


def _sent(kind: MailKind) -> mail.EmailMessage:
    mail.outbox.clear()
    Outbox.objects.exclude(kind=kind).update(done_at=NOW)
    while notifications.send_next(at=CLOSED + timedelta(days=365)):
        pass
    (message,) = mail.outbox
    return message


@pytest.mark.parametrize(
    ("language", "day"), [("fr", "4 août 2023"), ("nl", "4 augustus 2023"), ("en", "4 August 2023")]
)
def test_the_recall_says_in_the_members_language_when_the_request_is_closed(
    language: str, day: str
) -> None:
    member_request = _waiting(member=MemberFactory(user__language=language), subject="Tournesol")
    _run(RECALLED)
    message = _sent(MailKind.REMINDER)
    assert member_request.reference in message.subject
    assert day in message.body
    assert reverse("requests_app:my_request", args=[member_request.reference]) in message.body
    assert "Tournesol" not in message.body
    assert "Pour quel mois" not in message.body


def test_the_date_that_a_recall_announces_is_that_of_the_closing() -> None:
    office = OfficeFactory(code="MONS")
    # On Wednesdays alone: ten working days are ten weeks.
    office.opening_hours.exclude(weekday=2).delete()
    member = MemberFactory(office=office, user__language="en")
    _waiting(member=member)
    recalled = datetime(2023, 8, 16, 9, 0, tzinfo=BRUSSELS)
    assert _run(recalled - SECOND) == (0, 0)
    assert _run(recalled) == (1, 0)
    assert "25 October 2023" in _sent(MailKind.REMINDER).body
    assert _run(datetime(2023, 10, 25, 8, 59, tzinfo=BRUSSELS)) == (0, 0)
    assert _run(datetime(2023, 10, 25, 9, 0, tzinfo=BRUSSELS)) == (0, 1)


def test_the_closing_says_that_there_was_no_reply_and_how_to_undo_it() -> None:
    _waiting(member=MemberFactory(user__language="en"))
    _run(RECALLED)
    _run(CLOSED)
    body = _sent(MailKind.CLOSED).body
    assert "We had no reply from you" in body
    assert "your reply opens it again" in body


def test_both_stand_in_the_conversation_as_quiet_lines() -> None:
    member_request = _waiting()
    _run(RECALLED)
    _run(CLOSED)
    with translation.override("en"):
        lines = {entry.line for entry in conversation(member_request, reader=an_adviser())}
        told = [e.line for e in conversation(member_request, reader=member_request.member.user)]
    assert {"Member reminded · the system", "Closed · No reply from the member · the system"} <= (
        lines
    )
    assert told[-2:] == [
        "We reminded you that we wait for your reply.",
        "Closed: we had no reply from you.",
    ]


def test_a_run_acts_on_a_bounded_number_and_the_next_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recalling, "AT_MOST", 2)
    for _number in range(3):
        _waiting()
    assert [_run(RECALLED) for _again in range(3)] == [(2, 0), (1, 0), (0, 0)]


def test_a_run_costs_the_same_for_two_and_for_twenty(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    for number in (2, 18):
        for _again in range(number):
            _waiting()
        with django_assert_num_queries(2):
            assert _run(RECALLED - timedelta(days=1)) == (0, 0)


def test_a_member_who_writes_at_that_moment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    member_request = _waiting()
    found = list(recalling.due_requests(at=RECALLED))
    _write(member_request, at=RECALLED)
    monkeypatch.setattr(recalling, "due_requests", lambda **_at: iter(found))
    assert _run(RECALLED) == (0, 0)
    assert not Outbox.objects.filter(kind=MailKind.REMINDER).exists()
    member_request.refresh_from_db()
    assert member_request.status == Status.OPEN


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize(("action", "at"), [(Action.REMIND, RECALLED), (Action.CLOSE, CLOSED)])
def test_of_two_workers_one_acts(action: Action, at: datetime) -> None:
    for _number in range(4):
        _waiting()
    if action == Action.CLOSE:
        _run(RECALLED)
    together = Barrier(2)

    def work(_worker: int) -> Counter[Action]:
        together.wait(timeout=30)
        try:
            return recalling.recall_and_close(at=at)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = sum(pool.map(work, range(2)), Counter())
    assert done == {action: 4}
    kind = MailKind.REMINDER if action == Action.REMIND else MailKind.CLOSED
    assert Outbox.objects.filter(kind=kind).count() == 4


def test_an_early_morning_counts_as_its_day() -> None:
    member_request = a_request(at=ASKED)
    _ask(member_request, at=datetime.combine(date(2023, 7, 14), time(0, 5), tzinfo=BRUSSELS))
    # Already Friday in Brussels: the first working day is Monday 17, the fifth Monday 24.
    assert _run(RECALLED) == (0, 0)
    assert _run(datetime(2023, 7, 24, 9, 0, tzinfo=BRUSSELS)) == (1, 0)
