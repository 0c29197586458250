import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from branches.working_time import (
    BRUSSELS,
    NoOpeningHours,
    OpeningPeriod,
    OutsideCalendar,
    WorkingCalendar,
    epoch_seconds,
)

CASES = json.loads(Path(__file__).parents[1].joinpath("data/clock_cases.json").read_text())["cases"]
OFFICE_HOURS = [OpeningPeriod(weekday, time(9), time(17)) for weekday in range(5)]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def calendar(
    periods: list[OpeningPeriod] = OFFICE_HOURS,
    closed_on: list[date] | None = None,
    start: date = date(2023, 1, 1),
    end: date = date(2024, 1, 31),
) -> WorkingCalendar:
    return WorkingCalendar.build(periods, closed_on or [], start, end)


def brussels(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS, fold=fold)


def calendar_of(case: dict[str, Any]) -> WorkingCalendar:
    periods = [
        OpeningPeriod(int(weekday), time.fromisoformat(opens), time.fromisoformat(closes))
        for weekday, openings in case["schedule"].items()
        for opens, closes in openings
    ]
    return calendar(periods, [date.fromisoformat(day) for day in case["closed_dates"]])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_published_clock_case_agrees(case: dict[str, Any]) -> None:
    pauses = [(brussels(since), brussels(until)) for since, until in case["pauses_local"]]
    start, end = brussels(case["start_local"]), brussels(case["end_local"])
    assert start == datetime.fromisoformat(case["start_utc"])
    worked = calendar_of(case).working_time_without(start, end, pauses)
    assert worked == case["expected_minutes"] * MINUTE


@dataclass
class Schedule:
    """Opening hours for the three days around a change of summer time."""

    periods: list[OpeningPeriod]
    closed_on: list[date]
    first: date

    def laid_out(self) -> WorkingCalendar:
        return calendar(self.periods, self.closed_on, self.first, self.first + 2 * DAY)

    def shows_open(self, second: int) -> bool:
        """Whether the clock on the wall shows an open time: the definition, read literally."""
        wall = datetime.fromtimestamp(second, BRUSSELS)
        return wall.date() not in self.closed_on and any(
            period.weekday == wall.weekday()
            and (period.valid_from or date.min) <= wall.date() <= (period.valid_to or date.max)
            and period.opens <= wall.time() < period.closes
            for period in self.periods
        )


