"""A request's state follows from its events alone. Pure: this module reads and writes no row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeVar

from requests_app.enums import RULES, UNDOABLE, Action, Status


class Event(Protocol):
    """What the fold needs of an event; `RequestEvent` has it, and so has an imported row."""

    @property
    def action(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def branch_id(self) -> int | None: ...
    @property
    def adviser_id(self) -> int | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def asks_member(self) -> bool: ...


class Acted(Protocol):
    @property
    def action(self) -> str: ...


SomeEvent = TypeVar("SomeEvent", bound=Acted)


class ImpossibleHistory(ValueError):
    """An event that the workflow does not allow in the state that the earlier ones led to."""


@dataclass(frozen=True)
class State:
    """What the columns of a request hold after its events. Field by field the same names."""

    status: Status
    submitted_at: datetime
    branch_id: int | None
    adviser_id: int | None
    waiting_since: datetime | None
    version: int = 1
    first_responded_at: datetime | None = None
    first_response_was_question: bool = False
    closed_at: datetime | None = None
    closing_reason: str = ""


def begin(event: Event) -> State:
    """The state after the submission. Raises ImpossibleHistory for any other action."""
    if event.action != Action.SUBMIT:
        raise ImpossibleHistory(f"A request begins with its submission, not with {event.action}.")
    return State(
        status=Status.NEW,
        submitted_at=event.at,
        branch_id=event.branch_id,
        adviser_id=event.adviser_id,
        waiting_since=event.at,
    )


def advance(state: State, event: Event) -> State:
    """The state after one more event. Raises ImpossibleHistory where the workflow says no."""
    action = Action(event.action)
    try:
        status = RULES[action][state.status]
    except KeyError:
        raise ImpossibleHistory(f"{action} cannot follow in status {state.status}.") from None
    after = replace(
        state,
        status=status,
        branch_id=event.branch_id,
        adviser_id=event.adviser_id,
        version=state.version + 1,
    )
    match action:
        case Action.ANSWER:
            return _answered(after, event)
        case Action.MEMBER_WRITES:
            # Two messages in a row are one wait: it began with the first.
            return replace(after, waiting_since=state.waiting_since or event.at)
        case Action.RESUME:
            return replace(after, waiting_since=event.at)
        case Action.CLOSE:
            return replace(
                after, waiting_since=None, closed_at=event.at, closing_reason=event.reason
            )
        case Action.REOPEN:
            return replace(after, waiting_since=event.at, closed_at=None, closing_reason="")
    return after


def _answered(state: State, event: Event) -> State:
    if state.first_responded_at is not None:
        return replace(state, waiting_since=None)
    return replace(
        state,
        waiting_since=None,
        first_responded_at=event.at,
        first_response_was_question=event.asks_member,
    )


def take_back(before: State | None, now: State, last: Event) -> State:
    """The state after an undo of `last`, which led from `before` to `now`.

    It is the one before, clocks included, as if the step had never been; only the version goes on.
    Raises ImpossibleHistory for a step that cannot be undone.
    """
    if before is None or Action(last.action) not in UNDOABLE:
        raise ImpossibleHistory(f"{last.action} cannot be undone.")
    return replace(before, version=now.version + 1)


def rebuild(events: Iterable[Event]) -> State:
    """The state after all events, given in the order of their positions.

    Raises ImpossibleHistory for an empty history and for a step that the workflow refuses.
    """
    before: State | None = None
    state: State | None = None
    last: Event | None = None
    for event in events:
        if state is None or last is None:
            state = begin(event)
        elif event.action == Action.UNDO:
            state, before = take_back(before, state, last), None
        else:
            state, before = advance(state, event), state
        last = event
    if state is None:
        raise ImpossibleHistory("A request without events never began.")
    return state


def what_stands(events: Sequence[SomeEvent]) -> list[SomeEvent]:
    """The events in their order, without those that were undone and without the undoing."""
    stands: list[SomeEvent] = []
    for event in events:
        if event.action == Action.UNDO:
            stands.pop()
        else:
            stands.append(event)
    return stands
