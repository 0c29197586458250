"""The workflow of a followed document is one table, and its standing follows from its steps."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from requests_app.document_rules import (
    BEGINNINGS,
    RULES,
    TURNS,
    WITH_A_REASON,
    DocumentAction,
    DocumentState,
    ImpossibleHistory,
    Turn,
    advance,
    begin,
    rebuild,
)
from tests.factories import NOW, TODAY

A = DocumentAction


@dataclass(frozen=True)
class Step:
    action: str
    at: datetime = NOW
    due_on: date | None = TODAY
    reason: str = "incomplete"


def _steps(*actions: DocumentAction) -> list[Step]:
    """One step an hour."""
    return [Step(action, NOW + timedelta(hours=hour)) for hour, action in enumerate(actions)]


def test_every_state_has_a_turn_and_every_action_a_rule() -> None:
    assert set(TURNS) == set(DocumentState)
    assert set(RULES) == set(DocumentAction)


def test_what_is_done_stays_done() -> None:
    done = {state for state, turn in TURNS.items() if turn == Turn.NOBODY}
    assert not [action for action, moves in RULES.items() if done & set(moves)]


def test_every_state_is_reached() -> None:
    reached = set(BEGINNINGS.values()) | {to for moves in RULES.values() for to in moves.values()}
    assert reached == set(DocumentState)


def test_a_document_goes_back_and_forth_until_it_is_checked() -> None:
    standing = rebuild(_steps(A.ASK, A.RECEIVE, A.CORRECT, A.RECEIVE, A.CHECK))
    assert standing.state == DocumentState.CHECKED
    assert standing.first_received_at == NOW + timedelta(hours=1)
    assert standing.turn_since == NOW + timedelta(hours=4)
    assert standing.version == 5


def test_an_attachment_that_is_followed_is_the_offices_turn_at_once() -> None:
    standing = begin(Step(A.FOLLOW, due_on=None))
    assert TURNS[standing.state] == Turn.OFFICE
    assert standing.first_received_at == NOW


def test_another_page_does_not_shorten_the_wait_for_the_office() -> None:
    standing = rebuild(_steps(A.ASK, A.RECEIVE, A.RECEIVE))
    assert standing.turn_since == NOW + timedelta(hours=1)


def test_a_reminder_changes_no_clock() -> None:
    standing = rebuild(_steps(A.ASK, A.REMIND))
    assert standing.turn_since == NOW
    assert standing.reason == ""


def test_a_correction_has_its_own_day() -> None:
    later = Step(A.CORRECT, due_on=TODAY + timedelta(days=9))
    assert rebuild([*_steps(A.ASK, A.RECEIVE), later]).due_on == TODAY + timedelta(days=9)


def test_nothing_is_decided_before_it_is_received() -> None:
    for action in (A.CHECK, A.CORRECT, A.REFUSE):
        with pytest.raises(ImpossibleHistory):
            rebuild(_steps(A.ASK, action))


@pytest.mark.parametrize("actions", [[], [A.RECEIVE], [A.ASK, A.ASK]])
def test_a_history_that_cannot_be_is_refused(actions: list[DocumentAction]) -> None:
    with pytest.raises(ImpossibleHistory):
        rebuild(_steps(*actions))


@settings(max_examples=60)
@given(st.lists(st.sampled_from([a for a in A if a not in BEGINNINGS]), max_size=8))
def test_whatever_happens_a_reason_stands_where_one_is_due(actions: list[DocumentAction]) -> None:
    standing, at = begin(Step(A.ASK)), NOW
    for action in actions:
        at += timedelta(hours=1)
        if standing.state in RULES[action]:
            standing = advance(standing, Step(action, at))
    assert bool(standing.reason) == (standing.state in WITH_A_REASON)
    assert standing.turn_since <= at
