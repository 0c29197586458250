"""The real product, started for the browser tests: web, worker and beat as `./dop run` starts them.

Database and broker are those of the test suite, in a database of their own each. The tests drive
everything from outside, as a person with a browser would.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis
from psycopg import sql

from local_services import product
from local_services.places import CHECKOUT, make_folder
from local_services.pytest_plugin import own_database as own_valkey_database
from local_services.servers import free_port
from local_services.supervisor import Supervisor

# The parallel test processes count from 1; a server with its usual settings ends at 15.
VALKEY_DATABASES = range(15, 4, -1)
# Large enough for waiting times that may be shown, small enough to load in seconds.
DEMO_SCALE = "0.1"
DATABASE = "browser"


@dataclass(frozen=True)
class Product:
    """Where the running product answers, and where its processes write what happened."""

    url: str
    logs: Path
    env: Mapping[str, str]
    supervisor: Supervisor

    def run_inside(self, code: str) -> str:
        """What this Python code prints when the running product's own settings and data hold."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", code]
        done = subprocess.run(
            command, cwd=CHECKOUT, env=dict(self.env), check=False, text=True, capture_output=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def without_web(self) -> Iterator[None]:
        """No web server answers within the block; at its end it has been started again."""
        (web,) = [child for child in self.supervisor.children if child.name == "web"]
        web.stop()
        try:
            yield
        finally:
            web.start()
            _wait_until_ready(self.supervisor, int(self.env["PORT"]))

    def last_lines(self, count: int = 60) -> Iterator[tuple[str, str]]:
        """The end of each log, by the name of its process."""
        for log in sorted(self.logs.glob("*.log")):
            lines = log.read_text("utf-8", errors="replace").splitlines()[-count:]
            yield log.stem, "\n".join(lines)


@contextmanager
def running_product(folder: Path) -> Iterator[Product]:
    """Run the product with a small demo until the block ends; its files stay in `folder`."""
    port = free_port()
    supervisor = Supervisor()
    with (
        pytest.MonkeyPatch.context() as patch,
        _own_database() as database,
        _own_broker() as broker,
    ):
        # Logs and the schedule of beat: a product that a person runs here is left alone.
        patch.setattr(product, "VAR", folder)
        addresses = {"DATABASE_URL": database, "REDIS_URL": broker}
        env = _environment(folder, port) | addresses
        try:
            _fill(supervisor, env)
            _start(supervisor, env, port)
            yield Product(f"http://127.0.0.1:{port}", folder / "log", env, supervisor)
        finally:
            supervisor.stop()


@contextmanager
def _own_database() -> Iterator[str]:
    server = urlsplit(os.environ["DATABASE_URL"])
    name = f"{DATABASE}_{server.path.strip('/')}"
    _run_sql(server.geturl(), "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _run_sql(server.geturl(), "CREATE DATABASE {}", name)
    try:
        # The servers of the tests forget a crash; the product refuses to call that ready.
        _run_sql(server.geturl(), "ALTER DATABASE {} SET synchronous_commit = on", name)
        yield urlunsplit(server._replace(path=f"/{name}"))
    finally:
        _run_sql(server.geturl(), "DROP DATABASE {} WITH (FORCE)", name)


def _run_sql(server: str, statement: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextmanager
def _own_broker() -> Iterator[str]:
    """An empty database of the server: the worker of another product would take our tasks."""
    for number in VALKEY_DATABASES:
        address = own_valkey_database(os.environ["REDIS_URL"], number)
        with redis.Redis.from_url(address) as client:
            if client.dbsize() == 0:
                try:
                    yield address
                finally:
                    client.flushdb()
                return
    raise product.CannotRun("Every database of this Valkey server is in use.")


def _environment(folder: Path, port: int) -> dict[str, str]:
    """What `./dop run` would find; said in full, so that no `.env` changes what is tested."""
    address = f"http://127.0.0.1:{port}"
    return os.environ | {
        "MEDIA_ROOT": str(make_folder(folder / "media", 0o700)),
        "PORT": str(port),
        "PUBLIC_URL": address,
        "ALLOWED_HOSTS": "127.0.0.1",
        "DOP_ENV": "local",
        "DEMO": "on",
        "DEBUG": "off",
        "EMAIL_URL": "",
        "SENTRY_DSN": "",
        "STAFF_NEEDS_SECOND_FACTOR": "off",
        # One member of the demo sends the requests of all tests.
        "RECEIPTS_AN_HOUR": "1000",
        "BEHIND_PROXY": "off",
        "UPLOADS_THROUGH_PROXY": "",
    }


def _fill(supervisor: Supervisor, env: Mapping[str, str]) -> None:
    product._step(supervisor, env, "Database up to date", "migrate", "--verbosity=0")
    collect = ("collectstatic", "--noinput", "--verbosity=0")
    product._step(supervisor, env, "Static files collected", *collect)
    product._step(supervisor, env, "Demo filled", "load_demo", "--scale", DEMO_SCALE)


def _start(supervisor: Supervisor, env: Mapping[str, str], port: int) -> None:
    for child in (product._beat(env), product._worker(env), product._web(env, port)):
        supervisor.start(child)
    _wait_until_ready(supervisor, port)


def _wait_until_ready(supervisor: Supervisor, port: int) -> None:
    def ready() -> bool:
        return set(product._readiness(port).values()) == {"ok"}

    if not supervisor.watch(ready, every=0.2, seconds=product.READY_PATIENCE):
        raise product.CannotRun(f"Not ready: {product._readiness(port)}")
