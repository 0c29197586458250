"""What every test may rely on."""

import os
import shutil
from pathlib import Path

import pytest
import pytest_socket
from django.core.cache import cache
from pytest_django import Settings

# Playwright runs an event loop of its own in the thread of the test.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_runtest_setup() -> None:
    """Nothing leaves this machine: the servers of the tests listen on its own addresses."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process drives the browser; without a browser its tests say so."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))
            if shutil.which("chromium") is None:
                item.add_marker(pytest.mark.skip(reason="chromium is not installed"))


@pytest.fixture(autouse=True)
def _own_surroundings(settings: Settings, tmp_path: Path) -> None:
    """Uploads of a test go to a folder of its own, and its rate limits are its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path / "media"}}
    }
    cache.clear()
