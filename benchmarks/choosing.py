"""When, who, where and which story: for all requests at once, by chance from a fixed seed."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.utils.timezone import localdate

from benchmarks.setting import HISTORY, PILOT_OFFICES, SHARES, Setting
from benchmarks.stories import CLOSED, LONG, LONG_OPEN, OPEN, STORIES
from branches.calendars import working_calendars
from branches.models import Topic
from branches.working_time import epoch_seconds
from requests_app.submission import CALENDAR_AHEAD

Ints = np.ndarray[Any, np.dtype[np.int64]]

BRANCH_SHARES = (0.25, 0.42, 0.22, 0.11)
# The newest requests are those of the last week; of the older ones, few are still open.
NEWEST, OPEN_AMONG_NEWEST, OPEN_AMONG_OLDER = 0.02, 0.9, 0.012
WEEKDAY_WEIGHTS = (1.25, 1.1, 1.0, 1.0, 0.9, 0.15, 0.2)


def choices(
    setting: Setting, count: int, *, at: datetime, rng: np.random.Generator
) -> dict[str, Ints]:
    """For each request, in the order of arrival, what the SQL below needs to know of it."""
    submitted = _arrivals(count, at=at, rng=rng)
    offices = rng.choice(len(setting.offices), size=count, p=SHARES)
    # The detail page needs one at least, even among a few hundred.
    sure = count - count // 20 - 1
    offices[sure] = 0
    began = epoch_seconds(datetime.combine(setting.pilot.starts_on, datetime.min.time(), at.tzinfo))
    by_branch = (offices < len(PILOT_OFFICES)) & (submitted >= began + 86_400)
    stories = _stories(count, by_branch, rng)
    stories[sure] = STORIES.index(LONG)
    first = rng.choice(len(setting.branches), size=count, p=BRANCH_SHARES)
    first[sure] = [branch.code for branch in setting.branches].index("first_line")
    # Another branch than the first: one to three places further.
    second = (first + rng.integers(1, len(setting.branches), size=count)) % len(setting.branches)
    messages = np.array([story.messages for story in STORIES])[stories]
    return {
        "number": np.arange(1, count + 1),
        "submitted": submitted,
        "office": np.array([office.pk for office in setting.offices])[offices],
        "due": _due(setting, offices, submitted, at=at),
        "story": stories,
        "branch_1": _branches(setting, first, by_branch),
        "branch_2": _branches(setting, second, by_branch),
        "adviser_1": _chosen(setting.advisers, offices, first, rng),
        "adviser_2": _chosen(setting.advisers, offices, second, rng),
        "member": _chosen(dict(enumerate(setting.members)), offices, None, rng),
        "topic": _topics(setting, first, stories, rng),
        "stretch": _stretches(stories, submitted, at=at, rng=rng),
        "messages_before": np.cumsum(messages) - messages,
    }


def _arrivals(count: int, *, at: datetime, rng: np.random.Generator) -> Ints:
    """Epoch seconds, sorted: fewer at the weekend, most around eleven in the morning."""
    today = at.date().toordinal()
    days = np.arange(today - HISTORY.days, today + 1)
    weights = np.array(WEEKDAY_WEIGHTS)[(days - 1) % 7]
    chosen = rng.choice(days, size=count, p=weights / weights.sum())
    clock = rng.triangular(5, 9, 21, size=count) * 3600
    seconds = (chosen - date(1970, 1, 1).toordinal()) * 86_400 + clock.astype(np.int64)
    # What would arrive later today arrived yesterday.
    seconds = np.where(seconds >= epoch_seconds(at), seconds - 86_400, seconds)
    return np.sort(seconds)


def _stories(count: int, by_branch: np.ndarray, rng: np.random.Generator) -> Ints:
    """The place in STORIES for each request."""
    rank = np.arange(count) / count
    is_new = rank >= 1 - NEWEST
    is_open = rng.random(count) < np.where(is_new, OPEN_AMONG_NEWEST, OPEN_AMONG_OLDER)
    found = np.empty(count, dtype=np.int64)
    for wanted, shares in (
        (~is_open, CLOSED),
        (is_open & is_new, OPEN),
        (is_open & ~is_new, LONG_OPEN),
    ):
        for here in (by_branch, ~by_branch):
            pool = {s: p for s, p in shares.items() if here is by_branch or not s.needs_branches}
            places = [STORIES.index(story) for story in pool]
            chances = np.array(list(pool.values())) / sum(pool.values())
            # `here` is one of two arrays of the same kind; ~by_branch makes a new one each time.
            chosen = wanted & here
            found[chosen] = rng.choice(places, size=int(chosen.sum()), p=chances)
    return found


def _branches(setting: Setting, places: Ints, by_branch: np.ndarray) -> Ints:
    """Keys of branches; 0 where the office works by team."""
    return np.where(by_branch, np.array([branch.pk for branch in setting.branches])[places], 0)


def _chosen(
    pools: dict[Any, np.ndarray], offices: Ints, branches: Ints | None, rng: np.random.Generator
) -> Ints:
    """One key for each request, out of the pool of its office, or of its office and branch."""
    found = np.zeros(offices.size, dtype=np.int64)
    for key, pool in pools.items():
        office, branch = key if isinstance(key, tuple) else (key, None)
        here = offices == office
        if branch is not None and branches is not None:
            here &= branches == branch
        found[here] = rng.choice(pool, size=int(here.sum()))
    return found


def _topics(setting: Setting, first: Ints, stories: Ints, rng: np.random.Generator) -> Ints:
    """A topic of the first branch; 0 where the member did not know."""
    pools = {
        place: np.array(Topic.objects.filter(branch=branch).order_by("pk").values_list("pk"))[:, 0]
        for place, branch in enumerate(setting.branches)
    }
    unknown = np.array([story.is_routed_later for story in STORIES])[stories]
    return np.where(unknown, 0, _chosen(pools, first, None, rng))


def _due(setting: Setting, offices: Ints, submitted: Ints, *, at: datetime) -> Ints:
    """When the promise of each request ends, as the product counts it."""
    calendars = working_calendars(
        setting.offices,
        start=localdate(at) - HISTORY - timedelta(days=2),
        end=localdate(at) + CALENDAR_AHEAD,
    )
    due = np.zeros_like(submitted)
    for place, office in enumerate(setting.offices):
        here = offices == place
        promise = np.full(int(here.sum()), setting.pilot.promise_seconds)
        due[here] = calendars[office.pk].moments_after(submitted[here], promise)
    return due


def _stretches(
    stories: Ints, submitted: Ints, *, at: datetime, rng: np.random.Generator
) -> np.ndarray:
    """How much slower or quicker than its shape each story goes; none goes beyond `at`."""
    lengths = np.array([max(story.steps[-1].seconds, 1) for story in STORIES])[stories]
    room = 0.98 * (epoch_seconds(at) - submitted) / lengths
    paces = np.clip(rng.lognormal(0, 0.6, size=stories.size), 0.2, 5)
    return np.asarray(np.minimum(paces, room))
