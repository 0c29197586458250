"""What every test may rely on."""

from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django import Settings


@pytest.fixture(autouse=True)
def _own_surroundings(settings: Settings, tmp_path: Path) -> None:
    """Uploads of a test go to a folder of its own, and its rate limits are its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path / "media"}}
    }
    cache.clear()
