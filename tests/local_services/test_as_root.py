"""PostgreSQL refuses root: as root it runs as somebody else, wherever the checkout lies."""

import os
import shutil
from pathlib import Path

import psycopg
import pytest

from local_services import binaries, places
from local_services.places import unprivileged_account, works_as
from local_services.supervisor import Supervisor, scratch_servers

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pretend a checkout in a folder that only root may enter."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    monkeypatch.setattr(places, "VAR", home / "checkout" / "var")
    return home


def test_postgres_runs_as_somebody_else() -> None:
    supervisor = Supervisor()
    given = {"REDIS_URL": "redis://elsewhere"}
    with scratch_servers(supervisor, given, durable=False):
        (postgres,) = supervisor.children
        assert postgres.process is not None
        account = unprivileged_account()
        assert account is not None
        assert Path(f"/proc/{postgres.process.pid}").stat().st_uid == account.uid != 0


def test_a_checkout_that_only_root_may_enter_keeps_its_permissions(
    out_of_reach: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = Path(f"/var/tmp/dop-test-{os.getpid()}")
    monkeypatch.setattr(places, "STATE_OF_ROOT", state)
    supervisor = Supervisor()
    try:
        given = {"REDIS_URL": "redis://elsewhere"}
        with (
            scratch_servers(supervisor, given, durable=False) as addresses,
            psycopg.connect(addresses["DATABASE_URL"]) as connection,
        ):
            row = connection.execute("SHOW data_directory").fetchone()
            assert row is not None
            assert row[0].startswith(str(state))
        assert out_of_reach.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(state, ignore_errors=True)


def test_the_copied_programs_work(monkeypatch: pytest.MonkeyPatch) -> None:
    state = Path(f"/var/tmp/dop-test-{os.getpid()}")
    monkeypatch.setattr(binaries, "STATE_OF_ROOT", state)
    monkeypatch.setattr(binaries, "works_as", lambda *_: False)
    try:
        programs = binaries.postgres_programs(unprivileged_account())
        assert programs.is_relative_to(state)
        assert works_as(unprivileged_account(), programs / "initdb", "-V")
    finally:
        shutil.rmtree(state, ignore_errors=True)
