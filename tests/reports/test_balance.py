"""The balance: asked for once, drawn up by a worker, frozen, read by whom it is meant for."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.utils import translation
from kombu.exceptions import OperationalError
from pypdf import PdfReader
from pytest_django import DjangoAssertNumQueries
from python_calamine import CalamineWorkbook

from branches.models import LANGUAGES, Office, Pilot
from dop_pilot.celery import app
from people.models import User
from people.roles import Role
from reports import monthly, pilot_plan, tasks
from reports.balance import content as contents
from reports.balance import drawing_up, files
from reports.balance.document import balance_document
from reports.balance.periods import figures_of_periods
from reports.balance_models import Balance, BalanceFile
from reports.blocks import Bullets, Paragraph
from reports.models import JobRun, Side
from reports.plan_models import Measure, PilotOutcome, PilotPlan
from reports.wording import sentence
from requests_app.models import MemberRequest
from tests.factories import OfficeFactory, UserFactory
from tests.reports.conftest import Arrive, brussels

JULY = date(2023, 7, 1)
NOW = brussels("2023-11-20T12:00")
# Ten working days after the end of December.
OVER = brussels("2024-01-31T12:00")
LIST = "/pilot/balance/"


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were sent; nothing leaves the test."""
    sent: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda task, **_options: sent.append(task))
    return sent


@pytest.fixture
def balance(pilot: Pilot, office: Office, manager: User, a_dozen: list[MemberRequest]) -> Balance:
    """Drawn up in November, from the twelve requests of July."""
    monthly.compute_report(office=office, month=JULY, at=NOW)
    monthly.compute_sides(office=office, month=JULY, at=NOW)
    return drawn_up(pilot, by=manager)


def drawn_up(pilot: Pilot, by: User | None = None, **at: Any) -> Balance:
    wish, _told = drawing_up.ask(pilot=pilot, at=at.get("at", NOW), by=by)
    assert drawing_up.draw_up(wish.pk, at=at.get("at", NOW))
    return Balance.objects.get(pk=wish.pk)


