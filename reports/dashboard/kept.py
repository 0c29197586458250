"""The page of the pilot, put into words once for each state of the figures that it shows.

Putting a thousand stored figures into the words of one language takes longer than reading them, and
they change once a night. So the words are kept, under a name that holds every row they rest on:
PostgreSQL gives each version of a row a place and the number of its transaction, and one question
reads those of all tables that the page reads. Another version of any row is another name.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.core.cache import caches
from django.db import connection
from django.db.models import Model
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from branches.models import Branch, Office, Pilot, Topic
from branches.working_time import BRUSSELS
from reports import asked_tables
from reports.asked import asked_of
from reports.dashboard.choices import Choice
from reports.dashboard.page import dashboard
from reports.models import Breakdown, Chart, MonthlyReport, SideReport
from reports.period_models import PeriodFigures
from reports.sealing import code_version
from surveys.models import Questionnaire, Wave, WaveFigures

MODELS: tuple[type[Model], ...] = (
    Pilot, Pilot.offices.through, Pilot.comparison_offices.through, Office, Branch, Topic,
    PeriodFigures, SideReport, MonthlyReport, Breakdown, Chart, Wave, WaveFigures, Questionnaire,
)  # fmt: skip
TABLES = tuple(model._meta.db_table for model in MODELS)  # noqa: SLF001


def glance(pilot: Pilot, choice: Choice, *, at: datetime) -> SafeString:
    """Everything on the page but what surrounds every page: no reader, no form that changes."""
    kept = caches["pages"]
    name = _name(pilot, choice, at)
    known = kept.get(name)
    if known is not None:
        return SafeString(known)
    content = dashboard(pilot, choice, at=at)
    said = asked_tables.sections(asked_of(pilot))
    html = render_to_string("reports/_glance.html", {"content": content, "said": said})
    # An empty page tells of a job; it is asked again.
    if not content.is_empty:
        kept.set(name, str(html))
    return html


def _name(pilot: Pilot, choice: Choice, at: datetime) -> str:
    day = at.astimezone(BRUSSELS).date()
    said = (pilot.pk, choice.address(), day, get_language(), code_version(), *_versions(TABLES))
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _versions(tables: Iterable[str]) -> tuple[str, ...]:
    """For each table which version of each of its rows there is; 1 query."""
    of_one = "(SELECT md5(string_agg(concat_ws(' ', ctid, xmin), ',' ORDER BY ctid)) FROM {})"
    names = [of_one.format(connection.ops.quote_name(table)) for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(names)}")
        return tuple(cursor.fetchone())
