"""Which pages are looked at, as whom, and where each of them is found in the demo."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from playwright.sync_api import Page

# An address, or how to find some from the page on which the person stands.
Where: TypeAlias = str | Callable[[Page], Iterator[str]]
MOST_PAGES_OF_MAIL = 60
LONGEST_LEARNING = 120  # seconds
HREFS = "links => links.map(link => link.getAttribute('href') || '')"
LAST_MONTH = datetime.now(ZoneInfo("Europe/Brussels")).replace(day=1) - timedelta(days=1)


def links(page: Page, start: str, selector: str) -> list[str]:
    """Where the links of this page lead, each address once."""
    page.goto(start)
    found: list[str] = page.locator(selector).evaluate_all(HREFS)
    return list(dict.fromkeys(found))


def first_and_last(start: str, selector: str) -> Callable[[Page], Iterator[str]]:
    """The newest and the oldest: one probably open, one surely closed."""

    def find(page: Page) -> Iterator[str]:
        found = links(page, start, selector)
        yield from dict.fromkeys([found[0], found[-1]])

    return find


def first(start: str, selector: str) -> Callable[[Page], Iterator[str]]:
    def find(page: Page) -> Iterator[str]:
        yield links(page, start, selector)[0]

    return find


def openings_of_own_request(page: Page) -> Iterator[str]:
    yield links(page, "/requests/", ".requests a")[0] + "openings/"


def edit_of_the_plan(page: Page) -> Iterator[str]:
    yield links(page, "/pilot/plans/", "h2 a[href*='/plans/']")[0] + "edit/"


def check_of_a_wave(page: Page) -> Iterator[str]:
    yield links(page, "/surveys/", "table a")[0] + "check/"


def results_of_a_wave(page: Page) -> Iterator[str]:
    yield links(page, "/surveys/", "table a")[-1] + "results/"


def a_draft(page: Page) -> Iterator[str]:
    """The draft of a questionnaire, begun when there is none."""
    page.goto("/surveys/questionnaires/")
    if not page.locator("main a.primary").count():
        page.locator("form[action$='/copy/'] button").first.click()
        page.goto("/surveys/questionnaires/")
    yield page.locator("main a.primary").first.get_attribute("href") or ""


def survey_links(page: Page) -> list[str]:
    """Where one answers, in each invitation to a survey of the demo's mailbox; newest first."""
    found: list[str] = []
    for number in range(1, MOST_PAGES_OF_MAIL):
        page.goto(f"/demo/mail/?page={number}")
        for text in page.locator("article .prose", has_text="/never/").all_inner_texts():
            found += re.findall(r"http://\S+(/s/[\w-]+/)\s", text)
        if not page.locator("a[rel=next]").count():
            break
    return list(dict.fromkeys(found))


def link_of_a_mail(page: Page) -> Iterator[str]:
    yield survey_links(page)[-1]


def refusal_of_a_mail(page: Page) -> Iterator[str]:
    yield survey_links(page)[-1] + "never/"


def balance_of_the_demo(page: Page) -> str:
    page.goto("/pilot/balance/")
    if not page.locator("#list a").count():
        page.locator("form[action$='/ask/'] button").click()
    # A worker draws it up.
    link = page.locator("#list a[href^='/pilot/balance/']").first
    link.wait_for(timeout=60_000)
    return link.get_attribute("href") or ""


def routing_once_learnt(page: Page) -> Iterator[str]:
    """A worker learns once the demo is loaded; until then there is no figure to look at."""
    for _attempt in range(LONGEST_LEARNING):
        page.goto("/routing/")
        if page.locator("#confusion-title").count():
            break
        page.wait_for_timeout(1_000)
    assert page.locator("#confusion-title").count(), "no model was trained"
    yield "/routing/"


def own_balance(page: Page) -> Iterator[str]:
    yield balance_of_the_demo(page)


def public_balance(page: Page) -> Iterator[str]:
    page.goto(balance_of_the_demo(page))
    publish = page.locator("form[action$='/publish/'] button")
    if publish.count():
        publish.click()
    yield (
        page.locator("main a[href*='/balance/']:not([href*='/pilot/'])").first.get_attribute("href")
        or ""
    )


