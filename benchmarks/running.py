"""One run: fill, measure, print, and say what is not as it should be."""

import os
import time
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from benchmarks import figures, printing
from benchmarks.comparing import Line, compared, faults
from benchmarks.dashboard_page import DashboardPage, FirstDashboardPage
from benchmarks.detail_page import DetailPage
from benchmarks.explaining import Plan
from benchmarks.filling import fill, rows_that_contradict_their_events
from benchmarks.floor import AnonymousPageFloor, InsertFloor, PageFloor
from benchmarks.measuring import Measure, WrongAnswer, measured
from benchmarks.polling import OneDeskWithNews, PollingDesks
from benchmarks.queue_page import TABLE, QueuePage
from benchmarks.search import SEARCHES
from benchmarks.submission import Submission

# Below this, reading a whole table is the quickest way, and PostgreSQL knows.
WORTH_AN_INDEX = 20_000
SAMPLE = 300

# The addresses of the product and the bare page; files by their own names, so that nothing needs
# to be collected before.
SURROUNDINGS = {
    "ROOT_URLCONF": "benchmarks.floor",
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
}


class NotDurable(Exception):
    """This PostgreSQL forgets commits in a crash: its INSERT would be no floor."""


def measure_all(*, rounds: int) -> tuple[list[Line], list[Plan]]:
    """Measure everything on a database that is filled already."""
    queue = QueuePage()
    searches = [kind() for kind in SEARCHES]
    polling = PollingDesks()
    measures: list[Measure] = [
        PageFloor(),
        AnonymousPageFloor(),
        queue,
        DetailPage(),
        DashboardPage(),
        FirstDashboardPage(),
        *searches,
        polling,
        OneDeskWithNews(),
        InsertFloor(),
        Submission(),
    ]
    with override_settings(**SURROUNDINGS):
        lines = compared(measures, measured(measures, rounds=rounds))
        return lines, [plan for page in (queue, *searches, polling) for plan in page.plans()]


def run(*, requests: int, rounds: int, json: Path | None) -> int:
    """Returns 1 when something is not as it should be, whatever the machine; else 0."""
    _require_durable()
    call_command("migrate", verbosity=0)
    circumstances = _prepared(requests)
    lines, plans = measure_all(rounds=rounds)
    print(printing.table(lines), *map(printing.plan_of, plans), sep="\n\n", flush=True)
    if json is not None:
        printing.write_json(json, circumstances, lines, plans)
    judged = plans if requests >= WORTH_AN_INDEX else []
    found = list(faults(lines, judged, table=TABLE))
    for fault in found:
        print(f"\nFAULT: {fault}")
    return 1 if found else 0


def run_figures(*, sizes: list[int]) -> int:
    """Measure the monthly figures; being over an aim is printed and is not a failure."""
    _require_durable()
    call_command("migrate", verbosity=0)
    print(
        f"PostgreSQL {_setting('server_version')} with fsync, {os.cpu_count()} processors; "
        f"medians of {figures.ROUNDS} rounds\n"
    )
    figures.run(sizes)
    return 0


def _setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        (value,) = cursor.fetchone()
    return str(value)


def _require_durable() -> None:
    for name in ("fsync", "synchronous_commit"):
        if _setting(name) != "on":
            raise NotDurable(f"{name} is {_setting(name)}: measure on a server that keeps commits.")


def _prepared(requests: int) -> dict[str, object]:
    """Fill, check a sample, tidy up; and tell what the figures rest on."""
    began = time.perf_counter()
    filled = fill(requests=requests, at=timezone.now())
    with connection.cursor() as cursor:
        # What autovacuum would do within minutes, so that it does not happen in between.
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
    seconds = time.perf_counter() - began
    wrong = rows_that_contradict_their_events(sample=SAMPLE)
    if wrong:
        raise WrongAnswer(f"Filled rows contradict their events: {', '.join(wrong)}.")
    circumstances = vars(filled) | {
        "seconds_to_fill": round(seconds, 1),
        "postgresql": _setting("server_version"),
        "processors": os.cpu_count(),
    }
    print(
        f"{filled.requests} requests ({filled.alive} not closed), {filled.messages} messages, "
        f"{filled.events} events, {filled.documents} documents, {filled.mails} mails, filled in "
        f"{seconds:.0f} s; PostgreSQL {circumstances['postgresql']} with fsync, "
        f"{circumstances['processors']} processors\n"
    )
    return circumstances
