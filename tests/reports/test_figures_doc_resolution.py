"""The worked examples of docs/figures.md about closing, waiting for the member and small groups."""

import numpy as np

from branches.suppression import Cell, suppress
from reports.pauses import ANSWER, CLOSE, MEMBER_WRITES, WAIT, Events, spans
from tests.reports.test_figures_doc import CALENDAR, PROSE, brussels

STEPS = [
    ("2023-07-03 10:00", ANSWER, 1),
    ("2023-07-03 10:00", WAIT, 0),
    ("2023-07-04 15:00", MEMBER_WRITES, 0),
    ("2023-07-05 11:00", ANSWER, 0),
    ("2023-07-05 11:00", CLOSE, 0),
]


def seconds(text: str) -> int:
    return int(brussels(text).timestamp())


def test_the_slice_of_the_page_is_what_the_code_gives() -> None:
    start, end = seconds("2023-07-03 09:00"), seconds("2023-07-05 11:00")
    events = Events(
        request=np.zeros(5, np.int64),
        position=np.arange(5),
        action=np.array([action for _at, action, _asks in STEPS]),
        asks=np.array([asks for _at, _action, asks in STEPS]),
        at=np.array([seconds(at) for at, _action, _asks in STEPS]),
    )
    waited, away = spans(events, cut_off=end)
    lived, slice_ = (end - start) // 3600, int((waited.end - waited.start).sum()) // 3600
    office = int(CALENDAR.seconds_between([start], [end])[0]) // 3600
    paused = int(CALENDAR.seconds_between(waited.start, waited.end).sum()) // 3600
    assert away.request.size == 0
    assert (
        f"lived through {lived} hours, {slice_} of them ({slice_ / lived:.0%}".replace("%", " %")
        in PROSE
    )
    assert f"open for {office} hours of it, {paused} of them waiting" in PROSE
    assert f"its clock says {office - paused} hours" in PROSE


def test_the_small_group_of_the_page_is_hidden_with_the_one_it_names() -> None:
    people = frozenset(range(3))
    table = {
        ("support",): Cell(3, people),
        ("coop",): Cell(9, people),
        ("first",): Cell(34, people),
    }
    assert suppress(table).hidden == {("support",), ("coop",)}
    assert "46 - 34 - 9 = 3" in PROSE
