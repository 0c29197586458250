"""Every address of the product and what it answers to whom. A new address fails until decided."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeAlias

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from branches.models import Pilot
from people.models import User
from people.roles import Role
from reports import comparison_result, monthly, periods
from reports.balance import drawing_up
from requests_app.models import Draft, MemberRequest
from requests_app.saved_models import SavedAnswer, SavedView
from tests.documents import a_document, an_asked_document
from tests.factories import (
    NOW,
    AbsenceFactory,
    MemberFactory,
    OfficeFactory,
    UserFactory,
    a_request,
    an_adviser,
)
from tests.surveys.situations import a_comment, a_draft, a_wave

pytestmark = pytest.mark.django_db

Answer: TypeAlias = int | str | frozenset[int]
Row: TypeAlias = dict[str, Answer]

SIGN_IN, NO, YES, ELSEWHERE = "sign in", 404, 200, 302
STRANGERS = ("other_member", "adviser_elsewhere")
WHO = ("anonymous", "member", "adviser", "manager", "administrator", *STRANGERS)


def to(*, anonymous: Answer = SIGN_IN, everybody: Answer = NO, **named: Answer) -> Row:
    """One row of the table: nobody gets in but who is named."""
    return dict.fromkeys(WHO, everybody) | {"anonymous": anonymous} | named


# A form that is sent empty: who may send it is told what is missing, others nothing at all.
TOLD = frozenset({302, 409, 422})
SAVED = frozenset({200, 204, 302})
OPEN = to(everybody=YES, anonymous=YES)
MISSING = to(everybody=NO, anonymous=NO)
AWAY = to(everybody=ELSEWHERE, anonymous=ELSEWHERE)
ACTS = to(adviser=TOLD)
# The second who throws the same away finds nothing any more.
FOUND_OR_GONE = frozenset({302, 404})
WRITTEN_BY_STAFF = to(adviser=YES, adviser_elsewhere=YES, manager=YES, administrator=YES)

# Read: the page. Sent: a POST without fields. Addresses of one request are those of `member`.
READ: dict[str, Row] = {
    "home": AWAY,
    "privacy": OPEN,
    "healthz": OPEN,
    "readyz": to(everybody=frozenset({200, 503}), anonymous=frozenset({200, 503})),
    "requests_app:my_requests": to(member=YES, other_member=YES),
    "requests_app:submit": to(member=YES, other_member=YES),
    "requests_app:my_request": to(member=YES),
    "requests_app:openings": to(member=YES),
    "requests_app:document": to(member=YES, adviser=YES),
    # Only who decides on a document looks at it here; members save their own.
    "requests_app:view_document": to(adviser=YES),
    "requests_app:review": to(adviser=YES),
    "requests_app:hand_in": to(member=ELSEWHERE),
    "requests_app:queue": to(adviser=YES, adviser_elsewhere=YES),
    "requests_app:pulse": to(adviser=YES, adviser_elsewhere=YES),
    "requests_app:detail": to(adviser=YES),
    "requests_app:absence": to(adviser=YES, adviser_elsewhere=YES),
    "requests_app:resume": to(everybody=ELSEWHERE),
    "requests_app:narrow": to(adviser=ELSEWHERE, adviser_elsewhere=ELSEWHERE),
    "requests_app:my_drafts": to(adviser=YES, adviser_elsewhere=YES),
    "requests_app:log_call": to(adviser=YES, adviser_elsewhere=YES),
    "requests_app:find_members": to(adviser=YES, adviser_elsewhere=YES),
    "requests_app:member_page": to(adviser=YES),
    "requests_app:search": to(adviser=YES, adviser_elsewhere=YES),
    "requests_app:routing": to(manager=YES),
    "requests_app:all_saved_answers": WRITTEN_BY_STAFF,
    # An adviser of a team has no branch whose answers to write.
    "requests_app:new_saved_answer": to(adviser=YES, manager=YES, administrator=YES),
    "requests_app:saved_answer": to(adviser=YES, manager=YES, administrator=YES),
    "requests_app:answers_for": to(adviser=YES),
    "own_figures": to(adviser=YES, adviser_elsewhere=YES),
    "reports:pilot": to(manager=YES),
    "reports:months": to(manager=YES),
    "reports:monthly_report": to(manager=YES),
    "reports:comparison": to(manager=YES),
    "reports:comparison_cells": to(manager=YES),
    "reports:plans": to(manager=YES, administrator=YES),
    "reports:plan": to(manager=YES, administrator=YES),
    "reports:new_plan": to(manager=YES, administrator=YES),
    "reports:edit_plan": to(manager=YES, administrator=YES),
    "reports:monthly_file": to(manager=YES),
    # Behind the key of an invitation, no account; here the key does not exist.
    "surveys:answer": MISSING,
    "surveys:refuse": MISSING,
    "surveys:questionnaires": to(manager=YES, administrator=YES),
    "surveys:questionnaire": to(administrator=YES),
    "surveys:preview": to(manager=YES, administrator=YES),
    "surveys:waves": to(manager=YES),
    "surveys:plan": to(manager=YES),
    "surveys:wave": to(manager=YES),
    "surveys:check": to(manager=YES),
    "surveys:frame": to(manager=YES),
    "surveys:wave_results": to(manager=YES),
    "surveys:months": to(manager=YES),
    "surveys:results_file": to(manager=YES),
    "surveys:comments": to(manager=YES),
    "reports:balances": to(manager=YES),
    "reports:balance": to(manager=YES),
    "reports:balance_file": to(manager=YES),
    # That of the table is published; one that is not exists for nobody.
    "balance:public_balance": OPEN,
    "balance:public_balance_file": OPEN,
    "reports:why": to(manager=YES),
    "reports:why_figure": to(manager=YES),
    "reports:why_figure_rows": to(manager=YES),
    "reports:why_rows": to(manager=YES),
    "demo:start": OPEN,
    "demo:mail": OPEN,
}
SENT: dict[str, Row] = {
    "set_language": AWAY,
    "requests_app:submit": to(member=TOLD, other_member=TOLD),
    "requests_app:log_call": to(adviser=TOLD, adviser_elsewhere=TOLD),
    "requests_app:save_call_draft": to(adviser=SAVED, adviser_elsewhere=SAVED),
    "requests_app:save_draft": to(member=SAVED, other_member=SAVED),
    "requests_app:write": to(member=TOLD),
    "requests_app:save_message_draft": to(member=SAVED, adviser=SAVED),
    # The document stands in a request already: nobody takes it out again.
    "requests_app:remove_document": to(),
    **{
        f"requests_app:{action}": ACTS
        for action in (
            "take", "release", "route", "transfer", "send_back",
            "answer", "note", "wait", "close", "reopen", "undo", "consult",
            "answer_consultation", "withdraw_consultation",
        )
    },
    "requests_app:hand_in": to(member=TOLD),
    "requests_app:save_hand_in_draft": to(member=SAVED),
    "requests_app:save_review_draft": to(adviser=SAVED),
    **{
        f"requests_app:{action}_document": ACTS
        for action in ("ask", "follow", "check", "correct", "refuse", "drop")
    },
    "requests_app:take_next": to(adviser=ELSEWHERE, adviser_elsewhere=ELSEWHERE),
    "requests_app:absence": to(adviser=TOLD, adviser_elsewhere=TOLD),
    # That of somebody else.
    "requests_app:discard": to(),
    "requests_app:save_view": to(adviser=ELSEWHERE, adviser_elsewhere=ELSEWHERE),
    # That of somebody else.
    "requests_app:rename_view": to(),
    "requests_app:delete_view": to(),
    "requests_app:new_saved_answer": to(adviser=TOLD, manager=TOLD, administrator=TOLD),
    "requests_app:saved_answer": to(adviser=TOLD, manager=TOLD, administrator=TOLD),
    "requests_app:save_new_answer_draft": to(adviser=SAVED, manager=SAVED, administrator=SAVED),
    "requests_app:save_answer_draft": to(adviser=SAVED, manager=SAVED, administrator=SAVED),
    "requests_app:throw_away_answer": to(
        adviser=TOLD, manager=FOUND_OR_GONE, administrator=FOUND_OR_GONE
    ),
    "requests_app:insert_answer": to(adviser=ELSEWHERE),
    # That of somebody else: only its own adviser knows of it here.
    "requests_app:cancel_absence": to(),
    "reports:recompute": to(manager=ELSEWHERE),
    "reports:compare_again": to(manager=ELSEWHERE),
    "reports:publish": to(manager=TOLD),
    "reports:new_plan": to(manager=TOLD, administrator=TOLD),
    "reports:edit_plan": to(manager=TOLD, administrator=TOLD),
    "reports:lock_plan": to(manager=ELSEWHERE, administrator=ELSEWHERE),
    "surveys:answer": MISSING,
    "surveys:keep": MISSING,
    "surveys:refuse": MISSING,
    "surveys:questionnaire": to(administrator=TOLD),
    "surveys:copy_questionnaire": to(administrator=ELSEWHERE),
    "surveys:discard_questionnaire": to(administrator=ELSEWHERE),
    "surveys:plan": to(manager=TOLD),
    "surveys:step": to(manager=ELSEWHERE),
    "surveys:discard": to(manager=ELSEWHERE),
    "surveys:read_comment": to(manager=TOLD),
    "reports:ask_for_balance": to(manager=ELSEWHERE),
    # That of the table is published already: its words stay as they are.
    "reports:write_words": to(manager=TOLD),
    "reports:publish_balance": to(manager=ELSEWHERE),
    "reports:withdraw_balance": to(manager=ELSEWHERE),
    "demo:enter": to(anonymous=NO),
}  # fmt: skip
OF_A_FILE = {"requests_app:document"} | {
    f"requests_app:{action}_document" for action in ("remove", "view", "follow")
}
OF_A_DOCUMENT = {
    f"requests_app:{name}"
    for name in ("review", "save_review_draft", "hand_in", "save_hand_in_draft")
} | {f"requests_app:{action}_document" for action in ("check", "correct", "refuse", "drop")}
# Django's admin and allauth bring their own addresses and guards; tested in their own files.
BROUGHT_ALONG = ("admin:", "account_", "mfa_")


def _names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _names(pattern, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield namespace + pattern.name


def test_every_address_stands_in_the_table() -> None:
    ours = {name for name in _names(get_resolver()) if not name.startswith(BROUGHT_ALONG)}
    assert ours == set(READ) | set(SENT)


@pytest.fixture
def member_request() -> MemberRequest:
    return a_request(member=MemberFactory())


@pytest.fixture
def people(member_request: MemberRequest) -> dict[str, User | None]:
    elsewhere = OfficeFactory(code="MONS", name="Mons", reference_prefix="MO")
    return {
        "anonymous": None,
        "member": member_request.member.user,
        "other_member": MemberFactory().user,
        "adviser": an_adviser("first_line"),
        "adviser_elsewhere": an_adviser(None, office=elsewhere),
        "manager": UserFactory(role=Role.MANAGER),
        "administrator": UserFactory(role=Role.ADMINISTRATOR),
    }


OF_A_BALANCE = {
    "balance:public_balance",
    "balance:public_balance_file",
    "reports:balance",
    "reports:balance_file",
    "reports:publish_balance",
    "reports:withdraw_balance",
    "reports:write_words",
}


def _of_a_balance(name: str) -> list[str]:
    pilot, manager = Pilot.objects.get(), UserFactory(role=Role.MANAGER)
    wish, _told = drawing_up.ask(pilot=pilot, at=NOW, by=manager)
    drawing_up.draw_up(wish.pk, at=NOW)
    drawing_up.publish(balance=wish, by=manager, at=NOW)
    return [wish.key, *(["periods", "fr", "csv"] if name.endswith("_file") else [])]


# What there is only once a report has been computed.
ONCE_COMPUTED = {f"reports:{name}" for name in ("monthly_file", "why", "why_rows", "publish")}
ONCE_COUNTED = {"reports:why_figure", "reports:why_figure_rows", "reports:comparison_cells"}
OF_A_MONTH = {"reports:monthly_report", "reports:recompute"} | ONCE_COMPUTED | ONCE_COUNTED


def _of_a_report(name: str, member_request: MemberRequest) -> list[str]:
    if name in OF_A_BALANCE:
        return _of_a_balance(name)
    if name == "reports:comparison_cells":
        comparison_result.compare(pilot=Pilot.objects.get(), at=NOW)
        return ["within_promise"]
    if name in ONCE_COUNTED:
        periods.compute(pilot=Pilot.objects.get(), at=NOW)
        return ["first-answer"]
    if name not in ONCE_COMPUTED:
        return ["LIEGE", "2023-06"]
    # Of fewer requests or advisers nothing is shown.
    for adviser in [an_adviser("first_line") for _number in range(3)] * 2:
        a_request(member=MemberFactory(), taken_by=adviser)
    monthly.compute_report(office=member_request.office, month=date(2023, 6, 1), at=NOW)
    return ["LIEGE", "2023-06", *(["csv"] if name == "reports:monthly_file" else [])]


def _of_the_first_line() -> int:
    """A saved answer of the branch in which the adviser of the table works."""
    return SavedAnswer.objects.filter(branch__code="first_line").earliest("pk").pk


def _of_a_colleague() -> int:
    """A view that an adviser who is nobody in `WHO` has named."""
    return SavedView.objects.create(owner=an_adviser(), position=1, name="À moi", key="mine").pk


# What is found by its number.
BY_NUMBER: dict[str, Callable[[MemberRequest], int]] = {
    "requests_app:saved_answer": lambda _one: _of_the_first_line(),
    "requests_app:save_answer_draft": lambda _one: _of_the_first_line(),
    "requests_app:throw_away_answer": lambda _one: _of_the_first_line(),
    "requests_app:cancel_absence": lambda _one: AbsenceFactory().pk,
    "requests_app:rename_view": lambda _one: _of_a_colleague(),
    "requests_app:delete_view": lambda _one: _of_a_colleague(),
    "requests_app:discard": lambda one: (
        Draft.objects.create(author=one.member.user, saved_at=NOW).pk
    ),
}


def _of_a_document(name: str, member_request: MemberRequest) -> list[object]:
    if name in OF_A_FILE:
        return [a_document(member_request).key]
    return [member_request.reference, an_asked_document(member_request).number]


def _address(name: str, member_request: MemberRequest) -> str:
    if name in OF_A_FILE | OF_A_DOCUMENT:
        return reverse(name, args=_of_a_document(name, member_request))
    if name == "requests_app:member_page":
        return reverse(name, args=[member_request.member.number])
    if name in BY_NUMBER:
        return reverse(name, args=[BY_NUMBER[name](member_request)])
    if name in OF_A_MONTH | OF_A_BALANCE:
        return reverse(name, args=_of_a_report(name, member_request))
    try:
        return reverse(name)
    except Exception:  # What it lacks is the pilot, or else the reference of the request.
        plan = name.startswith("reports:") and name.endswith("plan")
        # No consultation stands: who may act is told so.
        which = [1] if name.endswith("_consultation") else []
        lacks = Pilot.objects.get().pk if plan else member_request.reference
        return reverse(name, args=[lacks, *which])


# What else than a wave each of these names.
OF_RESULTS: dict[str, Callable[[], list[object]]] = {
    "surveys:questionnaires": list,
    "surveys:questionnaire": lambda: [a_draft().pk],
    "surveys:preview": lambda: [a_draft().pk],
    "surveys:copy_questionnaire": lambda: [a_draft(released=True).pk],
    "surveys:discard_questionnaire": lambda: [a_draft().pk],
    "surveys:waves": list,
    "surveys:plan": list,
    "surveys:comments": list,
    "surveys:months": lambda: ["member"],
    "surveys:results_file": lambda: ["results", "csv"],
    "surveys:read_comment": lambda: [a_comment().pk],
}


def _survey_address(name: str) -> str:
    if name in OF_RESULTS:
        return reverse(name, args=OF_RESULTS[name]())
    if name in {"surveys:answer", "surveys:keep", "surveys:refuse"}:
        return reverse(name, args=["no-such-key"])
    wave = a_wave(drawn=name != "surveys:discard").pk
    return reverse(name, args=[wave, "pause"] if name == "surveys:step" else [wave])


def _said(response: HttpResponse) -> Answer:
    if response.streaming:
        # Read to its end, a file is closed.
        list(response)
    if response.status_code == ELSEWHERE and "/accounts/" in response["Location"]:
        return SIGN_IN
    return response.status_code


def _agrees(answer: Answer, expected: Answer) -> bool:
    return answer in expected if isinstance(expected, frozenset) else answer == expected


CASES = [("get", name, row) for name, row in READ.items()] + [
    ("post", name, row) for name, row in SENT.items()
]


@pytest.mark.parametrize(("method", "name", "row"), CASES, ids=[f"{m} {n}" for m, n, _ in CASES])
def test_each_answers_as_the_table_says(
    method: str,
    name: str,
    row: Row,
    member_request: MemberRequest,
    people: dict[str, User | None],
) -> None:
    is_survey = name.startswith("surveys:")
    address = _survey_address(name) if is_survey else _address(name, member_request)
    said = {}
    with time_machine.travel(NOW, tick=False):
        for who, person in people.items():
            client = Client()
            if person:
                client.force_login(person)
            said[who] = _said(getattr(client, method)(address))
    if name == "home":
        said = {who: ELSEWHERE if answer == SIGN_IN else answer for who, answer in said.items()}
    wrong = {
        who: (answer, row[who]) for who, answer in said.items() if not _agrees(answer, row[who])
    }
    assert not wrong


def test_a_missing_request_answers_like_a_foreign_one(member_request: MemberRequest) -> None:
    client = Client()
    client.force_login(MemberFactory().user)
    foreign = client.get(reverse("requests_app:my_request", args=[member_request.reference]))
    missing = client.get(reverse("requests_app:my_request", args=["LI-9999999"]))
    assert foreign.status_code == missing.status_code == NO
    assert foreign.content.replace(member_request.reference.encode(), b"LI-9999999") == (
        missing.content
    )
