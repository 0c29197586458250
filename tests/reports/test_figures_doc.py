"""The worked examples of docs/figures.md are what the code gives."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from branches.working_time import BRUSSELS, OpeningPeriod, WorkingCalendar
from reports.comparison import randomisation
from reports.continuity import indices
from reports.flow import Flow, little
from reports.survival import KaplanMeier, kaplan_meier, stratified_log_rank

TEXT = Path(__file__).parents[2].joinpath("docs/figures.md").read_text()
# The page as one line, so that an example is found wherever its lines break.
PROSE = " ".join(TEXT.split())
CALENDAR = WorkingCalendar.build(
    [OpeningPeriod(weekday, time(9), time(17)) for weekday in range(5)],
    [date(2023, 7, 21), date(2023, 8, 15)],
    date(2023, 6, 1),
    date(2023, 12, 31),
)


def table(first_heading: str) -> list[list[str]]:
    lines = TEXT.split(f"| {first_heading} |")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def brussels(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


def shown(duration: timedelta) -> str:
    minutes = duration // timedelta(minutes=1)
    return f"{minutes // 60}:{minutes % 60:02}"


@pytest.fixture
def curve() -> KaplanMeier:
    rows = [[int(cell) for cell in row[:3]] for row in table("after")]
    answered = [(after, True, count) for after, count, _ in rows]
    still_open = [(after, False, count) for after, _, count in rows]
    return kaplan_meier(*zip(*answered, *still_open, strict=True))


@pytest.mark.parametrize("row", table("received"), ids=lambda row: row[4])
def test_both_clocks_show_what_the_page_says(row: list[str]) -> None:
    start, end = brussels(row[0]), brussels(row[1])
    calendar_time = timedelta(seconds=end.timestamp() - start.timestamp())
    assert [shown(CALENDAR.working_time(start, end)), shown(calendar_time)] == row[2:4]


def test_the_question_on_tuesday_is_the_first_response() -> None:
    start, end = brussels("2023-06-12 09:00"), brussels("2023-06-13 10:00")
    assert CALENDAR.working_time(start, end) == timedelta(hours=9)
    assert "9 office hours or 25 calendar hours" in PROSE


def test_july_is_final_ten_working_days_later() -> None:
    final = CALENDAR.moment_after(brussels("2023-08-01 00:00"), timedelta(hours=10 * 8))
    assert f"from {final.astimezone(BRUSSELS):%d %B %Y at %H:%M} on" in PROSE


def test_the_curve_is_the_one_in_the_table(curve: KaplanMeier) -> None:
    rows = [row for row in table("after") if row[1] != "0"]
    assert [int(row[0]) for row in rows] == curve.times.tolist()
    assert [int(row[3]) for row in rows] == curve.at_risk.tolist()
    assert [row[4] for row in rows] == [f"{share:.3f}" for share in curve.survival]


def test_the_percentiles_are_those_of_the_page(curve: KaplanMeier) -> None:
    median, ninetieth = curve.percentile(0.5), curve.percentile(0.9)
    assert f"{median.value:g} hours, plausible range {median.low:g} to {median.high:g}." in PROSE
    assert f"{ninetieth.value:g} hours, plausible range from {ninetieth.low:g};" in PROSE
    assert ninetieth.high is None


def test_the_share_within_the_promise_is_that_of_the_page(curve: KaplanMeier) -> None:
    share = curve.share_answered_by(2 * 8)
    within = curve.answered[curve.times <= 16].sum() / curve.answered.sum()
    assert f"{share.value:.0%}, plausible".replace("%", " %") in PROSE
    assert f"range {share.low:.0%} to {share.high:.0%}.".replace("%", " %") in PROSE
    assert f"would have given {within:.0%}".replace("%", " %") in PROSE


def test_what_is_not_reached_is_not_a_number() -> None:
    young = kaplan_meier([1, 2, 3, 4], [True, True, True, False], [1, 1, 1, 9])
    assert young.percentile(0.5).value is None
    assert young.share_answered_by(4).value == pytest.approx(0.25)
    assert young.share_answered_by(16).value is None


def test_the_difference_of_nine_offices_is_that_of_the_page() -> None:
    hours = next(line for line in PROSE.split(". ") if "in nine offices" in line).split(": ")[-1]
    changed = np.array([float(number) for number in hours.split(", ")])
    found = randomisation(changed, np.arange(9) < 2)
    assert (
        f"The difference is {found.difference:.2f} hours; {found.larger} of {found.groups}" in PROSE
    )
    assert f"the plausible range is {found.low:g} to {found.high:g} hours" in PROSE


def test_curve_against_curve_gives_what_the_page_says() -> None:
    first = ([1, 2, 4], [True] * 3), ([2, 6, 8], [True, True, False])
    second = ([3, 5], [True, False]), ([4, 9], [True, True])
    found = stratified_log_rank([first, second])
    assert (
        f"gave {found.observed1} answers where {found.expected1:.2f} were expected; "
        f"chi-square is {found.chi_square:.2f}."
    ) in PROSE


def test_the_steady_month_obeys_the_law_as_the_page_says() -> None:
    day = 86_400
    steady = Flow(30 * day, 10, 60, 0, 60, 10, open_seconds=300 * day, stay_seconds=300 * day)
    found = little(steady)
    assert found is not None
    assert (found.arrivals_a_day, found.days_each, found.expected) == (2, 5, 10)
    assert "2 a day × 5 days = 10 open on average" in PROSE


def test_the_advisers_of_one_member_give_the_indices_of_the_page() -> None:
    sequence = PROSE.split("the advisers ")[1].split(" give")[0].split()
    found = indices([1] * len(sequence), [ord(person) for person in sequence], [1] * len(sequence))
    upc, coc, secon = (f"{float(each[0]):.0%}" for each in (found.upc, found.coc, found.secon))
    words = f"UPC 8/12 = {upc}, COC 58/132 = {coc}, SECON 3/11 = {secon}."
    assert words.replace("%", " %") in PROSE
