"""`./dop check`: everything that needs no test, one step after the other, all of them."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from local_services.places import CHECKOUT
from local_services.supervisor import say

# Enough to be asked the questions of a real installation; nothing is connected to.
PRODUCTION = {
    "DOP_ENV": "production",
    "DEMO": "off",
    "DEBUG": "off",
    "ALLOWED_HOSTS": "pilot.example",
    "PUBLIC_URL": "https://pilot.example",
    "EMAIL_URL": "smtp://mail.example:25",
    "BEHIND_PROXY": "on",
}


def steps() -> dict[str, list[str]]:
    """Give the command of each step."""
    templates = [str(path) for path in CHECKOUT.glob("*/templates/**/*.html")]
    templates += [str(path) for path in CHECKOUT.glob("templates/**/*.html")]
    python = sys.executable
    all_steps = {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy": [python, "-m", "mypy", "."],
        "imports": [python, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        "templates": [
            str(Path(sys.executable).with_name("djade")),
            "--target-version",
            "5.2",
            "--check",
            *templates,
        ],
        "migrations": [python, "manage.py", "makemigrations", "--check", "--dry-run"],
        "django": [python, "manage.py", "check"],
        "deployment": [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        "translations": [python, "-m", "dop_pilot.translations", "--check"],
    }
    if not templates:
        del all_steps["templates"]
    return all_steps


def check(addresses: Mapping[str, str]) -> int:
    """Run every step; 1 when any failed."""
    failed = [name for name, command in steps().items() if not _passes(name, command, addresses)]
    say(f"\nFailed: {', '.join(failed)}" if failed else "\nAll checks passed.")
    return 1 if failed else 0


def _passes(name: str, command: list[str], addresses: Mapping[str, str]) -> bool:
    env = {**os.environ, **addresses}
    if name == "deployment":
        env |= PRODUCTION | {"SECRET_KEY": secrets.token_urlsafe(50)}
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=env,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    passed = done.returncode == 0
    say(f"{name:<14} {time.monotonic() - began:5.1f} s  {'ok' if passed else 'FAILED'}")
    if not passed:
        say("\n".join(f"    {line}" for line in done.stdout.rstrip().splitlines()))
    return passed
