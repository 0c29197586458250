"""Starts processes, watches them, and stops them in the reverse order."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType

from local_services.children import Child
from local_services.places import VAR, Place, lasting_place, locked, scratch_place
from local_services.servers import Postgres, Valkey

ADDRESSES = VAR / "services.env"
SERVERS_LOCK = VAR / "servers.lock"
WRITTEN_BY = "# Written by: "
START_PATIENCE = 60  # seconds


class Interrupted(Exception):
    """Somebody asked us to stop."""


class ServersBusy(Exception):
    """Another process of this checkout has the servers."""


class ChildEnded(Exception):
    """A process that should run has ended."""

    def __init__(self, child: Child) -> None:
        self.child = child
        lines = "\n".join(f"    {line}" for line in child.last_lines())
        super().__init__(
            f"{child.name} stopped (exit code {child.exit_code}). "
            f"The end of {_short(child)}:\n{lines}"
        )


def _short(child: Child) -> str:
    return os.path.relpath(child.log)


class Supervisor:
    """The processes of one run, in the order in which they were started."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.asked_to_stop = False

    def listen(self) -> None:
        """Stop in order at Ctrl-C, at a polite end and when the terminal is closed."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._note)

    def _note(self, _signum: int, _frame: FrameType | None) -> None:
        self.asked_to_stop = True

    def start(self, child: Child) -> None:
        self.children.append(child)
        child.start()

    def watch(
        self, until: Callable[[], bool], *, seconds: float | None = None, every: float = 0.05
    ) -> bool:
        """Pass on log lines until the condition holds; False when the time is over.

        Raises ChildEnded as soon as any process ends, Interrupted when asked to stop.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while not until():
            self.show_new_lines()
            if self.asked_to_stop:
                raise Interrupted
            for child in self.children:
                if child.ended:
                    raise ChildEnded(child)
            if deadline is not None and time.monotonic() > deadline:
                return False
            time.sleep(every)
        return True

    def show_new_lines(self) -> None:
        for child in self.children:
            lines = child.new_lines()
            if child.echo:
                for line in lines:
                    say(f"{child.name:<8} | {line}")

    def run_to_end(self, child: Child) -> int:
        """Run something that ends by itself while the others keep running."""
        child.start()
        others, self.children = self.children, [*self.children, child]
        try:
            with suppress(ChildEnded):
                self.watch(lambda: child.ended)
            self.show_new_lines()
            for other in others:
                if other.ended:
                    raise ChildEnded(other)
        finally:
            child.stop()
            self.children = others
        return child.exit_code or 0

    def stop(self) -> None:
        """Stop all, last started first; each is given its time."""
        for child in reversed(self.children):
            child.stop()
        self.children.clear()


def say(line: str) -> None:
    with suppress(BrokenPipeError):
        print(line, flush=True)


def given_addresses(given: Mapping[str, str]) -> dict[str, str]:
    """Give the addresses of servers that somebody else runs."""
    return {name: given[name] for name in ("DATABASE_URL", "REDIS_URL") if given.get(name)}


def start_servers(
    supervisor: Supervisor, place: Place, given: Mapping[str, str], *, durable: bool, quiet: bool
) -> dict[str, str]:
    """Start what the environment does not give already, and give the addresses."""
    addresses = given_addresses(given)
    wanted: tuple[tuple[str, type[Postgres | Valkey]], ...] = (
        ("DATABASE_URL", Postgres),
        ("REDIS_URL", Valkey),
    )
    for name, kind in wanted:
        if name not in addresses:
            server = kind(place, durable=durable)
            began = time.monotonic()
            supervisor.start(server.child())
            if not supervisor.watch(server.ready, seconds=START_PATIENCE):
                raise ChildEnded(supervisor.children[-1])
            if not quiet:
                say(f"{server.label} ready ({time.monotonic() - began:.1f} s)")
            addresses[name] = server.url
    return addresses


@contextmanager
def scratch_servers(
    supervisor: Supervisor, given: Mapping[str, str], *, durable: bool
) -> Iterator[dict[str, str]]:
    """Lend servers that leave nothing behind."""
    with scratch_place() as place:
        try:
            yield start_servers(supervisor, place, given, durable=durable, quiet=True)
        finally:
            supervisor.stop()


@contextmanager
def lasting_servers(
    supervisor: Supervisor, given: Mapping[str, str], *, holder: str
) -> Iterator[dict[str, str]]:
    """Lend the servers of this checkout: those that run already, or new ones while needed."""
    place = lasting_place()
    with locked(SERVERS_LOCK) as free:
        if not free:
            yield _running_addresses(supervisor, given, holder)
            return
        try:
            ADDRESSES.unlink(missing_ok=True)
            quiet = holder == "manage"
            addresses = start_servers(supervisor, place, given, durable=True, quiet=quiet)
            _write_addresses(addresses, holder)
            yield addresses
        finally:
            ADDRESSES.unlink(missing_ok=True)
            supervisor.stop()


def _write_addresses(addresses: Mapping[str, str], holder: str) -> None:
    unfinished = ADDRESSES.with_suffix(".unfinished")
    unfinished.touch(mode=0o600)
    lines = [WRITTEN_BY + holder, *(f"{name}={url}" for name, url in addresses.items())]
    unfinished.write_text("\n".join(lines) + "\n")
    unfinished.replace(ADDRESSES)


def _running_addresses(
    supervisor: Supervisor, given: Mapping[str, str], holder: str
) -> dict[str, str]:
    """Read what the process that holds the lock has written, or is about to write."""
    if not supervisor.watch(ADDRESSES.exists, seconds=START_PATIENCE):
        raise ServersBusy("Another process is starting the servers of this checkout.")
    lines = ADDRESSES.read_text().splitlines()
    # A command's servers end with the command: good enough for another command only.
    if holder != "manage" and WRITTEN_BY + "manage" in lines:
        raise ServersBusy("`./dop manage` is at work in this checkout: try again when it is done.")
    found = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    return found | given_addresses(given)