@pytest.fixture
def by_manager(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def figures_of(balance: Balance) -> dict[str, Any]:
    content: dict[str, Any] = balance.content or {}
    return content


def said_in(balance: Balance, language: str = "en") -> str:
    """Every word of the document."""
    with translation.override(language):
        blocks = balance_document(balance).blocks
        texts = [block.text for block in blocks if hasattr(block, "text")]
        return "\n".join(
            texts + [item for b in blocks if isinstance(b, Bullets) for item in b.items]
        )


def page_of(balance: Balance, *, public: bool = False) -> str:
    return f"/balance/{balance.key}/" if public else f"/pilot/balance/{balance.key}/"


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(unescape(response.content.decode()).split())


# --- asked for and drawn up ---


def test_two_who_ask_at_once_get_one_balance(pilot: Pilot, manager: User) -> None:
    first, _told = drawing_up.ask(pilot=pilot, at=NOW, by=manager)
    second, _told = drawing_up.ask(pilot=pilot, at=NOW + timedelta(seconds=1), by=manager)
    assert first == second
    with pytest.raises(IntegrityError), transaction.atomic():
        Balance.objects.create(pilot=pilot, number=2, key="other", cut_off=NOW)


def test_two_workers_draw_it_up_once(balance: Balance) -> None:
    assert not drawing_up.draw_up(balance.pk, at=NOW + timedelta(hours=1))
    assert Balance.objects.get().computed_at == NOW


def test_the_next_balance_has_the_next_number(balance: Balance, pilot: Pilot) -> None:
    assert drawn_up(pilot, at=NOW + timedelta(days=1)).number == balance.number + 1


def test_the_cut_off_is_when_it_was_asked_for(pilot: Pilot, arrive: Arrive) -> None:
    wish, _told = drawing_up.ask(pilot=pilot, at=NOW, by=None)
    arrive("2023-11-20T12:30")
    drawing_up.draw_up(wish.pk, at=NOW + timedelta(hours=2))
    balance = Balance.objects.get()
    assert balance.cut_off == NOW
    assert sum(row["received"] for row in figures_of(balance)["periods"]) == 0


def test_without_a_worker_the_sweeper_draws_it_up(
    pilot: Pilot, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_args: object, **_options: object) -> None:
        raise OperationalError

    monkeypatch.setattr(app, "send_task", unreachable)
    _wish, told = drawing_up.ask(pilot=pilot, at=NOW, by=manager)
    assert not told
    assert tasks.draw_up_balances() == 1
    assert Balance.objects.get().content is not None


def test_a_fault_is_recorded_and_hinders_no_other_pilot(
    pilot: Pilot, manager: User, office: Office
) -> None:
    Pilot.objects.filter(pk=pilot.pk).update(ends_on=date(2023, 7, 31))
    later = Pilot.objects.create(
        name="Next",
        baseline_starts_on=date(2023, 8, 1),
        starts_on=date(2023, 9, 1),
        ends_on=date(2024, 3, 1),
    )
    later.offices.set([office])
    broken, _told = drawing_up.ask(pilot=pilot, at=NOW, by=manager)
    Office.objects.get(code="MONS").opening_hours.all().delete()
    drawing_up.ask(pilot=later, at=NOW, by=manager)
    with pytest.raises(Exception, match="MONS has no opening hours"):
        tasks.draw_up_balances()
    assert Balance.objects.get(pilot=later).content is not None
    run = JobRun.objects.get(kind=drawing_up.BALANCE_JOB, period=str(broken.pk))
    assert "MONS has no opening hours" in run.error


def test_a_pilot_that_is_over_gets_one_final_balance_by_itself(pilot: Pilot) -> None:
    assert drawing_up.ask_for_final_ones(at=NOW) == 0
    assert drawing_up.ask_for_final_ones(at=OVER) == 1
    assert drawing_up.ask_for_final_ones(at=OVER) == 0
    with time_machine.travel(OVER, tick=False):
        tasks.draw_up_balances()
        assert drawing_up.ask_for_final_ones(at=OVER) == 0
    assert not Balance.objects.get().is_provisional


def test_a_balance_of_a_running_pilot_is_provisional(balance: Balance) -> None:
    assert balance.is_provisional
    assert "This balance is provisional" in said_in(balance)


# --- frozen ---


@pytest.mark.parametrize(
    "change",
    [
        {"content": {}},
        {"digest": "other"},
        {"cut_off": OVER},
        {"is_provisional": False},
        {"number": 9},
        {"key": "other"},
    ],
)
def test_the_database_refuses_to_change_a_balance(
    balance: Balance, change: dict[str, object]
) -> None:
    with pytest.raises(DatabaseError, match="a balance is frozen"), transaction.atomic():
        Balance.objects.filter(pk=balance.pk).update(**change)


def test_the_database_keeps_every_balance_and_its_pictures(balance: Balance) -> None:
    with pytest.raises(DatabaseError, match="a balance is kept"), transaction.atomic():
        Balance.objects.filter(pk=balance.pk)._raw_delete("default")
    balance.pictures.create(name="first-response", size="wide", language="fr", svg="<svg/>")
    with pytest.raises(DatabaseError, match="are frozen"), transaction.atomic():
        balance.pictures.update(svg="<svg></svg>")


def test_the_digest_is_that_of_the_figures(balance: Balance) -> None:
    assert balance.digest == contents.digest_of(balance.content)
    changed = figures_of(balance) | {"schema": 2}
    assert contents.digest_of(changed) != balance.digest


def test_late_entries_do_not_change_what_was_said(balance: Balance, arrive: Arrive) -> None:
    before = said_in(balance)
    arrive("2023-07-04T09:00", "2023-07-05T09:00")
    assert said_in(Balance.objects.get()) == before


def test_a_balance_that_is_published_was_computed(pilot: Pilot, manager: User) -> None:
    wish, _told = drawing_up.ask(pilot=pilot, at=NOW, by=manager)
    with pytest.raises(drawing_up.PublishingRefused):
        drawing_up.publish(balance=wish, by=manager, at=NOW)
    with (
        pytest.raises(IntegrityError, match="a_published_balance_is_computed_and_has_a_publisher"),
        transaction.atomic(),
    ):
        Balance.objects.filter(pk=wish.pk).update(published_at=NOW, published_by=manager)


# --- what it says ---


def test_before_and_during_are_counted_from_the_requests(pilot: Pilot, arrive: Arrive) -> None:
    """The day before the pilot is before, its first day during; the cut-off ends both."""
    arrive("2023-06-07T23:30", "2023-06-08T10:00")
    arrive("2023-06-08T00:30", "2023-06-08T10:00")
    arrive("2023-12-08T09:00")
    rows = figures_of_periods(pilot, cut_off=OVER)
    found = {(row["period"], row["side"]): row["received"] for row in rows}
    assert found["before", Side.PILOT] == 1
    assert found["during", Side.PILOT] == 1


def test_the_months_of_a_period_are_not_averaged(pilot: Pilot, arrive: Arrive) -> None:
    """9 quick answers in July and 21 slow ones in August: the median is a slow one."""
    for _turn in range(9):
        arrive("2023-07-03T09:00", "2023-07-03T10:00")
    for _turn in range(21):
        arrive("2023-08-07T09:00", "2023-08-07T17:00")
    rows = figures_of_periods(pilot, cut_off=NOW)
    during = next(r for r in rows if r["period"] == "during" and r["side"] == Side.PILOT)
    assert during["office_clock"]["median"]["value"] == 8 * 3600


def test_without_a_before_it_says_that_nothing_can_be_said(balance: Balance) -> None:
    with translation.override("en"):
        assert sentence("cannot_say") in said_in(balance)


def test_without_comparison_offices_it_says_so(pilot: Pilot, a_dozen: list[MemberRequest]) -> None:
    pilot.comparison_offices.clear()
    said = said_in(drawn_up(pilot))
    assert "No office was named as a comparison." in said
    with translation.override("en"):
        assert sentence("cannot_say") in said


def test_those_who_still_wait_are_counted_and_said(balance: Balance) -> None:
    assert "2 requests still wait for a first answer; they are counted" in said_in(balance)


def test_what_was_not_asked_or_computed_is_said_to_be_missing(balance: Balance) -> None:
    said = said_in(balance)
    assert "they have not been asked yet" in said


def test_the_threats_follow_the_dates_of_the_pilot(balance: Balance, pilot: Pilot) -> None:
    said = said_in(balance)
    assert "The reform of the artists' status" in said
    assert "Summer." in said
    Pilot.objects.filter(pk=pilot.pk).update(
        baseline_starts_on=date(2025, 9, 1), starts_on=date(2025, 10, 1), ends_on=date(2026, 3, 1)
    )
    pilot.refresh_from_db()
    later = said_in(drawn_up(pilot, at=brussels("2025-12-01T12:00")))
    assert "The reform of the artists' status" not in later
    assert "Summer." not in later


def test_a_month_of_few_requests_or_advisers_is_not_shown(
    pilot: Pilot, office: Office, arrive: Arrive
) -> None:
    """Four requests, or many by two advisers: the row keeps its place and has no figure."""
    second = OfficeFactory(code="NAMUR", name="Namur")
    pilot.offices.add(second)
    for number in range(20):
        adviser = UserFactory(role=Role.ADVISER) if number < 4 else None
        arrive("2023-07-03T09:00", "2023-07-03T10:00", adviser=adviser)
    for _turn in range(4):
        arrive("2023-07-03T09:00", at_office=second)
    for each in (office, second):
        monthly.compute_report(office=each, month=JULY, at=NOW)
    rows = figures_of(drawn_up(pilot))["offices"]
    # With the total beside it, Liège alone would give the four of Namur away.
    assert [row["is_hidden"] for row in rows] == [True, True]
    assert all("received" not in row and "office_clock" not in row for row in rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_speaks_every_language(balance: Balance, language: str) -> None:
    content = files.file_of(balance, name="balance", language=language, ending="pdf").content
    reader = PdfReader(io.BytesIO(content))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == language
    with translation.override(language):
        document = balance_document(balance)
        verdict = sentence("cannot_say")
    # A paragraph may go on on the next page, behind the last line of this one.
    pages = [page.extract_text().rsplit(f"{document.title} ·")[0] for page in reader.pages]
    # A line may end behind a hyphen, so blanks are left out on both sides.
    printed = "".join("".join(pages).split())
    assert "".join(verdict.split()) in printed
    leads = [b.text for b in document.blocks if isinstance(b, Paragraph) and not b.tone]
    assert leads
    assert all("".join(words.split()) in printed for words in leads)


def test_headings_step_down_one_level_at_a_time(balance: Balance) -> None:
    levels = [1, *(b.level for b in balance_document(balance).blocks if b.kind == "heading")]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_anchors_of_the_contents_are_there_once(balance: Balance) -> None:
    anchors = [heading.anchor for heading in balance_document(balance).chapters]
    assert all(anchors)
    assert len(set(anchors)) == len(anchors)


# --- the plan ---


@pytest.mark.parametrize(
    ("locked", "words"),
    [
        (None, "chosen but not fixed"),
        ("2023-06-07T23:00", "was fixed on 7 June 2023, before its first day"),
        ("2023-06-08T09:00", "on day 1 of the pilot: first figures may have been known"),
    ],
)
def test_it_says_when_the_outcomes_were_fixed(
    pilot: Pilot, manager: User, locked: str | None, words: str
) -> None:
    _choose_outcomes(pilot)
    PilotPlan.objects.create(
        pilot=pilot, entered_at=brussels("2023-05-01T09:00"), entered_by=manager
    )
    if locked:
        pilot_plan.lock(pilot=pilot, by=manager, at=brussels(locked))
    assert words in said_in(drawn_up(pilot))


def test_each_change_of_a_locked_plan_is_told_with_its_reason(pilot: Pilot, manager: User) -> None:
    _choose_outcomes(pilot)
    pilot_plan.lock(pilot=pilot, by=manager, at=brussels("2023-06-01T09:00"))
    later = replace(pilot_plan.of_pilot(pilot), ends_on=date(2023, 12, 31))
    pilot_plan.change(
        pilot=pilot, plan=later, reason="Holidays", by=manager, at=brussels("2023-10-02T09:00")
    )
    told = "2 October 2023: last day, from 7 December 2023 to 31 December 2023. Reason: Holidays"
    assert told in said_in(drawn_up(pilot))


def test_without_outcomes_it_says_that_all_is_exploratory(balance: Balance) -> None:
    assert "No outcome was fixed in advance." in said_in(balance)


def _choose_outcomes(pilot: Pilot) -> None:
    measures = list(Measure)[:1] + list(Measure)[2:]
    PilotOutcome.objects.bulk_create(
        PilotOutcome(pilot=pilot, place=place, measure=measure, threshold=5)
        for place, measure in enumerate(measures)
    )


# --- files ---


def test_the_tables_hold_what_the_document_says(balance: Balance) -> None:
    made = files.file_of(balance, name="periods", language="en", ending="csv")
    rows = list(csv.DictReader(io.StringIO(made.content.decode("utf-8-sig")), delimiter=";"))
    during = next(row for row in rows if row["Period"] == "during the pilot")
    assert (during["Received"], during["Median (office hours)"]) == ("12", "6,00")
    book = files.file_of(balance, name="balance", language="nl", ending="xlsx").content
    names = CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names
    assert len(names) >= 3


def test_files_are_made_once_and_again_with_other_words(balance: Balance, manager: User) -> None:
    assert files.make_missing(at=NOW) == 2 * len(LANGUAGES)
    assert files.make_missing(at=NOW) == 0
    drawing_up.write_words(balance=balance, words={"fr": "Merci à toutes et tous."}, by=manager)
    held = Balance.objects.get()
    made = files.file_of(held, name="balance", language="fr", ending="pdf")
    printed = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages)
    assert "Merci à toutes et tous." in printed
    assert files.make_missing(at=NOW) == 2 * len(LANGUAGES)
    assert BalanceFile.objects.count() == 2 * len(LANGUAGES)


@pytest.mark.parametrize(
    "name", ["balance-xx.pdf", "balance-fr.csv", "other-fr.pdf", "periods-fr.pdf"]
)
def test_other_files_do_not_exist(by_manager: Client, balance: Balance, name: str) -> None:
    assert by_manager.get(page_of(balance) + name).status_code == 404


# --- who reads it ---


def test_the_manager_asks_reads_adds_words_and_publishes(
    by_manager: Client, client: Client, pilot: Pilot, asked: list[str]
) -> None:
    by_manager.post(f"{LIST}ask/")
    assert asked == ["reports.tasks.draw_up_balances"]
    assert "Being computed" in text(by_manager, LIST)
    tasks.draw_up_balances()
    balance = Balance.objects.get()
    assert f'href="{page_of(balance)}"' in text(by_manager, LIST)
    by_manager.post(f"{page_of(balance)}words/", {"en": "We learnt <b>much</b>."})
    by_manager.post(f"{page_of(balance)}publish/")
    client.logout()
    client.cookies.load({"language": "en"})
    public = client.get(page_of(balance, public=True)).content.decode()
    assert "We learnt &lt;b&gt;much&lt;/b&gt;." in public


def test_nobody_reads_what_is_not_published(client: Client, balance: Balance) -> None:
    for address in ("", "balance-fr.pdf", "balance-fr.xlsx", "monthly-fr.csv"):
        assert client.get(page_of(balance, public=True) + address).status_code == 404


def test_a_balance_that_is_withdrawn_is_closed_again(
    client: Client, balance: Balance, manager: User
) -> None:
    drawing_up.publish(balance=balance, by=manager, at=NOW)
    assert client.get(page_of(balance, public=True)).status_code == 200
    assert client.get(page_of(balance, public=True) + "balance-de.pdf").status_code == 200
    drawing_up.withdraw(balance=balance, by=manager)
    assert client.get(page_of(balance, public=True)).status_code == 404


def test_the_public_page_names_nobody_and_offers_nothing_to_press(
    client: Client, balance: Balance, manager: User
) -> None:
    drawing_up.publish(balance=balance, by=manager, at=NOW)
    public = client.get(page_of(balance, public=True)).content.decode()
    assert manager.name not in public
    assert f"{page_of(balance)}" not in public


def test_words_of_a_published_balance_stay(
    by_manager: Client, balance: Balance, manager: User
) -> None:
    drawing_up.publish(balance=balance, by=manager, at=NOW)
    response = by_manager.post(f"{page_of(balance)}words/", {"fr": "Plus tard"})
    assert response.status_code == 409
    assert "Plus tard" in response.content.decode()
    with pytest.raises(DatabaseError, match="a published balance is frozen"), transaction.atomic():
        Balance.objects.filter(pk=balance.pk).update(words={"fr": "Plus tard"})


@pytest.mark.parametrize("typed", ["x" * 4_001, "a\0b"])
def test_words_that_cannot_be_stored_are_kept_and_named(
    by_manager: Client, balance: Balance, typed: str
) -> None:
    response = by_manager.post(f"{page_of(balance)}words/", {"de": typed, "fr": "Bon"})
    assert response.status_code == 422
    assert "Bon" in response.content.decode()
    assert Balance.objects.get().words == {}


def test_words_of_a_language_without_any_are_the_french_ones(
    balance: Balance, manager: User
) -> None:
    drawing_up.write_words(balance=balance, words={"fr": "Merci", "nl": "  "}, by=manager)
    held = Balance.objects.get()
    assert held.words == {"fr": "Merci"}
    with translation.override("nl"):
        assert held.words_here == "Merci"


def test_the_pages_cost_the_same_for_one_balance_and_for_many(
    by_manager: Client,
    balance: Balance,
    pilot: Pilot,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    by_manager.get(LIST)
    with django_assert_num_queries(4) as listed:
        by_manager.get(LIST)
    with django_assert_num_queries(6) as read:
        by_manager.get(page_of(balance))
    for days in range(1, 4):
        drawn_up(pilot, at=NOW + timedelta(days=days))
    with django_assert_num_queries(len(listed)):
        by_manager.get(LIST)
    with django_assert_num_queries(len(read)):
        by_manager.get(page_of(balance))
