"""`python -m local_services COMMAND`: what `./dop` hands over to."""

import os
import subprocess
import sys
from collections.abc import Callable

import environ

from local_services import checks, product
from local_services.binaries import ServersMissing
from local_services.children import tethered
from local_services.places import CHECKOUT
from local_services.servers import CannotInitialise
from local_services.supervisor import (
    ADDRESSES,
    ChildEnded,
    Interrupted,
    ServersBusy,
    Supervisor,
    lasting_servers,
    say,
    scratch_servers,
)


def run(_arguments: list[str]) -> int:
    return product.run()


def serve(_arguments: list[str]) -> int:
    """Keep only PostgreSQL and Valkey running, until asked to stop."""
    supervisor = Supervisor()
    supervisor.listen()
    with lasting_servers(supervisor, os.environ, holder="serve"):
        if not supervisor.children:
            raise ServersBusy(
                "There is nothing to keep running: the servers of this checkout run already, "
                "or DATABASE_URL and REDIS_URL name others."
            )
        say(f"Addresses in {os.path.relpath(ADDRESSES)}; Ctrl-C stops.")
        supervisor.watch(lambda: False)
    return 0


def manage(arguments: list[str]) -> int:
    """Run a command of Django with the servers of this checkout."""
    with lasting_servers(Supervisor(), os.environ, holder="manage") as addresses:
        return _run(["manage.py", *arguments], addresses)


def check(_arguments: list[str]) -> int:
    with scratch_servers(Supervisor(), {}, durable=False) as addresses:
        return checks.check(addresses)


def bench(arguments: list[str]) -> int:
    """Measure on a scratch database that writes to disk like a real one."""
    with scratch_servers(Supervisor(), {}, durable=True) as addresses:
        return _run(["-m", "benchmarks", *arguments], addresses)


def _run(arguments: list[str], addresses: dict[str, str]) -> int:
    command = tethered([sys.executable, *arguments])
    process = subprocess.Popen(command, cwd=CHECKOUT, env=os.environ | addresses)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The terminal told the command as well: it decides what that means, we wait for it.
            continue


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "run": run,
    "serve": serve,
    "manage": manage,
    "check": check,
    "bench": bench,
}


def read_env() -> None:
    """Take over what stands in `.env`, as Django does: it may name servers of somebody's own."""
    if (CHECKOUT / ".env").is_file():
        environ.Env.read_env(CHECKOUT / ".env")


def main() -> int:
    command = COMMANDS.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if command is None:
        say(f"usage: python -m local_services {' | '.join(COMMANDS)}")
        return 2
    read_env()
    try:
        return command(sys.argv[2:])
    except Interrupted:
        return 0
    except (
        ChildEnded,
        CannotInitialise,
        ServersBusy,
        ServersMissing,
        product.CannotRun,
    ) as problem:
        sys.stderr.write(f"\n{problem}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
