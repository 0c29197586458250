"""The files of a balance: the document as PDF, its tables as XLSX and CSV."""

import csv
import io

import pytest
from django.test import Client
from django.utils import translation
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from branches.models import LANGUAGES
from people.models import User
from reports.balance import drawing_up, files
from reports.balance.document import balance_document
from reports.balance.tables import named, tables
from reports.balance_models import Balance, BalanceFile
from tests.reports.balances import NOW, figures_of, page_of

pytestmark = pytest.mark.usefixtures("balance")


def test_the_tables_hold_what_the_document_says(balance: Balance) -> None:
    made = files.file_of(balance, name="periods", language="en", ending="csv")
    rows = list(csv.DictReader(io.StringIO(made.content.decode("utf-8-sig")), delimiter=";"))
    during = next(row for row in rows if row["Period"] == "during the pilot")
    assert (during["Received"], during["Median (office hours)"]) == ("12", "6,00")
    book = files.file_of(balance, name="balance", language="nl", ending="xlsx").content
    names = CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names
    assert {"Beide groepen, maand na maand", "Ontvangen, afgesloten en open"} <= set(names)


def test_every_table_is_a_sheet_and_a_csv(balance: Balance) -> None:
    with translation.override("en"):
        for name, title in named(balance):
            made = files.file_of(balance, name=name, language="en", ending="csv")
            assert made.content.startswith(b"\xef\xbb\xbf"), title
        sheets = {table.title for table in tables(balance)}
    assert {"Before and during", "Received, closed and open", "The same person again"} <= sheets


def test_a_balance_of_before_these_tables_is_still_read(balance: Balance) -> None:
    """What an earlier version froze has not all parts; nothing is offered that is not there."""
    newer = {"groups", "log_rank"}
    earlier = {name: part for name, part in figures_of(balance).items() if name not in newer}
    old = Balance.objects.create(
        pilot=balance.pilot,
        number=9,
        key="old",
        content=earlier,
        digest="earlier",
        cut_off=NOW,
        computed_at=NOW,
    )
    assert not {"groups", "curves"} & set(dict(named(old)))
    assert balance_document(old).blocks
    with pytest.raises(files.NoSuchFile):
        files.file_of(old, name="groups", language="en", ending="csv")


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
def test_other_files_do_not_exist(
    client: Client, manager: User, balance: Balance, name: str
) -> None:
    client.force_login(manager)
    assert client.get(page_of(balance) + name).status_code == 404
