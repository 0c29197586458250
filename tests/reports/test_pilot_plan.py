from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from branches.models import Office, Pilot
from people.models import User
from reports import pilot_plan
from reports.pilot_plan import Outcome, Plan, PlanRefused
from reports.plan_models import Measure, PilotChange, PilotOutcome, PilotPlan
from tests.factories import NOW, OfficeFactory

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=3)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


FOUR = (
    Outcome(Measure.WITHIN_PROMISE, Decimal(5)),
    Outcome(Measure.HANDLING, Decimal(4)),
    Outcome(Measure.KNEW_MY_SITUATION, Decimal("2.5")),
    Outcome(Measure.ADVISER_STRAIN, Decimal(5)),
)


@pytest.fixture
def plan() -> Plan:
    return Plan(
        name="Pilot 2023",
        offices=(OfficeFactory(),),
        comparison_offices=(OfficeFactory(code="MONS", name="Mons", reference_prefix="MO"),),
        baseline_starts_on=date(2022, 12, 8),
        starts_on=date(2023, 6, 8),
        ends_on=date(2023, 12, 7),
        promise_working_days=2,
        working_day_hours=8,
        outcomes=FOUR,
    )


@pytest.fixture
def pilot(plan: Plan, manager: User) -> Pilot:
    return pilot_plan.enter(plan=plan, by=manager, at=NOW)


@pytest.fixture
def locked(pilot: Pilot, manager: User) -> Pilot:
    pilot_plan.lock(pilot=pilot, by=manager, at=NOW)
    return pilot


def test_what_is_entered_is_what_is_stored(pilot: Pilot, plan: Plan) -> None:
    assert pilot_plan.of_pilot(pilot) == plan
    assert pilot.plan.locked_at is None


def test_before_the_lock_a_plan_changes_without_a_trace(
    pilot: Pilot, plan: Plan, manager: User
) -> None:
    changed = replace(plan, ends_on=date(2023, 12, 14), promise_working_days=3)
    assert pilot_plan.change(pilot=pilot, plan=changed, by=manager, at=LATER) == []
    assert pilot_plan.of_pilot(pilot) == changed


def test_each_part_of_a_change_after_the_lock_is_a_dated_row(
    locked: Pilot, plan: Plan, manager: User
) -> None:
    changed = replace(
        plan,
        ends_on=date(2023, 12, 14),
        comparison_offices=(OfficeFactory(code="GENT", name="Gent", reference_prefix="GE"),),
        outcomes=(Outcome(Measure.RESTRICTED_MEAN, Decimal(3)), *FOUR[1:]),
    )
    pilot_plan.change(pilot=locked, plan=changed, reason="Late", by=manager, at=LATER)
    assert pilot_plan.of_pilot(locked) == changed
    rows = list(PilotChange.objects.order_by("field").values_list("field", "before", "after"))
    assert rows[:2] == [
        ("comparison_offices", ["MONS"], ["GENT"]),
        ("ends_on", "2023-12-07", "2023-12-14"),
    ]
    assert rows[2][0] == "outcomes"
    assert set(PilotChange.objects.values_list("reason", "changed_at", "changed_by")) == {
        ("Late", LATER, manager.pk)
    }


def test_a_locked_plan_does_not_change_without_a_reason(
    locked: Pilot, plan: Plan, manager: User
) -> None:
    changed = replace(plan, ends_on=date(2023, 12, 14))
    with pytest.raises(PlanRefused, match="reason"):
        pilot_plan.change(pilot=locked, plan=changed, by=manager, at=LATER)
    assert pilot_plan.of_pilot(locked) == plan


def test_nothing_changed_leaves_no_row_and_needs_no_reason(
    locked: Pilot, plan: Plan, manager: User
) -> None:
    assert pilot_plan.change(pilot=locked, plan=plan, by=manager, at=LATER) == []


def test_locking_again_keeps_the_first_moment(locked: Pilot, manager: User) -> None:
    assert pilot_plan.lock(pilot=locked, by=manager, at=LATER).locked_at == NOW


