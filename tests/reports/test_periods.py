"""The stored figures of the dashboard: of which periods, and when they are counted again."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle

import pytest
from django.db import IntegrityError

from branches.models import Office, Pilot
from people.models import User
from people.roles import Role
from reports import periods, tasks
from reports.balance.periods import figures_of_periods, parts_of
from reports.flow import Flow, beside_each_other
from reports.models import JobRun, PeriodFigures, Side
from reports.period_models import BEFORE, DURING, NOT_SHOWN
from requests_app.enums import Action
from tests.factories import MemberFactory, OfficeFactory, PilotFactory, UserFactory, branch
from tests.reports.conftest import brussels
from tests.reports.lives import Step, lived

NOW = brussels("2023-09-20T12:00")


def three() -> Iterator[User]:
    """Advisers who take turns: of fewer than three nothing is stored."""
    return cycle([UserFactory(role=Role.ADVISER) for _ in range(3)])


def taken(adviser: User) -> tuple[Step, Step]:
    return Step(Action.SUBMIT, "2023-07-03T09:00"), Step(Action.TAKE, "2023-07-03T10:00", adviser)


def figures(pilot: Pilot, period: str, office: Office | None = None) -> PeriodFigures:
    return PeriodFigures.objects.get(pilot=pilot, side=Side.PILOT, office=office, period=period)


def test_the_periods_are_the_months_and_the_time_before_and_during(pilot: Pilot) -> None:
    found = {period.name: period for period in periods.periods_of(pilot, at=NOW)}
    assert list(found)[:2] == ["2022-12", "2023-01"]
    assert list(found)[-3:] == ["2023-09", BEFORE, DURING]
    assert found[BEFORE].end == found[DURING].start == brussels("2023-06-08T00:00")
    assert found[DURING].end == found["2023-09"].end == NOW


def test_before_the_pilot_there_is_no_time_during_it(pilot: Pilot) -> None:
    names = [period.name for period in periods.periods_of(pilot, at=brussels("2023-06-08T00:00"))]
    assert BEFORE in names
    assert DURING not in names


def test_after_the_pilot_its_time_has_ended(pilot: Pilot) -> None:
    found = {one.name: one for one in periods.periods_of(pilot, at=brussels("2024-03-01T09:00"))}
    assert found[DURING].end == brussels("2023-12-08T00:00")
    assert "2023-12" in found
    assert "2024-01" not in found


def test_a_pilot_that_is_entered_for_later_has_no_period_yet(office: Office) -> None:
    later = PilotFactory(
        offices=[office],
        baseline_starts_on=date(2024, 1, 1),
        starts_on=date(2024, 6, 1),
        ends_on=date(2024, 12, 1),
    )
    assert periods.compute(pilot=later, at=NOW) == 0


def test_a_side_is_the_sum_of_its_offices(pilot: Pilot, office: Office) -> None:
    charleroi = OfficeFactory(code="CHARLEROI", name="Charleroi")
    pilot.offices.add(charleroi)
    for one, advisers in ((office, three()), (charleroi, three())):
        for _ in range(6 if one == office else 5):
            lived(one, *taken(next(advisers)))
    periods.compute(pilot=pilot, at=NOW)
    stored = [figures(pilot, "2023-07", one).content["flow"] for one in (None, office, charleroi)]
    together, *each = (Flow(**flow) for flow in stored)
    assert together == beside_each_other(each)
    assert (together.received, together.open_at_end) == (11, 11)


def test_ten_wishes_are_computed_once(pilot: Pilot) -> None:
    assert periods.compute(pilot=pilot, at=NOW) > 0
    assert [periods.compute(pilot=pilot, at=NOW) for _ in range(9)] == [0] * 9


def test_a_day_later_only_what_may_change_is_computed(pilot: Pilot) -> None:
    everything = periods.compute(pilot=pilot, at=NOW)
    later = NOW + timedelta(days=1)
    # August, September, before and during, for both sides and each of their offices.
    assert periods.compute(pilot=pilot, at=later) == 4 * 4 < everything
    assert figures(pilot, "2023-07").cut_off == NOW
    assert figures(pilot, "2023-08").cut_off == later


def test_other_offices_are_a_reason_to_compute_again(pilot: Pilot) -> None:
    periods.compute(pilot=pilot, at=NOW)
    pilot.offices.add(OfficeFactory(code="CHARLEROI", name="Charleroi"))
    periods.compute(pilot=pilot, at=NOW)
    assert figures(pilot, "2023-01").offices == ["CHARLEROI", "LIEGE"]


def test_what_is_asked_for_is_shown_with_both_clocks(pilot: Pilot, office: Office) -> None:
    advisers = three()
    for _ in range(10):
        lived(
            office,
            Step(Action.SUBMIT, "2023-07-03T09:00"),
            Step(Action.ANSWER, "2023-07-04T10:00", next(advisers)),
        )
    periods.compute(pilot=pilot, at=NOW)
    response = figures(pilot, DURING, office).content["response"]
    assert response["office_clock"]["median"]["value"] == 9 * 3600
    assert response["calendar_clock"]["median"]["value"] == 25 * 3600
    assert figures(pilot, BEFORE, office).content["response"]["received"] == 0


@pytest.mark.parametrize(("requests", "people"), [(4, 4), (10, 2)])
def test_nothing_is_stored_of_an_office_with_too_few_requests_or_advisers(
    pilot: Pilot, office: Office, requests: int, people: int
) -> None:
    """Nor of one more, without which the total of the side would give the first one away."""
    others = [OfficeFactory(code=code, name=code.title()) for code in ("GENT", "NAMUR")]
    pilot.offices.add(*others)
    for one, number, team in ((office, requests, people), (others[0], 6, 3), (others[1], 7, 3)):
        advisers = cycle([UserFactory(role=Role.ADVISER) for _ in range(team)])
        for _ in range(number):
            lived(one, *taken(next(advisers)))
    periods.compute(pilot=pilot, at=NOW)
    for period in ("2023-07", DURING):
        stored = [figures(pilot, period, one).content for one in (office, *others)]
        assert stored[:2] == [NOT_SHOWN, NOT_SHOWN]
        assert stored[2]["flow"]["received"] == 7
        assert figures(pilot, period).content["flow"]["received"] == requests + 13
    shown = PeriodFigures.objects.shown().filter(office=office, period="2023-07")
    assert not shown.exists()


def test_nothing_is_stored_of_a_side_that_is_too_small_itself(pilot: Pilot, office: Office) -> None:
    adviser = UserFactory(role=Role.ADVISER)
    for _ in range(10):
        lived(office, *taken(adviser))
    periods.compute(pilot=pilot, at=NOW)
    assert figures(pilot, "2023-07").content == NOT_SHOWN


def test_members_are_followed_for_equally_long_before_and_during(
    pilot: Pilot, office: Office
) -> None:
    """The pilot has run for 104 days: contacts earlier than as long before it do not count."""
    advisers = three()
    for _ in range(12):
        member, adviser = MemberFactory(office=office), next(advisers)
        for day in ("2022-12-20", "2023-03-01", "2023-03-02", "2023-06-05", "2023-07-03"):
            lived(
                office,
                Step(Action.SUBMIT, f"{day}T09:00"),
                Step(Action.ANSWER, f"{day}T10:00", adviser),
                member=member,
            )
    periods.compute(pilot=pilot, at=NOW)
    found = figures(pilot, DURING).content["continuity"]
    assert found["before"]["overall"]["contacts"] == 12 * 3
    assert found["before"]["overall"]["upc"]["value"] == 1
    assert found["during"]["overall"] == {
        "members": 0, "contacts": 0, "upc": None, "coc": None, "secon": None,
        "beyond_chance": None, "chance": None,
    }  # fmt: skip


def test_a_period_is_stored_once(pilot: Pilot) -> None:
    periods.compute(pilot=pilot, at=NOW)
    row = figures(pilot, "2023-07")
    row.pk = None
    with pytest.raises(IntegrityError, match="one_row_of_figures_an_office_and_period"):
        row.save()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"period": "July"}, "a_period_is_a_month_or_one_of_two_spans"),
        ({"starts_at": NOW + timedelta(1)}, "a_period_of_figures_ends_after_it_begins"),
    ],
)
def test_what_is_no_period_is_refused(pilot: Pilot, change: dict[str, object], named: str) -> None:
    periods.compute(pilot=pilot, at=NOW)
    with pytest.raises(IntegrityError, match=named):
        PeriodFigures.objects.filter(period="2023-09").update(**change)


def test_the_task_leaves_a_record_and_asks_for_the_pictures(
    pilot: Pilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(tasks.charts, "ask", lambda **told: asked.append(told["pilot_key"]))
    assert tasks.period_figures(pilot.pk) > 0
    assert asked == [pilot.pk]
    run = JobRun.objects.get(kind=periods.PERIOD_JOB, period=str(pilot.pk))
    assert run.finished_at is not None
    assert tasks.period_figures(0) == 0


def test_what_goes_wrong_is_seen_by_the_manager(
    pilot: Pilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_options: object) -> int:
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr(periods, "compute", broken)
    with pytest.raises(RuntimeError):
        tasks.period_figures(pilot.pk)
    assert JobRun.objects.get().error == "RuntimeError: The disk is full."


def test_who_came_in_the_last_days_before_the_pilot_is_followed_until_now(
    pilot: Pilot, office: Office
) -> None:
    """Received on 7 June, answered on 9 June: the balance and the dashboard say the same."""
    advisers = three()
    for _ in range(10):
        adviser = next(advisers)
        lived(
            office,
            Step(Action.SUBMIT, "2023-06-07T09:00", branch=branch("coop")),
            Step(Action.TRANSFER, "2023-06-07T10:00", adviser, branch=branch("support")),
            Step(Action.ANSWER, "2023-06-09T10:00", adviser),
        )
    periods.compute(pilot=pilot, at=NOW)
    stored = figures(pilot, BEFORE).content
    assert (stored["response"]["first_answered"], stored["response"]["still_waiting"]) == (10, 0)
    assert stored["journeys"]["settled"] == 10
    (balance,) = [
        row
        for row in figures_of_periods(pilot, parts_of(pilot, cut_off=NOW))
        if (row["period"], row["side"]) == (BEFORE, Side.PILOT)
    ]
    for clock in ("office_clock", "calendar_clock"):
        assert stored["response"][clock] == balance[clock]


def test_after_its_last_day_the_pilot_is_followed_until_now(pilot: Pilot, office: Office) -> None:
    advisers = three()
    for _ in range(5):
        lived(
            office,
            Step(Action.SUBMIT, "2023-12-07T09:00"),
            Step(Action.ANSWER, "2023-12-11T10:00", adviser := next(advisers)),
            Step(Action.CLOSE, "2024-01-31T10:00", adviser),
        )
    for at, open_ones in (("2023-12-20T09:00", 5), ("2024-03-01T09:00", 0)):
        periods.compute(pilot=pilot, at=brussels(at))
        response = figures(pilot, DURING).content["response"]
        assert response["still_waiting"] == 0
        assert response["resolution"]["still_open"] == open_ones
        # What stood open at the end of the last day is told as it was then.
        assert figures(pilot, DURING).content["flow"]["open_at_end"] == 5


def test_the_requests_of_a_month_are_followed_for_45_days(pilot: Pilot, office: Office) -> None:
    """Whenever a month is counted, its requests have had the same time."""
    advisers, support = three(), branch("support")
    for answered in ["2023-02-10T10:00"] * 3 + ["2023-04-20T10:00"] * 4:
        adviser = next(advisers)
        lived(
            office,
            Step(Action.SUBMIT, "2023-01-31T09:00", branch=branch("coop")),
            Step(Action.TRANSFER, "2023-02-01T10:00", adviser, branch=support),
            Step(Action.ANSWER, answered, adviser),
        )
    for at in ("2023-03-20T09:00", "2023-09-20T09:00"):
        periods.compute(pilot=pilot, at=brussels(at), again=True)
        found = figures(pilot, "2023-01").content["journeys"]
        assert (found["requests"], found["settled"]) == (7, 3)
