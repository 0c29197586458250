"""What the settings say in an installation with these words in its environment."""

import os
import runpy
from typing import Any
from unittest.mock import patch

from local_services.places import CHECKOUT


def settings_with(**environment: str) -> dict[str, Any]:
    """The settings, read again; those that hold in this process stay as they are."""
    known = {name: value for name, value in os.environ.items() if name != "BEHIND_PROXY"}
    with patch.dict(os.environ, known | environment, clear=True):
        return runpy.run_path(str(CHECKOUT / "dop_pilot" / "settings.py"))