def opening_on(
    day: date, clocks: list[time], valid_from: date | None, valid_to: date | None
) -> OpeningPeriod:
    return OpeningPeriod(day.weekday(), min(clocks), max(clocks), valid_from, valid_to)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Draw several periods a day, of limited validity, and closures."""
    first = draw(st.sampled_from([date(2023, 3, 25), date(2023, 10, 28)]))
    days = st.sampled_from([first, first + DAY, first + 2 * DAY])
    clock = st.builds(time, st.integers(0, 23), st.integers(0, 59))
    clocks = st.lists(clock, min_size=2, max_size=2, unique=True)
    limits = st.none() | days
    periods = st.lists(st.builds(opening_on, days, clocks, limits, limits))
    return Schedule(draw(periods), draw(st.lists(days, max_size=1)), first)


def seconds_in(laid_out: WorkingCalendar) -> st.SearchStrategy[int]:
    return st.integers(laid_out.covers_from, laid_out.covers_until - 1)


def minutes_in(laid_out: WorkingCalendar) -> st.SearchStrategy[int]:
    """Draw full minutes, because counting by minutes is exact only between them."""
    return seconds_in(laid_out).map(lambda second: second // 60 * 60)


class TestProperties:
    @settings(deadline=None)
    @given(st.data(), schedules())
    def test_working_time_is_what_a_count_minute_by_minute_gives(
        self, data: st.DataObject, schedule: Schedule
    ) -> None:
        minute = minutes_in(schedule.laid_out())
        start, end = sorted(data.draw(st.tuples(minute, minute)))
        expected = 60 * sum(map(schedule.shows_open, range(start, end, 60)))
        assert schedule.laid_out().seconds_between(start, end) == expected

    @given(st.data(), schedules())
    def test_working_time_adds_up(self, data: st.DataObject, schedule: Schedule) -> None:
        laid_out = schedule.laid_out()
        second = seconds_in(laid_out)
        first, middle, last = sorted(data.draw(st.tuples(second, second, second)))
        parts = laid_out.seconds_between([first, middle], [middle, last])
        assert parts.sum() == laid_out.seconds_between(first, last)

    @given(st.data(), schedules())
    def test_the_moment_after_is_the_first_with_that_working_time(
        self, data: st.DataObject, schedule: Schedule
    ) -> None:
        laid_out = schedule.laid_out()
        start = data.draw(seconds_in(laid_out))
        left = int(laid_out.seconds_between(start, laid_out.covers_until - 1))
        wanted = data.draw(st.integers(0, left))
        moment = int(laid_out.moments_after(start, wanted))
        assert laid_out.seconds_between(start, moment) == wanted
        assert moment == start or laid_out.seconds_between(start, moment - 1) == wanted - 1

    @given(st.data(), schedules())
    def test_no_working_time_passes_before_the_next_opening(
        self, data: st.DataObject, schedule: Schedule
    ) -> None:
        laid_out = schedule.laid_out()
        moment = datetime.fromtimestamp(data.draw(seconds_in(laid_out)), UTC)
        last_second = datetime.fromtimestamp(laid_out.covers_until - 1, UTC)
        try:
            opening = laid_out.next_opening(moment)
        except (NoOpeningHours, OutsideCalendar):
            assert not laid_out.working_time(moment, last_second)
        else:
            assert laid_out.is_open(opening)
            assert not laid_out.working_time(moment, opening)

    @settings(deadline=None)
    @given(st.data(), schedules())
    def test_pauses_take_each_minute_away_once(
        self, data: st.DataObject, schedule: Schedule
    ) -> None:
        laid_out = schedule.laid_out()
        moment = minutes_in(laid_out).map(lambda minute: datetime.fromtimestamp(minute, UTC))
        span = st.tuples(moment, moment).map(lambda pair: (min(pair), max(pair)))
        (start, end), *pauses = data.draw(st.lists(span, min_size=1, max_size=4))
        paused = [range(*map(epoch_seconds, pause)) for pause in pauses]
        expected = sum(
            schedule.shows_open(minute) and not any(minute in pause for pause in paused)
            for minute in range(epoch_seconds(start), epoch_seconds(end), 60)
        )
        assert laid_out.working_time_without(start, end, pauses) == expected * MINUTE


class TestSummerTime:
    def test_an_opening_inside_the_skipped_hour_waits_for_the_clock_to_jump(self) -> None:
        night = calendar([OpeningPeriod(6, time(2, 30), time(4))])
        opening = night.next_opening(brussels("2023-03-26T00:00"))
        assert opening == brussels("2023-03-26T03:00")
        assert night.working_time(opening, brussels("2023-03-26T12:00")) == HOUR

    def test_an_opening_wholly_inside_the_skipped_hour_does_not_take_place(self) -> None:
        night = calendar([OpeningPeriod(6, time(2), time(3))])
        sunday = brussels("2023-03-26T00:00"), brussels("2023-03-26T12:00")
        assert night.working_time(*sunday) == timedelta(0)

    def test_an_hour_shown_twice_counts_twice(self) -> None:
        night = calendar([OpeningPeriod(6, time(2), time(3))])
        sunday = brussels("2023-10-29T00:00"), brussels("2023-10-29T12:00")
        assert night.working_time(*sunday) == 2 * HOUR

    def test_the_second_showing_of_an_hour_lies_after_the_first(self) -> None:
        night = calendar([OpeningPeriod(6, time(0), time(6))])
        first, second = brussels("2023-10-29T02:30"), brussels("2023-10-29T02:30", fold=1)
        assert night.working_time(first, second) == HOUR
        with pytest.raises(ValueError, match="before the start"):
            night.working_time(second, first)


class TestMomentAfter:
    def test_zero_working_time_gives_the_start_even_while_closed(self) -> None:
        sunday = brussels("2023-06-11T10:00:00.250000")
        assert calendar().moment_after(sunday, timedelta(0)) == sunday

    def test_time_that_fills_a_day_ends_at_closing(self) -> None:
        start = brussels("2023-06-08T09:00")
        assert calendar().moment_after(start, 8 * HOUR) == brussels("2023-06-08T17:00")

    def test_part_of_a_second_is_a_whole_one(self) -> None:
        start = brussels("2023-06-08T10:00")
        moment = calendar().moment_after(start, timedelta(microseconds=1))
        assert moment == brussels("2023-06-08T10:00:01")
        assert moment.tzinfo is UTC

    def test_negative_working_time_is_refused(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            calendar().moment_after(brussels("2023-06-08T10:00"), -HOUR)

    def test_a_calendar_that_ends_too_early_says_so(self) -> None:
        with pytest.raises(OutsideCalendar, match="only until 2024-01-31"):
            calendar().moment_after(brussels("2024-01-31T16:00"), 2 * HOUR)


class TestNextOpening:
    def test_an_open_moment_is_its_own_next_opening(self) -> None:
        moment = brussels("2023-06-08T10:00:00.250000")
        assert calendar().next_opening(moment) == moment

    def test_closing_time_is_no_longer_open(self) -> None:
        closing = brussels("2023-06-08T17:00")
        assert not calendar().is_open(closing)
        assert calendar().next_opening(closing) == brussels("2023-06-09T09:00")

    def test_no_further_opening_before_the_calendar_ends_is_an_error(self) -> None:
        with pytest.raises(OutsideCalendar, match="only until"):
            calendar().next_opening(brussels("2024-01-31T18:00"))


class TestOfficeWithoutOpeningHours:
    START, END = brussels("2023-06-08T10:00"), brussels("2023-06-15T10:00")

    def test_has_no_working_time(self) -> None:
        assert calendar([]).working_time(self.START, self.END) == timedelta(0)
        assert not calendar([]).is_open(self.START)

    def test_reaches_no_working_time(self) -> None:
        with pytest.raises(NoOpeningHours, match="no opening hours from 2023-01-01"):
            calendar([]).moment_after(self.START, HOUR)

    def test_has_no_next_opening(self) -> None:
        with pytest.raises(NoOpeningHours):
            calendar([]).next_opening(self.START)


class TestPauses:
    START, END = brussels("2023-06-12T09:00"), brussels("2023-06-12T17:00")

    def without(self, *pauses: tuple[str, str | None]) -> timedelta:
        day = "2023-06-12T"
        spans = [
            (brussels(day + since), None if until is None else brussels(day + until))
            for since, until in pauses
        ]
        return calendar().working_time_without(self.START, self.END, spans)

    def test_overlapping_pauses_count_once(self) -> None:
        assert self.without(("10:00", "12:00"), ("11:00", "13:00"), ("11:15", "11:30")) == 5 * HOUR

    def test_a_pause_without_end_still_lasts(self) -> None:
        assert self.without(("15:00", None)) == 6 * HOUR

    def test_pauses_count_only_between_start_and_end(self) -> None:
        assert self.without(("08:00", "10:00"), ("18:00", "19:00"), ("20:00", None)) == 7 * HOUR

    def test_a_pause_that_ends_before_it_starts_is_refused(self) -> None:
        with pytest.raises(ValueError, match="before the start"):
            self.without(("12:00", "11:00"))


class TestRefusals:
    def test_a_naive_moment_is_refused(self) -> None:
        naive = datetime(2023, 6, 8, 10)  # noqa: DTZ001
        with pytest.raises(ValueError, match="has no time zone"):
            calendar().working_time(naive, brussels("2023-06-08T11:00"))

    @pytest.mark.parametrize("moment", ["2022-12-31T23:59:59", "2024-02-01T00:00"])
    def test_a_moment_outside_the_calendar_is_refused(self, moment: str) -> None:
        with pytest.raises(OutsideCalendar, match="outside the opening hours laid out"):
            calendar().is_open(brussels(moment))

    def test_the_first_and_the_last_second_of_the_calendar_are_inside(self) -> None:
        ends = brussels("2023-01-01T00:00"), brussels("2024-01-31T23:59:59")
        assert calendar().working_time(*ends) == 283 * 8 * HOUR

    def test_an_interval_that_ends_before_it_starts_is_refused(self) -> None:
        second = epoch_seconds(brussels("2023-06-08T10:00"))
        with pytest.raises(ValueError, match="ends before it starts"):
            calendar().seconds_between([second, second], [second, second - 1])

    def test_seconds_that_are_not_whole_numbers_are_refused(self) -> None:
        with pytest.raises(TypeError, match="whole seconds"):
            calendar().seconds_between([1686211200.5], [1686211201.5])

    def test_a_period_that_closes_before_it_opens_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not after opening time"):
            OpeningPeriod(0, time(17), time(9))

    def test_a_weekday_that_does_not_exist_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not between 0"):
            OpeningPeriod(7, time(9), time(17))

    def test_a_calendar_that_ends_before_it_starts_is_refused(self) -> None:
        with pytest.raises(ValueError, match="before it starts"):
            calendar(start=date(2024, 1, 2), end=date(2024, 1, 1))


def test_microseconds_are_cut_off() -> None:
    start, end = brussels("2023-06-08T10:00:00.900000"), brussels("2023-06-08T10:00:01.100000")
    assert calendar().working_time(start, end) == timedelta(seconds=1)


def test_touching_and_overlapping_periods_are_one_opening() -> None:
    ends = [(9, 12), (12, 14), (13, 17), (10, 11)]
    monday = calendar([OpeningPeriod(0, time(opens), time(closes)) for opens, closes in ends])
    assert set(monday.closes - monday.opens) == {8 * 3600}


def test_no_intervals_give_no_working_times() -> None:
    assert calendar().seconds_between([], []).shape == (0,)
    assert calendar().moments_after([], []).shape == (0,)


def test_a_laid_out_calendar_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        calendar().opens[0] = 0
