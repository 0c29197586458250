"""`./dop run`: the whole product on this machine."""

import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping

import environ
import psycopg

from local_services.children import Child
from local_services.places import CHECKOUT, VAR, locked, make_folder
from local_services.supervisor import (
    ChildEnded,
    Interrupted,
    Supervisor,
    lasting_servers,
    say,
)

READY_PATIENCE = 90  # seconds
# Celery warns about root for the sake of pickled messages; ours are JSON. Every process runs as
# whoever typed `./dop run`, so that the worker may read what the web process was sent.
QUIET_CELERY = "ignore:You're running the worker with superuser privileges"


class CannotRun(Exception):
    """Something has to be changed by hand before the product can start."""


def run() -> int:
    """Run the product until asked to stop; 1 when a part of it ended by itself."""
    port = int(os.environ.get("PORT", "8000"))
    supervisor = Supervisor()
    supervisor.listen()
    make_folder(VAR)
    with locked(VAR / "run.lock") as free:
        if not free:
            raise CannotRun("`./dop run` is running in this checkout already: stop it there first.")
        _refuse_used_port(port)
        try:
            with lasting_servers(supervisor, os.environ, holder="run") as addresses:
                _run_on(supervisor, os.environ | addresses, port)
        except Interrupted:
            say("Stopped.")
    return 0


def _run_on(supervisor: Supervisor, env: Mapping[str, str], port: int) -> None:
    try:
        _prepare(supervisor, env)
        for child in (_beat(env), _worker(env), _web(env, port)):
            supervisor.start(child)
        if not supervisor.watch(lambda: _ready(port), every=0.5, seconds=READY_PATIENCE):
            raise CannotRun(f"Not ready after {READY_PATIENCE} s: {_readiness(port)}")
        say(f"\n  Open http://127.0.0.1:{port}/\n  Ctrl-C stops; the data stays in var/.\n")
        supervisor.watch(lambda: False)
    except Interrupted:
        say("\nStopping ...")
        raise
    finally:
        supervisor.stop()


def _refuse_used_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotRun(
                f"Port {port} of this machine is not free ({error.strerror}). "
                f"Choose another: PORT={port + 1} ./dop run"
            ) from error


def _prepare(supervisor: Supervisor, env: Mapping[str, str]) -> None:
    make_folder(VAR / "media", 0o700)
    _step(supervisor, env, "Database up to date", "migrate", "--verbosity=0")
    _step(supervisor, env, "Static files collected", "collectstatic", "--noinput", "--verbosity=0")
    if _wants_demo(env):
        say("Filling the demo, once ...")
        _step(supervisor, env, "Demo filled", "load_demo", "--scale", env.get("DEMO_SCALE", "1"))


def _wants_demo(env: Mapping[str, str]) -> bool:
    """Tell whether nobody has an account yet; a real installation never says DEMO."""
    local = env.get("DOP_ENV", "local") != "production"
    asked = env.get("DEMO", "on" if local else "off").lower() in environ.Env.BOOLEAN_TRUE_STRINGS
    address = "postgresql://" + env["DATABASE_URL"].split("://", 1)[1]
    with psycopg.connect(address) as connection:
        found = connection.execute("SELECT EXISTS (SELECT FROM people_user)").fetchone()
    return asked and found == (False,)


def _step(supervisor: Supervisor, env: Mapping[str, str], done: str, *arguments: str) -> None:
    began = time.monotonic()
    child = _python(arguments[0], env, "manage.py", *arguments)
    if supervisor.run_to_end(child):
        raise ChildEnded(child)
    say(f"{done} ({time.monotonic() - began:.1f} s)")


def _python(name: str, env: Mapping[str, str], *arguments: str) -> Child:
    command = [sys.executable, *arguments]
    env = {**env, "PYTHONUNBUFFERED": "1"}
    return Child(name, command, VAR / "log" / f"{name}.log", env=env, cwd=CHECKOUT, echo=True)


def _web(env: Mapping[str, str], port: int) -> Child:
    options = ["--worker-class=gthread", "--workers=2", "--threads=4", f"--bind=127.0.0.1:{port}"]
    options += ["--no-control-socket", "--graceful-timeout=8", "--log-level=warning"]
    # Nobody stands in front: whoever says X-Forwarded-Proto on this machine is a visitor as well.
    options += ["--forwarded-allow-ips="]
    command = ["-m", "gunicorn", "dop_pilot.wsgi", *options]
    # Only this process shares connections between threads; the others fork.
    return _python("web", {"DATABASE_POOL": "on", **env}, *command)


def _worker(env: Mapping[str, str]) -> Child:
    env = {"PYTHONWARNINGS": QUIET_CELERY, **env}
    options = ["--concurrency=2", "--prefetch-multiplier=1", "--without-gossip", "--without-mingle"]
    options += ["--loglevel=info", "--hostname=worker@local"]
    child = _python("worker", env, "-m", "celery", "--quiet", "-A", "dop_pilot", "worker", *options)
    # A warm stop waits for tasks; when we are killed there is no broker left to wait for.
    child.orphan_signal = signal.SIGQUIT
    child.patience = 20
    return child


def _beat(env: Mapping[str, str]) -> Child:
    options = [f"--schedule={VAR / 'celerybeat-schedule'}", "--pidfile=", "--loglevel=warning"]
    return _python("beat", env, "-m", "celery", "--quiet", "-A", "dop_pilot", "beat", *options)


def _ready(port: int) -> bool:
    """Tell whether the product says so itself."""
    return all(answer == "ok" for answer in _readiness(port).values())


def _readiness(port: int) -> dict[str, str]:
    """Ask directly, not through a proxy that the environment may name."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return dict(json.load(connection.getresponse()))
    except (OSError, ValueError, http.client.HTTPException) as error:
        return {"web": str(error)}
    finally:
        connection.close()
