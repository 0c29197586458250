"""What every test may rely on."""

import gc
import os
import shutil
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import pytest_socket
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from xdist.scheduler import LoadScopeScheduling

from tests.inline import inline_in

# How long a test takes says more about the machine than about the code.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")
# Playwright runs an event loop of its own in the thread of the test.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "keep a picture of every page at which a browser looks, below test-results/pages/"
    parser.addoption("--pictures", action="store_true", help=told)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Nothing leaves this machine: the servers of the tests listen on its own addresses.

    Without a browser its tests fail: a green run in which nobody made the journey says too much.
    """
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    if item.get_closest_marker("browser") and shutil.which("chromium") is None:
        pytest.fail(
            "Chromium is missing. Leave out its tests with: -m 'not browser'", pytrace=False
        )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with true commits leave the data of migrations as they found it; long ones come first.

    A long test that begins as the last one is waited for by a process that has nothing to do.
    """
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    for item in items:
        mark = item.get_closest_marker("django_db")
        if mark and mark.kwargs.get("transaction") and not mark.kwargs.get("serialized_rollback"):
            # Flushed without it, the next such test finds content types under other keys.
            raise pytest.UsageError(
                f"{item.nodeid}: transaction=True needs serialized_rollback=True"
            )


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: looking through it again is for nothing.

    Python would look at some million objects of tests and modules again and again.
    """
    gc.collect()
    gc.freeze()


# Files whose tests read what is made once: in two processes it would be made twice.
TOGETHER = {
    "tests/demo/test_load_demo.py",
    "tests/reports/test_balance_comparison.py",
    "tests/reports/test_balance_curves.py",
    "tests/reports/test_balance_files.py",
    "tests/reports/test_balance_frozen.py",
    "tests/reports/test_balance_read.py",
    "tests/reports/test_balance_readers.py",
    "tests/reports/test_why.py",
    "tests/reports/test_why_compared.py",
    "tests/reports/test_why_figures.py",
}


class InGroups(LoadScopeScheduling):  # type: ignore[misc]
    """Each test goes where there is time; those that share something go together.

    Those of the browser share one product. The groups of pytest-xdist 3.8 do not reach pytest 9.2,
    which forgets the name they set.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/browser/"):
            return "browser"
        file = nodeid.partition("::")[0]
        return file if file in TOGETHER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> InGroups:
    return InGroups(config, log)


@pytest.fixture(autouse=True)
def _no_page_holds_inline_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page that any test asks for obeys the content security policy; Django's admin its own.

    Fragments and messages are looked at as well, which no test of templates can do.
    """
    ask = Client.request

    def ask_and_look(client: Client, **given: Any) -> Any:
        answer = ask(client, **given)
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        if is_page and not answer.streaming and "/admin/" not in given.get("PATH_INFO", ""):
            assert inline_in(answer.content.decode()) is None, given["PATH_INFO"]
        return answer

    monkeypatch.setattr(Client, "request", ask_and_look)


@pytest.fixture(autouse=True)
def _own_surroundings(settings: Settings, tmp_path: Path) -> None:
    """Uploads of a test go to a folder of its own, and its rate limits are its own.

    A password that takes a machine long to check only takes the tests long.
    """
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path / "media"}}
    }
    cache.clear()
