"""The life of one request, from its submission to whatever happened last. Pure."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import exp
from random import Random
from typing import NamedTuple

from branches.working_days import CLOSE_AFTER_DAYS, RECALL_AFTER_DAYS
from demo.cast import MemberPart, OfficePart, TopicPart
from requests_app.enums import (
    REOPEN_WITHIN,
    Action,
    Channel,
    ClosingReason,
    SendBackReason,
    TransferReason,
)

HOUR = 3600
WEEK = 7 * 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Response times by branch of the topic, as a factor on the pace of the office.
_BY_TEAM = {"first_line": 0.8, "safeguarding": 1.1, "support": 1.35, "coop": 1.15}
# What working by branch changes: the first line becomes faster, support takes more time.
_BY_BRANCH = {"first_line": 0.56, "safeguarding": 0.95, "support": 1.2, "coop": 1.25}
# The first weeks of a new organisation cost time; this much more, fading within weeks.
_LEARNING, _LEARNING_WEEKS = 0.5, 3.0
_HANDED_OVER = 1.3
# Reminders and closings are looked for ten minutes after each hour.
_NEXT_RUN = 600
# Simple questions are mostly closed with their answer, plans among members rarely.
_CLOSED_AT_ONCE = {"first_line": 0.6, "coop": 0.25}
_SPREAD = 1.05

_WHY_TRANSFERRED = (
    [TransferReason.OTHER_EXPERTISE] * 5
    + [TransferReason.SEVERAL_QUESTIONS] * 3
    + [TransferReason.MEMBER_ASKED, TransferReason.CAPACITY]
)
_WHY_SENT_BACK = [SendBackReason.NOT_OURS, SendBackReason.INCOMPLETE, SendBackReason.INCOMPLETE]
_NEVER_ANSWERED = (
    (0.004, ClosingReason.SPAM),
    (0.012, ClosingReason.DUPLICATE),
    (0.024, ClosingReason.WITHDRAWN),
)


class Said(StrEnum):
    """What kind of text goes with an event."""

    NOTHING = ""
    REQUEST = "request"
    SPAM = "spam"
    ANSWER = "answer"
    SETTLED = "settled"
    QUESTION = "question"
    REPLY = "reply"
    FURTHER = "further"
    AGAIN = "again"
    NOTE = "note"
    HANDOVER = "handover"


class Event(NamedTuple):
    """One row of the history; `requests_app.history.rebuild` reads it as it is."""

    action: str
    at: datetime
    actor_id: int | None
    branch_id: int | None
    adviser_id: int | None
    reason: str
    asks_member: bool
    said: Said


class Arrival(NamedTuple):
    """A request at the moment of its arrival. `chosen` is the topic that the member picked."""

    at: int
    member: MemberPart
    office: OfficePart
    topic: TopicPart
    chosen: TopicPart | None
    channel: Channel
    usual_adviser: int


def slowness(office: OfficePart, branch_code: str, at: int, started: int) -> float:
    """The median office hours to a first answer at this moment, in seconds."""
    factor = office.weekly[(at - started) // WEEK] * _BY_TEAM[branch_code]
    since = office.by_branch_since
    if since is not None and at >= since:
        weeks = (at - since) / WEEK
        factor *= _BY_BRANCH[branch_code] * (1 + _LEARNING * exp(-weeks / _LEARNING_WEEKS))
    if (EPOCH + timedelta(seconds=at)).month in (7, 8):
        factor *= 1.12
    return office.pace * factor * HOUR


class Life:
    """Tells one request. `events` may reach beyond the present: the caller cuts them there."""

    def __init__(self, arrival: Arrival, random: Random, *, started: int) -> None:
        self.arrival, self.random = arrival, random
        self.office, self.clock = arrival.office, arrival.office.clock
        since = self.office.by_branch_since
        self.by_branch = since is not None and arrival.at >= since
        self.branch = arrival.chosen.branch if self.by_branch and arrival.chosen else None
        self.adviser: int | None = None
        self.at = arrival.at
        self.events: list[Event] = []
        self.patience = slowness(self.office, arrival.topic.branch_code, arrival.at, started)
        self.work = self._office_seconds(self.patience)
        if arrival.channel in (Channel.PHONE, Channel.DESK) and random.random() < 0.6:
            # On the phone and at the desk, most are answered while the member is there.
            self.work = self._office_seconds(420, spread=0.5)

    def tell(self) -> list[Event]:
        self._begin()
        if not self._is_never_answered():
            self._find_the_branch()
            self._take()
            self._answer()
            self._end()
        return self.events

    # --- the scenes ---------------------------------------------------------------------------

    def _begin(self) -> None:
        by_hand = self.arrival.channel in (Channel.PHONE, Channel.DESK)
        actor = self._somebody() if by_hand else self.arrival.member.person
        self._add(Action.SUBMIT, actor, said=Said.REQUEST)

    def _is_never_answered(self) -> bool:
        fate = self.random.random()
        for share, reason in _NEVER_ANSWERED:
            if fate < share:
                if reason == ClosingReason.SPAM:
                    self.events[0] = self.events[0]._replace(said=Said.SPAM)
                self._work_on(self.work * self.random.uniform(0.2, 0.9))
                self._add(Action.CLOSE, self._somebody(), reason=reason)
                return True
        return False

    def _find_the_branch(self) -> None:
        """Routing, transfers and sending back; each takes its part of the time to the answer."""
        if not self.by_branch:
            return
        right = self.arrival.topic.branch
        if self.branch is None:
            self._work_on(min(self.work * self.random.uniform(0.05, 0.25), 3 * HOUR))
            self.branch = right
            self._add(Action.ROUTE, self._somebody())
        elif self.branch != right:
            self.work *= _HANDED_OVER
            self._work_on(self.work * self.random.uniform(0.1, 0.4))
            self._transfer(right, TransferReason.WRONG_BRANCH)
        elif self.random.random() < 0.055:
            self._take(certainly=True)
            self.work *= _HANDED_OVER
            self._work_on(self.work * self.random.uniform(0.2, 0.5))
            self._transfer(self._another_branch(), self.random.choice(_WHY_TRANSFERRED))
            if self.random.random() < 0.25:
                self._work_on(self.work * self.random.uniform(0.1, 0.3))
                self._send_back(right)

    def _take(self, *, certainly: bool = False) -> None:
        if self.adviser is not None or not (certainly or self.random.random() < 0.72):
            return
        self._work_on(self.work * self.random.uniform(0.25, 0.75))
        self._taken_by(self._somebody())
        if self.random.random() < 0.07:
            self._work_on(self.work * 0.1)
            self._add(Action.NOTE, self.adviser, said=Said.NOTE)
        if self.random.random() < 0.015:
            self._work_on(self.work * 0.1)
            released_by, self.adviser = self.adviser, None
            self._add(Action.RELEASE, released_by)

    def _answer(self) -> None:
        """The first answer; in one case of eight it only asks something."""
        first = self.clock.after(self.arrival.at, self.work)
        self.at = max(first, self.clock.after(self.at, 60))
        if self.random.random() < 0.13:
            self._say(Said.QUESTION)
            self._add(Action.WAIT, self.adviser)
            self._wait_for_the_reply()
        else:
            self._say(Said.ANSWER)

    def _wait_for_the_reply(self) -> None:
        """The member replies, mostly before the reminder and always before the closing, or not."""
        asked_at = self.at
        recall = self.clock.working_day_after(asked_at, RECALL_AFTER_DAYS) + _NEXT_RUN
        if self.random.random() < 0.16:
            self._remind(recall)
            return
        replies = self._later(self.random.lognormvariate(0, 0.9) * 30 * HOUR)
        if replies > recall:
            self._remind(recall)
            close = self.clock.working_day_after(asked_at, CLOSE_AFTER_DAYS)
            replies = min(replies, close - HOUR)
        self.at = replies
        self._add(Action.MEMBER_WRITES, self.arrival.member.person, said=Said.REPLY)
        self._work_on(self._office_seconds(self.patience * 0.8))
        self._say(Said.ANSWER)

    def _end(self) -> None:
        if self.events[-1].action == Action.REMIND:
            days = CLOSE_AFTER_DAYS - RECALL_AFTER_DAYS
            self.at = self.clock.working_day_after(self.at, days) + _NEXT_RUN
            # The run takes some moments for all that it closes.
            self.at += int(self.random.uniform(0, 60))
            self._add(Action.CLOSE, None, reason=ClosingReason.NO_REPLY)
            return
        at_once = _CLOSED_AT_ONCE.get(self.arrival.topic.branch_code, 0.45)
        more = self.random.random()
        if more < 0.22:
            self._member_writes(Said.FURTHER, hours=14)
            self._work_on(self._office_seconds(self.patience * 0.8))
            self._say(Said.ANSWER)
        elif more > 0.22 + at_once:
            self._work_on(self._office_seconds(13 * HOUR, spread=0.8))
        self._close(ClosingReason.ANSWERED)
        if self.random.random() < 0.035:
            self._reopen()

    def _reopen(self) -> None:
        closed_at = self.at
        self._pass_time(self.random.uniform(0.05, 0.95) * REOPEN_WITHIN.total_seconds())
        if self.at - closed_at <= REOPEN_WITHIN.total_seconds():
            self._add(Action.REOPEN, self.arrival.member.person, said=Said.AGAIN)
            self._work_on(self._office_seconds(self.patience * 0.8))
            self._say(Said.ANSWER)
            self._work_on(self._office_seconds(4 * HOUR, spread=0.8))
            self._close(ClosingReason.ANSWERED)

    # --- single steps -------------------------------------------------------------------------

    def _remind(self, at: int) -> None:
        self.at = at
        self._add(Action.REMIND, None)

    def _taken_by(self, adviser: int) -> None:
        self.adviser = adviser
        self._add(Action.TAKE, adviser)

    def _say(self, said: Said) -> None:
        self.adviser = self.adviser or self._somebody()
        if any(event.said == said for event in self.events):
            # The question itself was answered before: what follows is shorter.
            said = Said.SETTLED
        self._add(Action.ANSWER, self.adviser, said=said, asks=said == Said.QUESTION)

    def _close(self, reason: ClosingReason) -> None:
        self._add(Action.CLOSE, self.adviser, reason=reason)

    def _member_writes(self, said: Said, *, hours: float) -> None:
        self._pass_time(self.random.lognormvariate(0, 0.9) * hours * HOUR)
        self._add(Action.MEMBER_WRITES, self.arrival.member.person, said=said)

    def _transfer(self, branch: int, reason: TransferReason) -> None:
        giver = self.adviser or self._somebody()
        self.branch, self.adviser = branch, None
        said = Said.HANDOVER if self.random.random() < 0.4 else Said.NOTHING
        self._add(Action.TRANSFER, giver, reason=reason, said=said)

    def _send_back(self, branch: int) -> None:
        giver = self._somebody()
        self.branch, self.adviser = branch, None
        self._add(Action.SEND_BACK, giver, reason=self.random.choice(_WHY_SENT_BACK))

    def _another_branch(self) -> int:
        return self.random.choice([key for key in self.office.by_branch if key != self.branch])

    def _somebody(self) -> int:
        """An adviser of the branch; by team, often the one whom the member knows."""
        if self.by_branch and self.branch is not None:
            return self.random.choice(self.office.by_branch[self.branch])
        if self.random.random() < 0.55:
            return self.arrival.usual_adviser
        return self.random.choice(self.office.advisers)

    def _office_seconds(self, median: float, *, spread: float = _SPREAD) -> float:
        return median * self.random.lognormvariate(0, spread)

    def _work_on(self, seconds: float) -> None:
        self.at = self.clock.after(self.at, seconds)

    def _pass_time(self, seconds: float) -> None:
        self.at = self._later(seconds)

    def _later(self, seconds: float) -> int:
        """So much later in the life of the member, who sleeps at night."""
        later = self.at + max(int(seconds), 600)
        return later + 6 * HOUR if (later // HOUR) % 24 < 5 else later

    def _add(
        self,
        action: Action,
        actor: int | None,
        *,
        reason: str = "",
        said: Said = Said.NOTHING,
        asks: bool = False,
    ) -> None:
        at = EPOCH + timedelta(seconds=self.at)
        self.events.append(Event(action, at, actor, self.branch, self.adviser, reason, asks, said))
