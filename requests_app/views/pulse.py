"""What an open desk asks every few seconds: is anything new?"""

import re
from collections.abc import Sequence
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from people.access import only
from people.roles import Role
from requests_app import presence
from requests_app.models import MemberRequest
from requests_app.presence import Present
from requests_app.selectors.pulse import Opened, news_of, pulse_of
from requests_app.selectors.queue import desk_of
from requests_app.views.panes import adviser_of, panes


@only(Role.ADVISER)
@require_GET
def pulse(request: HttpRequest) -> HttpResponse:
    """304 while nothing has happened; else views, list and news of the open request."""
    user, at, opened = adviser_of(request), timezone.now(), _opened(request)
    present = _present(request, opened, at=at)
    drawn = f"{get_language()} {request.GET.get('view')} {request.GET.get('after')} {present}"
    etag = f'"{pulse_of(user, at=at, drawn=drawn, opened=opened)}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    desk = desk_of(user, at=at)
    if desk is None:
        raise Http404
    reference = opened.reference if opened else ""
    news = {"news": news_of(user, at=at, opened=opened)}
    context = panes(request, desk, opened=reference) | news | {"present": present}
    response = render(request, "requests_app/pulse.html", context)
    # Kept by the script of the page alone: what it shows is private.
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _present(request: HttpRequest, opened: Opened | None, *, at: datetime) -> Sequence[Present]:
    """Who else has the open request open, as long as it may still be read here."""
    if opened is None:
        return []
    user, reference = adviser_of(request), opened.reference
    writes = request.GET.get("writes") == "yes"
    others = presence.stay(reference=reference, by=user, at=at, writes=writes)
    if not others:
        return []
    visible = MemberRequest.objects.visible_to(user, on=localdate(at))
    return others if visible.filter(reference=reference).exists() else []


def _opened(request: HttpRequest) -> Opened | None:
    reference, version = request.GET.get("open", ""), request.GET.get("version", "")
    if not re.fullmatch(r"[-\w]{1,20}", reference, re.ASCII):
        return None
    if not re.fullmatch(r"[0-9]{1,9}", version):
        return None
    return Opened(reference, int(version))
