"""The way in: the start page of the demo."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.visits import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("account", "first_page"),
    [
        ("member", "/requests/"),
        ("adviser_safeguarding", "/desk/"),
        ("manager", "/pilot/"),
        ("administrator", "/admin/"),
    ],
)
def test_each_person_of_the_demo_starts_where_the_work_is(
    visitor: Callable[..., Visitor], account: str, first_page: str
) -> None:
    person = visitor()
    person.enter(account)
    expect(person.page).to_have_url(re.compile(f"{first_page}$"))
