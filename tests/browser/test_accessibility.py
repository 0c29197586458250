"""What is measured on a wide page is left out on a phone, and nothing else."""

from collections.abc import Callable

import pytest

from tests.browser.accessibility import violations
from tests.browser.visits import Visitor

pytestmark = pytest.mark.browser

PAGE = """
<!doctype html><html lang="fr"><head><title>Page</title><style>{style}</style></head>
<body><main><h1>Page</h1>{part}</main></body></html>
"""
PALE = "<p>Some words, as pale as the <span>paper</span></p>"
ON_A_PHONE = "@media (max-width: 600px)"


@pytest.mark.parametrize(
    ("style", "part", "found"),
    [
        ("p { color: #ccc }", PALE, []),
        (f"{ON_A_PHONE} {{ p {{ color: #ccc }} }}", PALE, ["color-contrast"]),
        (f"{ON_A_PHONE} {{ main {{ background: #111 }} }}", PALE, ["color-contrast"]),
        (f"{ON_A_PHONE} {{ main {{ opacity: .3 }} }}", PALE, ["color-contrast"]),
        (
            f"span {{ color: #ccc; display: none }} {ON_A_PHONE} {{ span {{ display: inline }} }}",
            PALE,
            ["color-contrast"],
        ),
        ("", "<img src='data:,'>", ["image-alt"]),
    ],
)
def test_a_phone_is_measured_where_it_differs(
    visitor: Callable[..., Visitor], style: str, part: str, found: list[str]
) -> None:
    page = visitor(viewport={"width": 390, "height": 900}).page
    page.set_content(PAGE.format(style=style, part=part))
    assert [one["id"] for one in violations(page, wide_is_seen=1440)] == found
    everything = [one["id"] for one in violations(page)]
    assert everything == (found or ["color-contrast"])
    assert page.viewport_size == {"width": 390, "height": 900}
