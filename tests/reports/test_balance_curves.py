"""What the balance says of both sides curve against curve."""

import re
from collections.abc import Iterator

import pytest
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext
from pytest_django import DjangoDbBlocker

from branches.models import LANGUAGES, Pilot, Topic
from people.roles import Role
from reports.balance.document import balance_document
from reports.balance.log_rank import log_ranks
from reports.balance.periods import parts_of
from reports.balance_models import Balance
from requests_app.models import MemberRequest
from tests.factories import UserFactory
from tests.reports.balances import grids_of, rows_of
from tests.reports.drawn_up_once import drawn_up_once
from tests.reports.test_comparison_result import (
    CUT_OFF,
    a_pilot_of_two,
    filling,
    in_the_pilot,
    seven_offices,
)

pytestmark = pytest.mark.usefixtures("asked", "curves")
TITLE = "Log-rank by topic group"


def waiting_for_less() -> tuple[Pilot, None]:
    """Before, both sides wait for 20 hours of the calendar; during it the pilot offices for 2."""
    offices = seven_offices()
    pilot = a_pilot_of_two(offices)
    filling(offices)(lambda o, m, n: n / 4 + (2 if in_the_pilot(o, m) else 20))
    advisers = [UserFactory(role=Role.ADVISER) for _ in range(3)]
    for number, adviser in enumerate(advisers):
        MemberRequest.objects.annotate(turn=F("pk") % 3).filter(turn=number).update(adviser=adviser)
    return pilot, None


@pytest.fixture(scope="module")
def _curves_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with drawn_up_once(django_db_blocker, waiting_for_less, at=CUT_OFF):
        yield


@pytest.fixture
def curves(_curves_once: None, db: None) -> Balance:
    return Balance.objects.get()


def test_both_sides_are_compared_curve_against_curve(curves: Balance) -> None:
    before, during = (
        next(row for row in rows_of(curves, "curves") if (row["Period"], row["Clock"]) == key)
        for key in (("before the pilot", "as lived"), ("during the pilot", "as lived"))
    )
    answers, expected = "First answers, pilot offices", "Expected, pilot offices"
    assert (before[answers], before[expected], before["Chi-square"]) == ("96", "96,00", "0,000")
    assert during[answers] == "96"
    assert float(during[expected].replace(",", ".")) < 50
    assert [row[6].value for row in grids_of(curves)[TITLE].rows][-1] == "< 0.001"


def test_a_request_is_compared_with_those_of_its_topic_group_only(curves: Balance) -> None:
    """Each side has topics of its own branch: nothing is left to compare."""
    first, other = (Topic.objects.filter(branch__code=code).first() for code in ("coop", "support"))
    MemberRequest.objects.filter(office__in=curves.pilot.offices.all()).update(topic=first)
    MemberRequest.objects.exclude(office__in=curves.pilot.offices.all()).update(topic=other)
    rows = log_ranks(parts_of(curves.pilot, cut_off=CUT_OFF))
    assert [(row["strata"], row["p"]) for row in rows] == [(2, None)] * 4


def test_under_ten_requests_there_is_no_curve(curves: Balance) -> None:
    few = MemberRequest.objects.filter(office__in=curves.pilot.offices.all()).order_by("pk")[9:]
    MemberRequest.objects.filter(pk__in=few.values("pk")).delete()
    rows = log_ranks(parts_of(curves.pilot, cut_off=CUT_OFF))
    assert rows
    assert not any("p" in row for row in rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_curves_describe_and_do_not_test(curves: Balance, language: str) -> None:
    with translation.override(language):
        words = " ".join(
            getattr(block, "text", getattr(block, "title", ""))
            for block in balance_document(curves).blocks
        )
        caution = gettext(
            "This describes both sides and is no test of the pilot. Requests of the same office, "
            "adviser or member are not independent, so p is too small. Sides that differed before "
            "the pilot may go on differing without it."
        )
    assert caution in words
    assert not re.search("significan|signifikan|significati", words, re.IGNORECASE)
