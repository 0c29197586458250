"""A manager's own words to a sealed month."""

from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from branches.models import Office
from people.models import User
from reports import monthly
from reports.models import MonthlyReport
from reports.publishing import publish
from reports.recomputing import NotSealed
from requests_app.models import MemberRequest
from tests.reports.conftest import brussels

JULY = date(2023, 7, 1)
IN_AUGUST = brussels("2023-08-02T06:00")
SEALED = brussels("2023-08-16T06:00")
LATER = brussels("2023-09-20T06:00")
Rows = list[MemberRequest]


def seal(office: Office, at: datetime = SEALED) -> MonthlyReport:
    return monthly.compute_report(office=office, month=JULY, at=at)


def test_words_are_published_with_their_date_and_author(office: Office, manager: User) -> None:
    report = seal(office)
    publish(report=report, words="  Two colleagues were ill.\r\n", by=manager, at=LATER)
    publish(report=report, words="One is back.", by=manager, at=LATER)
    first = report.publications.order_by("id").first()
    assert (first.words, first.published_at) == ("Two colleagues were ill.", LATER)
    assert (first.published_by, report.publications.count()) == (manager, 2)


def test_a_month_that_may_still_change_is_not_published(office: Office, manager: User) -> None:
    with pytest.raises(NotSealed):
        publish(report=seal(office, IN_AUGUST), words="Good.", by=manager, at=IN_AUGUST)


@pytest.mark.parametrize("words", ["a\0b", "x" * 4001])
def test_words_that_cannot_be_stored_are_refused(office: Office, manager: User, words: str) -> None:
    with pytest.raises(ValidationError):
        publish(report=seal(office), words=words, by=manager, at=LATER)


def test_the_database_keeps_no_empty_words(office: Office, manager: User) -> None:
    with pytest.raises(IntegrityError, match="publications_say_something"):
        publish(report=seal(office), words=" ", by=manager, at=LATER)
