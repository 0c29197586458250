"""What administrators keep, and what they never see."""

from datetime import date

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from branches.models import LANGUAGES, Branch
from people.models import Posting, User
from people.roles import Role
from tests.factories import MemberFactory, OfficeFactory, UserFactory, an_adviser, branch

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(UserFactory(role=Role.ADMINISTRATOR))
    return client


def test_no_request_is_in_the_admin() -> None:
    labels = {model._meta.app_label for model in admin.site._registry}
    assert {"branches", "people"} <= labels
    assert not labels & {"requests_app", "surveys"}


def test_the_login_of_the_admin_is_the_one_of_everybody(client: Client) -> None:
    response = client.get(reverse("admin:index"))
    assert response.status_code == 302
    assert "/accounts/" in client.get(reverse("admin:login"))["Location"]


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADVISER, Role.MANAGER])
def test_nobody_but_administrators_gets_in(client: Client, role: Role) -> None:
    client.force_login(UserFactory(role=role))
    assert client.get(reverse("admin:people_user_changelist")).status_code in {302, 403, 404}


@pytest.mark.parametrize("model", ["office", "closure", "branch", "topic"])
def test_settings_can_be_listed_and_added(administrator: Client, model: str) -> None:
    for page in ("changelist", "add"):
        assert administrator.get(reverse(f"admin:branches_{model}_{page}")).status_code == 200


@pytest.mark.parametrize("model", ["user", "member", "posting"])
def test_people_can_be_listed_and_added(administrator: Client, model: str) -> None:
    MemberFactory()
    an_adviser()
    for page in ("changelist", "add"):
        assert administrator.get(reverse(f"admin:people_{model}_{page}")).status_code == 200


def test_an_office_is_shown_with_its_opening_hours(administrator: Client) -> None:
    office = OfficeFactory()
    page = administrator.get(reverse("admin:branches_office_change", args=[office.pk]))
    assert page.content.count(b'-opens"') >= 5


def test_a_branch_is_renamed_in_four_languages(administrator: Client) -> None:
    first_line = branch("first_line")
    texts = {
        f"{name}_{language}": f"{name} {language}"
        for name in ("names", "invitations", "examples")
        for language in LANGUAGES
    }
    administrator.post(
        reverse("admin:branches_branch_change", args=[first_line.pk]),
        {"code": "first_line", "position": first_line.position, **texts},
    )
    assert Branch.objects.get(pk=first_line.pk).names["nl"] == "names nl"


def test_a_branch_keeps_all_four_names(administrator: Client) -> None:
    first_line = branch("first_line")
    response = administrator.post(
        reverse("admin:branches_branch_change", args=[first_line.pk]), {"names_fr": "seul"}
    )
    assert response.status_code == 200
    assert Branch.objects.get(pk=first_line.pk).names == first_line.names


def test_a_new_adviser_gets_in_and_a_posting_that_overlaps_is_refused(
    administrator: Client,
) -> None:
    administrator.post(
        reverse("admin:people_user_add"),
        {
            "email": "New@Example.org",
            "name": "Inès Lambert",
            "role": Role.ADVISER,
            "language": "fr",
            "usable_password": "false",
        },
    )
    adviser = User.objects.get(email="new@example.org")
    posting = {
        "adviser": adviser.pk,
        "office": OfficeFactory().pk,
        "branch": branch().pk,
        "starts_on": date(2023, 6, 8).isoformat(),
    }
    address = reverse("admin:people_posting_add")
    assert administrator.post(address, posting).status_code == 302
    assert administrator.post(address, posting).status_code == 200
    assert Posting.objects.filter(adviser=adviser).count() == 1
