"""Who works where and when; and what a person can never be."""

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError

from people.models import Posting, User
from tests.factories import OfficeFactory, PostingFactory, UserFactory, branch

pytestmark = pytest.mark.django_db

JUNE_1, JUNE_7, JUNE_8 = date(2023, 6, 1), date(2023, 6, 7), date(2023, 6, 8)


def _adviser() -> User:
    posting: Any = PostingFactory(starts_on=JUNE_1, ends_on=JUNE_7)
    return posting.adviser  # type: ignore[no-any-return]


@pytest.mark.parametrize("columns", [{"branch": None, "team": ""}, {"team": "Outremeuse"}])
def test_a_posting_is_to_a_branch_or_to_a_team(columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="a_posting_is_to_a_branch_or_to_a_team"):
        PostingFactory(**columns)


def test_postings_end_after_they_begin() -> None:
    # The range of the days itself cannot run backwards, and says so first.
    with pytest.raises(DatabaseError, match=r"postings_end_after_they_begin|range lower bound"):
        PostingFactory(starts_on=JUNE_8, ends_on=JUNE_7)


@pytest.mark.parametrize("starts_on", [JUNE_1, JUNE_7])
def test_postings_of_an_adviser_do_not_overlap(starts_on: date) -> None:
    adviser = _adviser()
    with pytest.raises(IntegrityError, match="postings_of_an_adviser_do_not_overlap"):
        PostingFactory(adviser=adviser, starts_on=starts_on)


def test_the_next_posting_begins_the_day_after() -> None:
    adviser = _adviser()
    PostingFactory(adviser=adviser, starts_on=JUNE_8, branch=branch("support"))
    assert _branch_on(adviser, JUNE_1) == _branch_on(adviser, JUNE_7) == "first_line"
    assert _branch_on(adviser, JUNE_8) == "support"


def _branch_on(adviser: User, day: date) -> str | None:
    posting = adviser.posting_on(day=day)
    return posting.branch.code if posting and posting.branch else None


def test_before_the_first_day_there_is_no_posting() -> None:
    assert _adviser().posting_on(day=date(2023, 5, 31)) is None


def test_two_advisers_may_work_in_the_same_branch() -> None:
    office = OfficeFactory()
    PostingFactory(office=office)
    PostingFactory(office=office)
    assert Posting.objects.on(JUNE_8).count() == 2


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("addresses_are_in_small_letters", {"email": "Aline@example.org"}),
        ("who_may_sign_in_has_an_address", {"email": None}),
        ("who_may_sign_in_has_an_address", {"email": ""}),
        ("a_role_is_known", {"role": "director"}),
        ("a_language_is_one_of_four", {"language": "es"}),
    ],
)
def test_a_person_that_makes_no_sense_is_refused(name: str, columns: dict[str, Any]) -> None:
    person: Any = UserFactory()
    with pytest.raises(IntegrityError, match=name):
        User.objects.filter(pk=person.pk).update(**columns)
