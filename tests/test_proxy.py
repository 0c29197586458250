"""What the product says about an upload reaches the browser when nginx sends the file."""

import re

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from local_services.places import CHECKOUT
from tests.documents import a_document
from tests.factories import a_request, an_adviser

pytestmark = pytest.mark.django_db

NGINX = (CHECKOUT / "docker" / "nginx.conf").read_text()
# https://nginx.org/en/docs/http/ngx_http_proxy_module.html: these survive X-Accel-Redirect.
KEPT_BY_NGINX = {"content-type", "content-disposition", "cache-control", "expires", "set-cookie"}
# Of the page, not of the file that is sent in its place.
NOT_OF_THE_FILE = {"content-length", "content-language", "vary", "x-accel-redirect"}


def _block(start: str) -> str:
    found = re.search(rf"{re.escape(start)} \{{(.*?)\n\s*\}}", NGINX, re.DOTALL)
    assert found, start
    return found.group(1)


@pytest.fixture
def added() -> dict[str, str]:
    """The headers that nginx adds to an upload, by name, and their values."""
    lines = re.findall(
        r'^\s+add_header (\S+) "?(.*?)"? always;$', _block("location /protected-uploads/"), re.M
    )
    return {name.lower(): value for name, value in lines}


@pytest.fixture(params=["requests_app:document", "requests_app:view_document"])
def answer(request: pytest.FixtureRequest, settings: Settings) -> HttpResponseBase:
    settings.UPLOADS_THROUGH_PROXY = "/protected-uploads/"
    client = Client()
    client.force_login(an_adviser())
    document = a_document(a_request())
    response = client.get(reverse(request.param, args=[document.key]))
    assert response["X-Accel-Redirect"] == f"/protected-uploads/{document.file.name}"
    return response


def test_every_header_of_an_upload_is_kept_or_taken_over(
    answer: HttpResponseBase, added: dict[str, str]
) -> None:
    said = {name.lower() for name in answer.headers}
    assert {"content-security-policy", "x-frame-options", "content-disposition"} <= said
    assert said - KEPT_BY_NGINX - NOT_OF_THE_FILE <= added.keys()


def test_what_is_taken_over_is_what_the_product_said(
    answer: HttpResponseBase, added: dict[str, str]
) -> None:
    for name, value in added.items():
        if name in answer.headers:
            assert answer.headers[name] == value or _passes_on(name, value)


def _passes_on(name: str, value: str) -> bool:
    upstream = f"$upstream_http_{name.replace('-', '_')}"
    return value == upstream or f"default {upstream};" in _block(f"map {upstream} {value}")


@pytest.mark.parametrize(
    ("header", "variable", "closed"),
    [
        ("content_security_policy", "$uploads_policy", "sandbox; default-src 'none'"),
        ("x_frame_options", "$uploads_frames", "DENY"),
    ],
)
def test_an_upload_of_which_nothing_was_said_may_do_nothing(
    header: str, variable: str, closed: str
) -> None:
    assert re.search(rf'"" "?{closed}', _block(f"map $upstream_http_{header} {variable}"))


def test_only_the_product_names_an_upload() -> None:
    assert re.search(r"^\s+internal;$", _block("location /protected-uploads/"), re.M)


@pytest.mark.parametrize("header", ["X-Forwarded-Proto", "X-Forwarded-For", "X-Forwarded-Host"])
def test_what_the_product_believes_is_always_set_by_nginx(header: str) -> None:
    told = re.findall(rf"proxy_set_header {header} (\S+);", NGINX)
    assert (
        told
        == {
            "X-Forwarded-Proto": ["$scheme"],
            "X-Forwarded-For": ["$remote_addr"],
            "X-Forwarded-Host": ['""'],
        }[header]
    )
