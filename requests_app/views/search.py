"""The search of the desk: `/search/`."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from people.access import only
from people.models import User
from people.roles import Role
from requests_app import searching
from requests_app.forms.search import SearchForm
from requests_app.searching import Found, Place


@require_GET
@never_cache
@only(Role.ADVISER)
def search(request: HttpRequest) -> HttpResponse:
    """The requests that hold what was typed, 25 at a time."""
    assert isinstance(request.user, User)  # noqa: S101
    form = SearchForm(request.GET)
    status = HTTPStatus.OK if form.is_valid() else HTTPStatus.UNPROCESSABLE_ENTITY
    typed = form.cleaned_data.get("q", "")
    after = Place.read(request.GET.get("after", ""))
    found = Found()
    if typed:
        found = searching.search(
            typed,
            reader=request.user,
            on=localdate(),
            after=after,
            similar="similar" in request.GET,
        )
    context = {
        "page": "search",
        "form": form,
        "typed": typed,
        "found": found,
        "is_first_page": after is None,
    }
    return render(request, "requests_app/search.html", context, status=status)
