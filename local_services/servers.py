"""A PostgreSQL and a Valkey of our own, on free ports of the loopback interface."""

import os
import shutil
import signal
import socket
from pathlib import Path

import psycopg
import redis
from psycopg import sql

from local_services.binaries import (
    POSTGRES_MAJOR,
    VALKEY_MAJOR,
    postgres_programs,
    valkey_program,
)
from local_services.children import Child, wait_until_gone
from local_services.places import Place, make_folder, run_as

DATABASE = USER = "dop_pilot"
# These builds have no ICU; the builtin provider sorts and folds the same on every machine.
INITDB_LOCALE = ("--locale-provider=builtin", "--locale=C.UTF-8", "--encoding=UTF8")
# A test that loses its database when the power fails has lost nothing.
FAST_AND_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class CannotInitialise(Exception):
    """PostgreSQL cannot use the folder meant for its data."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """The database server of one place."""

    label = f"PostgreSQL {POSTGRES_MAJOR}"

    def __init__(self, place: Place, *, durable: bool) -> None:
        self.place = place
        self.durable = durable
        self.data = place.folder / "postgres"
        self.port = free_port()
        self.programs = postgres_programs(place.account)

    def child(self) -> Child:
        """Prepare the data folder when it is new, and give the process to start."""
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._refuse_other_version()
        self._wait_for_predecessor()
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            **({} if self.durable else FAST_AND_FORGETFUL),
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return Child(
            name="postgres",
            command=[str(self.programs / "postgres"), "-D", str(self.data), *options],
            log=self.place.logs / "postgres.log",
            cwd=self.data,
            account=self.place.account,
            # "Fast": end the connections and stop, instead of waiting for them.
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGINT,
            patience=30,
        )

    def _initialise(self) -> None:
        """Make the data folder under another name first: an interruption leaves no half one."""
        unfinished = self.place.folder / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        make_folder(unfinished, 0o700)
        password = unfinished.with_name("password.initdb")
        password.touch(mode=0o600)
        password.write_text(self.place.password)
        account = self.place.account
        if account:
            os.chown(unfinished, account.uid, account.gid)
            os.chown(password, account.uid, account.gid)
        try:
            self._run_initdb(unfinished, password)
        finally:
            password.unlink()
        unfinished.rename(self.data)

    def _run_initdb(self, folder: Path, password: Path) -> None:
        command = [
            *(self.programs / "initdb", "-D", folder, "-U", USER, f"--pwfile={password}"),
            *("--auth=scram-sha-256", *INITDB_LOCALE, "--lc-messages=C"),
            *(() if self.durable else ("--no-sync",)),
        ]
        done = run_as(self.place.account, *command, cwd=folder)
        if done.returncode:
            raise CannotInitialise(f"PostgreSQL's initdb failed:\n{done.stderr.strip()}")

    def _refuse_other_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != str(POSTGRES_MAJOR):
            raise CannotInitialise(
                f"{self.data} was made by PostgreSQL {found}, this is {POSTGRES_MAJOR}. "
                "Dump it with the old version, or move the folder away to begin anew."
            )

    def _wait_for_predecessor(self) -> None:
        """Let a server whose supervisor was just killed finish; forget one long gone.

        Its process number may by now belong to something else, which PostgreSQL would take for
        a running server.
        """
        file = self.data / "postmaster.pid"
        if not file.exists():
            return
        pid = int(file.read_text().split("\n")[0])
        try:
            ours = Path(f"/proc/{pid}/cwd").readlink() == self.data
        except OSError:
            ours = False
        if not ours or wait_until_gone(pid, 30):
            file.unlink(missing_ok=True)

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{self.place.password}@127.0.0.1:{self.port}/{DATABASE}"

    def ready(self) -> bool:
        """Tell whether it answers; make the database at the first answer."""
        try:
            with psycopg.connect(
                self.url.removesuffix(DATABASE) + "postgres", autocommit=True, connect_timeout=5
            ) as connection:
                known = connection.execute(
                    "SELECT FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone()
                if known is None:
                    connection.execute(
                        sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE))
                    )
        except psycopg.OperationalError:
            return False
        return True


class Valkey:
    """The broker and cache of one place."""

    label = f"Valkey {VALKEY_MAJOR}"

    def __init__(self, place: Place, *, durable: bool) -> None:
        self.place = place
        self.durable = durable
        self.port = free_port()

    def child(self) -> Child:
        data = make_folder(self.place.folder / "valkey", 0o700)
        configuration = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.place.password,
            "dir": f'"{data}"',
            "save": "60 1" if self.durable else '""',
            # One for each parallel test process.
            "databases": 64,
        }
        return Child(
            name="valkey",
            command=[str(valkey_program()), "-"],
            log=self.place.logs / "valkey.log",
            # By standard input, so that no list of processes shows the password.
            stdin="".join(f"{name} {value}\n" for name, value in configuration.items()).encode(),
        )

    @property
    def url(self) -> str:
        return f"redis://:{self.place.password}@127.0.0.1:{self.port}/0"

    def ready(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=5) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
