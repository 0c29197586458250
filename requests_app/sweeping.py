"""Files that no row knows: stored for an upload that was rolled back, or left by one forgotten.

A file is written before its row is committed, and deleted after its row is gone. Where something
stops in between, it stays: harmless, but nobody could find it to erase it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.core.files.storage import default_storage

from requests_app.models import FILES, Document

# Far longer than an upload lasts: what is this old without a row will never have one.
KEPT_WITHOUT_A_ROW = timedelta(days=1)

log = structlog.get_logger()


def sweep(*, at: datetime) -> int:
    """Delete the stored files without a row that are older than a day. Returns how many."""
    swept = sum(_sweep_folder(folder, at=at) for folder in _folders())
    if swept:
        log.info("files_without_a_row_deleted", number=swept)
    return swept


def _folders() -> Iterator[str]:
    """The folders that keep documents: one for each beginning of a key."""
    try:
        names, _files = default_storage.listdir(FILES)
    except FileNotFoundError:
        return
    yield from (f"{FILES}/{name}" for name in sorted(names))


def _sweep_folder(folder: str, *, at: datetime) -> int:
    _names, files = default_storage.listdir(folder)
    stored = {f"{folder}/{name}" for name in files}
    known = set(Document.objects.filter(file__in=stored).values_list("file", flat=True))
    old = [name for name in stored - known if _is_old(name, at=at)]
    for name in old:
        default_storage.delete(name)
    return len(old)


def _is_old(name: str, *, at: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < at - KEPT_WITHOUT_A_ROW
    except FileNotFoundError:
        # Its draft was thrown away at this moment.
        return False
