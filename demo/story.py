"""The whole story: who sends which request when, and what becomes of it. Pure and repeatable."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple

import numpy as np

from demo.cast import Cast, MemberPart, TopicPart
from demo.lives import EPOCH, Arrival, Event, Life
from demo.rhythm import arrivals
from requests_app.enums import Action, Channel, Status
from requests_app.history import State, rebuild

_CHANNELS = [Channel.WEB, Channel.EMAIL, Channel.PHONE, Channel.DESK]
_CHANNEL_WEIGHTS = [70, 17, 10, 3]
# The reform of the artists' status grows through the year, in every office alike.
_GROWING_TOPIC, _GROWTH = "arts_attestation", 2.0
# A new request follows one that was closed longer ago than it can be reopened.
_FOLLOWS_AFTER, _FOLLOWS_BEFORE = timedelta(days=15), timedelta(days=70)


class Tale(NamedTuple):
    """One request: its arrival, its events until now, the state they lead to, what it follows."""

    arrival: Arrival
    events: list[Event]
    state: State
    topic: TopicPart | None
    is_sensitive: bool
    follows: int | None


def tell(cast: Cast, *, number: int, start: date, off: Collection[date], seed: int) -> list[Tale]:
    """The tales of `number` requests in the order of their arrival; `follows` is an index."""
    dice = np.random.default_rng(seed)
    now = datetime.fromtimestamp(cast.now, UTC)
    moments = arrivals(dice, number=number, start=start, now=now, off=off).tolist()
    members = _members(cast, number, dice)
    random = Random(seed)  # noqa: S311  # A story, not a secret.
    tales: list[Tale] = []
    last: dict[int, int] = {}
    for moment, member, topic in zip(moments, members, _topics(cast, moments, random), strict=True):
        follows = _earlier(tales, last.get(member.key), moment, random)
        about = topic if follows is None else tales[follows].arrival.topic
        arrival = _arrival(cast, random, moment=moment, member=member, topic=about)
        tales.append(_tale(cast, random, arrival, follows))
        last[member.key] = len(tales) - 1
    return tales


def _members(cast: Cast, number: int, dice: np.random.Generator) -> list[MemberPart]:
    """Who writes: a few members often, many rarely."""
    weights = dice.gamma(0.8, size=len(cast.members)) + 0.1
    drawn = dice.choice(len(cast.members), size=number, p=weights / weights.sum())
    return [cast.members[place] for place in drawn.tolist()]


def _topics(cast: Cast, moments: list[int], random: Random) -> Iterator[TopicPart]:
    weights = [topic.weight for topic in cast.topics]
    growing = next(place for place, t in enumerate(cast.topics) if t.code == _GROWING_TOPIC)
    base = weights[growing]
    for moment in moments:
        weights[growing] = base * (1 + _GROWTH * (moment - cast.start) / (cast.now - cast.start))
        yield random.choices(cast.topics, weights)[0]


def _earlier(tales: list[Tale], place: int | None, moment: int, random: Random) -> int | None:
    """Now and then, the member's last request, if it was closed too long ago to be reopened."""
    if place is None or random.random() > 0.05:
        return None
    closed_at = tales[place].state.closed_at
    since = EPOCH + timedelta(seconds=moment) - closed_at if closed_at else timedelta()
    return place if _FOLLOWS_AFTER < since < _FOLLOWS_BEFORE else None


def _arrival(
    cast: Cast, random: Random, *, moment: int, member: MemberPart, topic: TopicPart
) -> Arrival:
    office = cast.offices[member.office]
    channel = random.choices(_CHANNELS, _CHANNEL_WEIGHTS)[0]
    if channel in (Channel.PHONE, Channel.DESK) and not office.clock.is_open(moment):
        channel = Channel.WEB
    return Arrival(
        at=moment,
        member=member,
        office=office,
        topic=topic,
        chosen=_chosen(cast, topic, random),
        channel=channel,
        usual_adviser=office.advisers[member.number % len(office.advisers)],
    )


def _tale(cast: Cast, random: Random, arrival: Arrival, follows: int | None) -> Tale:
    told = Life(arrival, random, started=cast.start).tell()
    now = EPOCH + timedelta(seconds=cast.now)
    # What lies beyond the present has not happened: the requests that are open now are these.
    events = [event for event in told if event.at <= now]
    return Tale(arrival, events, rebuild(events), *_known(cast, arrival, events), follows)


def _chosen(cast: Cast, topic: TopicPart, random: Random) -> TopicPart | None:
    """What the member picks: mostly right, sometimes “I don't know”, sometimes another branch."""
    luck = random.random()
    if luck < 0.07:
        return None
    if luck < 0.14:
        return random.choice([other for other in cast.topics if other.branch != topic.branch])
    return topic


def _known(cast: Cast, arrival: Arrival, events: list[Event]) -> tuple[TopicPart | None, bool]:
    """The topic that the request carries in the end, and whether it has told something private."""
    routed = any(event.action == Action.ROUTE for event in events)
    topic = arrival.topic if routed else arrival.chosen
    confidential = any(event.branch_id in cast.confidential for event in events)
    return topic, confidential or bool(topic and topic.is_private)


def is_alive(tale: Tale) -> bool:
    return tale.state.status != Status.CLOSED
