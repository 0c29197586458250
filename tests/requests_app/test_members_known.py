"""Which members an adviser finds and what the page of a member shows, and to whom."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from people.models import Member, User
from requests_app import transitions
from requests_app.selectors.people import FOUND_AT_MOST, found_members
from tests.documents import a_document
from tests.factories import NOW, MemberFactory, OfficeFactory, a_request, an_adviser, branch

pytestmark = pytest.mark.django_db

FIND = "/desk/members/"


@pytest.fixture
def adviser() -> User:
    return an_adviser("first_line", name="Inès Lambert", language="en")


@pytest.fixture
def desk(client: Client, adviser: User) -> Client:
    client.force_login(adviser)
    return client


@pytest.fixture
def member() -> Member:
    return MemberFactory(number="20417", user__name="Éloïse D'Hondt", user__email="elo@smart.test")


def _mons() -> Any:
    return OfficeFactory(code="MONS", name="Mons", reference_prefix="MO")


def _page(desk: Client, member: Member, **query: str) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return desk.get(f"{FIND}{quote(member.number)}/", query)


def _names(text: str, reader: User) -> list[str]:
    return [member.user.name for member in found_members(text, reader=reader, at=NOW)]


@pytest.mark.parametrize(
    "text", ["eloise", "ELOÏSE", "hondt", "d'hondt elo", "20417", "204", "elo@sm", " Éloïse "]
)
@pytest.mark.usefixtures("member")
def test_a_member_is_found_by_name_number_and_address(adviser: User, text: str) -> None:
    assert _names(text, adviser) == ["Éloïse D'Hondt"]


@pytest.mark.parametrize("text", ["", "e", "%%", "__", "\x00\x00", "eloise martin", "@smart.test"])
@pytest.mark.usefixtures("member")
def test_too_little_and_what_nobody_is_called_finds_nobody(adviser: User, text: str) -> None:
    assert _names(text, adviser) == []


def test_those_of_the_own_office_come_first(adviser: User) -> None:
    elsewhere = MemberFactory(user__name="Anna Aerts", office=_mons())
    here = MemberFactory(user__name="Anna Zola")
    _leaves_a_request_here(elsewhere)
    assert _names("anna", adviser) == [here.user.name, elsewhere.user.name]


def _leaves_a_request_here(member: Member) -> None:
    """A request from the time in which the member belonged to Liège."""
    member_request = a_request(member=member)
    member_request.office = OfficeFactory()
    member_request.save()


def test_members_of_other_offices_are_not_found(adviser: User) -> None:
    MemberFactory(user__name="Anna Aerts", office=_mons())
    assert _names("anna", adviser) == []


def test_at_most_eight_are_found(adviser: User) -> None:
    for _number in range(FOUND_AT_MOST + 2):
        MemberFactory(user__name="Anna Aerts")
    assert len(_names("anna", adviser)) == FOUND_AT_MOST


@pytest.mark.parametrize("many", [2, 20])
def test_finding_costs_the_same_for_two_members_and_for_twenty(desk: Client, many: int) -> None:
    for _number in range(many):
        MemberFactory(user__name="Anna Aerts")
    with CaptureQueriesContext(connection) as queries:
        desk.get(FIND, {"find": "anna"}, headers={"HX-Request": "true"})
    # The session, the person, the posting, the own office; with few found, the others too.
    assert len(queries) == (5 if many < FOUND_AT_MOST else 4)


@pytest.mark.usefixtures("member")
def test_while_typing_only_those_found_are_sent(desk: Client) -> None:
    found = desk.get(FIND, {"find": "eloise"}, headers={"HX-Request": "true"})
    assert 'value="20417"' in found.content.decode()
    assert "<html" not in found.content.decode()
    assert "HX-Request" in found["Vary"]


@pytest.mark.usefixtures("member")
def test_without_javascript_it_is_a_page_with_links(desk: Client) -> None:
    assert f'href="{FIND}20417/"' in desk.get(FIND, {"find": "eloise"}).content.decode()


def test_names_are_shown_as_text(desk: Client) -> None:
    evil = "<img src=x onerror=alert(1)>"
    member = MemberFactory(user__name=evil)
    pages = [
        _page(desk, member),
        desk.get(FIND, {"find": "onerror"}),
        desk.get(FIND, {"find": evil}),
    ]
    assert not [page for page in pages if evil in page.content.decode()]


@pytest.mark.parametrize("number", ["A/12 é?#%", "B.12", "Ω-1"])
def test_a_number_may_hold_anything(desk: Client, number: str) -> None:
    MemberFactory(number=number, user__name="Anna Aerts")
    found = desk.get(FIND, {"find": "anna"}).content.decode()
    assert found.count(f'href="{FIND}') >= 1
    member = Member.objects.get(number=number)
    page = _page(desk, member)
    assert page.status_code == 200
    logging = page.content.decode().split('href="/desk/calls/new/?', 1)[1].split('"', 1)[0]
    form = desk.get("/desk/calls/new/?" + logging)
    assert form.context["chosen"] == member


def test_a_member_of_another_office_does_not_exist_here(desk: Client) -> None:
    foreign = MemberFactory(office=_mons())
    a_request(member=foreign)
    page = _page(desk, foreign)
    missing = desk.get(f"{FIND}none/")
    assert page.status_code == missing.status_code == 404


def test_a_member_with_a_request_here_does(desk: Client) -> None:
    foreign = MemberFactory(office=_mons())
    _leaves_a_request_here(foreign)
    assert _page(desk, foreign).status_code == 200


def test_a_request_that_is_private_to_others_makes_nobody_known(desk: Client) -> None:
    foreign = MemberFactory(office=_mons())
    an_adviser("support")
    member_request = a_request(member=foreign)
    type(member_request).objects.filter(pk=member_request.pk).update(
        office=OfficeFactory(), is_sensitive=True, branch=branch("support")
    )
    assert _page(desk, foreign).status_code == 404


def test_the_page_counts_and_shows_visible_requests_only(
    desk: Client, member: Member, adviser: User
) -> None:
    shown = a_request(member=member, taken_by=adviser)
    hidden = a_request(
        member=member, topic_code=None, branch=branch("support"), subject="Un souci de santé"
    )
    transitions.take(member_request=hidden, by=an_adviser("support"), at=NOW, version=1)
    page = _page(desk, member)
    known = page.context["known"]
    assert known.open_requests == [shown]
    assert (known.usual_adviser, known.taken) == ("Inès Lambert", 1)
    assert hidden.reference not in page.content.decode()
    assert hidden.subject not in page.content.decode()


def test_the_page_shows_what_was_said_and_sent(desk: Client, member: Member, adviser: User) -> None:
    closed = a_request(member=member, answered_by=adviser, closed_by=adviser)
    document = a_document(closed)
    page = _page(desk, member).content.decode()
    assert "Voici la réponse." in page
    assert document.name in page
    assert f'href="/desk/{closed.reference}/"' in page


def test_texts_of_private_requests_are_read_where_it_is_recorded(member: Member) -> None:
    support = an_adviser("support", language="en")
    private = a_request(
        member=member, topic_code=None, branch=branch("support"), body="Je suis malade."
    )
    document = a_document(private)
    reader = Client()
    reader.force_login(support)
    page = _page(reader, member).content.decode()
    assert private.reference in page
    assert "Je suis malade." not in page
    assert document.key not in page


@pytest.mark.parametrize("many", [2, 20])
def test_the_page_costs_the_same_for_two_requests_and_for_twenty(
    desk: Client, member: Member, adviser: User, many: int
) -> None:
    for _number in range(many):
        a_request(member=member)
        answered = a_request(member=member, answered_by=adviser, closed_by=adviser)
    a_document(answered)
    with CaptureQueriesContext(connection) as queries:
        _page(desk, member)
    assert len(queries) == 10


def test_the_closed_requests_have_pages(desk: Client, member: Member, adviser: User) -> None:
    for _number in range(26):
        a_request(member=member, closed_by=adviser)
    assert len(_page(desk, member, page="2").context["closed"]) == 1


def test_a_request_leads_to_the_page_of_its_member(desk: Client, member: Member) -> None:
    member_request = a_request(member=member, key=uuid4())
    with time_machine.travel(NOW, tick=False):
        page = desk.get(f"/desk/{member_request.reference}/")
    assert f'href="{FIND}20417/"' in page.content.decode()
