"""From stored requests to what is said of the pilot."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError

from branches.models import Branch, Office, OpeningHours, Pilot, Topic
from branches.working_time import BRUSSELS
from people.models import Member
from reports import comparison_result
from reports.comparison import Panel
from reports.comparison_cells import of_cohort, outcome_table
from reports.comparison_findings import control_chart, corrected, findings
from reports.comparison_frame import WhyLeftOut, frame_of, weeks_of
from reports.comparison_mix import standardised_findings
from reports.comparison_result import compare, compared, latest, read_of
from reports.plan_models import Measure, PilotComparison
from reports.simulation import simulate
from requests_app.enums import Status
from requests_app.models import MemberRequest
from tests.factories import MemberFactory, OfficeFactory, PilotFactory

pytestmark = pytest.mark.django_db

CUT_OFF = datetime(2023, 11, 20, 12, tzinfo=BRUSSELS)
CODES = ["LIEGE", "CHARLEROI", "MONS", "NAMUR", "GENT", "EUPEN", "LLN"]
MONTHS = [date(2023, month, 1) for month in (2, 3, 4, 5, 7, 8, 9, 10)]


@pytest.fixture
def offices(db: None) -> list[Office]:
    return seven_offices()


def seven_offices() -> list[Office]:
    return [
        OfficeFactory(code=code, name=code.title(), reference_prefix=f"{code[:2]}X")
        for code in CODES
    ]


@pytest.fixture
def pilot(offices: list[Office]) -> Pilot:
    return a_pilot_of_two(offices)


def a_pilot_of_two(offices: list[Office]) -> Pilot:
    return PilotFactory(
        offices=offices[:2], comparison_offices=offices[2:], baseline_starts_on=date(2023, 2, 1)
    )


@pytest.fixture
def fill(offices: list[Office]) -> Any:
    return filling(offices)


def filling(offices: list[Office]) -> Any:
    """Twelve requests for each office and month; `hours(office, month)` is the wait of each."""
    topic = Topic.objects.order_by("pk").first()

    def filled(hours: Any, months: list[date] = MONTHS, who: list[Office] = offices) -> None:
        member: Member = MemberFactory(office=offices[0])
        MemberRequest.objects.bulk_create(
            MemberRequest(
                reference=f"{office.reference_prefix}-{month:%m}{number}",
                member=member,
                office=office,
                topic=topic,
                subject="Facture",
                language="fr",
                status=Status.OPEN,
                submitted_at=(begin := _monday(month)),
                first_responded_at=begin + timedelta(hours=hours(office, month, number)),
            )
            for office in who
            for month in months
            for number in range(12)
        )

    return filled


def _monday(month: date) -> datetime:
    day = month + timedelta(days=7 - month.weekday())
    return datetime(day.year, day.month, day.day, 9, tzinfo=BRUSSELS)


def in_the_pilot(office: Office, month: date) -> bool:
    return office.code in CODES[:2] and month >= date(2023, 7, 1)


class TestFrame:
    def test_only_whole_and_final_months_count_and_the_others_say_why(self, pilot: Pilot) -> None:
        Pilot.objects.filter(pk=pilot.pk).update(baseline_starts_on=date(2022, 12, 8))
        pilot.refresh_from_db()
        frame = frame_of(pilot, cut_off=CUT_OFF)
        assert frame.months == [date(2023, 1, 1), *MONTHS]
        assert frame.is_after.tolist() == [False] * 5 + [True] * 4
        assert frame.left_out == [
            (date(2022, 12, 1), WhyLeftOut.PARTLY_BEFORE),
            (date(2023, 6, 1), WhyLeftOut.CHANGE),
            (date(2023, 11, 1), WhyLeftOut.PROVISIONAL),
        ]

    def test_the_month_in_which_the_pilot_ends_is_left_out(self, pilot: Pilot) -> None:
        later = datetime(2024, 2, 1, 12, tzinfo=BRUSSELS)
        assert frame_of(pilot, cut_off=later).left_out[-1] == (
            date(2023, 12, 1),
            WhyLeftOut.PARTLY_AFTER,
        )

    def test_a_pilot_that_begins_with_a_month_leaves_none_out(self, pilot: Pilot) -> None:
        Pilot.objects.filter(pk=pilot.pk).update(starts_on=date(2023, 7, 1))
        pilot.refresh_from_db()
        frame = frame_of(pilot, cut_off=CUT_OFF)
        assert date(2023, 6, 1) in frame.months
        assert frame.is_after[frame.months.index(date(2023, 7, 1))]

    def test_weeks_are_whole_and_have_had_their_ten_working_days(self, pilot: Pilot) -> None:
        weeks = weeks_of(pilot, cut_off=CUT_OFF)
        assert weeks[0] == date(2023, 2, 6)
        assert weeks[-1] == date(2023, 10, 30)
        assert {week.weekday() for week in weeks} == {0}


class TestResult:
    def test_a_large_effect_is_called_faster_in_the_words_of_the_rule(
        self, pilot: Pilot, fill: Any
    ) -> None:
        # By team 6 of 12 wait for more than two working days, by branch one of 12.
        fill(lambda o, m, n: 2 if n < (11 if in_the_pilot(o, m) else 6) else 75)
        found = compared(pilot, cut_off=CUT_OFF)
        primary = found["outcomes"]["within_promise"]
        assert found["verdict"] == "faster"
        assert primary["difference"] == pytest.approx(5 / 12)
        assert (primary["larger"], primary["groups"]) == (1, 21)
        assert primary["noise_floor"] == pytest.approx(0)
        assert found["mix"]["difference"] == pytest.approx(5 / 12)

    def test_without_an_effect_there_is_no_clear_difference(self, pilot: Pilot, fill: Any) -> None:
        fill(lambda _o, _m, n: 2 if n < 6 else 75)
        found = compared(pilot, cut_off=CUT_OFF)
        assert found["verdict"] == "no_clear_difference"
        assert found["conditions"]["above_the_noise_floor"] is False

    def test_as_many_pilot_as_comparison_offices_leave_no_case_without_change(
        self, pilot: Pilot, offices: list[Office], fill: Any
    ) -> None:
        """Nothing is missing, so it is not "cannot say"; and nothing stands out either."""
        pilot.comparison_offices.set(offices[2:4])
        fill(lambda o, m, n: 2 if n < (11 if in_the_pilot(o, m) else 6) else 75)
        found = compared(pilot, cut_off=CUT_OFF)
        assert found["outcomes"]["within_promise"]["noise_floor"] is None
        assert found["verdict"] == "no_clear_difference"
        assert found["conditions"]["above_the_noise_floor"] is False

    def test_two_months_leave_no_case_without_change_either(self, pilot: Pilot, fill: Any) -> None:
        fill(
            lambda o, m, n: 2 if n < (11 if in_the_pilot(o, m) else 6) else 75,
            months=[date(2023, 5, 1), date(2023, 7, 1)],
        )
        Pilot.objects.filter(pk=pilot.pk).update(baseline_starts_on=date(2023, 5, 1))
        pilot.refresh_from_db()
        cut_off = datetime(2023, 8, 20, 12, tzinfo=BRUSSELS)
        assert compared(pilot, cut_off=cut_off)["verdict"] == "no_clear_difference"

    def test_without_months_before_nothing_can_be_said(self, pilot: Pilot, fill: Any) -> None:
        fill(lambda _o, _m, _n: 2, months=MONTHS[4:])
        found = compared(pilot, cut_off=CUT_OFF)
        assert found["verdict"] == "cannot_say"

    def test_without_comparison_offices_nothing_can_be_said(self, pilot: Pilot, fill: Any) -> None:
        pilot.comparison_offices.clear()
        fill(lambda _o, _m, _n: 2)
        found = compared(pilot, cut_off=CUT_OFF)
        assert found["verdict"] == "cannot_say"
        assert found["outcomes"]["within_promise"]["missing"] == "no_comparison"

    def test_an_empty_product_cannot_say(self, pilot: Pilot) -> None:
        assert compared(pilot, cut_off=CUT_OFF)["verdict"] == "cannot_say"

    def test_an_office_with_too_few_requests_is_left_out_by_name(
        self, pilot: Pilot, fill: Any, offices: list[Office]
    ) -> None:
        fill(lambda _o, _m, _n: 2, who=offices[:6])
        primary = compared(pilot, cut_off=CUT_OFF)["outcomes"]["within_promise"]
        assert primary["offices_left_out"] == ["LLN"]
        assert primary["groups"] == 15

    def test_open_requests_count_with_the_time_they_have_waited(
        self, pilot: Pilot, fill: Any
    ) -> None:
        fill(lambda _o, _m, _n: 2)
        some = MemberRequest.objects.filter(office__code="LIEGE", submitted_at__month=7)
        some.filter(pk__in=list(some.values_list("pk", flat=True)[:6])).update(
            first_responded_at=None
        )
        found = compared(pilot, cut_off=CUT_OFF)
        frame = frame_of(pilot, cut_off=CUT_OFF)
        row = [office.code for office in frame.offices].index("LIEGE")
        cells = found["outcomes"]["within_promise"]["cells"]
        assert cells[row][frame.months.index(date(2023, 7, 1))] == 0.5

    def test_what_is_stored_stays_and_one_wish_computes_once(self, pilot: Pilot, fill: Any) -> None:
        fill(lambda _o, _m, _n: 2)
        first = compare(pilot=pilot, at=CUT_OFF)
        later = CUT_OFF + timedelta(days=1)
        assert compare(pilot=pilot, at=later, asked_at=CUT_OFF - timedelta(hours=1)) == first
        second = compare(pilot=pilot, at=later)
        assert latest(pilot) == second
        assert set(PilotComparison.objects.all()) == {first, second}
        assert first.code_version == comparison_result.code_version()

    def test_opening_hours_of_the_office_count(self, pilot: Pilot, fill: Any) -> None:
        OpeningHours.objects.filter(office__code="LIEGE").update(closes="10:00")
        fill(lambda _o, _m, _n: 7)
        frame = frame_of(pilot, cut_off=CUT_OFF)
        requests = comparison_result.read_requests(pilot, frame, cut_off=CUT_OFF)
        hours = outcome_table(requests, frame, pilot, "restricted_mean")
        codes = [office.code for office in frame.offices]
        assert hours[codes.index("LIEGE")] == pytest.approx(1)
        assert hours[codes.index("MONS")] == pytest.approx(7)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "a_pilot_is_compared_once_at_a_cut_off"),
        ({"verdict": "wonderful"}, "a_verdict_is_one_of_the_agreed_ones"),
    ],
)
def test_comparisons_that_cannot_be(pilot: Pilot, values: dict[str, Any], name: str) -> None:
    row: dict[str, Any] = {
        "pilot": pilot, "cut_off": CUT_OFF, "computed_at": CUT_OFF, "computed_in": timedelta(),
        "definition_version": "1", "code_version": "x", "verdict": "faster", "result": {},
    }  # fmt: skip
    PilotComparison.objects.create(**row)
    with pytest.raises(IntegrityError, match=name):
        PilotComparison.objects.create(**(row | values))


class TestFindings:
    def test_a_pilot_office_with_gaps_is_not_left_out_silently(self) -> None:
        values = np.ones((4, 6))
        values[0, :3] = np.nan
        panel = Panel(values, np.arange(4) < 1, np.arange(6) > 2)
        assert findings(panel, "abcd")["missing"] == "pilot_office_with_gaps"

    def test_few_weeks_before_give_no_limits_and_no_signals(self) -> None:
        points = np.array([1.0] * 11 + [50.0])
        found = control_chart(points, [True] * 11 + [False])
        assert (found["limits"], found["outside"]) == (None, [])

    def test_limits_do_not_move_with_what_comes_after(self) -> None:
        before, after = [5.0, 7.0] * 6, [30.0, np.nan]
        found = control_chart(np.array(before + after), [True] * 12 + [False] * 2)
        assert found["limits"]["centre"] == 6
        assert found["outside"] == [12]
        assert found["points"][-1] is None

    def test_an_outcome_that_is_not_known_yet_still_counts_for_holm(self) -> None:
        assert corrected([0.02, None, None]) == [pytest.approx(0.06), None, None]

    def test_a_larger_share_of_slow_topics_is_no_change_of_the_office(self, pilot: Pilot) -> None:
        """The pilot offices get more slow requests; each kind is answered as before."""
        frame = frame_of(pilot, cut_off=CUT_OFF)
        requests = _with_mix(pilot, frame)
        found = standardised_findings(
            requests, frame, {1: 9, 2: 9}, read=read_of(pilot, Measure.WITHIN_PROMISE)
        )
        assert found["crude"] < -0.1
        assert found["difference"] == pytest.approx(0)


def _with_mix(pilot: Pilot, frame: Any) -> Any:
    """20 requests in each office and month, all quick (topic 1) or all slow (topic 2)."""
    rows = [
        (office, month, topic)
        for office in range(len(frame.offices))
        for month in frame.months
        for topic, share in ((1, 12), (2, 8))
        for _ in range(share + (4 if topic == 2 else -4) * _shifts(frame, office, month))
    ]
    empty = of_cohort(comparison_result.cells.cohort_between(
        frame.offices, start=CUT_OFF, end=CUT_OFF, cut_off=CUT_OFF), frame.offices)  # fmt: skip
    slow = np.array([topic == 2 for _o, _m, topic in rows])
    wait = np.where(slow, 100, 1) * 3600
    columns = {
        "office": np.array([office for office, _m, _t in rows]),
        "topic": np.array([topic for _o, _m, topic in rows]),
        "submitted": np.array([int(_monday(month).timestamp()) for _o, month, _t in rows]),
        "wait": wait, "calendar_wait": wait, "is_answered": np.ones(len(rows), np.bool_),
        "settled": wait, "is_settled": np.ones(len(rows), np.bool_),
    }  # fmt: skip
    return type(empty)(**columns)


def _shifts(frame: Any, office: int, month: date) -> int:
    return int(frame.is_pilot[office] and month >= date(2023, 7, 1))


def test_the_demo_of_the_rule_is_repeatable() -> None:
    assert simulate(runs=3, seed=1) == simulate(runs=3, seed=1)
    assert Branch.objects.exists()
