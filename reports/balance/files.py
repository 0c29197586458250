"""The balance as files: the document as PDF, its tables as XLSX and CSV."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import translation

from branches.exports import CSV_TYPE, PDF_TYPE, XLSX_TYPE, as_csv, as_xlsx
from branches.models import LANGUAGES
from reports.balance.document import balance_document
from reports.balance.tables import SHEETS, table, tables
from reports.balance_models import Balance, BalanceFile
from reports.pdf import as_pdf


class NoSuchFile(LookupError):
    """No file of the balance has this name, ending and language."""


@dataclass(frozen=True)
class FileKind:
    """How a file is made, in the language that is active. `is_kept`: it takes long, so keep it."""

    content_type: str
    make: Callable[[Balance], bytes]
    is_kept: bool


@dataclass(frozen=True)
class Made:
    name: str
    content_type: str
    content: bytes


def _pdf(balance: Balance) -> bytes:
    return as_pdf(balance_document(balance), at=balance.cut_off)


def _xlsx(balance: Balance) -> bytes:
    return as_xlsx(tables(balance), title=balance_document(balance).title, at=balance.cut_off)


def _csv(name: str, balance: Balance) -> bytes:
    try:
        return as_csv(table(balance, name))
    except LookupError:
        raise NoSuchFile(f"{name}.csv") from None


KINDS = {
    ("balance", "pdf"): FileKind(PDF_TYPE, _pdf, is_kept=True),
    ("balance", "xlsx"): FileKind(XLSX_TYPE, _xlsx, is_kept=True),
    **{(name, "csv"): FileKind(CSV_TYPE, partial(_csv, name), is_kept=False) for name in SHEETS},
}


def file_of(balance: Balance, *, name: str, language: str, ending: str) -> Made:
    """The file that a worker has made, or the same made now. Raises NoSuchFile."""
    kind = KINDS.get((name, ending))
    if kind is None or language not in LANGUAGES:
        raise NoSuchFile(f"{name}-{language}.{ending}")
    kept = BalanceFile.objects.filter(
        balance=balance, name=name, ending=ending, language=language, source=source_of(balance)
    ).first()
    content = bytes(kept.content) if kept else _made(balance, kind, language)
    return Made(f"{name}-{balance.number}-{language}.{ending}", kind.content_type, content)


def source_of(balance: Balance) -> str:
    """What a file is made from: its figures and the words of the manager."""
    words = json.dumps(balance.words, sort_keys=True)
    return hashlib.sha256(f"{balance.digest} {words}".encode()).hexdigest()


def make_missing(*, at: datetime) -> int:
    """Make the files that are missing or hold earlier words; return how many."""
    kept = [key for key, kind in KINDS.items() if kind.is_kept]
    wanted = {(*key, language) for key in kept for language in LANGUAGES}
    known = set(BalanceFile.objects.values_list("balance", "name", "ending", "language", "source"))
    made = 0
    for balance in Balance.objects.filter(content__isnull=False).order_by("-pk"):
        source = source_of(balance)
        for name, ending, language in sorted(wanted):
            if (balance.pk, name, ending, language, source) not in known:
                _keep(balance, name, ending, language, source=source, at=at)
                made += 1
    return made


@transaction.atomic
def _keep(
    balance: Balance, name: str, ending: str, language: str, *, source: str, at: datetime
) -> None:
    content = _made(balance, KINDS[name, ending], language)
    BalanceFile.objects.update_or_create(
        balance=balance,
        name=name,
        ending=ending,
        language=language,
        defaults={"source": source, "content": content, "made_at": at},
    )


def _made(balance: Balance, kind: FileKind, language: str) -> bytes:
    with translation.override(language):
        return kind.make(balance)
