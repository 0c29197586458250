"""What one balance says, in every language, and how its document is laid out."""

import io
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.utils import translation
from pypdf import PdfReader

from branches.models import LANGUAGES, Pilot
from reports.balance import files
from reports.balance.document import balance_document
from reports.balance_models import Balance
from reports.blocks import Paragraph
from reports.wording import sentence
from tests.reports.balances import (
    drawn_up,
    said_in,
)
from tests.reports.conftest import brussels

pytestmark = pytest.mark.usefixtures("balance")


def test_without_a_before_it_says_that_nothing_can_be_said(balance: Balance) -> None:
    with translation.override("en"):
        assert sentence("cannot_say") in said_in(balance)


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


def test_without_outcomes_it_says_that_all_is_exploratory(balance: Balance) -> None:
    assert "No outcome was fixed in advance." in said_in(balance)
