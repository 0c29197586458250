"""`./dop run` as a person has it: in a checkout of its own, looked at, stopped by Ctrl-C."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psycopg
import pytest

from local_services.places import CHECKOUT, make_folder, scratch_place
from local_services.servers import free_port

# A checkout without what a person made in it: no `.env`, no data, no environment.
LEFT_BEHIND = shutil.ignore_patterns(".*", "var", "tests", "__pycache__", "test-results")
SAID_BY_NOBODY = ("DATABASE_URL", "REDIS_URL", "DATABASE_POOL", "DEMO", "DOP_ENV", "MEDIA_ROOT")
PATIENCE = 120  # seconds
SIGN_IN = "/accounts/login/code/"
# Bug 14: links that are made of what a visitor says the host is. None of these gets a page.
FOREIGN_HOSTS = [
    f"GET http://evil.example{SIGN_IN} HTTP/1.1\r\nHost: evil.example",
    f"GET {SIGN_IN} HTTP/1.1\r\nHost: evil.example",
    f"GET {SIGN_IN} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: 127.0.0.1",
    f"GET {SIGN_IN} HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example",
    f"GET {SIGN_IN} HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1",
]
# Somebody has an account: from now on this is not the place for invented data.
SOMEBODY = (
    "INSERT INTO people_user (name, role, language, password, is_active, is_superuser, joined_at)"
    " VALUES ('Aline Dumont', 'member', 'fr', '', false, false, now())"
)


@dataclass
class Run:
    """One `./dop run` that says it is ready."""

    checkout: Path
    port: int
    process: subprocess.Popen[str]

    def get(self, path: str) -> tuple[int, str]:
        """The status and where it leads."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location", "")
        finally:
            connection.close()

    def raw(self, head: str) -> int:
        """The status that a request gets of which every byte is ours; the web server sees it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            line.sendall(f"{head}\r\nConnection: close\r\n\r\n".encode())
            return int(line.recv(12).split()[1])

    def ask(self, statement: str) -> object:
        lines = (self.checkout / "var" / "services.env").read_text().splitlines()
        addresses = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
        with psycopg.connect(addresses["DATABASE_URL"]) as connection:
            cursor = connection.execute(statement)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None


@pytest.fixture
def checkout() -> Iterator[Path]:
    # Below var/ of this checkout: as root, PostgreSQL runs as somebody who can get there.
    with scratch_place() as place:
        copied = shutil.copytree(CHECKOUT, place.folder / "checkout", ignore=LEFT_BEHIND)
        copied.chmod(0o755)
        make_folder(copied / "var")
        yield copied


@contextmanager
def running(checkout: Path, **environment: str) -> Iterator[Run]:
    port = free_port()
    known = {name: value for name, value in os.environ.items() if name not in SAID_BY_NOBODY}
    with (checkout / "said").open("a") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "local_services", "run"],
            cwd=checkout,
            env=known | {"PORT": str(port)} | environment,
            stdout=said,
            stderr=said,
            text=True,
            start_new_session=True,
        )
    run = Run(checkout, port, process)
    try:
        _wait_until_ready(run)
        yield run
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_ready(run: Run) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and run.process.poll() is None:
        with suppress(OSError):
            if run.get("/readyz")[0] == 200:
                return
        time.sleep(0.5)
    pytest.fail(f"not ready:\n{(run.checkout / 'said').read_text()}")


def _descendants(pid: int) -> set[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found: set[int] = set()
    asked = {pid}
    while asked:
        asked = {child for child, parent in parents.items() if parent in asked} - found
        found |= asked
    return found


def _press_ctrl_c(run: Run) -> int:
    """Give the exit code; the terminal tells everybody of its foreground group."""
    os.killpg(run.process.pid, signal.SIGINT)
    return run.process.wait(60)


def _living(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


@pytest.mark.long
def test_it_starts_empty_keeps_its_data_and_stops_what_it_started_alone(checkout: Path) -> None:
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        with running(checkout, DEMO="off") as run:
            assert run.get("/") == (302, SIGN_IN)
            assert run.raw(f"GET {SIGN_IN} HTTP/1.1\r\nHost: 127.0.0.1") == 200
            assert {run.raw(head) for head in FOREIGN_HOSTS} == {400}
            assert run.get("/demo/")[0] == 404
            assert run.ask("SELECT count(*) FROM people_user") == 0
            run.ask(SOMEBODY)
            started = _descendants(run.process.pid)
            # PostgreSQL, Valkey, beat, the worker with its two, the web server with its two.
            assert len(started) > 9
            assert _press_ctrl_c(run) == 0
            assert not _living(started)
        with running(checkout) as run:
            assert run.ask("SELECT string_agg(name, ', ') FROM people_user") == "Aline Dumont"
            assert run.get("/") == (302, "/demo/")
            assert run.get("/demo/")[0] == 200
            assert _press_ctrl_c(run) == 0
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
