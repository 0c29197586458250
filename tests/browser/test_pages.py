"""Every page as each role sees it: wide and narrow, light and dark, in the four languages."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.addresses import ROLES, addresses_of
from tests.browser.visits import Visitor, ask
from tests.browser.watching import Watch

pytestmark = pytest.mark.browser

AXE_OPTIONS = {"resultTypes": ["violations"], "preload": False}
# Beside those of the table: of allauth, and the page for what is not there.
OUTSIDERS = [
    "/accounts/login/code/",
    "/accounts/login/",
    "/accounts/password/reset/",
    "/no-such-page/",
]


@dataclass(frozen=True)
class Look:
    width: int
    scheme: str
    language: str

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}-{self.language}"


# Each language once; German, with the longest words, where there is least room.
LOOKS = [
    Look(1440, "light", "fr"),
    Look(1440, "dark", "nl"),
    Look(390, "light", "de"),
    Look(390, "dark", "en"),
]


# What a survey's link opens speaks the language of the person who was invited.
OWN_LANGUAGE = re.compile(r"^(https?://[^/]+)?/s/")


def faults(page: Page, look: Look) -> Iterator[str]:
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if overflow > 0:
        yield f"scrolls sideways by {overflow} px"
    is_own = OWN_LANGUAGE.match(page.url) is not None
    if not is_own and page.locator("html").get_attribute("lang") != look.language:
        yield f"is not in {look.language}"
    for violation in Axe().run(page, options=AXE_OPTIONS).response["violations"]:
        if violation["impact"] != "minor":
            places = [", ".join(map(str, node["target"])) for node in violation["nodes"][:3]]
            yield f"{violation['id']} ({violation['impact']}): {' | '.join(places)}"


@dataclass(frozen=True)
class Viewer:
    """Looks at one page after the other, and keeps a picture of each."""

    visitor: Visitor
    look: Look
    pictures: Path
    found: list[str]

    def look_at(self, address: str, role: str) -> None:
        self.visitor.page.goto(address)
        self.look_here(address, role)

    def look_here(self, name: str, role: str) -> None:
        page = self.visitor.page
        self.found.extend(f"{name} {fault}" for fault in faults(page, self.look))
        file = re.sub(r"\W+", "-", f"{role}{name}").strip("-")
        page.screenshot(path=self.pictures / f"{file}-{self.look}.png", full_page=True)


@pytest.fixture(params=LOOKS, ids=str)
def viewer(
    request: pytest.FixtureRequest, visitor: Callable[..., Visitor], pictures: Path
) -> Viewer:
    look: Look = request.param
    viewport = {"width": look.width, "height": 900}
    options = {"viewport": viewport, "color_scheme": look.scheme}
    # A transition that runs while colours are measured would measure something in between.
    somebody = visitor(look.language, reduced_motion="reduce", **options)
    return Viewer(somebody, look, pictures, [])


def test_the_pages_before_signing_in(viewer: Viewer, watch: Watch) -> None:
    watch.expected.append("404: GET")
    for address in [*addresses_of("anybody", viewer.visitor.page), *OUTSIDERS]:
        viewer.look_at(address, "anybody")
    viewer.visitor.page.goto("/accounts/login/code/")
    viewer.visitor.page.locator("#id_email").fill("nobody@demo.example")
    viewer.visitor.press("Send me a code")
    viewer.look_here("/code/", "anybody")
    assert not viewer.found


@pytest.mark.parametrize("role", ROLES)
def test_the_pages_of(viewer: Viewer, role: str) -> None:
    viewer.visitor.enter(role)
    for address in addresses_of(role, viewer.visitor.page):
        viewer.look_at(address, role)
    assert not viewer.found


# Wide and narrow, light and dark, in half the time.
TWO_LOOKS = pytest.mark.parametrize("viewer", LOOKS[1:3], indirect=True, ids=str)


@TWO_LOOKS
def test_a_form_with_errors(viewer: Viewer) -> None:
    viewer.visitor.enter("member")
    viewer.visitor.page.goto("/requests/new/")
    viewer.visitor.press("Send my request")
    viewer.look_here("/requests/new/errors/", "member")
    assert not viewer.found


@TWO_LOOKS
def test_the_menus_of_a_request(viewer: Viewer, visitor: Callable[..., Visitor]) -> None:
    member = visitor()
    member.enter("member")
    reference = ask(member, "Où est le menu ?")
    viewer.visitor.enter("adviser_first_line")
    page = viewer.visitor.page
    page.goto(f"/desk/{reference}/")
    for act in ("transfer", "close"):
        page.locator(f"details.act[data-act='{act}'] summary").click()
        viewer.look_here(f"/desk/{act}/", "adviser_first_line")
    page.locator("details.menu summary").click()
    viewer.look_here("/desk/account/", "adviser_first_line")
    assert not viewer.found


def test_the_pages_of_the_administrator(visitor: Callable[..., Visitor], pictures: Path) -> None:
    """Django's own pages in Django's own look: they need only work."""
    administrator = visitor()
    administrator.enter("administrator")
    for address in ("/admin/", "/admin/branches/office/", "/admin/people/user/"):
        administrator.page.goto(address)
        name = re.sub(r"\W+", "-", address).strip("-")
        administrator.page.screenshot(path=pictures / f"administrator-{name}.png")
