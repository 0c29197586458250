"""Whether the process lives, and whether everything it needs stands."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

# Beat writes its heartbeat each minute; three missed in a row is a stopped beat.
BEAT_IS_LATE_AFTER_SECONDS = 200
HEARTBEAT_KEY = "beat-heartbeat"


class HealthMiddleware:
    """Answer probes before host checks and redirects: an orchestrator asks by bare address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return healthz(request)
        if request.path == "/readyz":
            return readyz(request)
        return self.get_response(request)


@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers: nothing else is asked."""
    return JsonResponse({"process": "ok"})


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        (setting,) = cursor.fetchone()
    # With "off" a crash loses commits that members were told are stored.
    return "ok" if setting == "on" or settings.TESTING else f"synchronous_commit is {setting}"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(pending)} migrations to run" if pending else "ok"


def _broker() -> str:
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1
    ) as client:
        client.ping()
    return "ok"


def _beat() -> str:
    last = cache.get(HEARTBEAT_KEY)
    if last is None:
        return "no heartbeat yet"
    age = timezone.now().timestamp() - last
    return "ok" if age < BEAT_IS_LATE_AFTER_SECONDS else f"last heartbeat {age:.0f} s ago"


@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    """Database, migrations, broker and the last heartbeat of beat; 503 names what is missing."""
    checks: dict[str, Callable[[], str]] = {
        "database": _database,
        "migrations": _migrations,
        "broker": _broker,
        "beat": _beat,
    }
    answers = {}
    for name, check in checks.items():
        try:
            answers[name] = check()
        # Whatever fails here is the answer of this page: it is named, not hidden.
        except Exception as error:
            answers[name] = type(error).__name__
    ready = all(answer == "ok" for answer in answers.values())
    return JsonResponse(answers, status=200 if ready else 503)
