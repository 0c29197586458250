"""Where the servers keep their data and which user PostgreSQL runs as.

Usually below `var/` of the checkout. PostgreSQL refuses to run as root, so under root it runs
as `postgres` or `nobody`; when that user cannot reach the checkout (a home folder with mode 0700,
say) its data and a copy of its programs live below `/var/lib/dop-pilot` instead. No
permission of a folder that was there before is changed.
"""

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_services.children import Account

CHECKOUT = Path(__file__).resolve().parent.parent
VAR = CHECKOUT / "var"
STATE_OF_ROOT = Path("/var/lib/dop-pilot")


@dataclass(frozen=True)
class Place:
    """A folder for the data of one PostgreSQL and one Valkey."""

    folder: Path
    logs: Path
    account: Account | None

    @property
    def password(self) -> str:
        """Give the password of both servers, made at first use."""
        file = self.folder / "password"
        if not file.exists():
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(secrets.token_urlsafe(24))
        return file.read_text()


def unprivileged_account() -> Account | None:
    """Give the user for PostgreSQL when we are root, else None."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise SystemExit("PostgreSQL does not run as root, and there is no user postgres or nobody.")


def run_as(
    account: Account | None, *command: str | Path, cwd: Path = Path("/")
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; raises PermissionError when that user cannot reach it."""
    who: dict[str, Any] = {}
    if account:
        who = {"user": account.uid, "group": account.gid, "extra_groups": []}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, **who)


def works_as(account: Account | None, *command: str | Path) -> bool:
    """Tell whether this command succeeds when that user runs it."""
    try:
        return run_as(account, *command).returncode == 0
    except PermissionError:
        return False


def make_folder(path: Path, mode: int = 0o755) -> Path:
    """Make a folder with exactly this mode, whatever the umask; leave one that exists alone."""
    if not path.exists():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        path.chmod(mode)
    return path


def _reachable_home(account: Account | None) -> Path:
    make_folder(VAR)
    if account is None or works_as(account, "test", "-x", VAR):
        return VAR
    checkout = hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:12]
    return make_folder(STATE_OF_ROOT / checkout)


def _account_for(data: Path) -> Account | None:
    """Keep the owner of data that exists: PostgreSQL insists on it."""
    account = unprivileged_account()
    if account and data.exists():
        return Account(data.stat().st_uid, data.stat().st_gid)
    return account


def lasting_place() -> Place:
    """Give the place of `./dop run` and `./dop manage`, kept from one start to the next."""
    home = _reachable_home(unprivileged_account())
    return Place(home, VAR / "log", _account_for(home / "postgres"))


@contextmanager
def scratch_place() -> Iterator[Place]:
    """Lend a place that is removed afterwards, or by a later call if this process is killed."""
    account = unprivileged_account()
    parent = make_folder(_reachable_home(account) / "scratch")
    _remove_abandoned(parent)
    folder = make_folder(parent / secrets.token_hex(4))
    with locked(folder / "lock") as free:
        assert free
        try:
            yield Place(folder, folder / "log", account)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(parent: Path) -> None:
    for lock in parent.glob("*/lock"):
        with locked(lock) as free:
            if free:
                shutil.rmtree(lock.parent, ignore_errors=True)


@contextmanager
def locked(file: Path) -> Iterator[bool]:
    """Hold a lock that ends with the process; gives False when somebody else holds it."""
    # Not inherited by children: a child that lives on must not keep the lock.
    with file.open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
