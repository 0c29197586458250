"""How long documents wait, and when their members are reminded."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core import mail

from people.models import User
from requests_app import asking, notifications
from requests_app.asked_models import AskedDocument, AskedEvent
from requests_app.document_reminders import remind_of_documents
from requests_app.document_rules import CorrectionReason, ReminderReason
from requests_app.selectors.document_times import DocumentTimes, hand_in_times, review_times
from tests.documents import an_asked_document, hand_in
from tests.factories import NOW, TODAY, MemberFactory, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JUNE = {"start": datetime(2023, 6, 1, tzinfo=UTC), "end": datetime(2023, 7, 1, tzinfo=UTC)}
BEFORE, AFTER = ReminderReason.BEFORE_DUE, ReminderReason.AFTER_DUE


@pytest.fixture
def adviser() -> User:
    return an_adviser()


@pytest.fixture
def asked(adviser: User) -> AskedDocument:
    """Asked for on Thursday 15 June, due on the 29th."""
    return an_asked_document(a_request(member=MemberFactory(user__language="de")), by=adviser)


def _correct(asked: AskedDocument, by: User, *, at: datetime) -> None:
    reason = CorrectionReason.UNREADABLE
    asking.correct(asked=asked, by=by, at=at, version=asked.version, reason=reason)


def _rows(times: DocumentTimes) -> list[tuple[int, bool]]:
    return list(zip(times.durations.tolist(), times.observed.tolist(), strict=True))


def _reviews(asked: AskedDocument, *, at: datetime, **more: object) -> list[tuple[int, bool]]:
    office = asked.member_request.office
    return _rows(review_times(office=office, at=at, **JUNE, **more))


def test_the_offices_turns_add_up_in_office_hours(asked: AskedDocument, adviser: User) -> None:
    # Received at 11:00, sent back at 13:00; corrected a day later, checked after a night.
    hand_in(asked, at=NOW)
    _correct(asked, adviser, at=NOW + 2 * HOUR)
    hand_in(asked, at=NOW + DAY + 5 * HOUR)
    checked_at = NOW + 4 * DAY
    asking.check(asked=asked, by=adviser, at=checked_at, version=asked.version)
    # 2 h, then Friday from 16:00 to 17:00 and Monday from 9:00 to 11:00.
    assert _reviews(asked, at=checked_at + DAY) == [(5 * 3600, True)]


def test_what_is_not_checked_yet_is_censored(asked: AskedDocument) -> None:
    hand_in(asked, at=NOW)
    assert _reviews(asked, at=NOW + 3 * HOUR) == [(3 * 3600, False)]


def test_what_the_member_corrects_rests(asked: AskedDocument, adviser: User) -> None:
    hand_in(asked, at=NOW)
    _correct(asked, adviser, at=NOW + HOUR)
    assert _reviews(asked, at=NOW + 9 * DAY) == [(3600, False)]


def test_what_happens_after_the_cut_off_is_not_known(asked: AskedDocument, adviser: User) -> None:
    hand_in(asked, at=NOW)
    asking.check(asked=asked, by=adviser, at=NOW + 2 * HOUR, version=asked.version)
    assert _reviews(asked, at=NOW + HOUR) == [(3600, False)]


def test_a_branch_counts_what_it_is_accountable_for(asked: AskedDocument) -> None:
    hand_in(asked, at=NOW)
    assert _reviews(asked, at=NOW + HOUR, branch=branch("first_line"))
    assert not _reviews(asked, at=NOW + HOUR, branch=branch("coop"))


def test_a_document_belongs_to_the_month_of_its_first_receipt(asked: AskedDocument) -> None:
    hand_in(asked, at=NOW + 30 * DAY)
    assert not _reviews(asked, at=NOW + 60 * DAY)


def test_handing_in_is_counted_in_calendar_time(asked: AskedDocument, adviser: User) -> None:
    waiting = an_asked_document(a_request(), by=adviser)
    hand_in(asked, at=NOW + 2 * DAY)
    office = waiting.member_request.office
    times = hand_in_times(office=office, at=NOW + 5 * DAY, **JUNE)
    assert _rows(times) == [(2 * 86400, True), (5 * 86400, False)]


def _remind(days: int) -> dict[str, int]:
    return dict(remind_of_documents(at=NOW + days * DAY))


def test_a_member_is_reminded_once_before_and_once_after_the_day(asked: AskedDocument) -> None:
    assert asked.due_on == TODAY + 14 * DAY
    told = {day: _remind(day) for day in range(22)}
    assert {day: said for day, said in told.items() if said} == {12: {BEFORE: 1}, 17: {AFTER: 1}}


def test_handing_in_ends_the_reminders(asked: AskedDocument) -> None:
    hand_in(asked, at=NOW + DAY)
    assert not any(_remind(day) for day in range(1, 30))


def test_a_correction_is_reminded_of_anew(asked: AskedDocument, adviser: User) -> None:
    assert _remind(12) == {BEFORE: 1}
    hand_in(asked, at=NOW + 13 * DAY)
    _correct(asked, adviser, at=NOW + 13 * DAY)
    assert asked.due_on is not None
    assert _remind((asked.due_on - TODAY).days - 1) == {BEFORE: 1}


@pytest.mark.parametrize("day", [12, 17])
def test_an_office_that_wants_no_reminders_sends_none(asked: AskedDocument, day: int) -> None:
    office = asked.member_request.office
    office.remind_days_before_due = office.remind_days_after_due = 0
    office.save()
    assert not _remind(day)


def test_two_workers_remind_once(asked: AskedDocument) -> None:
    stale = AskedDocument.objects.get(pk=asked.pk)
    _remind(12)
    with pytest.raises(asking.Conflict):
        asking.remind(asked=stale, at=NOW + 12 * DAY, version=stale.version, reason=BEFORE)
    assert AskedEvent.objects.filter(action="remind").count() == 1


def test_mails_speak_the_members_language_and_name_no_document(
    asked: AskedDocument, adviser: User
) -> None:
    _remind(12)
    _remind(17)
    hand_in(asked, at=NOW + 18 * DAY, key=uuid4())
    _correct(asked, adviser, at=NOW + 18 * DAY)
    hand_in(asked, at=NOW + 19 * DAY, key=uuid4())
    asking.check(asked=asked, by=adviser, at=NOW + 19 * DAY, version=asked.version)
    while notifications.send_next(at=NOW + 20 * DAY):
        pass
    sent = [f"{one.subject} {one.body}" for one in mail.outbox if "#asked-1" in one.body]
    assert len(sent) == 5
    assert all("Dokument" in one and "Vertrag" not in one and "{" not in one for one in sent)
