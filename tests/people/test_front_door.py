"""Home by role, the language, and what a stale form says."""

import pytest
from django.test import Client
from django.urls import reverse

from people.models import User
from people.roles import Role
from tests.factories import MemberFactory, UserFactory, an_adviser

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "first_page"),
    [
        (Role.MEMBER, "requests_app:my_requests"),
        (Role.ADVISER, "requests_app:queue"),
        (Role.MANAGER, "reports:pilot"),
        (Role.ADMINISTRATOR, "admin:index"),
    ],
)
def test_each_role_starts_where_its_work_is(client: Client, role: Role, first_page: str) -> None:
    client.force_login(UserFactory(role=role))
    assert client.get("/")["Location"] == reverse(first_page)


def test_who_chooses_a_language_keeps_it_in_the_profile(client: Client) -> None:
    member = MemberFactory().user
    client.force_login(member)
    response = client.post("/language/", {"language": "de", "next": "/privacy/"})
    assert response["Location"] == "/privacy/"
    assert User.objects.get(pk=member.pk).language == "de"


def test_a_language_that_we_do_not_speak_changes_nothing(client: Client) -> None:
    member = MemberFactory().user
    client.force_login(member)
    client.post("/language/", {"language": "xx"})
    assert User.objects.get(pk=member.pk).language == "fr"


def test_the_way_back_never_leads_to_another_site(client: Client) -> None:
    response = client.post("/language/", {"language": "nl", "next": "//evil.example/"})
    assert response["Location"] == "/"


def test_the_page_speaks_the_language_of_the_profile(client: Client) -> None:
    client.force_login(an_adviser(language="nl"))
    assert client.get("/privacy/")["Content-Language"] == "nl"


def test_before_sign_in_the_page_speaks_the_language_of_the_browser(client: Client) -> None:
    response = client.get("/privacy/", headers={"Accept-Language": "de-BE,de;q=0.9"})
    assert response["Content-Language"] == "de"


def test_a_form_without_its_protection_is_answered_in_plain_words() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/language/", {"language": "nl"})
    assert response.status_code == 403
    assert "people/stale_form.html" in [template.name for template in response.templates]


def test_staff_without_a_second_factor_see_nothing_but_its_set_up(client: Client, settings) -> None:  # type: ignore[no-untyped-def]
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    client.force_login(an_adviser())
    assert client.get("/desk/")["Location"] == reverse("mfa_index")


def test_a_person_who_may_no_longer_sign_in_is_out_at_the_next_page(client: Client) -> None:
    member = MemberFactory().user
    client.force_login(member)
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert "/accounts/" in client.get("/requests/")["Location"]
