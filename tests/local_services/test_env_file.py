"""What stands in `.env` counts for every command, not only for `./dop run`."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from local_services import __main__ as commands
from local_services import places, product, supervisor
from local_services.supervisor import Supervisor

OWN_SERVERS = {
    "DATABASE_URL": "postgresql://pilot@db.example:5432/pilot",
    "REDIS_URL": "redis://broker.example:6379/3",
}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose `.env` names servers of somebody's own, and a shell that names none."""
    lines = [f"{name}={url}\n" for name, url in OWN_SERVERS.items()]
    (tmp_path / ".env").write_text("".join(lines))
    for name in OWN_SERVERS:
        monkeypatch.delenv(name, raising=False)
    var = places.make_folder(tmp_path / "var")
    for module in (places, product, supervisor):
        monkeypatch.setattr(module, "VAR", var)
    monkeypatch.setattr(places, "STATE_OF_ROOT", tmp_path / "state")
    monkeypatch.setattr(supervisor, "ADDRESSES", var / "services.env")
    monkeypatch.setattr(supervisor, "SERVERS_LOCK", var / "servers.lock")
    monkeypatch.setattr(commands, "CHECKOUT", tmp_path)
    # Signals belong to pytest, and nothing is started here.
    monkeypatch.setattr(Supervisor, "listen", lambda _: None)
    monkeypatch.setattr(Supervisor, "start", _refuse)
    return tmp_path


def _refuse(_supervisor: Supervisor, child: object) -> None:
    raise AssertionError(f"started {child}")


def _main(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["local_services", *words])
    return commands.main()


def _addresses_of_commands(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, str]]:
    """The addresses that the commands of Django are given; none of them runs."""
    seen: list[Mapping[str, str]] = []

    def note(_words: list[str], addresses: Mapping[str, str]) -> int:
        seen.append(addresses)
        return 0

    monkeypatch.setattr(commands, "_run", note)
    return seen


def test_a_command_works_on_the_database_that_env_names(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = _addresses_of_commands(monkeypatch)
    assert _main(monkeypatch, "manage", "import_history", "log.csv") == 0
    assert seen == [OWN_SERVERS]


def test_what_the_shell_says_comes_before_env(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = _addresses_of_commands(monkeypatch)
    monkeypatch.setenv("DATABASE_URL", "postgresql://other.example/pilot")
    _main(monkeypatch, "manage", "check")
    assert seen[0]["DATABASE_URL"] == "postgresql://other.example/pilot"
    assert seen[0]["REDIS_URL"] == OWN_SERVERS["REDIS_URL"]


def test_serve_has_nothing_to_start_when_env_names_both(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _main(monkeypatch, "serve") == 1
    assert "nothing to keep running" in capsys.readouterr().err


def test_the_product_runs_on_the_servers_that_env_names(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Mapping[str, str]] = []
    monkeypatch.setattr(product, "_refuse_used_port", lambda _port: None)
    monkeypatch.setattr(product, "_run_on", lambda _supervisor, env, _port: seen.append(env))
    assert _main(monkeypatch, "run") == 0
    assert {name: seen[0][name] for name in OWN_SERVERS} == OWN_SERVERS
