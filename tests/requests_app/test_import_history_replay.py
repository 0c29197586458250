"""How the events of another system are put into our workflow. No database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app.enums import Action, ClosingReason, SendBackReason, Status, TransferReason
from requests_app.history import rebuild
from requests_app.importing.mapping import Step
from requests_app.importing.replay import CaseEvent, Replayed, replay

START = datetime(2023, 3, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ANN, BEN = 1, 2
REASONS = {
    Action.CLOSE: ClosingReason.ANSWERED,
    Action.TRANSFER: TransferReason.CAPACITY,
    Action.SEND_BACK: SendBackReason.NOT_OURS,
}


def happened(action: Action | None, days: float = 0, actor: int | None = ANN) -> CaseEvent:
    reason = REASONS.get(action, "") if action else ""
    return CaseEvent(START + days * DAY, Step(action, str(reason)), actor, None)


def replayed(*steps: tuple[Action | None, float]) -> Replayed:
    return replay([happened(action, days) for action, days in steps])


def actions(result: Replayed) -> list[Action]:
    return [event.action for event in result.events]


@pytest.mark.parametrize("first", [None, Action.TAKE, Action.ANSWER, Action.CLOSE, Action.NOTE])
def test_the_first_event_is_the_arrival_whatever_it_is(first: Action | None) -> None:
    result = replayed((first, 0))
    assert result.state.submitted_at == START
    assert actions(result)[0] == Action.SUBMIT
    assert result.events[0].actor_id is None
    assert result.put_in == {Action.SUBMIT: 1}


def test_a_second_submission_is_passed_over() -> None:
    result = replayed((Action.SUBMIT, 0), (Action.SUBMIT, 1))
    assert actions(result) == [Action.SUBMIT]
    assert result.passed_over == {Action.SUBMIT: 1}


def test_work_within_14_days_of_the_closing_reopens() -> None:
    result = replayed((Action.SUBMIT, 0), (Action.CLOSE, 1), (Action.TAKE, 15))
    assert actions(result)[2:] == [Action.REOPEN, Action.TAKE]
    assert result.state.status == Status.OPEN
    assert result.put_in == {Action.REOPEN: 1}


@pytest.mark.parametrize("late", [Action.TAKE, Action.ANSWER, Action.REOPEN])
def test_work_later_than_that_is_passed_over(late: Action) -> None:
    result = replayed((Action.SUBMIT, 0), (Action.CLOSE, 1), (late, 15.001))
    assert result.state.status == Status.CLOSED
    assert result.passed_over == {late: 1}


def test_a_second_closing_leaves_the_first() -> None:
    result = replayed((Action.SUBMIT, 0), (Action.CLOSE, 1), (Action.CLOSE, 2))
    assert result.state.closed_at == START + DAY
    assert result.passed_over == {Action.CLOSE: 1}


def test_a_note_after_the_closing_stays_a_note() -> None:
    result = replayed((Action.SUBMIT, 0), (Action.CLOSE, 1), (Action.NOTE, 40))
    assert actions(result)[-1] == Action.NOTE
    assert result.state.status == Status.CLOSED


def test_waiting_in_a_case_that_nobody_took_takes_it() -> None:
    result = replayed((Action.SUBMIT, 0), (Action.WAIT, 1))
    assert actions(result) == [Action.SUBMIT, Action.TAKE, Action.WAIT]
    assert (result.state.status, result.state.adviser_id) == (Status.WAITING, ANN)


def test_who_answers_what_nobody_has_has_it_then() -> None:
    result = replay([happened(Action.SUBMIT), happened(Action.ANSWER, 1, BEN)])
    assert result.state.adviser_id == BEN
    assert result.state.first_responded_at == START + DAY


def test_an_answer_by_another_leaves_the_adviser() -> None:
    taken = [happened(Action.SUBMIT), happened(Action.TAKE), happened(Action.ANSWER, 1, BEN)]
    assert replay(taken).state.adviser_id == ANN


@given(
    st.lists(
        st.tuples(st.sampled_from([None, *Action]), st.floats(0, 40), st.sampled_from([ANN, None])),
        min_size=1,
    )
)
def test_any_log_gives_a_history_that_the_workflow_allows(
    log: list[tuple[Action | None, float, int | None]],
) -> None:
    events = sorted((happened(*each) for each in log), key=lambda event: event.at)
    result = replay(events)
    assert rebuild(result.events) == result.state
    if result.state.status == Status.NEW:
        assert (result.state.adviser_id, result.state.first_responded_at) == (None, None)
    said = sum(event.step.action is not None for event in events)
    assert len(result.events) == said + result.put_in.total() - result.passed_over.total()
