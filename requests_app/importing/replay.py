"""The events of one case of a log, put into our workflow. Pure.

A log follows the rules of another system. What is stored here must follow ours, so:

- A case begins with a submission, at the moment of its first event, whatever that event was.
  A later submission says nothing new and is passed over.
- Work on a closed case (taken, answered, routed, waiting, a word of the member) within 14 days of
  the closing reopens it: a reopening is put before it. Later than that it is passed over, as is
  an explicit reopening: in our workflow a new request would have been made.
- Setting to waiting a case that nobody took is also taking it.
- What still does not fit (a second closing, a release of what nobody has) is passed over.

What was put in or passed over is counted and told; nothing is bent silently. `history.advance`
computes the state, so what is stored is exactly what replaying the stored events gives.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from requests_app.enums import REOPEN_WITHIN, RULES, Action, Status
from requests_app.history import State, advance, begin
from requests_app.importing.mapping import Step

_WORK = frozenset(
    {
        Action.ROUTE,
        Action.TAKE,
        Action.TRANSFER,
        Action.SEND_BACK,
        Action.ANSWER,
        Action.WAIT,
        Action.MEMBER_WRITES,
    }
)
_GIVES_UP = frozenset({Action.RELEASE, Action.TRANSFER, Action.SEND_BACK})


class CaseEvent(NamedTuple):
    """One row of a case, in the order of time."""

    at: datetime
    step: Step
    actor_id: int | None
    branch_id: int | None


class StoredEvent(NamedTuple):
    """One event as it will be stored; its position is its place in the list, from 1."""

    action: Action
    at: datetime
    actor_id: int | None
    branch_id: int | None
    adviser_id: int | None
    reason: str
    asks_member: bool


@dataclass
class Replayed:
    state: State
    events: list[StoredEvent]
    put_in: Counter[Action] = field(default_factory=Counter)
    passed_over: Counter[Action] = field(default_factory=Counter)

    def add(self, action: Action, event: CaseEvent) -> None:
        stored = _stored(action, event, self.state)
        self.state = advance(self.state, stored)
        self.events.append(stored)


def replay(events: Sequence[CaseEvent]) -> Replayed:
    """The request that these events made, sorted by time; at least one is needed."""
    first, *rest = events
    was_said = first.step.action == Action.SUBMIT
    # Whoever did the first thing did not thereby send the request.
    actor_id = first.actor_id if was_said else None
    submission = StoredEvent(
        Action.SUBMIT, first.at, actor_id, first.branch_id, None, reason="", asks_member=False
    )
    replayed = Replayed(begin(submission), [submission])
    if not was_said:
        replayed.put_in[Action.SUBMIT] += 1
        rest = [first, *rest]
    for event in rest:
        if event.step.action is not None:
            _place(replayed, event.step.action, event)
    return replayed


def _place(replayed: Replayed, action: Action, event: CaseEvent) -> None:
    before = _needed_before(replayed.state, action, event.at)
    if before is None:
        replayed.passed_over[action] += 1
        return
    for supposed in before:
        replayed.put_in[supposed] += 1
        replayed.add(supposed, event)
    replayed.add(action, event)


def _needed_before(state: State, action: Action, at: datetime) -> tuple[Action, ...] | None:
    """What must have happened for this action to be possible now; None: it is not."""
    if state.closed_at is not None:
        recent = at - state.closed_at <= REOPEN_WITHIN
        if action in _WORK:
            return (Action.REOPEN,) if recent else None
        if action == Action.REOPEN and not recent:
            return None
    if state.status in RULES[action]:
        return ()
    return (Action.TAKE,) if (action, state.status) == (Action.WAIT, Status.NEW) else None


def _stored(action: Action, event: CaseEvent, state: State) -> StoredEvent:
    is_step = action == event.step.action
    return StoredEvent(
        action=action,
        at=event.at,
        actor_id=event.actor_id,
        # A row that names no group leaves the request where it is.
        branch_id=event.branch_id or state.branch_id,
        adviser_id=_adviser_after(action, event.actor_id, state),
        reason=event.step.reason if is_step else "",
        asks_member=event.step.asks_member and is_step,
    )


def _adviser_after(action: Action, actor_id: int | None, state: State) -> int | None:
    """Who has the request afterwards: who takes it, or, while nobody has it, who answers it."""
    if action in _GIVES_UP:
        return None
    if action == Action.TAKE:
        return actor_id
    if action == Action.ANSWER:
        return state.adviser_id or actor_id
    return state.adviser_id
