"""Files on their way out: to be saved, or to be looked at beside a decision."""

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from people.access import only
from people.models import User
from people.roles import Role
from requests_app.models import Document
from requests_app.openings import record_document_opening
from requests_app.viewing import is_what_it_says, shown_as


def _found(request: HttpRequest, key: str) -> Document:
    """The file, if its reader may see it; the opening is recorded before anything is shown."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101
    visible = Document.objects.visible_to(user, on=localdate())
    found = get_object_or_404(visible.select_related("member_request"), key=key)
    if request.method == "GET":
        record_document_opening(document=found, by=user, at=timezone.now())
    return found


@only(Role.MEMBER, Role.ADVISER)
@require_safe
def document(request: HttpRequest, key: str) -> HttpResponseBase:
    return _sent(_found(request, key), to_save=True)


@only(Role.ADVISER)
@require_safe
def view_document(request: HttpRequest, key: str) -> HttpResponseBase:
    """A PDF or an image for the frame of the review page; anything else is not to be looked at.

    What arrives has no origin, runs no script and loads nothing; only our own pages frame it.
    """
    found = _found(request, key)
    try:
        if not (shown_as(found) and is_what_it_says(found)):
            raise Http404
    except FileNotFoundError:
        raise Http404 from None
    response = _sent(found, to_save=False)
    response.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; script-src 'none'; object-src 'none'; frame-ancestors 'self'"
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _sent(found: Document, *, to_save: bool) -> HttpResponseBase:
    through = settings.UPLOADS_THROUGH_PROXY
    response = _by_proxy(found, to_save) if through else _by_us(found, to_save)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _by_us(found: Document, to_save: bool) -> HttpResponseBase:
    try:
        content = found.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(
        content, as_attachment=to_save, filename=found.name, content_type=found.content_type
    )


def _by_proxy(found: Document, to_save: bool) -> HttpResponse:
    """The proxy sends the file itself, now that we have said who may have it."""
    response = HttpResponse(content_type=found.content_type)
    disposition = content_disposition_header(to_save, found.name) or ""
    response.headers["Content-Disposition"] = disposition
    response.headers["X-Accel-Redirect"] = f"{settings.UPLOADS_THROUGH_PROXY}{found.file.name}"
    return response
