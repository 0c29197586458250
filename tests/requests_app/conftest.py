"""Fixtures that several files of this folder share."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from django.utils import translation

from tests.factories import OfficeFactory
from tests.requests_app.foreign_history import Import, Reported, bring_in, reported_in


@pytest.fixture
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def bring(tmp_path: Path, in_english: None) -> Import:
    """Brings a log into the office of Liège and returns what the command said."""
    OfficeFactory()
    return partial(bring_in, tmp_path)


@pytest.fixture
def reported(tmp_path: Path) -> Reported:
    """Line and reason of each row of the report beside the file."""
    return partial(reported_in, tmp_path)
