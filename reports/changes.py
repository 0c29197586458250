"""What has changed between two computations of the same month, from the rows of both.

Each request that differs is named once, by the first cause that fits, in the order of `Cause`. A
cause follows from what is stored; what nothing explains is called "other", never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from django.db import models
from django.utils.translation import gettext_lazy as _

from branches.working_time import BRUSSELS, Seconds
from reports.archives import Archive
from reports.cohorts import CLOSINGS, Cohort, Mask
from reports.columns import NEVER
from requests_app.enums import ClosingReason

DUPLICATE = CLOSINGS.index(ClosingReason.DUPLICATE) + 1


class Cause(models.TextChoices):
    LATE_ENTRY = "late_entry", _("Entered after the seal")
    ARRIVED = "arrived", _("Came from another office or month")
    ERASED = "erased", _("Erased")
    LEFT = "left", _("Went to another office or month")
    DUPLICATE = "duplicate", _("Merged: closed as a duplicate")
    LEFT_OUT = "left_out", _("Closed as withdrawn or spam")
    BROUGHT_BACK = "brought_back", _("Left out then, counts now")
    REOPENED = "reopened", _("Reopened")
    TIME_PASSED = "time_passed", _("Answered or closed since")
    LATE_ANSWER = "late_answer", _("An earlier answer, entered after the seal")
    CALENDAR = "calendar", _("Opening hours or closures edited")
    REGROUPED = "regrouped", _("Moved to another branch or topic")
    OTHER = "other", _("Corrected otherwise")
    UNKNOWN = "unknown", _("Cannot be told: what the sealed report rested on was not kept then")


@dataclass(frozen=True)
class Change:
    """One cause: how many requests, and from when to when it happened where that is known.

    `days` are the days on which the office was counted as open at other hours.
    """

    cause: Cause
    requests: int
    first: date | None = None
    last: date | None = None
    days: tuple[date, ...] = ()


@dataclass(frozen=True)
class Known:
    """What only the database knows of requests that stand in one computation and not in the other.

    `recorded` holds when a request that is new was entered; `existing` which of those that are
    gone still exist, in another office or month.
    """

    recorded: Mapping[int, datetime]
    existing: frozenset[int]


def appeared_and_gone(before: Cohort, after: Cohort) -> tuple[list[int], list[int]]:
    """The keys that only the later computation holds, and those that only the earlier one does."""
    appeared = np.setdiff1d(after.key, before.key).tolist()
    return appeared, np.setdiff1d(before.key, after.key).tolist()


def changes(before: Archive, after: Archive, *, cut_off: int, known: Known) -> list[Change]:
    """What is different, cause by cause; empty where every figure is bound to be the same.

    That a request which waited then waits still, only longer, is no change. `cut_off` is that
    of the earlier computation, in UTC epoch seconds.
    """
    appeared, gone = appeared_and_gone(before.cohort, after.cohort)
    late = [key for key in appeared if _is_late(known.recorded.get(key), cut_off)]
    entered = [known.recorded[key].astimezone(BRUSSELS).date() for key in late]
    found = [
        Change(Cause.LATE_ENTRY, len(late), min(entered, default=None), max(entered, default=None)),
        Change(Cause.ARRIVED, len(appeared) - len(late)),
        Change(Cause.ERASED, len(set(gone) - known.existing)),
        Change(Cause.LEFT, len(set(gone) & known.existing)),
        *_of_both(before, after, cut_off),
    ]
    # Another calendar is told even if it only concerns requests that wait still.
    return [change for change in found if change.requests or change.days]


def _is_late(recorded: datetime | None, cut_off: int) -> bool:
    return recorded is not None and recorded.timestamp() > cut_off


def _of_both(before: Archive, after: Archive, cut_off: int) -> list[Change]:
    _keys, here, there = np.intersect1d(
        before.cohort.key, after.cohort.key, assume_unique=True, return_indices=True
    )
    old, new = _places(before.cohort, here), _places(after.cohort, there)
    open_days = _days_that_differ(before, after, cut_off)
    named = np.zeros(here.size, np.bool_)
    found = []
    for cause, fits, moments in _causes(old, new, cut_off):
        mine = fits & ~named
        named |= mine
        days = open_days if cause == Cause.CALENDAR else ()
        first, last = _ends(moments[mine]) if moments is not None else (None, None)
        found.append(Change(cause, int(mine.sum()), first, last, days))
    return found


def _places(requests: Cohort, places: Seconds) -> Cohort:
    return Cohort(**{name: column[places] for name, column in vars(requests).items()})


def _causes(old: Cohort, new: Cohort, cut_off: int) -> list[tuple[Cause, Mask, Seconds | None]]:
    """For each cause which requests fit, and the moment that dates it where there is one."""
    out = old.counts & ~new.counts
    since = (new.answered > cut_off) & (new.answered < NEVER) & (old.answered == NEVER)
    ended = (new.closed > cut_off) & (new.closed < NEVER) & (old.closed == NEVER)
    happened = np.where(since, new.answered, new.closed)
    early = (old.answered == NEVER) & (new.answered <= cut_off)
    return [
        (Cause.DUPLICATE, out & (new.closing == DUPLICATE), new.closed),
        (Cause.LEFT_OUT, out, new.closed),
        (Cause.BROUGHT_BACK, ~old.counts & new.counts, None),
        (Cause.REOPENED, (old.closed < NEVER) & (new.closed != old.closed), None),
        (Cause.TIME_PASSED, since | ended, happened),
        (Cause.LATE_ANSWER, early, new.answered),
        (Cause.CALENDAR, _counted_otherwise(old, new), None),
        (Cause.REGROUPED, (old.branch != new.branch) | (old.topic != new.topic), None),
        (Cause.OTHER, _differ(old, new), None),
    ]


def _counted_otherwise(old: Cohort, new: Cohort) -> Mask:
    """The same stretch of time, but another number of office hours in it: the calendar differs."""
    response = (old.submitted == new.submitted) & (old.calendar_time == new.calendar_time)
    life = (old.lived == new.lived) & (old.waited == new.waited) & (old.submitted == new.submitted)
    ours = old.lived_office - old.waited_office != new.lived_office - new.waited_office
    otherwise: Mask = (response & (old.office_hours != new.office_hours)) | (life & ours)
    return otherwise


def _differ(old: Cohort, new: Cohort) -> Mask:
    names = ("submitted", "answered", "closed", "closing", "was_question", "channel", "language")
    different: Mask = np.zeros(old.key.size, np.bool_)
    for name in names:
        different |= getattr(old, name) != getattr(new, name)
    # The time that waited for the member, of those that are over: of the others it may just grow.
    different |= (old.closed < NEVER) & (old.waited != new.waited)
    return different


def _days_that_differ(before: Archive, after: Archive, cut_off: int) -> tuple[date, ...]:
    """The days on which one of the two counted an opening that the other did not."""
    then = _openings(before, cut_off)
    now = _openings(after, cut_off)
    # Each was kept from its own first request on: only what both could hold is compared.
    first = max(min(each, default=(0, 0))[0] for each in (then, now))
    moments = (opens for opens, _closes in then ^ now if opens >= first)
    return tuple(sorted({_day(opens) for opens in moments}))


def _openings(kept: Archive, cut_off: int) -> set[tuple[int, int]]:
    """Those that were over at the seal: the one that then ran was cut off by neither."""
    over = kept.closes <= cut_off
    return set(zip(kept.opens[over].tolist(), kept.closes[over].tolist(), strict=True))


def _ends(moments: Seconds) -> tuple[date | None, date | None]:
    if not moments.size:
        return None, None
    return _day(int(moments.min())), _day(int(moments.max()))


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, tz=BRUSSELS).date()
