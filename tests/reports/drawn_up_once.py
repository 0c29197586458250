"""One balance for all tests of a file that only read it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
import time_machine
from pytest_django import DjangoDbBlocker

from branches.models import Pilot
from dop_pilot.celery import app
from people.models import User
from reports.balance import drawing_up
from tests.made_once import made_once

Arrange = Callable[[], tuple[Pilot, User | None]]


@contextmanager
def drawn_up_once(blocker: DjangoDbBlocker, arrange: Arrange, *, at: datetime) -> Iterator[None]:
    """Drawn up at that moment, from what is arranged then; no worker is told."""
    with made_once(blocker):
        with blocker.unblock(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(app, "send_task", lambda *_task, **_options: None)
            with time_machine.travel(at, tick=False):
                pilot, by = arrange()
                wish, _told = drawing_up.ask(pilot=pilot, at=at, by=by)
                assert drawing_up.draw_up(wish.pk, at=at)
        yield
