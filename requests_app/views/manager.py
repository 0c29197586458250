"""What managers see of the routing suggestion: figures, never a text and never a person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from people.access import only
from people.roles import Role
from requests_app.selectors.routing import routing_page


@require_GET
@never_cache
@only(Role.MANAGER)
def routing(request: HttpRequest) -> HttpResponse:
    """The model in use, how often it was right on unseen decisions, and how often followed."""
    context = {"page": "routing", "content": routing_page()}
    return render(request, "requests_app/routing.html", context)
