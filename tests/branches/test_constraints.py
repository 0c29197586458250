"""What offices, hours, closures, branches and the pilot can never be."""

from datetime import date, time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from branches.models import (
    Branch,
    Closure,
    ClosureKind,
    Office,
    OpeningHours,
    Pilot,
    Topic,
    validate_four_languages,
)
from tests.factories import OfficeFactory, PilotFactory

pytestmark = pytest.mark.django_db

NAMES = {"fr": "Pont", "nl": "Brug", "de": "Brücke", "en": "Bridge"}


def _hours(**changes: Any) -> OpeningHours:
    # A Saturday: the office of the factory opens from Monday to Friday.
    hours = {"office": OfficeFactory(), "weekday": 5, "opens": time(9), "closes": time(12)}
    return OpeningHours.objects.create(**(hours | changes))


def test_reference_prefixes_are_capital_letters() -> None:
    with pytest.raises(IntegrityError, match="reference_prefixes_are_capital_letters"):
        OfficeFactory(reference_prefix="L1")


def test_no_two_offices_share_a_reference_prefix() -> None:
    OfficeFactory(reference_prefix="LG")
    with pytest.raises(IntegrityError, match="no_two_offices_share_a_reference_prefix"):
        OfficeFactory(code="LUX", reference_prefix="LG")


@pytest.mark.parametrize(("recall", "close"), [(0, 15), (5, 5), (6, 5), (5, 101)])
def test_members_are_recalled_before_their_request_is_closed(recall: int, close: int) -> None:
    name = "members_are_recalled_before_their_request_is_closed"
    with pytest.raises(IntegrityError, match=name):
        OfficeFactory(recall_after_days=recall, close_after_days=close)


@pytest.mark.parametrize("side", ["before", "after"])
def test_members_are_reminded_within_two_months_of_the_due_date(side: str) -> None:
    name = "members_are_reminded_within_two_months_of_the_due_date"
    with pytest.raises(IntegrityError, match=name):
        OfficeFactory(**{f"remind_days_{side}_due": 61})


def test_an_office_opens_before_it_closes() -> None:
    with pytest.raises(IntegrityError, match="an_office_opens_before_it_closes"):
        _hours(opens=time(12), closes=time(9))


def test_opening_hours_end_after_they_begin() -> None:
    with pytest.raises(IntegrityError, match="opening_hours_end_after_they_begin"):
        _hours(valid_from=date(2023, 6, 2), valid_to=date(2023, 6, 1))


def test_opening_hours_lie_on_a_weekday() -> None:
    with pytest.raises(IntegrityError, match="opening_hours_lie_on_a_weekday"):
        _hours(weekday=7)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"opens": time(11), "closes": time(13)}),
        ({"valid_to": date(2023, 6, 8)}, {"valid_from": date(2023, 6, 8)}),
    ],
)
def test_opening_hours_of_an_office_do_not_overlap(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    _hours(**first)
    with pytest.raises(IntegrityError, match="opening_hours_of_an_office_do_not_overlap"):
        _hours(**second)


def test_hours_that_follow_each_other_may_touch() -> None:
    _hours(valid_to=date(2023, 6, 8))
    _hours(valid_from=date(2023, 6, 9))
    _hours(opens=time(12), closes=time(13))
    assert OpeningHours.objects.filter(weekday=5).count() == 3


@pytest.mark.parametrize("everywhere", [True, False])
def test_an_office_closes_once_a_day(everywhere: bool) -> None:
    closure = {
        "office": None if everywhere else OfficeFactory(),
        "closed_on": date(2023, 5, 19),
        "kind": ClosureKind.BRIDGE,
        "names": NAMES,
    }
    Closure.objects.create(**closure)
    with pytest.raises(IntegrityError, match="an_office_closes_once_a_day"):
        Closure.objects.create(**closure)


def test_closures_are_named_in_four_languages() -> None:
    with pytest.raises(IntegrityError, match="closures_are_named_in_four_languages"):
        Closure.objects.create(
            closed_on=date(2023, 5, 19), kind=ClosureKind.BRIDGE, names={"fr": "Pont"}
        )


def test_branches_are_named_in_four_languages() -> None:
    with pytest.raises(IntegrityError, match="branches_are_named_in_four_languages"):
        Branch.objects.filter(code="coop").update(names={"fr": "Vie coopérative"})


def test_topics_are_named_in_four_languages() -> None:
    with pytest.raises(IntegrityError, match="topics_are_named_in_four_languages"):
        Topic.objects.filter(code="account_access").update(titles={"fr": "Accès"})


def test_topics_of_a_branch_have_each_a_position() -> None:
    with pytest.raises(IntegrityError, match="topics_of_a_branch_have_each_a_position"):
        Topic.objects.filter(branch__code="coop").update(position=1)


def test_a_pilot_has_a_before_and_a_during() -> None:
    with pytest.raises(IntegrityError, match="a_pilot_has_a_before_and_a_during"):
        PilotFactory(baseline_starts_on=date(2023, 6, 8))


def test_a_promise_is_longer_than_nothing() -> None:
    with pytest.raises(IntegrityError, match="a_promise_is_longer_than_nothing"):
        PilotFactory(promise_working_days=0)


def test_two_pilots_do_not_run_at_once() -> None:
    PilotFactory()
    with pytest.raises(IntegrityError, match="two_pilots_do_not_run_at_once"):
        PilotFactory(starts_on=date(2023, 12, 7), ends_on=date(2024, 6, 1))


def test_every_constraint_stands_in_a_test() -> None:
    models = (Office, OpeningHours, Closure, Branch, Topic, Pilot)
    names = {constraint.name for model in models for constraint in model._meta.constraints}
    assert names <= {name.removeprefix("test_") for name in globals()}


@pytest.mark.parametrize("texts", [{}, "Pont", NAMES | {"de": " "}, NAMES | {"es": "Puente"}])
def test_a_text_needs_its_four_languages_and_no_other(texts: object) -> None:
    with pytest.raises(ValidationError):
        validate_four_languages(texts)
