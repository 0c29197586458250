"""The words of the dashboard are kept, and never outlive the rows that they rest on."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from branches.models import Branch, Office, Pilot
from people.models import User
from reports import charts
from reports.dashboard import kept
from reports.models import Side
from reports.period_models import PeriodFigures
from surveys import stored_figures
from surveys.enums import Contact
from surveys.models import WaveFigures
from tests.factories import NOW, OfficeFactory
from tests.reports.test_dashboard import a_chart, by_manager, stored, text  # noqa: F401
from tests.surveys.situations import Choice, an_answered_wave

# Who reads, and whether there is a job to tell of: asked for outside of what is kept.
AROUND = {"django_session", "people_user", "reports_jobrun"}
TABLE = re.compile(r'(?:FROM|JOIN) "(\w+)"')


@pytest.fixture(autouse=True)
def _in_september() -> Iterator[None]:
    caches["pages"].clear()
    with time_machine.travel("2023-09-20T10:00:00Z", tick=False):
        yield


def members_were_asked() -> None:
    good: list[Choice] = [*([5] * 30), *([1] * 10)]
    an_answered_wave({("LIEGE", Contact.ONE): good, ("MONS", Contact.ONE): good})
    stored_figures.store_due(at=NOW)


def main_part(client: Client) -> str:
    """Without the token that every page gets anew."""
    return text(client).partition("<main")[2]


def tables_read(client: Client, address: str) -> set[str]:
    with CaptureQueriesContext(connection) as captured:
        text(client, address)
    # The question about the versions names every table, so it would prove nothing.
    asked = [one["sql"] for one in captured.captured_queries if "string_agg" not in one["sql"]]
    return {table for sql in asked for table in TABLE.findall(sql)}


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    "address",
    ["/pilot/", "/pilot/?office=LIEGE", "/pilot/?period=2023-07", "/pilot/?office=MONS&by=topic",
     "/pilot/?office=LIEGE&period=2023-07&clock=calendar&by=language"],
)  # fmt: skip
def test_every_table_that_the_page_reads_is_part_of_the_name(
    by_manager: Client,  # noqa: F811
    address: str,
) -> None:
    members_were_asked()
    found = tables_read(by_manager, address)
    assert {"reports_periodfigures", "surveys_wave", "surveys_wavefigures"} <= found
    assert found - AROUND <= set(kept.TABLES)


@pytest.mark.usefixtures("stored")
def test_the_second_opening_reads_who_it_is_the_pilot_and_the_versions(
    by_manager: Client,  # noqa: F811
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first = main_part(by_manager)
    with django_assert_num_queries(4):
        assert main_part(by_manager) == first


@pytest.mark.usefixtures("stored")
def test_a_change_of_anything_shown_is_shown_at_once(
    by_manager: Client,  # noqa: F811
    pilot: Pilot,
) -> None:
    shown = text(by_manager)

    def says(words: str) -> None:
        nonlocal shown
        assert words not in shown
        shown = text(by_manager)
        assert words in shown

    Office.objects.filter(code="LIEGE").update(name="Lüttich-Guillemins")
    says("Lüttich-Guillemins")
    coop = Branch.objects.get(code="coop")
    coop.names["en"] = "Living together"
    coop.save()
    says("Living together")
    pilot.comparison_offices.add(OfficeFactory(code="NAMUR", name="Namur"))
    says("Namur")
    a_chart(pilot, charts.OFFICE_HOURS, "<svg>drawn</svg>")
    says("<svg>drawn</svg>")
    a_chart(pilot, charts.OFFICE_HOURS, "<svg>drawn anew</svg>")
    says("<svg>drawn anew</svg>")
    row = PeriodFigures.objects.get(side=Side.PILOT, office=None, period="2023-07")
    row.content["flow"] |= {"received": 4321, "open_at_end": 4333}
    row.save()
    says("4,321")
    PeriodFigures.objects.all().delete()
    says("The figures are being computed.")


@pytest.mark.usefixtures("stored")
def test_what_members_said_is_shown_at_once(by_manager: Client) -> None:  # noqa: F811
    assert "30 of" not in text(by_manager)
    members_were_asked()
    before = text(by_manager)
    assert "Answered have" in before
    WaveFigures.objects.all().delete()
    assert "Answered have" in text(by_manager)


@pytest.mark.usefixtures("stored")
def test_each_language_and_each_day_has_words_of_its_own(
    by_manager: Client,  # noqa: F811
    manager: User,
) -> None:
    english = text(by_manager)
    User.objects.filter(pk=manager.pk).update(language="de")
    german = text(by_manager)
    assert "Month 4 of 6" in english
    assert "Monat 4 von 6" in german
    with time_machine.travel("2023-10-20T10:00:00Z", tick=False):
        by_manager.force_login(User.objects.get(pk=manager.pk))
        assert "Monat 5 von 6" in text(by_manager)


def test_a_page_that_waits_for_its_figures_is_not_kept(by_manager: Client) -> None:  # noqa: F811
    assert "The figures are being computed." in text(by_manager)
    with CaptureQueriesContext(connection) as captured:
        text(by_manager)
    assert any("reports_jobrun" in one["sql"] for one in captured.captured_queries)
