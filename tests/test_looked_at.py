"""No page is left out when the pages are looked at in a browser."""

from tests.browser.addresses import NO_PAGES, PAGES
from tests.test_access import READ


def test_every_page_is_looked_at() -> None:
    assert set(PAGES) | NO_PAGES == set(READ)
    assert not set(PAGES) & NO_PAGES
