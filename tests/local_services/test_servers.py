"""The servers that tests, development and the try-out run on."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from local_services import places
from local_services.children import Child
from local_services.places import CHECKOUT, locked, scratch_place
from local_services.pytest_plugin import own_database
from local_services.supervisor import ChildEnded, Supervisor, scratch_servers


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop()


def shell(tmp_path: Path, script: str) -> Child:
    return Child("shell", ["/bin/sh", "-c", script], tmp_path / "shell.log")


def test_both_servers_answer_and_leave_nothing_behind(supervisor: Supervisor) -> None:
    with scratch_servers(supervisor, {}, durable=False) as addresses:
        postgres, valkey = supervisor.children
        folder = postgres.log.parent.parent
        with psycopg.connect(addresses["DATABASE_URL"]) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
        with redis.Redis.from_url(addresses["REDIS_URL"]) as client:
            assert client.ping()
    assert postgres.exit_code == valkey.exit_code == 0
    assert not folder.exists()


def test_a_durable_server_keeps_what_it_was_told(supervisor: Supervisor) -> None:
    with (
        scratch_servers(supervisor, {"REDIS_URL": "redis://elsewhere"}, durable=True) as addresses,
        psycopg.connect(addresses["DATABASE_URL"]) as connection,
    ):
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_given_servers_are_used_and_no_others_started(supervisor: Supervisor) -> None:
    given = {"DATABASE_URL": "postgresql://elsewhere/dop", "REDIS_URL": "redis://elsewhere/3"}
    with scratch_servers(supervisor, given, durable=False) as addresses:
        assert addresses == given
        assert not supervisor.children


def test_texts_compare_the_same_on_every_machine(supervisor: Supervisor) -> None:
    given = {"REDIS_URL": "redis://elsewhere"}
    with (
        scratch_servers(supervisor, given, durable=False) as addresses,
        psycopg.connect(addresses["DATABASE_URL"]) as connection,
    ):
        query = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'dop_pilot'"
        assert connection.execute(query).fetchone() == ("b", "C.UTF-8")
        assert connection.execute("SELECT lower('ÉŒß')").fetchone() == ("éœß",)


def test_a_killed_owner_leaves_no_server() -> None:
    script = (
        "import os, signal\n"
        "from local_services.supervisor import Supervisor, scratch_servers\n"
        "supervisor = Supervisor()\n"
        "with scratch_servers(supervisor, {}, durable=False):\n"
        "    print(*(child.process.pid for child in supervisor.children), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    owner = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    pids = [int(pid) for pid in owner.stdout.split()]
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not Path(f"/proc/{pid}").exists()


def test_a_killed_owner_leaves_a_folder_only_until_the_next(tmp_path: Path) -> None:
    with scratch_place() as place:
        abandoned = place.folder.parent / "abandoned"
        abandoned.mkdir()
        (abandoned / "lock").touch()
        with scratch_place() as other:
            assert not abandoned.exists()
            assert place.folder.exists()
            assert other.folder != place.folder


def test_the_end_of_a_child_is_told_with_its_last_lines(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(shell(tmp_path, "echo no space left; exit 3"))
    with pytest.raises(ChildEnded, match=r"(?s)shell stopped \(exit code 3\).*no space left"):
        supervisor.watch(lambda: False, seconds=10)


def test_a_child_that_does_not_listen_is_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    child = shell(tmp_path, "trap '' TERM; echo ready; while :; do sleep 0.1; done")
    child.patience = 0.2
    supervisor.start(child)
    supervisor.watch(lambda: child.last_lines() == ["ready"], seconds=10)
    supervisor.stop()
    assert child.exit_code == -9


def test_what_a_killed_child_started_is_ended_too(supervisor: Supervisor, tmp_path: Path) -> None:
    child = shell(tmp_path, "sleep 60 & echo $!; kill -9 $$")
    supervisor.start(child)
    supervisor_noticed = pytest.raises(ChildEnded)
    with supervisor_noticed:
        supervisor.watch(lambda: False, seconds=10)
    grandchild = int(child.last_lines()[0])
    supervisor.stop()
    assert gone(grandchild)


def test_the_last_started_is_stopped_first(supervisor: Supervisor, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    for name in ("first", "second"):
        script = (
            f"trap 'echo {name} >> {ended}; exit 0' TERM; echo ready; while :; do sleep 0.1; done"
        )
        child = Child(name, ["/bin/sh", "-c", script], tmp_path / f"{name}.log")
        supervisor.start(child)
        supervisor.watch(lambda: bool(supervisor.children[-1].last_lines()), seconds=10)
    supervisor.stop()
    assert ended.read_text().split() == ["second", "first"]


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    with locked(tmp_path / "lock") as first, locked(tmp_path / "lock") as second:
        assert (first, second) == (True, False)
    with locked(tmp_path / "lock") as free_again:
        assert free_again


def test_each_parallel_process_has_a_database_of_its_own() -> None:
    assert own_database("redis://:secret@127.0.0.1:6379/0", 2) == "redis://:secret@127.0.0.1:6379/2"


def test_folders_have_the_asked_mode_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        made = places.make_folder(tmp_path / "new" / "folder")
    finally:
        os.umask(before)
    assert made.stat().st_mode & 0o777 == 0o755


def test_the_password_is_made_once_and_private(tmp_path: Path) -> None:
    place = places.Place(tmp_path, tmp_path, None)
    assert len(place.password) > 20
    assert place.password == place.password
    assert (tmp_path / "password").stat().st_mode & 0o777 == 0o600
