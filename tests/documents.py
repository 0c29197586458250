"""A small real file in a request."""

import hashlib

from django.core.files.base import ContentFile

from requests_app.models import Document, MemberRequest
from tests.factories import NOW

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
