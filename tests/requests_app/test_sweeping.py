"""Files on the disk and their rows belong together; what is left over goes after a day."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import transaction

from people.models import User
from requests_app import documents, drafts, sweeping
from requests_app.models import Document
from tests.documents import a_document
from tests.factories import NOW, UserFactory, a_request
from tests.requests_app.composing import a_pdf

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def _uploaded(by: User) -> None:
    draft = drafts.save_draft(author=by, member_request=None, fields={}, key=None, at=NOW)
    documents.add_to_draft(draft=draft, file=a_pdf(), by=by, at=NOW)


def _rolled_back() -> None:
    with transaction.atomic():
        _uploaded(UserFactory())
        transaction.set_rollback(True)


def _stored() -> list[Path]:
    """All files on the disk, as old as if they had come in at the moment of the tests."""
    found = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    for path in found:
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    return found


def test_a_file_whose_upload_was_rolled_back_goes_after_a_day() -> None:
    _rolled_back()
    assert not Document.objects.exists()
    assert len(_stored()) == 1
    assert sweeping.sweep(at=NOW + DAY) == 0
    assert sweeping.sweep(at=NOW + DAY + timedelta(seconds=1)) == 1
    assert _stored() == []


def test_what_has_a_row_stays_in_a_draft_and_in_a_request() -> None:
    _uploaded(UserFactory())
    a_document(a_request())
    _rolled_back()
    assert len(_stored()) == 3
    assert sweeping.sweep(at=NOW + 2 * DAY) == 1
    assert {path.name for path in _stored()} == set(Document.objects.values_list("key", flat=True))


def test_where_nothing_was_ever_stored_nothing_is_swept() -> None:
    assert sweeping.sweep(at=NOW) == 0


def test_a_file_that_goes_meanwhile_is_nobodys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    _rolled_back()
    assert _stored()

    def gone(_storage: FileSystemStorage, _name: str) -> Any:
        raise FileNotFoundError

    monkeypatch.setattr(FileSystemStorage, "get_modified_time", gone)
    assert sweeping.sweep(at=NOW + 2 * DAY) == 0
