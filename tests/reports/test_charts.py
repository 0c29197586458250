"""What is drawn: our colours, our words, and nothing that the pages refuse."""

from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils import translation

from branches.models import Pilot
from reports import charts, flow_picture
from reports.drawing import NARROW, WIDE, NotForThePage, Size, render
from reports.models import Chart, PeriodFigures, Side, SideReport
from tests.reports.conftest import brussels

HOUR = 3600
KEY = "first-response-{}-wide-en"
AT = brussels("2023-10-02T06:00")


def a_month(
    pilot: Pilot, side: Side, month: int, median: int | None, *, provisional: bool = False
) -> SideReport:
    figure = {"value": median, "low": median and median - HOUR, "high": median and median + HOUR}
    return SideReport.objects.create(
        pilot=pilot,
        side=side,
        offices=["LIEGE"],
        month=date(2023, month, 1),
        definition_version="1",
        cut_off=AT,
        is_provisional=provisional,
        computed_at=AT,
        computed_in="1",
        received=40,
        advisers=3,
        first_answered=40,
        still_waiting=0,
        closed_unanswered=0,
        only_a_question=0,
        promise_seconds=16 * HOUR,
        office_clock={"median": figure},
        calendar_clock={"median": figure},
    )


@pytest.fixture
def reports(pilot: Pilot) -> list[SideReport]:
    return [
        a_month(pilot, Side.PILOT, 5, 7 * HOUR),
        a_month(pilot, Side.COMPARISON, 5, 8 * HOUR),
        a_month(pilot, Side.PILOT, 6, None),
        a_month(pilot, Side.PILOT, 7, 23_040, provisional=True),
    ]


@pytest.fixture
def drawing(pilot: Pilot, reports: list[SideReport]) -> dict[str, Any]:
    with translation.override("en"):
        return charts.first_response(pilot, reports, WIDE)


def test_the_svg_needs_neither_style_nor_script(drawing: dict[str, Any]) -> None:
    svg = render(drawing, "Medians <by> month")
    assert not any(word in svg for word in ("<style", "style=", "<script", " on", 'href="http'))
    root = ElementTree.fromstring(svg)
    assert (root.get("role"), root.get("aria-label")) == ("img", "Medians <by> month")
    assert root.get("viewBox")
    assert root.get("width") is None


def test_the_colours_follow_the_style_sheet(drawing: dict[str, Any]) -> None:
    svg = render(drawing, "")
    for colour in ("var(--accent)", "var(--ink-soft)", "var(--line)", "var(--paper)"):
        assert colour in svg
    assert "#" not in svg


def test_a_month_without_a_median_has_no_point(drawing: dict[str, Any]) -> None:
    points = [layer["data"]["values"] for layer in drawing["layer"] if "data" in layer]
    assert {point["x"] for row in points for point in row if point.get("side") == "pilot"} == {0, 2}


def test_the_pilot_begins_within_its_month(drawing: dict[str, Any]) -> None:
    # 8 June, the month after May: 7 of 30 days into month 1, which begins at 0.5.
    assert drawing["layer"][0]["data"]["values"][0]["x"] == pytest.approx(0.5 + 7 / 30)


def test_the_words_name_the_last_median_of_each_side(reports: list[SideReport]) -> None:
    with translation.override("en"):
        assert charts.alternative(reports) == (
            "Median office hours until the first response, by month of arrival. "
            "Pilot offices: 6.4 h in July 2023; Comparison offices: 8 h in May 2023"
        )


def test_what_the_page_refuses_is_not_stored(
    drawing: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import vl_convert  # noqa: PLC0415 - as the module under test does

    bad = '<svg xmlns="http://www.w3.org/2000/svg"><g style="color: red"/></svg>'
    monkeypatch.setattr(vl_convert, "vegalite_to_svg", lambda *_args, **_options: bad)
    with pytest.raises(NotForThePage):
        render(drawing, "")


def test_pictures_are_stored_for_each_language_and_size(
    pilot: Pilot, reports: list[SideReport]
) -> None:
    assert charts.draw(pilot=pilot, at=AT, asked_at=AT) == 16
    with translation.override("nl"):
        assert set(charts.shown(pilot)) == {"wide", "narrow"}


def test_one_new_figure_draws_the_pictures_again(pilot: Pilot, reports: list[SideReport]) -> None:
    charts.draw(pilot=pilot, at=AT, asked_at=AT)
    a_month(pilot, Side.COMPARISON, 7, 9 * HOUR)
    later = brussels("2023-10-02T07:00")
    assert charts.draw(pilot=pilot, at=later, asked_at=later) == 16


def test_without_figures_nothing_is_drawn(pilot: Pilot) -> None:
    assert charts.draw(pilot=pilot, at=AT, asked_at=AT) == 0


def test_a_month_of_two_advisers_is_not_drawn(pilot: Pilot, reports: list[SideReport]) -> None:
    charts.draw(pilot=pilot, at=AT, asked_at=AT)
    assert "Comparison offices" in Chart.objects.get(key=KEY.format(pilot.pk)).svg
    SideReport.objects.filter(side=Side.COMPARISON).update(advisers=2)
    later = brussels("2023-10-02T07:00")
    charts.draw(pilot=pilot, at=later, asked_at=later)
    assert "Comparison offices" not in Chart.objects.get(key=KEY.format(pilot.pk)).svg


def test_a_picture_goes_when_nothing_may_be_drawn_any_more(
    pilot: Pilot, reports: list[SideReport]
) -> None:
    charts.draw(pilot=pilot, at=AT, asked_at=AT)
    SideReport.objects.update(advisers=2)
    later = brussels("2023-10-02T07:00")
    assert charts.draw(pilot=pilot, at=later, asked_at=later) == 0
    assert not Chart.objects.exists()


def words_and_heights(drawing: dict[str, Any]) -> dict[str, float]:
    """How high each name stands that has a place of its own; 0 is the top of the picture."""
    marked = [layer for layer in drawing["layer"] if layer["mark"]["type"] == "text"]
    return {str(layer["mark"]["text"]): layer["encoding"]["y"]["value"] for layer in marked}


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_no_line_runs_through_the_name_of_the_pilot(pilot: Pilot, size: Size) -> None:
    flow = {"received": 40, "closed": 35, "open_at_end": 12}
    rows = [
        PeriodFigures(period=f"2023-{month:02}", content={"flow": flow}) for month in range(5, 9)
    ]
    with translation.override("de"):
        heights = words_and_heights(flow_picture.flow(pilot, rows, size))
    name = heights.pop("Pilotprojekt")
    assert name < 0
    assert len(heights) == 3
    assert all(height <= name - 16 for height in heights.values())


def test_nor_do_the_names_of_the_lines_on_a_phone(pilot: Pilot, reports: list[SideReport]) -> None:
    with translation.override("de"):
        heights = words_and_heights(charts.first_response(pilot, reports, NARROW))
    name = heights.pop("Pilotprojekt")
    assert name < 0
    assert sorted(name - height for height in heights.values()) == [30, 48]
