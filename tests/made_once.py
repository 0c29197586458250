"""What many tests only read is made once for their file; what each test changes is undone."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def made_once(blocker: DjangoDbBlocker) -> Iterator[None]:
    """A transaction around those of the tests; what is stored at its beginning goes with its end.

    For a fixture of a module, in which every test that uses the database starts from the same rows.
    It hands on no objects: a test that changed one would change it for the others.
    """
    with blocker.unblock():
        around = transaction.atomic()
        around.__enter__()
    try:
        yield
    finally:
        with blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)
