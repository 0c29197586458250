"""Gives the test suite a PostgreSQL and a Valkey before Django's settings are read.

Started once, by the process that pytest starts in; the parallel processes of xdist get the
addresses through the environment, and a Valkey database of their own.
"""

import os
import re
from collections.abc import Generator
from contextlib import ExitStack
from urllib.parse import urlsplit, urlunsplit

import pytest

from local_services.supervisor import Supervisor, given_addresses, scratch_servers


# A wrapper runs before the plain hook in which pytest-django reads the settings.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    _one_thread_each()
    worker = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    if worker:
        os.environ["REDIS_URL"] = own_database(os.environ["REDIS_URL"], 1 + int(worker[1]))
    elif len(given_addresses(os.environ)) < 2:
        _start_servers(early_config)
    return (yield)


def _one_thread_each() -> None:
    """The tests run in parallel: small matrices shared out to more threads only wait for them."""
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def own_database(url: str, number: int) -> str:
    """Give the address of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


def _start_servers(config: pytest.Config) -> None:
    stack = ExitStack()
    before = dict(os.environ)
    addresses = stack.enter_context(scratch_servers(Supervisor(), before, durable=False))
    os.environ.update(addresses)
    config.add_cleanup(stack.close)
