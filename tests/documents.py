"""A small real file in a request."""

import hashlib
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from people.models import User
from requests_app import asking, handing_in
from requests_app.asked_models import AskedDocument
from requests_app.composing import Typed
from requests_app.document_rules import DocumentKind
from requests_app.models import Document, MemberRequest
from tests.factories import NOW, an_adviser

A_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def a_document(member_request: MemberRequest, name: str = "devis-école.pdf") -> Document:
    """A PDF that came with the first message of the request."""
    document = Document(
        member_request=member_request,
        message=member_request.messages.order_by("id").first(),
        uploaded_by=member_request.member.user,
        uploaded_at=NOW,
        name=name,
        content_type="application/pdf",
        size=len(A_PDF),
        sha256=hashlib.sha256(A_PDF).hexdigest(),
    )
    document.file.save(document.key, ContentFile(A_PDF), save=False)
    document.save()
    return document


def an_asked_document(
    member_request: MemberRequest, *, by: User | None = None, **changes: Any
) -> AskedDocument:
    """A document that an adviser has just asked for; `received` hands it in at the same moment."""
    received = changes.pop("received", False)
    at = changes.pop("at", NOW)
    member_request.refresh_from_db()
    asked = asking.ask(
        member_request=member_request,
        by=by or an_adviser(),
        at=at,
        version=member_request.version,
        **{"kind": DocumentKind.CONTRACT, "key": uuid4()} | changes,
    )
    if received:
        hand_in(asked, at=at)
    return asked


def hand_in(asked: AskedDocument, **changes: Any) -> None:
    """The member hands in a PDF for it."""
    files = changes.pop("files", [SimpleUploadedFile("contrat.pdf", A_PDF, "application/pdf")])
    handing_in.hand_in(
        asked=asked,
        by=asked.member_request.member.user,
        typed=Typed(fields={}, key=changes.pop("key", None) or uuid4(), files=files),
        **{"at": NOW} | changes,
    )
    asked.refresh_from_db()
