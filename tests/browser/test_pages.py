"""Every page as each role sees it: wide and narrow, light and dark, in the four languages."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

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


CUT_OFF = """
() => [...document.querySelectorAll("details[open] > .card, dialog[open]")].some((one) => {
  const { left, right } = one.getBoundingClientRect();
  return left < 0 || right > window.innerWidth;
})
"""

TO_THE_END_AND_BACK = """
() => { window.scrollTo(0, document.documentElement.scrollHeight); window.scrollTo(0, 0); }
"""


def faults(page: Page, look: Look) -> Iterator[str]:
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if overflow > 0:
        yield f"scrolls sideways by {overflow} px"
    if page.evaluate(CUT_OFF):
        yield "an open menu is cut off"
    is_own = OWN_LANGUAGE.match(page.url) is not None
    if not is_own and page.locator("html").get_attribute("lang") != look.language:
        yield f"is not in {look.language}"
    for violation in Axe().run(page, options=AXE_OPTIONS).response["violations"]:
        places = [", ".join(map(str, node["target"])) for node in violation["nodes"][:3]]
        yield f"{violation['id']} ({violation['impact']}): {' | '.join(places)}"


@dataclass(frozen=True)
class Viewer:
    """Looks at one page after the other, and keeps a picture of each that has a fault.

    With `--pictures` of every page: to draw a whole page costs as much as to look through it.
    """

    visitor: Visitor
    look: Look
    pictures: Path
    draws_all: bool
    found: list[str]

    def look_at(self, address: str, role: str) -> None:
        self.visitor.page.goto(address)
        self.look_here(address, role)

    def look_here(self, name: str, role: str) -> None:
        page = self.visitor.page
        found = list(faults(page, self.look))
        self.found.extend(f"{name} {fault}" for fault in found)
        # What is only loaded once somebody gets there is asked for as well.
        page.evaluate(TO_THE_END_AND_BACK)
        if found or self.draws_all:
            file = re.sub(r"\W+", "-", f"{role}{name}").strip("-")
            # Packed as a photograph it costs a third of the time, hundreds of times.
            file = f"{file}-{self.look}.jpeg"
            page.screenshot(path=self.pictures / file, full_page=True, type="jpeg", quality=80)


@pytest.fixture(params=LOOKS, ids=str)
def viewer(
    request: pytest.FixtureRequest, visitor: Callable[..., Visitor], pictures: Path
) -> Viewer:
    look: Look = request.param
    viewport = {"width": look.width, "height": 900}
    options = {"viewport": viewport, "color_scheme": look.scheme}
    # A transition that runs while colours are measured would measure something in between.
    somebody = visitor(look.language, reduced_motion="reduce", **options)
    return Viewer(somebody, look, pictures, request.config.getoption("--pictures"), [])


def test_the_pages_before_signing_in(viewer: Viewer, watch: Watch, base_url: str) -> None:
    watch.expected.append("404: GET")
    for address in [*addresses_of("anybody", viewer.visitor.page, base_url), *OUTSIDERS]:
        viewer.look_at(address, "anybody")
    viewer.visitor.page.goto("/accounts/login/code/")
    # An address of its own for each look: one address gets few codes a minute.
    viewer.visitor.page.locator("#id_email").fill(f"nobody-{viewer.look}@demo.example")
    viewer.visitor.press("Send me a code")
    viewer.visitor.page.wait_for_url(re.compile("/confirm/"))
    viewer.look_here("/code/", "anybody")
    assert not viewer.found, "\n".join(viewer.found)


@pytest.mark.parametrize("role", ROLES)
def test_the_pages_of(viewer: Viewer, role: str, base_url: str) -> None:
    viewer.visitor.enter(role)
    if role == "administrator":
        # Where Django's own pages begin, nobody can choose a language.
        viewer.visitor.page.goto("/surveys/questionnaires/")
        viewer.visitor.speak()
    for address in addresses_of(role, viewer.visitor.page, base_url):
        viewer.look_at(address, role)
    assert not viewer.found, "\n".join(viewer.found)


# Wide and narrow, light and dark, in half the time.
TWO_LOOKS = pytest.mark.parametrize("viewer", LOOKS[1:3], indirect=True, ids=str)


@TWO_LOOKS
def test_a_form_with_errors(viewer: Viewer) -> None:
    viewer.visitor.enter("member")
    viewer.visitor.page.goto("/requests/new/")
    viewer.visitor.press("Send my request")
    viewer.look_here("/requests/new/errors/", "member")
    assert not viewer.found, "\n".join(viewer.found)


@TWO_LOOKS
def test_the_menus_of_a_request(viewer: Viewer, visitor: Callable[..., Visitor]) -> None:
    member = visitor()
    member.enter("member")
    reference = ask(member, "Où est le menu ?")
    viewer.visitor.enter("adviser_first_line")
    page = viewer.visitor.page
    page.goto(f"/desk/{reference}/")
    for act in ("transfer", "consult", "close", "ask_document"):
        page.locator(f"details.act[data-act='{act}'] summary").click()
        viewer.look_here(f"/desk/{act}/", "adviser_first_line")
        # An open menu lies over what stands below it.
        page.keyboard.press("Escape")
    page.locator("details.menu summary").click()
    viewer.look_here("/desk/account/", "adviser_first_line")
    page.keyboard.press("Escape")
    expect(page.locator("details.menu")).not_to_have_attribute("open", "")
    page.locator("[data-saved-button]").click()
    expect(page.locator("#saved-list [role=option]").first).to_be_visible()
    viewer.look_here("/desk/saved/", "adviser_first_line")
    page.locator("#saved-filter").press("Escape")
    page.locator("#case h1").press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    viewer.look_here("/desk/keys/", "adviser_first_line")
    assert not viewer.found, "\n".join(viewer.found)


@TWO_LOOKS
def test_what_colleagues_change_and_what_can_be_undone(
    viewer: Viewer, visitor: Callable[..., Visitor]
) -> None:
    """The menu of a route, the bar that undoes it, and the page of who comes second."""
    member, colleague = visitor(), visitor()
    member.enter("member")
    references = [ask(member, "Vers qui ?", about="dont_know") for _each in range(2)]
    viewer.visitor.enter("adviser_first_line")
    page = viewer.visitor.page
    page.goto(f"/desk/{references[0]}/?view=triage")
    page.locator("details.act[data-act=route] summary").click()
    viewer.look_here("/desk/route/", "adviser_first_line")
    page.locator(".routes [value=safeguarding]").first.click()
    expect(page.locator("form.undo")).to_be_visible()
    viewer.look_here("/desk/undo/", "adviser_first_line")
    page.goto(f"/desk/{references[1]}/")
    colleague.enter("adviser_safeguarding")
    colleague.page.goto(f"/desk/{references[1]}/")
    colleague.page.locator(".routes [value=safeguarding]").first.click()
    colleague.shows("The request has its branch.")
    page.locator("textarea[name=note]").fill("Une note")
    page.locator(".routes [value=coop]").first.click()
    expect(page.locator(".alert.error[role=alert]")).to_be_visible()
    viewer.look_here("/desk/conflict/", "adviser_first_line")
    assert not viewer.found, "\n".join(viewer.found)


@TWO_LOOKS
def test_the_menus_of_a_review(viewer: Viewer) -> None:
    viewer.visitor.enter("adviser_first_line")
    page = viewer.visitor.page
    page.goto("/desk/?view=documents")
    page.goto(page.locator("a.item").first.get_attribute("href") or "")
    for menu in page.locator("details.act").all():
        menu.locator("summary").click()
        name = menu.locator("summary").get_attribute("data-key") or "answer"
        viewer.look_here(f"/desk/review/{name}/", "adviser_first_line")
    assert not viewer.found, "\n".join(viewer.found)


def test_the_pages_of_the_administrator(visitor: Callable[..., Visitor], pictures: Path) -> None:
    """Django's own pages in Django's own look: they need only work."""
    administrator = visitor()
    administrator.enter("administrator")
    for address in ("/admin/", "/admin/branches/office/", "/admin/people/user/"):
        administrator.page.goto(address)
        name = re.sub(r"\W+", "-", address).strip("-")
        administrator.page.screenshot(path=pictures / f"administrator-{name}.png")