# Every page of the product by the name of its address: as whom, and where. A page that stands in
# `tests/test_access.py` and not here fails `tests/test_looked_at.py`.
PAGES: dict[str, list[tuple[str, Where]]] = {
    "privacy": [("anybody", "/privacy/")],
    "demo:start": [("anybody", "/demo/")],
    "demo:mail": [("anybody", "/demo/mail/")],
    "requests_app:my_requests": [("member", "/requests/")],
    "requests_app:my_request": [("member", first_and_last("/requests/", ".requests a"))],
    "requests_app:submit": [("member", "/requests/new/")],
    "requests_app:openings": [("member", openings_of_own_request)],
    "requests_app:queue": [
        ("adviser_first_line", "/desk/"),
        ("adviser_first_line", "/desk/?view=mine"),
        ("adviser_team", "/desk/"),
    ],
    "requests_app:detail": [("adviser_first_line", first("/desk/", "a.item"))],
    "requests_app:review": [("adviser_first_line", first("/desk/?view=documents", "a.item"))],
    "requests_app:absence": [("adviser_first_line", "/desk/absence/")],
    "requests_app:log_call": [("adviser_first_line", "/desk/calls/new/")],
    "requests_app:member_page": [
        ("adviser_first_line", first("/desk/members/?find=camille", ".requests a")),
    ],
    "requests_app:find_members": [
        ("adviser_first_line", "/desk/members/"),
        ("adviser_first_line", "/desk/members/?find=camille"),
        ("adviser_first_line", "/desk/members/?find=zzyzx"),
    ],
    "requests_app:search": [
        ("adviser_first_line", "/search/?q=contrat"),
        ("adviser_first_line", "/search/?q=zzyzx"),
    ],
    "requests_app:routing": [("manager", routing_once_learnt)],
    "requests_app:narrow": [("adviser_first_line", "/desk/filter/?view=answer")],
    "requests_app:my_drafts": [("adviser_first_line", "/desk/drafts/")],
    "requests_app:all_saved_answers": [("adviser_first_line", "/saved-answers/")],
    "requests_app:new_saved_answer": [("adviser_first_line", "/saved-answers/new/")],
    "requests_app:saved_answer": [
        ("adviser_first_line", first("/saved-answers/", ".shelf a")),
    ],
    "own_figures": [("adviser_first_line", "/desk/mine/figures/")],
    "surveys:questionnaires": [("manager", "/surveys/questionnaires/")],
    "surveys:questionnaire": [("administrator", a_draft)],
    "surveys:preview": [
        ("manager", first("/surveys/questionnaires/", "a[href$='/preview/']")),
    ],
    "surveys:waves": [("manager", "/surveys/")],
    "surveys:plan": [("manager", "/surveys/new/")],
    "surveys:wave": [("manager", first_and_last("/surveys/", "table a"))],
    "surveys:check": [("manager", check_of_a_wave)],
    "surveys:wave_results": [("manager", results_of_a_wave)],
    "surveys:months": [
        ("manager", "/surveys/results/member/"),
        ("manager", "/surveys/results/adviser/"),
    ],
    "surveys:comments": [("manager", "/surveys/comments/")],
    "surveys:answer": [("anybody", link_of_a_mail)],
    "surveys:refuse": [("anybody", refusal_of_a_mail)],
    "reports:pilot": [("manager", "/pilot/"), ("manager", "/pilot/?clock=calendar")],
    "reports:balances": [("manager", "/pilot/balance/")],
    "reports:balance": [("manager", own_balance)],
    "balance:public_balance": [("manager", public_balance)],
    "reports:why": [
        ("manager", first(f"/pilot/CHARLEROI/{LAST_MONTH:%Y-%m}/", "a[href*='/why/']")),
    ],
    "reports:why_figure": [("manager", first("/pilot/", "main a[href*='/pilot/why/']"))],
    "reports:months": [("manager", "/pilot/months/")],
    "reports:comparison": [("manager", "/pilot/comparison/")],
    "reports:comparison_cells": [
        ("manager", first("/pilot/comparison/", "main a[href*='/comparison/cells/']")),
    ],
    "reports:plans": [("manager", "/pilot/plans/")],
    "reports:plan": [("manager", first("/pilot/plans/", "h2 a[href*='/plans/']"))],
    "reports:edit_plan": [("manager", edit_of_the_plan)],
    "reports:new_plan": [("manager", "/pilot/plans/new/")],
    "reports:monthly_report": [("manager", f"/pilot/CHARLEROI/{LAST_MONTH:%Y-%m}/")],
}
# What answers something else than a page: a file, a part of a page, a word for machines.
NO_PAGES = {
    "home",
    "healthz",
    "readyz",
    "requests_app:document",
    "requests_app:pulse",
    "requests_app:answers_for",
    "requests_app:hand_in",
    "requests_app:resume",
    "requests_app:view_document",
    "reports:balance_file",
    "reports:why_rows",
    "reports:why_figure_rows",
    "balance:public_balance_file",
    "surveys:frame",
    "surveys:results_file",
    "reports:monthly_file",
}
ROLES = ("member", "adviser_first_line", "adviser_team", "manager", "administrator")
# Of those who bring pages along: allauth's own.
BESIDE = {"adviser_first_line": ["/accounts/2fa/"]}


# What was found for a role, by the product in which it was found.
_found: dict[tuple[str, str], list[str]] = {}


def addresses_of(role: str, page: Page, product: str) -> list[str]:
    """The addresses of every page at which this role looks: found once, and then the same ones."""
    if (product, role) not in _found:
        _found[product, role] = list(_search(role, page))
    return _found[product, role]


def _search(role: str, page: Page) -> Iterator[str]:
    for places in PAGES.values():
        for who, where in places:
            if who == role:
                yield from [where] if isinstance(where, str) else where(page)
    yield from BESIDE.get(role, [])
