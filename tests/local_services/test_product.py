"""`./dop run`, as far as it can be tried without starting everything."""

import json
import os
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from local_services import checks, product
from local_services.places import CHECKOUT, locked
from local_services.supervisor import Supervisor
from tests.factories import UserFactory


@pytest.fixture
def own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(product, "VAR", tmp_path)
    # Signals belong to pytest.
    monkeypatch.setattr(Supervisor, "listen", lambda _: None)
    return tmp_path


def test_a_used_port_is_told_before_anything_starts(
    own_var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(product.CannotRun, match=f"Port {port} .* PORT={port + 1} ./dop run"):
            product.run()
    assert [path.name for path in own_var.iterdir()] == ["run.lock"]


def test_a_second_run_in_the_same_checkout_is_refused(own_var: Path) -> None:
    with locked(own_var / "run.lock"), pytest.raises(product.CannotRun, match="already"):
        product.run()


@pytest.mark.parametrize(
    ("said", "somebody", "filled"),
    [({}, False, True), ({"DEMO_SCALE": "0.1"}, False, True), ({"DEMO": "off"}, False, False),
     ({"DOP_ENV": "production"}, False, False), ({}, True, False)],
)  # fmt: skip
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_demo_fills_only_what_is_empty_and_meant_for_it(
    own_var: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: dict[str, str],
    somebody: bool,
    filled: bool,
) -> None:
    if somebody:
        UserFactory()
    steps: list[tuple[str, ...]] = []
    monkeypatch.setattr(product, "_step", lambda *words: steps.append(words[3:]))
    product._prepare(Supervisor(), said | {"DATABASE_URL": _address_of_the_tests()})
    assert [step[0] for step in steps[:2]] == ["migrate", "collectstatic"]
    load = ("load_demo", "--scale", said.get("DEMO_SCALE", "1"))
    assert steps[2:] == ([load] if filled else [])


def _address_of_the_tests() -> str:
    own = str(connection.settings_dict["NAME"])
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{own}"))


@pytest.fixture
def readiness() -> Iterator[tuple[int, dict[str, str]]]:
    """Answer /readyz with whatever the test puts in."""
    answers: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.end_headers()
            self.wfile.write(json.dumps(answers).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port, answers
        server.shutdown()
        thread.join()


def test_ready_is_what_the_product_says_of_every_part(
    readiness: tuple[int, dict[str, str]],
) -> None:
    port, answers = readiness
    answers |= {"database": "ok", "beat": "ok"}
    assert product._ready(port)
    answers |= {"beat": "no heartbeat yet"}
    assert not product._ready(port)


def test_not_ready_while_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert not product._ready(port)


@pytest.mark.parametrize("launcher", ["dop", ".ci/run"])
def test_the_launchers_can_be_started(launcher: str) -> None:
    assert (CHECKOUT / launcher).stat().st_mode & 0o111 == 0o111
    subprocess.run(["sh", "-n", CHECKOUT / launcher], check=True)


def test_help_names_every_command_from_any_folder(tmp_path: Path) -> None:
    link = tmp_path / "dop"
    link.symlink_to(CHECKOUT / "dop")
    done = subprocess.run([link, "help"], cwd="/", capture_output=True, text=True, check=True)
    named = set(re.findall(r"^\./dop (\w+)", done.stdout, re.MULTILINE))
    commands = "run test check bench manage serve help"
    assert named == set(commands.split())


def test_an_unknown_command_is_refused() -> None:
    done = subprocess.run([CHECKOUT / "dop", "tset"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no command 'tset'" in done.stderr


def test_a_failing_check_does_not_hide_the_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    three = {"first": ["true"], "second": ["sh", "-c", "echo no; exit 1"], "third": ["true"]}
    monkeypatch.setattr(checks, "steps", lambda: three)
    assert checks.check({}) == 1
    shown = capsys.readouterr().out
    assert re.findall(r"(\w+) +[\d.]+ s +(ok|FAILED)", shown) == [
        ("first", "ok"),
        ("second", "FAILED"),
        ("third", "ok"),
    ]
    assert "    no\n" in shown
