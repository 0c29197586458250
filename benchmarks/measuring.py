"""Measures several things in turn, in one process: whatever slows the machine slows them all."""

import gc
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
from django.conf import settings
from django.db import connection
from django.http import HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from people.models import User

# Before time is taken: caches fill, templates and translations load, and queries are counted.
WARM_UP = 3
SEED = 1


class Measure(ABC):
    """One thing to measure. Each has a module of its own, and `running` lists them."""

    name: ClassVar[str]
    # The name of the measure that it is divided by; None for a floor.
    floor: ClassVar[str | None] = None
    # At most so many times its floor, at most so many milliseconds in 19 of 20 rounds, and at most
    # so many queries; None where nothing is asked.
    aim: ClassVar[float | None] = None
    aim_milliseconds: ClassVar[float | None] = None
    most_queries: ClassVar[int | None] = None

    @abstractmethod
    def prepare(self) -> None:
        """What is not measured: find whom and what it needs in the filled database."""

    @abstractmethod
    def act(self) -> Any:
        """One round, and nothing beside: this is what is timed."""

    @abstractmethod
    def check(self, outcome: Any) -> None:
        """Raise WrongAnswer unless the round did what it should: an error page is quick."""


class WrongAnswer(Exception):
    """What was measured did not happen as it should."""


@dataclass(frozen=True)
class Taken:
    """What one thing took: a duration for each round, and the queries of one round at most."""

    milliseconds: np.ndarray[Any, np.dtype[np.float64]]
    # Of them, those in which this process worked; it waits for PostgreSQL and for its turn.
    at_work: np.ndarray[Any, np.dtype[np.float64]]
    queries: int

    @property
    def median(self) -> float:
        return float(np.median(self.milliseconds))

    @property
    def ninety_fifth(self) -> float:
        """The 95th percentile, between two rounds in proportion (numpy's own rule)."""
        return float(np.percentile(self.milliseconds, 95))


def measured(measures: Sequence[Measure], *, rounds: int) -> dict[str, Taken]:
    """Run each of them so many rounds, all in each round, in an order that changes."""
    queries = {measure.name: _warmed_up(measure) for measure in measures}
    taken: dict[str, list[tuple[float, float]]] = {measure.name: [] for measure in measures}
    order, chance = list(measures), random.Random(SEED)
    gc.collect()
    for _round in range(rounds):
        chance.shuffle(order)
        for measure in order:
            began, worked = time.perf_counter(), time.process_time()
            outcome = measure.act()
            took = time.perf_counter() - began, time.process_time() - worked
            taken[measure.name].append(took)
            measure.check(outcome)
    return {
        measure.name: _in_milliseconds(taken[measure.name], queries[measure.name])
        for measure in measures
    }


def _in_milliseconds(taken: list[tuple[float, float]], queries: int) -> Taken:
    took, worked = np.array(taken).T * 1000
    return Taken(milliseconds=took, at_work=worked, queries=queries)


def _warmed_up(measure: Measure) -> int:
    """Run a few rounds that do not count, and give the most queries that one of them needed."""
    measure.prepare()
    most = 0
    for _round in range(WARM_UP):
        with queries_counted() as statements:
            measure.check(measure.act())
        most = max(most, len(statements))
    return most


@contextmanager
def queries_counted() -> Iterator[list[str]]:
    """The statements of the block as they reached the database, values not yet filled in."""
    found: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def browser(user: User | None = None) -> Client:
    """A browser of this person, through every middleware, the check of form posts included."""
    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    if user is not None:
        client.force_login(user)
    client.cookies[settings.CSRF_COOKIE_NAME] = get_token(RequestFactory().get("/"))
    return client


def get(client: Client, path: str) -> HttpResponse:
    return cast("HttpResponse", client.get(path))


def post(client: Client, path: str, fields: Mapping[str, str]) -> HttpResponseBase:
    """Send a form with its hidden field, as a page of this browser would."""
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    return client.post(path, {**fields, "csrfmiddlewaretoken": token})


def expect(response: HttpResponseBase, status: int, what: str) -> None:
    """Raise WrongAnswer for any other status."""
    if response.status_code != status:
        raise WrongAnswer(f"{what} answered {response.status_code} instead of {status}.")
