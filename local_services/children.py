"""One supervised process: its log file, its end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from local_services import tether

LARGEST_LOG = 10 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Account:
    """A user without privileges, for what refuses to run as root."""

    uid: int
    gid: int


def tethered(
    command: Sequence[str],
    orphan_signal: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
) -> list[str]:
    """Give the command of a process that gets this signal when the present one ends.

    Start it from the main thread: the kernel watches the *thread* that starts the process.
    """
    account = account or Account(-1, -1)
    words = (os.getpid(), int(orphan_signal), account.uid, account.gid)
    # -I and -S: nothing of the environment or of site-packages slows the start or interferes.
    return [sys.executable, "-I", "-S", tether.__file__, *map(str, words), *command]


@dataclass
class Child:
    """A process that writes to its own log file and never outlives this one."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    stdin: bytes | None = None
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    # What it gets when this process is killed; `stop_signal` may wait for work to finish.
    orphan_signal: signal.Signals = signal.SIGTERM
    patience: float = 10  # seconds between the polite signal and SIGKILL
    echo: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _reader: BinaryIO | None = field(default=None, init=False)
    _unfinished: bytes = field(default=b"", init=False)
    _began_at: int = field(default=0, init=False)

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._reader = self.log.open("rb")
            self._began_at = self._reader.seek(0, os.SEEK_END)
            self.process = subprocess.Popen(
                tethered(self.command, self.orphan_signal, self.account),
                stdin=subprocess.PIPE if self.stdin is not None else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.env,
                cwd=self.cwd,
                # A session of its own: Ctrl-C in the terminal reaches us only, and we stop
                # everything in the right order.
                start_new_session=True,
            )
        if self.stdin is not None and self.process.stdin is not None:
            self.process.stdin.write(self.stdin)
            self.process.stdin.close()

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    @property
    def exit_code(self) -> int | None:
        return self.process.returncode if self.process else None

    def new_lines(self) -> list[str]:
        """Give the whole lines written to the log since the last call."""
        if self._reader is None:
            return []
        *lines, self._unfinished = (self._unfinished + self._reader.read()).split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def last_lines(self, count: int = 15) -> list[str]:
        """Give the end of what this run has written."""
        with self.log.open("rb") as log:
            log.seek(self._began_at)
            return log.read().decode(errors="replace").splitlines()[-count:]

    def signal_stop(self) -> None:
        if self.process and not self.ended:
            self.process.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Ask politely, wait, then end what is left of the process and of its own children."""
        if self.process is None:
            return
        self.signal_stop()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(self.patience)
        # Also when it ended by itself: a killed Celery leaves its pool behind.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self._reader:
            self._reader.close()
            self._reader = None


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Wait for a process that is not our child; True when it has ended."""
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
