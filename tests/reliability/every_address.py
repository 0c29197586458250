"""Every address of the table of access, every field of every form, and who may go there."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote_plus

from django import forms
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver

from local_services.places import CHECKOUT
from people.models import User
from people.roles import Role
from requests_app.models import MemberRequest
from tests.factories import MemberFactory, OfficeFactory, UserFactory, a_request, an_adviser
from tests.test_access import READ, SENT, WHO, _address, _survey_address

APPS = ("people", "requests_app", "surveys", "reports", "demo")
# Signing somebody in, and changing the language of the pages that are looked at.
NOT_PRESSED = {"demo:enter", "set_language"}


@dataclass(frozen=True)
class Stage:
    """A request, and one person of each kind of the table of access."""

    member_request: MemberRequest
    people: Mapping[str, User | None]

    def may(self, name: str, *, post: bool) -> list[User]:
        """Those who are let in, strangers to the request aside."""
        row = (SENT if post else READ)[name]
        kinds = [kind for kind in WHO if row[kind] not in {404, "sign in"}]
        return [person for kind in kinds if (person := self.people[kind])]

    def address(self, name: str) -> str:
        """Where it is; what stands there is made by this call."""
        if name.startswith("surveys:"):
            return _survey_address(name)
        return _address(name, self.member_request)


def a_stage(**changes: str) -> Stage:
    """`name` is that of every person; the rest is what stands in the request."""
    name = {"name": changes.pop("name")} if "name" in changes else {}
    member = MemberFactory(**{f"user__{key}": value for key, value in name.items()})
    elsewhere = OfficeFactory(code="MONS", name="Mons", reference_prefix="MO")
    return Stage(
        a_request(member=member, **changes),
        {
            "anonymous": None,
            "member": member.user,
            "other_member": MemberFactory().user,
            "adviser": an_adviser("first_line", **name),
            "adviser_elsewhere": an_adviser(None, office=elsewhere),
            "manager": UserFactory(role=Role.MANAGER, **name),
            "administrator": UserFactory(role=Role.ADMINISTRATOR, **name),
        },
    )


def _all_forms(base: type = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for kind in base.__subclasses__():
        yield from _all_forms(kind)
        if kind.__module__.split(".")[0] in APPS:
            yield kind


@cache
def fields() -> frozenset[str]:
    """The name of every field that a form or a template of ours has, and of every filter."""
    # Forms are known once the addresses have brought in the views.
    assert get_resolver().url_patterns
    names = {name for form in _all_forms() for name in getattr(form, "base_fields", {})}
    for template in (CHECKOUT / "templates").rglob("*.html"):
        names |= set(re.findall(r'\bname="([a-z_]+)"', template.read_text("utf-8")))
    return frozenset(names - {"csrfmiddlewaretoken", "viewport", "theme", "description"})


@cache
def filters() -> frozenset[str]:
    """The name of every word of a query that a view or a selector reads."""
    names = set()
    for app in APPS:
        for module in (CHECKOUT / app).rglob("*.py"):
            asked = r"""(?:GET|query|given)(?:\.get|\.getlist)?[(\[]["']([a-z_]+)["']"""
            names |= set(re.findall(asked, module.read_text("utf-8")))
    return frozenset(names | {"q", "page", "sort", "next"})


def encoded(words: Mapping[str, str]) -> str:
    """A form as a browser that does not care would send it: lone surrogates as their bytes."""
    return "&".join(f"{name}={quote_plus(_bytes(value))}" for name, value in words.items())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def sent(person: User, address: str, words: Mapping[str, str]) -> HttpResponse:
    client = Client()
    client.force_login(person)
    kind = "application/x-www-form-urlencoded"
    return client.post(address, encoded(words), content_type=kind)


def looked_at(client: Client, address: str, words: Mapping[str, str] | None = None) -> HttpResponse:
    answer = client.get(address, QUERY_STRING=encoded(words or {}))
    if answer.streaming:
        # Read to its end, a file is closed.
        list(answer)
    return answer
