"""Members, as advisers find and know them."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from people.access import only
from people.models import User
from people.roles import Role
from requests_app.forms.calls import FindForm
from requests_app.selectors.people import found_members, known_member, known_of

CLOSED_A_PAGE = 25


def _adviser(request: HttpRequest) -> User:
    """Who is signed in; `only` has asked before."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


@only(Role.ADVISER)
@require_GET
def find_members(request: HttpRequest) -> HttpResponse:
    """A page of its own; while somebody types in the form of a call, only those found."""
    sought = request.GET.get("find", "")
    found = found_members(sought, reader=_adviser(request), at=timezone.now())
    context = {
        "page": "members",
        "form": FindForm(initial={"find": sought}),
        "members": found,
        "sought": sought.strip(),
    }
    within = "requests_app/log_call.html#found"
    template = within if request.htmx else "requests_app/find_members.html"  # type: ignore[attr-defined]
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@only(Role.ADVISER)
@require_GET
def member_page(request: HttpRequest, number: str) -> HttpResponse:
    """What the desk knows of a member, within what this adviser may see."""
    reader, at = _adviser(request), timezone.now()
    member = known_member(number, reader=reader, at=at)
    if member is None:
        raise Http404
    known = known_of(member, reader=reader, at=at)
    context = {
        "page": "members",
        "member": member,
        "known": known,
        "closed": Paginator(known.closed_requests, CLOSED_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "requests_app/member_page.html", context)