@pytest.mark.parametrize("gap", [{"outcomes": FOUR[:3]}, {"comparison_offices": ()}])
def test_a_plan_with_gaps_is_not_locked(plan: Plan, manager: User, gap: dict[str, Any]) -> None:
    pilot = pilot_plan.enter(plan=replace(plan, **gap), by=manager, at=NOW)
    with pytest.raises(PlanRefused, match="before locking"):
        pilot_plan.lock(pilot=pilot, by=manager, at=NOW)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"offices": ()}, "at least one"),
        ({"starts_on": date(2022, 12, 8)}, "begin before"),
        ({"outcomes": (*FOUR[:2], FOUR[1])}, "once"),
        ({"baseline_starts_on": date(202, 12, 8)}, "five years"),
        ({"ends_on": date(9999, 12, 31)}, "five years"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    plan: Plan, manager: User, wrong: dict[str, Any], why: str
) -> None:
    with pytest.raises(PlanRefused, match=why):
        pilot_plan.enter(plan=replace(plan, **wrong), by=manager, at=NOW)
    assert not Pilot.objects.exists()


def test_an_office_is_on_one_side(plan: Plan, manager: User) -> None:
    both = replace(plan, comparison_offices=plan.offices)
    with pytest.raises(PlanRefused, match=plan.offices[0].name):
        pilot_plan.enter(plan=both, by=manager, at=NOW)


def test_two_pilots_at_once_are_refused_by_name(pilot: Pilot, plan: Plan, manager: User) -> None:
    with pytest.raises(PlanRefused, match="Pilot 2023"):
        pilot_plan.enter(plan=plan, by=manager, at=NOW)


def test_a_pilot_that_was_entered_without_a_plan_gets_one(plan: Plan, manager: User) -> None:
    pilot = Pilot.objects.create(
        name="Old", baseline_starts_on=plan.baseline_starts_on,
        starts_on=plan.starts_on, ends_on=plan.ends_on,
    )  # fmt: skip
    pilot_plan.change(pilot=pilot, plan=plan, by=manager, at=LATER)
    assert PilotPlan.objects.get(pilot=pilot).entered_at == LATER


