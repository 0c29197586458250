"""What happened stays as it happened: the database itself refuses anything else."""

import pytest
from django.db import IntegrityError, connection

from requests_app.models import RequestEvent
from tests.factories import NOW, a_request

pytestmark = pytest.mark.django_db

REFUSED = "events are append only"


def test_an_event_is_not_changed() -> None:
    event = a_request().events.get()
    with pytest.raises(IntegrityError, match=REFUSED):
        RequestEvent.objects.filter(pk=event.pk).update(at=NOW)


def test_an_event_is_not_deleted() -> None:
    event = a_request().events.get()
    with pytest.raises(IntegrityError, match=REFUSED):
        RequestEvent.objects.filter(pk=event.pk)._raw_delete("default")


def test_not_even_plain_sql_changes_an_event() -> None:
    a_request()
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match=REFUSED):
        cursor.execute("UPDATE requests_app_requestevent SET action = 'spam'")


@pytest.mark.parametrize("table", ["requestevent", "opening", "askedevent"])
def test_what_is_append_only_is_not_emptied_either(table: str) -> None:
    with connection.cursor() as cursor:
        # Only tests may, and this one does without.
        cursor.execute("SET LOCAL dop_pilot.may_empty = 'no'")
        with pytest.raises(IntegrityError, match="append only"):
            cursor.execute(f"TRUNCATE requests_app_{table} CASCADE")
