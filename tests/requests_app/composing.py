"""What a browser would send: forms of a member, and files as they come."""

from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from people.models import Member
from tests.documents import A_PDF

NEW = "/requests/new/"
SAVE = "/requests/new/draft/"
# A PNG of one pixel.
A_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63"
    "64f8ff9f010004fe01fe0a2d2d1b0000000049454e44ae426082"
)


def a_pdf(name: str = "devis.pdf", content: bytes = A_PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def new_request(**changes: Any) -> dict[str, Any]:
    """The fields of the form for a new request, filled in as they should be."""
    return {
        "key": str(uuid4()),
        "about": "first_line",
        "topic_first_line": "account_access",
        "subject": "Je ne peux plus me connecter",
        "body": "Depuis hier, mon mot de passe est refusé.",
    } | changes


def signed_in(member: Member) -> Client:
    """A browser of this member, who reads English."""
    member.user.language = "en"
    member.user.save()
    client = Client()
    client.force_login(member.user)
    return client


def errors_of(page: HttpResponse) -> dict[str, list[str]]:
    """The errors that the form on this page shows, by field."""
    assert page.status_code == 422
    with translation.override("en"):
        return {name: list(found) for name, found in page.context["form"].errors.items()}