class TestTheDatabaseRefuses:
    """Nothing gets around the dated row: these write as a person with a shell would."""

    SILENT = "a_locked_plan_changes_only_with_a_dated_reason"

    def refuses(self, name: str) -> Any:
        return pytest.raises(IntegrityError, check=lambda e: self.name_of(e) == name)

    @staticmethod
    def name_of(error: IntegrityError) -> str:
        return error.__cause__.diag.constraint_name or ""

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("baseline_starts_on", date(2022, 11, 8)),
            ("starts_on", date(2023, 6, 15)),
            ("ends_on", date(2023, 12, 14)),
            ("promise_working_days", 3),
            ("working_day_hours", 7),
        ],
    )
    def test_silent_changes_of_days_and_of_the_promise(
        self, locked: Pilot, column: str, value: Any
    ) -> None:
        with self.refuses(self.SILENT):
            Pilot.objects.filter(pk=locked.pk).update(**{column: value})

    @pytest.mark.parametrize("side", ["offices", "comparison_offices"])
    def test_silent_changes_of_the_offices(self, locked: Pilot, side: str) -> None:
        with self.refuses(self.SILENT), transaction.atomic():
            getattr(locked, side).add(OfficeFactory(code="GENT", reference_prefix="GE"))
        with self.refuses(self.SILENT), transaction.atomic():
            getattr(locked, side).clear()
        assert getattr(locked, side).count() == 1

    def test_silent_changes_of_the_outcomes(self, locked: Pilot) -> None:
        for write in (
            lambda: locked.outcomes.update(threshold=1),
            lambda: locked.outcomes.all().delete(),
        ):
            with self.refuses(self.SILENT), transaction.atomic():
                write()

    def test_a_row_about_another_part(self, locked: Pilot, manager: User) -> None:
        a_change(locked, manager, field="ends_on")
        with self.refuses(self.SILENT):
            Pilot.objects.filter(pk=locked.pk).update(starts_on=date(2023, 6, 15))

    def test_a_row_that_pretends_to_be_of_this_transaction(
        self, locked: Pilot, manager: User
    ) -> None:
        change = a_change(locked, manager, transaction_number=-1)
        change.refresh_from_db()
        with connection.cursor() as cursor:
            cursor.execute("SELECT txid_current()")
            assert cursor.fetchone() == (change.transaction_number,)

    def test_opening_or_deleting_a_locked_plan(self, locked: Pilot) -> None:
        for write in (
            lambda: PilotPlan.objects.update(locked_at=None, locked_by=None),
            lambda: PilotPlan.objects.update(locked_at=LATER),
            lambda: PilotPlan.objects.all().delete(),
            locked.delete,
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                write()
        assert PilotPlan.objects.get().locked_at == NOW

    def test_editing_or_deleting_a_change(self, locked: Pilot, manager: User) -> None:
        a_change(locked, manager)
        for write in (
            lambda: PilotChange.objects.update(reason="Better"),
            lambda: PilotChange.objects.all().delete(),
        ):
            with self.refuses("changes_of_a_plan_are_append_only"), transaction.atomic():
                write()

    def test_a_lock_without_outcomes(self, pilot: Pilot, manager: User) -> None:
        pilot.outcomes.filter(place=3).delete()
        with self.refuses("a_plan_is_locked_with_its_outcomes"):
            PilotPlan.objects.update(locked_at=NOW, locked_by=manager)

    @pytest.mark.parametrize(
        ("values", "name"),
        [
            ({"locked_at": NOW}, "somebody_locks_a_plan_at_some_moment"),
            ({"entered_at": LATER}, "a_plan_is_locked_after_it_is_entered"),
        ],
    )
    @pytest.mark.usefixtures("pilot")
    def test_half_a_lock(self, manager: User, values: dict[str, Any], name: str) -> None:
        lock = {"locked_at": NOW, "locked_by": manager} if "entered_at" in values else {}
        with self.refuses(name):
            PilotPlan.objects.update(**(lock | values))

    @pytest.mark.parametrize(
        ("values", "name"),
        [
            ({"place": 0, "measure": "within_promise"}, "a_pilot_has_one_outcome_in_each_place"),
            ({"place": 3, "measure": "handling"}, "a_pilot_has_each_outcome_once"),
            ({"place": 4}, "a_pilot_has_one_primary_and_three_other_outcomes"),
            ({"place": 0, "measure": "adviser_strain"}, "a_primary_outcome_is_about_answers"),
            ({"measure": "luck"}, "an_outcome_is_one_that_is_measured"),
            ({"threshold": 0}, "a_change_that_matters_is_more_than_none"),
        ],
    )
    def test_outcomes_that_cannot_be(self, pilot: Pilot, values: dict[str, Any], name: str) -> None:
        freed = values.get("place", 3)
        if "each_place" not in name:
            pilot.outcomes.filter(place=freed).delete()
        row = {"place": 3, "measure": "restricted_mean", "threshold": 1} | values
        with self.refuses(name):
            PilotOutcome.objects.create(pilot=pilot, **row)

    @pytest.mark.parametrize(
        ("values", "name"),
        [
            ({"reason": ""}, "a_change_of_a_plan_has_a_reason"),
            ({"after": 1}, "a_change_of_a_plan_changes_something"),
        ],
    )
    def test_changes_that_say_nothing(
        self, pilot: Pilot, manager: User, values: dict[str, Any], name: str
    ) -> None:
        with self.refuses(name):
            a_change(pilot, manager, **values)


def a_change(pilot: Pilot, by: User, **values: Any) -> PilotChange:
    row = {
        "field": "ends_on", "before": 1, "after": 2, "reason": "Why",
        "changed_at": LATER, "changed_by": by,
    }  # fmt: skip
    return PilotChange.objects.create(pilot=pilot, **(row | values))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_dated_row_of_an_earlier_transaction_lets_nothing_through(
    plan: Plan, manager: User
) -> None:
    pilot = pilot_plan.enter(plan=plan, by=manager, at=NOW)
    pilot_plan.lock(pilot=pilot, by=manager, at=NOW)
    told = replace(plan, ends_on=date(2023, 12, 14))
    pilot_plan.change(pilot=pilot, plan=told, reason="Late", by=manager, at=LATER)
    with pytest.raises(IntegrityError):
        Pilot.objects.filter(pk=pilot.pk).update(ends_on=date(2023, 12, 21))
    pilot.refresh_from_db()
    assert pilot.ends_on == told.ends_on
    assert Office.objects.count() == 2
