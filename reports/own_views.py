"""The page of an adviser's own figures. Its address names nobody: it is about who opens it."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from people.access import only
from people.models import User
from people.roles import Role
from reports.own_figures import own_figures


@require_GET
@never_cache
@only(Role.ADVISER)
def own_figures_page(request: HttpRequest) -> HttpResponse:
    """Six months of one's own requests, seen by nobody else."""
    months = own_figures(cast("User", request.user), at=timezone.now())
    return render(request, "reports/own_figures.html", {"page": "own_figures", "months": months})
