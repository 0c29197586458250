"""Who has a request open at this moment. Kept in the cache alone, and forgotten in seconds.

Whoever opens the page of a request is admitted; each poll of that page says that its reader is
still there. Without a cache nobody is shown, and nothing else changes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import redis
import structlog
from django.conf import settings

from people.models import User

log = structlog.get_logger()

# Pages ask every 8 to 12 seconds: who has not asked for so long has gone.
PRESENT_FOR = timedelta(seconds=30)
# Who was admitted may come back to the open page; the day after, it has to be loaded again.
ADMITTED_FOR = timedelta(hours=12)
# After a failure the cache is left alone for a while: no page waits for it again and again.
REST = 15.0
PATIENCE = 0.3

_client = redis.Redis.from_url(
    settings.REDIS_URL,
    socket_timeout=PATIENCE,
    socket_connect_timeout=PATIENCE,
    decode_responses=True,
)
_rests_until = 0.0


@dataclass(frozen=True)
class Present:
    """Somebody else who has the request open."""

    key: int
    name: str
    writes: bool


def _ask(pipeline: Any) -> list[Any] | None:
    """The answers of the cache; None when there is none to be had now."""
    global _rests_until  # noqa: PLW0603
    if monotonic() < _rests_until:
        return None
    try:
        answers: list[Any] = pipeline.execute()
    except redis.RedisError as error:
        _rests_until = monotonic() + REST
        log.warning("presence_unknown", error=type(error).__name__)
        return None
    return answers


def _place(reference: str) -> str:
    return f"dop:present:{reference}"


def _said(user: User, at: datetime, *, writes: bool) -> str:
    return json.dumps([user.name, at.timestamp(), writes])


def _others(found: Mapping[str, str], user: User, at: datetime) -> list[Present]:
    since = (at - PRESENT_FOR).timestamp()
    present = []
    for key, said in found.items():
        name, moment, writes = json.loads(said)
        if int(key) != user.pk and moment >= since:
            present.append(Present(int(key), name, writes))
    return sorted(present, key=lambda one: (one.name, one.key))


def enter(*, reference: str, by: User, at: datetime) -> Sequence[Present]:
    """`by` has opened a request that they may read, and has left the one before. Who else is there?

    Returns nobody while the cache is down.
    """
    seat = f"dop:seat:{by.pk}"
    pipeline = _client.pipeline(transaction=False)
    pipeline.set(seat, reference, ex=ADMITTED_FOR, get=True)
    pipeline.hset(_place(reference), str(by.pk), _said(by, at, writes=False))
    pipeline.expire(_place(reference), ADMITTED_FOR)
    pipeline.hgetall(_place(reference))
    answers = _ask(pipeline)
    if answers is None:
        return []
    before = answers[0]
    if before and before != reference:
        leave = _client.pipeline(transaction=False)
        leave.hdel(_place(before), str(by.pk))
        _ask(leave)
    return _others(answers[-1], by, at)


def stay(*, reference: str, by: User, at: datetime, writes: bool) -> Sequence[Present]:
    """The page is still open, and perhaps `by` is writing. Who else is there?

    Nobody is shown to, or counted from, a page that was never opened. The caller asks whether the
    request may still be read before it shows somebody.
    """
    look = _client.pipeline(transaction=False)
    look.hgetall(_place(reference))
    answers = _ask(look)
    if not answers or str(by.pk) not in answers[0]:
        return []
    say = _client.pipeline(transaction=False)
    say.hset(_place(reference), str(by.pk), _said(by, at, writes=writes))
    _ask(say)
    return _others(answers[0], by, at)
