"""The quick way to a month gives to the second what one request after the other would give."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import numpy as np
import pytest

from branches.calendars import working_calendar
from branches.models import Closure, ClosureKind, Office, OpeningHours
from branches.working_time import BRUSSELS
from people.models import Member
from reports.cohorts import COLUMNS, Cohort, cohort, cohorts
from reports.columns import NEVER, Moments, UnreadableColumns, number, packed
from requests_app.enums import Action, ClosingReason
from requests_app.history import rebuild, what_stands
from requests_app.models import MemberRequest, RequestEvent
from tests.factories import MemberFactory, OfficeFactory
from tests.reports.conftest import Arrive, brussels

JULY = date(2023, 7, 1)
CUT_OFF = brussels("2023-08-20T12:00")
NAMES = {"fr": "Fermé", "nl": "Dicht", "de": "Zu", "en": "Closed"}
Live = Callable[..., MemberRequest]
Stretch = tuple[datetime, datetime]
numbers = count(1)


def live(office: Office, *events: tuple[Any, ...], **changes: Any) -> MemberRequest:
    """Store a request and its events: (action, moment) or (action, moment, reason or "asks")."""
    member = Member.objects.first() or MemberFactory(office=office)
    rows = [
        RequestEvent(
            position=place,
            action=action,
            at=at,
            reason="" if rest == ["asks"] else "".join(rest),
            asks_member=rest == ["asks"],
            branch_id=changes.get("branch") and changes["branch"].pk,
        )
        for place, (action, at, *rest) in enumerate(events, start=1)
    ]
    state = rebuild(rows)
    columns = {name: getattr(state, name) for name in state.__dataclass_fields__} | changes
    member_request = MemberRequest.objects.create(
        reference=f"LI-{next(numbers)}", member=member, office=office, language="fr", **columns
    )
    for row in rows:
        row.member_request = member_request
    RequestEvent.objects.bulk_create(rows)
    return member_request


def random_life(random: Random, at: datetime) -> list[tuple[Any, ...]]:
    """Any life that the workflow allows, from a few minutes to some weeks long."""

    def later() -> datetime:
        nonlocal at
        at += timedelta(seconds=int(random.expovariate(1 / random.choice([600, 40_000, 400_000]))))
        return at

    life: list[tuple[Any, ...]] = [(Action.SUBMIT, at), (Action.TAKE, later())]
    for _ in range(random.randint(0, 4)):
        kind = random.choice(["answer", "ask", "wait without question", "close", "nothing"])
        if kind == "answer":
            life.append((Action.ANSWER, later()))
        elif kind == "close":
            reason = random.choice(ClosingReason.values)
            life.append((Action.CLOSE, later(), reason))
            if random.random() < 0.5:
                return life
            life.append((Action.REOPEN, later()))
        elif kind != "nothing":
            if kind == "ask":
                life.append((Action.ANSWER, later(), "asks"))
            life.append((Action.WAIT, later()))
            life += slips(random, later, Action.CLOSE)
            if random.random() < 0.3:
                return life
            life.append((Action.MEMBER_WRITES, later()))
        life += slips(random, later, Action.TAKE, Action.WAIT, Action.CLOSE)
    return life


def slips(
    random: Random, later: Callable[[], datetime], *actions: Action
) -> Iterator[tuple[Any, ...]]:
    """Now and then one of these steps, taken back at once."""
    if random.random() < 0.4:
        action = random.choice(actions)
        yield (action, later(), ClosingReason.SPAM) if action == Action.CLOSE else (action, later())
        yield Action.UNDO, later()
        yield Action.NOTE, later()


# One request after the other, with datetimes: slow, and written without a look at the quick way.


def open_time(office: Office, start: datetime, end: datetime) -> int:
    calendar = working_calendar(office, start=date(2023, 6, 1), end=date(2023, 10, 1))
    return int(calendar.working_time(start, end).total_seconds())


def stretches(member_request: MemberRequest, cut_off: datetime) -> tuple[list[Stretch], ...]:
    """When it waited for the member, and when it was closed before a reopening."""
    waits: list[Stretch] = []
    away: list[Stretch] = []
    asked, waiting_from, closed_from = False, None, None
    for event in what_stands(list(member_request.events.order_by("position"))):
        if event.at > cut_off:
            break
        if event.action in {Action.MEMBER_WRITES, Action.CLOSE, Action.REOPEN} and waiting_from:
            waits.append((waiting_from, event.at))
            waiting_from = None
        if event.action == Action.REOPEN:
            away.append((closed_from, event.at))
        if event.action in {Action.MEMBER_WRITES, Action.REOPEN}:
            asked = False
        if event.action == Action.ANSWER:
            asked = asked or event.asks_member
        if event.action == Action.WAIT and asked:
            waiting_from = event.at
        if event.action == Action.CLOSE:
            closed_from = event.at
    return waits + ([(waiting_from, cut_off)] if waiting_from else []), away


def slowly(member_request: MemberRequest, cut_off: datetime) -> dict[str, int]:
    office, start = member_request.office, member_request.submitted_at
    answered, closed = member_request.first_responded_at, member_request.closed_at
    until = min(moment for moment in (answered or closed, closed, cut_off) if moment)
    until = answered if answered and answered <= cut_off else until
    end = closed if closed and closed <= cut_off else cut_off
    waits, away = stretches(member_request, cut_off)
    return {
        "office_hours": open_time(office, start, until),
        "calendar_time": int((until - start).total_seconds()),
        "lived": int((end - start - sum((b - a for a, b in away), timedelta())).total_seconds()),
        "lived_office": open_time(office, start, end)
        - sum(open_time(office, *stretch) for stretch in away),
        "waited": int(sum((b - a).total_seconds() for a, b in waits)),
        "waited_office": sum(open_time(office, *stretch) for stretch in waits),
    }


def row(found: Cohort, member_request: MemberRequest) -> dict[str, int]:
    (place,) = np.flatnonzero(found.key == member_request.pk)
    names = ("office_hours", "calendar_time", "lived", "lived_office", "waited", "waited_office")
    return {name: int(getattr(found, name)[place]) for name in names}


@pytest.mark.parametrize("seed", range(4))
def test_the_quick_way_is_the_slow_way_to_the_second(office: Office, seed: int) -> None:
    random = Random(seed)
    other = OfficeFactory(code="EUPEN", name="Eupen")
    OpeningHours.objects.filter(office=other).update(opens="07:30", closes="11:45")
    OpeningHours.objects.create(office=other, weekday=5, opens="10:00", closes="12:00")
    Closure.objects.create(
        office=None, closed_on=date(2023, 7, 21), kind=ClosureKind.LEGAL, names=NAMES
    )
    first = datetime(2023, 7, 1, tzinfo=BRUSSELS)
    requests = [
        live(
            random.choice([office, other]),
            *random_life(random, first + timedelta(seconds=random.randrange(31 * 86_400))),
        )
        for _ in range(40)
    ]
    found = cohort([office, other], month=JULY, cut_off=CUT_OFF)
    by_office = cohorts([office, other], month=JULY, cut_off=CUT_OFF)
    for member_request in requests:
        right = slowly(member_request, CUT_OFF)
        assert row(found, member_request) == right
        assert row(by_office[member_request.office_id], member_request) == right
    for one in (office, other):
        together, alone = by_office[one.pk], cohort([one], month=JULY, cut_off=CUT_OFF)
        assert set(together.office.tolist()) == {one.pk}
        for name in COLUMNS:
            assert getattr(together, name).tolist() == getattr(alone, name).tolist(), name


def test_an_office_without_requests_has_an_empty_cohort(office: Office, arrive: Arrive) -> None:
    arrive("2023-07-03T09:00")
    quiet = OfficeFactory(code="EUPEN", name="Eupen")
    found = cohorts([quiet, office], month=JULY, cut_off=CUT_OFF)
    assert {key: one.key.size for key, one in found.items()} == {quiet.pk: 0, office.pk: 1}


def test_seconds_are_cut_off_and_never_rounded(office: Office, arrive: Arrive) -> None:
    member_request = arrive("2023-07-03T09:00:00.900000", "2023-07-03T09:00:01.100000")
    found = cohort([office], month=JULY, cut_off=CUT_OFF)
    assert row(found, member_request)["calendar_time"] == 1


def test_moments_before_1970_and_2000_are_read_as_they_are(arrive: Arrive) -> None:
    for year in (1960, 1999, 2023):
        arrive(f"{year}-07-03T09:00:00.5")
    found = packed(
        MemberRequest.objects.all(), {"at": Moments("submitted_at"), "never": Moments("closed_at")}
    )
    years = [datetime.fromtimestamp(int(at), tz=BRUSSELS).year for at in sorted(found["at"])]
    assert years == [1960, 1999, 2023]
    assert set(found["never"]) == {NEVER}


def test_columns_of_no_row_are_empty(db: None) -> None:
    assert packed(MemberRequest.objects.all(), {"key": number("id")})["key"].size == 0


def test_a_wait_without_a_question_is_ours(office: Office) -> None:
    member_request = live(
        office,
        (Action.SUBMIT, brussels("2023-07-03T09:00")),
        (Action.TAKE, brussels("2023-07-03T09:30")),
        (Action.ANSWER, brussels("2023-07-03T10:00")),
        (Action.WAIT, brussels("2023-07-03T10:00")),
        (Action.MEMBER_WRITES, brussels("2023-07-04T10:00")),
    )
    assert row(cohort([office], month=JULY, cut_off=CUT_OFF), member_request)["waited"] == 0


def test_two_questions_in_one_wait_pause_once(office: Office) -> None:
    member_request = live(
        office,
        (Action.SUBMIT, brussels("2023-07-03T09:00")),
        (Action.TAKE, brussels("2023-07-03T09:30")),
        (Action.ANSWER, brussels("2023-07-03T10:00"), "asks"),
        (Action.WAIT, brussels("2023-07-03T10:00")),
        (Action.ANSWER, brussels("2023-07-03T11:00"), "asks"),
        (Action.MEMBER_WRITES, brussels("2023-07-03T12:00")),
    )
    assert row(cohort([office], month=JULY, cut_off=CUT_OFF), member_request)["waited"] == 7200


def test_a_wait_that_was_undone_has_never_been(office: Office) -> None:
    """Asked after 10 seconds, waiting from 11 on, which is taken back; answered after 500."""

    def after(seconds: int) -> datetime:
        return brussels("2023-07-03T09:00") + timedelta(seconds=seconds)

    member_request = live(
        office,
        (Action.SUBMIT, after(0)),
        (Action.TAKE, after(5)),
        (Action.ANSWER, after(10), "asks"),
        (Action.WAIT, after(11)),
        (Action.UNDO, after(12)),
        (Action.ANSWER, after(500)),
        (Action.CLOSE, after(501), ClosingReason.ANSWERED),
    )
    found = row(cohort([office], month=JULY, cut_off=CUT_OFF), member_request)
    assert (found["waited"], found["lived"]) == (0, 501)


def test_a_closing_that_was_undone_neither_ends_a_wait_nor_a_life(office: Office) -> None:
    member_request = live(
        office,
        (Action.SUBMIT, brussels("2023-07-03T09:00")),
        (Action.TAKE, brussels("2023-07-03T09:30")),
        (Action.ANSWER, brussels("2023-07-03T10:00"), "asks"),
        (Action.WAIT, brussels("2023-07-03T10:00")),
        (Action.CLOSE, brussels("2023-07-03T11:00"), ClosingReason.ANSWERED),
        (Action.UNDO, brussels("2023-07-03T11:05")),
        (Action.MEMBER_WRITES, brussels("2023-07-03T12:00")),
        (Action.CLOSE, brussels("2023-07-03T13:00"), ClosingReason.ANSWERED),
    )
    found = row(cohort([office], month=JULY, cut_off=CUT_OFF), member_request)
    assert (found["waited"], found["lived"]) == (7200, 4 * 3600)


def test_a_wait_ends_when_nothing_is_owed_any_more(office: Office) -> None:
    member_request = live(
        office,
        (Action.SUBMIT, brussels("2023-07-03T09:00")),
        (Action.TAKE, brussels("2023-07-03T09:30")),
        (Action.ANSWER, brussels("2023-07-03T10:00"), "asks"),
        (Action.WAIT, brussels("2023-07-03T10:00")),
        (Action.RESUME, brussels("2023-07-03T12:00")),
    )
    assert row(cohort([office], month=JULY, cut_off=CUT_OFF), member_request)["waited"] == 7200


def test_a_value_that_is_missing_is_refused_and_never_read_as_another(arrive: Arrive) -> None:
    arrive("2023-07-03T09:00")

    class Bare(Moments):
        template = "%(expressions)s"

    with pytest.raises(UnreadableColumns):
        packed(MemberRequest.objects.all(), {"key": number("id"), "at": Bare("closed_at")})


def test_no_office_has_no_request(db: None) -> None:
    assert cohort([], month=JULY, cut_off=CUT_OFF).key.size == 0
