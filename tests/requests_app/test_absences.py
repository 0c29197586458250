"""Nobody waits for somebody who is away: the branch has the request again."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import translation

from people.models import Absence, User
from requests_app import absences, transitions
from requests_app.absences import AbsenceRefused
from requests_app.enums import Action, AfterAnswer, ReleaseReason
from requests_app.history import rebuild
from requests_app.models import MemberRequest
from requests_app.moves import state_of
from requests_app.selectors.conversation import conversation
from tests.factories import NOW, TODAY, AbsenceFactory, a_request, an_adviser

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line")


def _record(adviser: User, *, days: int = 0) -> Absence:
    """From today or from so many days ahead, for a week; recorded now."""
    first = TODAY + days * DAY
    return absences.record(by=adviser, at=NOW, starts_on=first, ends_on=first + 6 * DAY)


def _holder(member_request: MemberRequest) -> User | None:
    member_request.refresh_from_db()
    return member_request.adviser


def test_an_absence_that_covers_today_returns_what_waits_at_once(adviser: User) -> None:
    member_request = a_request(taken_by=adviser)
    _record(adviser)
    assert _holder(member_request) is None
    event = member_request.events.latest("position")
    assert (event.action, event.actor, event.reason) == (
        Action.RELEASE, None, ReleaseReason.ABSENT,
    )  # fmt: skip
    assert member_request.branch is not None
    assert rebuild(member_request.events.order_by("position")) == state_of(member_request)


def test_a_later_absence_returns_requests_when_it_begins_and_only_once(adviser: User) -> None:
    member_request = a_request(taken_by=adviser)
    _record(adviser, days=2)
    assert absences.return_requests(at=NOW + DAY) == 0
    assert absences.return_requests(at=NOW + 2 * DAY) == 1
    assert absences.return_requests(at=NOW + 2 * DAY + HOUR) == 0
    assert _holder(member_request) is None


def test_what_the_member_has_to_do_next_stays(adviser: User) -> None:
    answered = a_request(taken_by=adviser, answered_by=adviser)
    closed = a_request(taken_by=adviser, closed_by=adviser)
    of_a_colleague = a_request(taken_by=an_adviser("first_line"))
    _record(adviser)
    assert _holder(answered) == _holder(closed) == adviser
    assert _holder(of_a_colleague) not in {adviser, None}


def test_a_member_who_writes_during_the_absence_does_not_wait_for_its_end(adviser: User) -> None:
    member_request = a_request(taken_by=adviser)
    transitions.answer(
        member_request=member_request, by=adviser, at=NOW, version=member_request.version,
        body="Pour quel mois ?", key=uuid4(), then=AfterAnswer.WAIT,
    )  # fmt: skip
    _record(adviser)
    transitions.member_writes(
        member_request=member_request, by=member_request.member.user, at=NOW + DAY,
        body="Pour juin.", key=uuid4(),
    )  # fmt: skip
    assert absences.return_requests(at=NOW + DAY + HOUR) == 1
    assert _holder(member_request) is None


def test_private_requests_are_returned_too_and_the_branch_reads_them() -> None:
    adviser, colleague = an_adviser("support"), an_adviser("support")
    member_request = a_request(topic_code="illness", taken_by=adviser)
    assert member_request.is_sensitive
    _record(adviser)
    assert _holder(member_request) is None
    assert MemberRequest.objects.visible_to(colleague, on=TODAY).get() == member_request


def test_who_works_is_not_absent_that_day(adviser: User) -> None:
    _record(adviser)
    member_request = a_request(at=NOW + HOUR, taken_by=adviser)
    assert absences.return_requests(at=NOW + 2 * HOUR) == 0
    assert _holder(member_request) == adviser
    # The day after, nobody knows whether they work again.
    assert absences.return_requests(at=NOW + DAY) == 1


def test_an_absence_that_is_over_returns_nothing(adviser: User) -> None:
    _record(adviser)
    member_request = a_request(at=NOW + 7 * DAY, taken_by=adviser)
    assert absences.return_requests(at=NOW + 7 * DAY + HOUR) == 0
    assert _holder(member_request) == adviser


def test_somebody_who_acts_at_that_moment_wins(
    adviser: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    member_request = a_request(taken_by=adviser)
    stale = MemberRequest.objects.get(pk=member_request.pk)
    absence = AbsenceFactory(adviser=adviser)
    transitions.note(
        member_request=member_request, by=an_adviser(), at=NOW, version=member_request.version,
        body="Je regarde.", key=uuid4(),
    )  # fmt: skip
    monkeypatch.setattr(absences, "_held", lambda *_a, **_k: [stale])
    assert absences.return_requests(at=NOW + HOUR) == 0
    assert Absence.objects.get() == absence


def test_the_conversation_says_why(adviser: User) -> None:
    member_request = a_request(taken_by=adviser)
    _record(adviser)
    with translation.override("en"):
        lines = [entry.line for entry in conversation(member_request, reader=an_adviser())]
        told = [e.line for e in conversation(member_request, reader=member_request.member.user)]
    assert lines[-1] == "Released · Its adviser is absent · the system"
    # Why somebody is away is nothing for the member.
    assert not any("absent" in line for line in told)


def test_overlapping_and_backward_absences_are_refused(adviser: User) -> None:
    _record(adviser)
    with pytest.raises(AbsenceRefused):
        _record(adviser, days=6)
    with pytest.raises(AbsenceRefused):
        absences.record(by=adviser, at=NOW, starts_on=TODAY + 9 * DAY, ends_on=TODAY + 8 * DAY)
    assert Absence.objects.count() == 1


def _send(adviser: User, address: str, **typed: Any) -> HttpResponse:
    client = Client()
    client.force_login(adviser)
    with time_machine.travel(NOW, tick=False):
        return client.post(address, typed)


def test_the_page_records_and_cancels_an_absence(adviser: User) -> None:
    page = reverse("requests_app:absence")
    _send(adviser, page, starts_on="2023-06-20", ends_on="2023-06-21")
    absence = Absence.objects.get()
    assert (absence.adviser, absence.starts_on.day, absence.ends_on.day) == (adviser, 20, 21)
    _send(adviser, reverse("requests_app:cancel_absence", args=[absence.pk]))
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("", "2023-06-21", "starts_on"),
        ("2023-06-21", "", "ends_on"),
        ("2023-06-21", "2023-06-20", "ends_on"),
        ("2023-06-01", "2023-06-14", "ends_on"),
        ("2023-06-31", "2023-07-14", "starts_on"),
        ("2023-06-15", "9999-12-31", "starts_on"),
        ("21/06/2023", "2023-06-21\x00", "starts_on"),
    ],
)
def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(
    adviser: User, first: str, last: str, field: str
) -> None:
    AbsenceFactory(adviser=adviser)
    answer = _send(adviser, reverse("requests_app:absence"), starts_on=first, ends_on=last)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert answer.context["form"]["starts_on"].value() == first
    assert Absence.objects.count() == 1


def test_nobody_cancels_the_absence_of_somebody_else(adviser: User) -> None:
    other = AbsenceFactory()
    answer = _send(adviser, reverse("requests_app:cancel_absence", args=[other.pk]))
    assert answer.status_code == 404
    assert Absence.objects.get() == other
