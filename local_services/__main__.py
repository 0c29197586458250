"""`python -m local_services COMMAND`: what `./dop` hands over to."""

import os
import subprocess
import sys

from local_services.binaries import ServersMissing
from local_services.places import CHECKOUT
from local_services.servers import OtherVersion
from local_services.supervisor import (
    ADDRESSES,
    ChildEnded,
    Interrupted,
    Supervisor,
    lasting_servers,
    say,
    scratch_servers,
)


def serve() -> int:
    """Keep only PostgreSQL and Valkey running, until asked to stop."""
    supervisor = Supervisor()
    supervisor.listen()
    with lasting_servers(supervisor, os.environ):
        if not supervisor.children:
            say("The servers of this checkout run already.")
            return 1
        say(f"Addresses in {os.path.relpath(ADDRESSES)}; Ctrl-C stops.")
        supervisor.watch(lambda: False)
    return 0


def manage(arguments: list[str]) -> int:
    """Run a command of Django with the servers of this checkout."""
    supervisor = Supervisor()
    with lasting_servers(supervisor, os.environ, quiet=True) as addresses:
        return _run(["manage.py", *arguments], addresses)


def bench(arguments: list[str]) -> int:
    """Measure on a scratch database that writes to disk like a real one."""
    supervisor = Supervisor()
    with scratch_servers(supervisor, {}, durable=True) as addresses:
        return _run(["-m", "benchmarks", *arguments], addresses)


def _run(arguments: list[str], addresses: dict[str, str]) -> int:
    # A terminal's Ctrl-C reaches the command as well; it decides, we wait for it.
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=CHECKOUT, env=os.environ | addresses
    )
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def main() -> int:
    command, arguments = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    try:
        match command:
            case "serve":
                return serve()
            case "manage":
                return manage(arguments)
            case "bench":
                return bench(arguments)
    except Interrupted:
        return 0
    except (ChildEnded, OtherVersion, ServersMissing) as problem:
        say(f"\n{problem}")
        return 1
    say("usage: python -m local_services run | serve | manage ... | bench ...")
    return 2


if __name__ == "__main__":
    sys.exit(main())
