"""The lives that requests of the scratch database have, as shapes: who does what, and when.

A shape is folded once, by the product's own rules; the database then stretches it over as many
requests as are wanted. So the columns of each request are the sum of its events by construction.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from requests_app.enums import Action, MessageKind
from requests_app.history import State, rebuild

# Only differences from here count.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
BY_BRANCH_ALONE = frozenset({Action.ROUTE, Action.TRANSFER, Action.SEND_BACK})

SAYS = {
    Action.SUBMIT: MessageKind.FROM_MEMBER,
    Action.MEMBER_WRITES: MessageKind.FROM_MEMBER,
    Action.REOPEN: MessageKind.FROM_MEMBER,
    Action.ANSWER: MessageKind.TO_MEMBER,
    Action.NOTE: MessageKind.NOTE,
    Action.TRANSFER: MessageKind.NOTE,
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One event of a shape. Branch and adviser count: 0 nobody, 1 the first, 2 the second.

    `actor` counts in the same way, with 0 for the member.
    """

    action: Action
    seconds: int  # since the submission
    branch_id: int
    adviser_id: int
    actor: int
    reason: str = ""
    asks_member: bool = False

    @property
    def at(self) -> datetime:
        return BEGINNING + timedelta(seconds=self.seconds)

    @property
    def says(self) -> str:
        """The kind of the message that comes with it; empty without one."""
        return SAYS.get(self.action, "")


@dataclass(frozen=True)
class Story:
    name: str
    steps: tuple[Step, ...]

    @property
    def state(self) -> State:
        """What the columns hold at the end, in the terms of the steps."""
        return rebuild(self.steps)

    @property
    def messages(self) -> int:
        return sum(bool(step.says) for step in self.steps)

    @property
    def is_routed_later(self) -> bool:
        """The member did not know what it is about: somebody else chooses the branch, or will."""
        return self.steps[0].branch_id == 0

    @property
    def needs_branches(self) -> bool:
        """Whether it can only happen where an office works by branch."""
        return self.is_routed_later or any(step.action in BY_BRANCH_ALONE for step in self.steps)


# One word a step: what happens, `?` when it asks the member something, `:` a reason, `@` hours.
WORD = re.compile(r"(?P<action>[a-z_]+)(?P<asks>\?)?(:(?P<reason>\w+))?@(?P<hours>\d+)")


def _steps(text: str, *, branch: int) -> Iterator[Step]:
    adviser = 0
    for word in text.split():
        found = WORD.fullmatch(word)
        if found is None:
            raise ValueError(f"{word!r} is no step of a story.")
        action = Action(found["action"])
        if action == Action.ROUTE:
            branch = 1
        elif action == Action.TRANSFER:
            branch, adviser = 2, 0
        elif action in {Action.TAKE, Action.ANSWER}:
            adviser = adviser or max(branch, 1)
        by_member = SAYS.get(action) == MessageKind.FROM_MEMBER
        yield Step(
            action=action,
            seconds=int(found["hours"]) * 3600,
            branch_id=branch,
            adviser_id=adviser,
            actor=0 if by_member else adviser or 1,
            reason=found["reason"] or "",
            asks_member=bool(found["asks"]),
        )


def told(name: str, text: str, *, branch: int = 1) -> Story:
    """Read a story. Raises ImpossibleHistory when the workflow would not allow it."""
    story = Story(name, tuple(_steps(text, branch=branch)))
    rebuild(story.steps)
    return story


TALK = (
    "submit@0 take@1 answer?@3 wait@3 member_writes@20 answer?@24 wait@24 member_writes@44 note@45 "
    "answer?@48 wait@48 member_writes@70 answer?@74 wait@74 member_writes@94 answer@98 "
    "member_writes@118"
)
WAITING = told("waits for the member", "submit@0 take@1 answer?@4 wait@4")
WROTE_AGAIN = told("wrote again", "submit@0 take@1 answer@4 member_writes@20")
LONG = told("a dozen messages", TALK)

# Shares of the closed requests; about three messages each.
CLOSED = {
    told("answered", "submit@0 answer@5 close:answered@5"): 0.43,
    told(
        "asked",
        "submit@0 take@1 answer?@4 wait@4 member_writes@28 answer@33 close:answered@33",
    ): 0.20,
    told("routed", "submit@0 route@1 take@3 answer@7 close:answered@7", branch=0): 0.08,
    told(
        "transferred",
        "submit@0 take@1 transfer:other_expertise@3 take@8 answer@12 close:answered@12",
    ): 0.08,
    told(
        "talked",
        "submit@0 take@1 note@2 answer@9 member_writes@20 answer@26 close:answered@26",
    ): 0.08,
    told(
        "reopened",
        "submit@0 answer@4 close:answered@4 reopen@50 answer@55 close:answered@55",
    ): 0.05,
    told("no reply", "submit@0 take@2 answer?@5 wait@5 close:no_reply@400"): 0.04,
    told("withdrawn", "submit@0 close:withdrawn@3"): 0.02,
    told("closed after a dozen messages", f"{TALK} answer@122 close:answered@122"): 0.02,
}
# Shares of those that are still open, in the last week and from before.
OPEN = {
    told("new", "submit@0"): 0.26,
    told("taken", "submit@0 take@2"): 0.20,
    WAITING: 0.20,
    told("answered, not closed", "submit@0 take@1 answer@4"): 0.10,
    WROTE_AGAIN: 0.10,
    told("moved", "submit@0 take@1 transfer:wrong_branch@3"): 0.06,
    told("no branch yet", "submit@0", branch=0): 0.05,
    LONG: 0.03,
}
LONG_OPEN = {WAITING: 0.5, WROTE_AGAIN: 0.3, LONG: 0.2}
STORIES = list(dict.fromkeys([*CLOSED, *OPEN, *LONG_OPEN]))
