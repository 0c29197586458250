"""The published numeric cases, by name."""

import json
from pathlib import Path
from typing import Any

CASES: dict[str, dict[str, Any]] = {
    case["name"]: case
    for case in json.loads(Path(__file__).parents[1].joinpath("data/stat_cases.json").read_text())
}
